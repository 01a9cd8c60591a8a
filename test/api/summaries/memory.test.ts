import { strict as assert } from "node:assert";
import fc from "fast-check";
import { StatusMemory } from "../../../src/api/summaries/memory";
import { anyAnswer } from "./arbitrary";

const NOW = Date.UTC(2025, 2, 2);
const UNITS = { speed: "km/h" } as const;
const T1 = "2025-03-01T10:00:00Z";
const T2 = "2025-03-01T11:00:00Z";
const T3 = "Sat Mar 01 12:00:00 GMT 2025";

const status = (updatedAt: string, level: number, mileage?: number, energyAt = updatedAt) => ({
	updatedAt,
	energies: [{ createdAt: energyAt, type: "Electric", level, autonomy: 200 }],
	ignition: { type: "Stop" },
	...(mileage === undefined ? {} : { odometer: { createdAt: updatedAt, mileage } }),
});

describe("what an account has seen of a vehicle", () => {
	const memory = (most?: number) => {
		const kept = new StatusMemory(most, () => NOW);
		return (resource: unknown, vehicle: string | undefined = "V") => kept.summarize(vehicle, resource, UNITS);
	};

	it("makes an older answer behind a newer one suspect, value by value, and leaves it as it was sent", () => {
		const seen = memory();
		assert.deepEqual(seen(status(T2, 50, 100)).suspect, []);
		const { suspect, battery, updatedAt } = seen(status(T1, 80, 100));
		assert.deepEqual(suspect.sort(), ["battery.level", "battery.range", "ignition", "odometer", "updatedAt"]);
		assert.deepEqual([battery.level, updatedAt], [80, T1]);
		assert.deepEqual(seen(status(T1, 80, 100)).suspect.length, 5, "for as long as it comes back");
		assert.deepEqual(seen(status(T3, 49, 100)).suspect, []);
	});

	it("doesn't suspect what stands still, nor what is told for the first time", () => {
		const seen = memory();
		seen(status(T1, 50, 100, "2024-07-01T00:00:00Z"));
		assert.deepEqual(seen(status(T2, 60, 100, "2024-07-01T00:00:00Z")).suspect, []);
		assert.deepEqual(seen({ ...status(T2, 60, 100), privacy: { createdAt: T1, state: "None" } }).suspect, []);
	});

	it("suspects an odometer that falls or reads 0, but no rounding", () => {
		const seen = memory();
		assert.deepEqual(seen({ odometer: { mileage: 0 } }).suspect, [], "nothing to compare it with");
		assert.equal(seen({ odometer: { mileage: 12_345.6 } }).odometer, 12_345.6);
		const zero = seen({ odometer: { mileage: 0 }, ignition: { type: "Stop" } });
		assert.deepEqual([zero.odometer, zero.suspect], [null, ["odometer"]]);
		const fallen = seen({ odometer: { mileage: 12_000 } });
		assert.deepEqual([fallen.odometer, fallen.suspect], [12_000, ["odometer"]]);
		assert.deepEqual(seen({ odometer: { mileage: 12_345 } }).suspect, []);
		assert.deepEqual(seen({}).suspect, [], "not told at all");
		assert.deepEqual(seen({ odometer: { mileage: 12_400 } }).suspect, []);
	});

	it("isn't misled by a clock that is ahead", () => {
		const seen = memory();
		seen(status("2036-01-01T00:00:00Z", 50));
		assert.deepEqual(seen(status(T1, 50)).suspect, []);
	});

	it("belongs to that vehicle, and forgets those seen longest ago", () => {
		const seen = memory(2);
		seen(status(T2, 50), "A");
		assert.deepEqual(seen(status(T1, 50), "B").suspect, []);
		assert.notDeepEqual(seen(status(T1, 50), "A").suspect, []);
		seen(status(T1, 50), "C");
		assert.deepEqual(seen(status(T1, 50), "B").suspect, [], "forgotten");
	});

	it("never throws, nor names a path twice or what is no path, whatever comes after what", () => {
		fc.assert(
			fc.property(fc.array(anyAnswer, { maxLength: 4 }), (answers) => {
				const seen = memory();
				for (const answer of answers) {
					const summary = seen(answer);
					assert.equal(new Set(summary.suspect).size, summary.suspect.length);
					for (const path of summary.suspect) {
						const value = path
							.split(".")
							.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], summary);
						assert.notEqual(value, undefined, path);
					}
				}
			}),
			{ numRuns: 300 },
		);
	});
});
