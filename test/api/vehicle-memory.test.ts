import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { type Told, VehicleMemory } from "../../src/api/vehicle-memory";

const idOf = (index: number) => index.toString(16).padStart(32, "0");
const vinOf = (index: number) => `VF3AAAAAA${String(index).padStart(8, "0")}`;

describe("what is remembered of vehicles", () => {
	it("is what was told last, as long as there is room for all", () => {
		const told = fc.record({
			id: fc.constantFrom("a", "b", "c", "__proto__", ""),
			vin: fc.option(fc.constantFrom("V1", "V2"), { nil: undefined }),
			label: fc.option(fc.constantFrom("Zoé", "e-208"), { nil: undefined }),
			brand: fc.option(fc.constantFrom("DS", "Opel"), { nil: undefined }),
		});
		fc.assert(
			fc.property(fc.array(told), (all) => {
				const memory = new VehicleMemory(100);
				const expected = new Map<string, Told>();
				for (const [at, { id, vin, label, brand }] of all.entries()) {
					const before = expected.get(id);
					const isSame = before !== undefined && before.vin === vin && before.label === label;
					assert.equal(memory.again(id, vin, label, at), isSame);
					const known: Told = { ...before, at };
					if (!isSame) {
						memory.set(id, { vin, label, brand, at } as Told);
						for (const [name, value] of Object.entries({ vin, label, brand }))
							if (value === undefined) delete known[name as "vin"];
							else known[name as "vin"] = value;
					}
					expected.set(id, known);
				}
				for (const id of ["a", "b", "c", "__proto__", "", "constructor"])
					assert.deepEqual(memory.get(id), expected.get(id));
				assert.equal(memory.size, expected.size);
			}),
		);
	});

	it("is of the latest half at least, and of no more than it may be", () => {
		const memory = new VehicleMemory(100);
		for (let index = 0; index < 1_000; index++) {
			memory.set(idOf(index), { vin: vinOf(index), at: index });
			assert.ok(memory.size <= 100);
			for (let back = 0; back < Math.min(50, index); back++)
				assert.deepEqual(memory.get(idOf(index - back)), { vin: vinOf(index - back), at: index - back });
		}
		assert.equal(memory.get(idOf(0)), undefined);
		// What will be forgotten next is to be set anew.
		const kept = Array.from({ length: 1_000 }, (_, index) => index).filter((index) => memory.get(idOf(index)));
		assert.equal(memory.again(idOf(kept[0] ?? 0), vinOf(kept[0] ?? 0), undefined, 1), false);
	});

	it("takes less than 100 bytes of the heap for one of 50,000 vehicles, whatever it was read from", () => {
		setFlagsFromString("--expose-gc");
		const gc = runInNewContext("gc") as () => void;
		const heap = () => {
			gc();
			return process.memoryUsage().heapUsed;
		};
		const memory = new VehicleMemory(100_000);
		const before = heap();
		for (let index = 0; index < 50_000; index++) {
			const link = `https://api.example/vehicles/${"x".repeat(200)}/${idOf(index)}`;
			const vehicle = JSON.parse(JSON.stringify({ vin: vinOf(index), label: "Peugeot e-208" }));
			memory.set(link.slice(-32), { ...vehicle, at: index });
		}
		const each = (heap() - before) / 50_000;
		assert.ok(each < 100, `${each} bytes`);
		assert.equal(memory.get(idOf(7))?.vin, vinOf(7));
	});
});
