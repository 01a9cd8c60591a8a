import assert from "node:assert/strict";
import { carsIn } from "../../../src/commands/via/home-assistant/entities";
import { summaryOf } from "../../../src/commands/via/psa-car-controller/state";

const VIN = "VR3UPHNKSKT100001";
const LONG = "_a".repeat(500_000);

describe("what others tell of cars, however long", () => {
	it("is an entity only where Home Assistant could have it", () => {
		const platform = "stellantis_vehicles";
		const cars = carsIn([
			{ platform, entity_id: `button.${LONG}`, unique_id: `${VIN}_horn` },
			{ platform, entity_id: "button.lights", unique_id: `${VIN}_${LONG}` },
			{ platform, entity_id: "button.lock", unique_id: `${VIN}_doors_lock` },
		]);
		assert.deepEqual([...(cars.get(VIN)?.keys() ?? [])], ["button.doors_lock"]);
	});

	it("is not read letter by letter", () => {
		const json = JSON.stringify({ [LONG]: 1, updated_at: "2026-01-31 12:00:00+00:00" });
		const timeOf = (work: () => unknown) => {
			const began = performance.now();
			work();
			return performance.now() - began;
		};
		const body: unknown = JSON.parse(json);
		assert.equal(summaryOf(body)?.updatedAt, "2026-01-31T12:00:00Z");
		const [parsed, read] = [() => JSON.parse(json), () => summaryOf(body)].map((work) =>
			Math.min(...Array.from({ length: 5 }, () => timeOf(work))),
		);
		assert.ok(Number(read) < 20 * Number(parsed), `${read} ms beside ${parsed} ms`);
	});
});
