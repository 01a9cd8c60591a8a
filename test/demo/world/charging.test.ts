import assert from "node:assert/strict";
import fc from "fast-check";
import { hour } from "../../../demo/base/time";
import { levelAfter, type Plug, powerAt, timeToCharge } from "../../../demo/world/charging";

const wallbox: Plug = { capacity: 50_000, power: 7000, mode: "Slow" };
const station: Plug = { capacity: 50_000, power: 100_000, mode: "Quick" };
const plugs = fc.constantFrom(wallbox, station);
const levels = fc.double({ min: 0, max: 100, noNaN: true });

describe("a charging battery", () => {
	it("takes at a wallbox what its power times the hours gives, but for the last percents", () => {
		assert.ok(Math.abs(levelAfter(wallbox, 20, hour, 100) - 34) < 1e-9);
		assert.ok(timeToCharge(wallbox, 95, 100) > timeToCharge(wallbox, 40, 45) * 1.5);
	});

	it("takes less and less at a station", () => {
		const powers = [20, 50, 75, 85].map((level) => powerAt(station, level));
		assert.deepEqual(
			powers,
			powers.toSorted((a, b) => b - a),
		);
		assert.ok(timeToCharge(station, 10, 80) < hour && timeToCharge(station, 10, 80) > hour / 4);
	});

	it("is at a level after the time that the level takes, never falls and never goes beyond its limit", () => {
		fc.assert(
			fc.property(plugs, levels, levels, levels, (plug, one, other, third) => {
				const [from = 0, to = 0, limit = 0] = [one, other, third].toSorted((a, b) => a - b);
				const time = timeToCharge(plug, from, to);
				assert.ok(Math.abs(levelAfter(plug, from, time, limit) - to) < 1e-6);
				assert.ok(levelAfter(plug, from, time / 2, limit) >= from);
				assert.equal(levelAfter(plug, from, 100 * time + 1000 * hour, limit), limit);
			}),
		);
	});
});
