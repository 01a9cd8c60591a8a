import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { instantOf, quote, spokenTime, timeRange, timestamp } from "../../src/api/time";

const NOW = Date.UTC(2026, 4, 4, 8);
const DAY = 86_400_000;

describe("moment", () => {
	const good: [value: unknown, time: number | undefined][] = [
		[undefined, undefined],
		[null, undefined],
		["", undefined],
		["P7D", NOW - 7 * DAY],
		["p7d", NOW - 7 * DAY],
		["PT12H", NOW - DAY / 2],
		["P1DT30M", NOW - DAY - 1_800_000],
		["P1W", NOW - 7 * DAY],
		[NOW, NOW],
		[NOW + 0.7, NOW],
		[String(NOW), NOW],
		[new Date(NOW), NOW],
		[runInNewContext(`new Date(${NOW})`), NOW],
		["2026-05-04", Date.UTC(2026, 4, 4)],
		["2026-05-04T08:00:00Z", NOW],
		["2026-05-04T08:00", NOW],
		[" 2026-05-04 08:00:00 ", NOW],
		["2026-05-04t08:00:00z", NOW],
		["2026-05-04T10:00:00+02:00", NOW],
		["2026-05-04T10:00:00+0200", NOW],
		["2026-05-04T08:00:00.123456789Z", NOW + 123],
		["2024-02-29", Date.UTC(2024, 1, 29)],
		["2026-12-31T23:59:60Z", Date.UTC(2026, 11, 31, 23, 59, 59)],
	];
	for (const [value, time] of good)
		it(`${quote(value)} is ${time === undefined ? "empty" : new Date(time).toISOString()}`, () => {
			assert.equal(instantOf(value, "from", NOW), time);
		});

	const bad: unknown[] = [
		"P7X",
		"P",
		"PT",
		"-P1D",
		"P9999Y",
		"yesterday",
		"2026-02-29",
		"2026-13-01",
		"2026-00-01",
		"2026-05-04T24:00",
		"2026-05-04T08:60",
		"2026-05-04T08:00:00+25:00",
		"04.05.2026",
		"12345",
		-1,
		Number.NaN,
		Number.POSITIVE_INFINITY,
		1e18,
		new Date(Number.NaN),
		true,
		{},
		[],
	];
	for (const value of bad)
		it(`refuses ${quote(value)} and names it`, () => {
			assert.throws(() => instantOf(value, "from", NOW), {
				code: "ERR_BAD_INPUT",
				message: new RegExp(`"from" is ${quote(value).replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`),
			});
		});
});

describe("timeRange", () => {
	it("writes UTC without empty milliseconds, open ends left out", () => {
		assert.equal(timeRange(NOW, NOW + 1), "2026-05-04T08:00:00Z/2026-05-04T08:00:00.001Z");
		assert.equal(timeRange(NOW, undefined), "2026-05-04T08:00:00Z/");
		assert.equal(timeRange(undefined, NOW), "/2026-05-04T08:00:00Z");
		assert.equal(timeRange(undefined, undefined), undefined);
		assert.equal(timeRange(NOW, NOW), `${timestamp(NOW)}/${timestamp(NOW)}`);
	});
	it("refuses a range that ends before it starts", () => {
		assert.throws(() => timeRange(NOW, NOW - 1), { code: "ERR_BAD_INPUT" });
	});
});

describe("quote", () => {
	it("makes any value fit a sentence", () => {
		const circle: Record<string, unknown> = {};
		circle.self = circle;
		for (const value of [circle, 1n, Symbol("x"), () => 1, undefined, "x".repeat(500), "two\nlines"]) {
			const text = quote(value);
			assert.ok(text.length > 0 && text.length <= 80 && !text.includes("\n"), text);
		}
	});
});

describe("a time in a sentence", () => {
	it("has no milliseconds", () => assert.equal(spokenTime(NOW + 789), "2026-05-04T08:00:00Z"));
});
