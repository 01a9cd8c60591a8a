import { strict as assert } from "node:assert";
import fc from "fast-check";
import { durationSeconds } from "../src/duration";

describe("duration", () => {
	const rows: [unknown, number | null][] = [
		["PT0S", 0],
		["PT5M", 300],
		["PT1H30M15S", 5415],
		["PT43M28.5S", 2608.5],
		["PT0,5S", 0.5],
		["PT1.5H", 5400],
		["P0.5D", 43_200],
		["P1DT0,5H", 88_200],
		["P1.5W", 907_200],
		["PT1.5H30M", null],
		["P0.5DT1H", null],
		["PT.5H", null],
		["PT1.H", null],
		["P1DT2H", 93600],
		["P2W", 1_209_600],
		["P0Y0M0DT1H", 3600],
		["P1Y1M", 34_128_000],
		[" PT1M ", 60],
		["P", null],
		["PT", null],
		["P7X", null],
		["-PT5M", null],
		["PT5", null],
		["5M", null],
		["", null],
		[`P${"9".repeat(400)}D`, null],
		[300, null],
		[null, null],
		[{}, null],
	];
	for (const [value, seconds] of rows) {
		it(`reads ${JSON.stringify(value)?.slice(0, 30)} as ${seconds}`, () => {
			assert.equal(durationSeconds(value), seconds);
		});
	}

	it("reads any hours, minutes and seconds", () => {
		const part = fc.nat(9999);
		fc.assert(
			fc.property(part, part, part, (h, m, s) => {
				assert.equal(durationSeconds(`PT${h}H${m}M${s}S`), h * 3600 + m * 60 + s);
			}),
		);
	});
});
