import assert from "node:assert/strict";
import fc from "fast-check";
import { fromClock, nextOnClock, timeOfDay } from "../../../demo/base/clock";
import { day, hour, minute } from "../../../demo/base/time";

const zones = { 0: "Europe/London", 1: "Europe/Paris" } as const;
const offsets = fc.constantFrom(0 as const, 1 as const);
const moments = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2030, 11, 31) });

describe("the clock in a car", () => {
	it("shows what the clocks of its country show, summer time included", () => {
		fc.assert(
			fc.property(offsets, moments, (offset, time) => {
				const shown = new Date(time).toLocaleTimeString("en-GB", { timeZone: zones[offset], hourCycle: "h23" });
				const [hours = 0, minutes = 0, seconds = 0] = shown.split(":").map(Number);
				const expected = hours * hour + minutes * minute + seconds * 1000 + (time % 1000);
				assert.equal(timeOfDay(offset, time), expected, `${new Date(time).toISOString()} in ${zones[offset]}`);
			}),
		);
	});

	it("tells when it shows a time of day next: within a day, but for the nights in which it is set", () => {
		fc.assert(
			fc.property(offsets, moments, fc.integer({ min: 4 * hour, max: day - 1 }), (offset, time, shown) => {
				const next = nextOnClock(offset, time, shown);
				assert.equal(timeOfDay(offset, next), shown);
				assert.ok(next > time && next - time <= day + hour);
			}),
		);
	});

	it("knows the moment of what it shows", () => {
		assert.equal(fromClock(1, Date.UTC(2026, 6, 1, 12)), Date.UTC(2026, 6, 1, 10));
		assert.equal(fromClock(0, Date.UTC(2026, 0, 1, 12)), Date.UTC(2026, 0, 1, 12));
	});
});
