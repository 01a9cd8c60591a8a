import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { instantOf, NAMED_TIMES, quote, spokenTime, timeRange, timestamp } from "../../src/api/time";

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
		"tomorrow",
		"constructor",
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

describe("years and months back from now", () => {
	const spans: [duration: string, now: string, time: string][] = [
		["P1M", "2026-05-04T08:00:00Z", "2026-04-04T08:00:00Z"],
		["P1M", "2026-03-31T08:00:00Z", "2026-02-28T08:00:00Z"],
		["P1M", "2024-03-30T08:00:00.5Z", "2024-02-29T08:00:00.500Z"],
		["P1M", "2026-01-31T23:59:59Z", "2025-12-31T23:59:59Z"],
		["P14M", "2026-01-31T08:00:00Z", "2024-11-30T08:00:00Z"],
		["P1Y", "2024-12-31T08:00:00Z", "2023-12-31T08:00:00Z"],
		["P1Y", "2024-02-29T08:00:00Z", "2023-02-28T08:00:00Z"],
		["p1y1m1dt1h", "2026-03-31T08:00:00Z", "2025-02-27T07:00:00Z"],
		["P0Y0M1DT0H", "2026-03-01T08:00:00Z", "2026-02-28T08:00:00Z"],
		["P0.5M", "2026-03-31T08:00:00Z", "2026-03-16T08:00:00Z"],
	];
	for (const [duration, now, time] of spans)
		it(`are those of the calendar: ${duration} before ${now} is ${time}`, () => {
			assert.equal(timestamp(instantOf(duration, "from", Date.parse(now)) ?? 0), time);
		});

	for (const duration of ["P1M1Y", "P9999Y", "P999999999999M", "P1MX"])
		it(`refuses ${duration}`, () => {
			assert.throws(() => instantOf(duration, "from", NOW), { code: "ERR_BAD_INPUT" });
		});
});

describe("times that go by a name", () => {
	const zone = process.env.TZ;
	const set = (name: string | undefined) => {
		if (name === undefined) delete process.env.TZ;
		else process.env.TZ = name;
	};
	afterEach(() => set(zone));

	/** A Sunday in summer. */
	const SUNDAY = "2026-07-05T12:00:00Z";
	const ranges: [zone: string, now: string, name: string, from: string, to: string][] = [
		["Europe/Berlin", SUNDAY, "today", "2026-07-04T22:00:00Z", "2026-07-05T21:59:59.999Z"],
		["Europe/Berlin", SUNDAY, "yesterday", "2026-07-03T22:00:00Z", "2026-07-04T21:59:59.999Z"],
		["Europe/Berlin", SUNDAY, "this-week", "2026-06-28T22:00:00Z", "2026-07-05T21:59:59.999Z"],
		["Europe/Berlin", "2026-07-05T22:00:00Z", "this-week", "2026-07-05T22:00:00Z", "2026-07-12T21:59:59.999Z"],
		["Europe/Berlin", SUNDAY, "this-month", "2026-06-30T22:00:00Z", "2026-07-31T21:59:59.999Z"],
		["Europe/Berlin", SUNDAY, "last-month", "2026-05-31T22:00:00Z", "2026-06-30T21:59:59.999Z"],
		["UTC", SUNDAY, "today", "2026-07-05T00:00:00Z", "2026-07-05T23:59:59.999Z"],
		["America/New_York", "2026-07-05T03:00:00Z", "today", "2026-07-04T04:00:00Z", "2026-07-05T03:59:59.999Z"],
		["Asia/Tokyo", "2026-07-05T16:00:00Z", "this-week", "2026-07-05T15:00:00Z", "2026-07-12T14:59:59.999Z"],
		// clocks put forward: 23 hours
		["Europe/Berlin", "2026-03-29T00:30:00Z", "today", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59.999Z"],
		["Europe/Berlin", "2026-03-29T12:00:00Z", "yesterday", "2026-03-27T23:00:00Z", "2026-03-28T22:59:59.999Z"],
		["Europe/Berlin", "2026-03-30T12:00:00Z", "this-month", "2026-02-28T23:00:00Z", "2026-03-31T21:59:59.999Z"],
		// and back: 25 hours
		["Europe/Berlin", "2026-10-25T12:00:00Z", "today", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59.999Z"],
		["Europe/Berlin", "2026-10-25T12:00:00Z", "this-week", "2026-10-18T22:00:00Z", "2026-10-25T22:59:59.999Z"],
		// a day without midnight
		["Africa/Cairo", "2026-04-24T12:00:00Z", "today", "2026-04-23T22:00:00Z", "2026-04-24T20:59:59.999Z"],
		["Africa/Cairo", "2026-04-23T12:00:00Z", "today", "2026-04-22T22:00:00Z", "2026-04-23T21:59:59.999Z"],
		// other years
		["UTC", "2026-01-15T12:00:00Z", "last-month", "2025-12-01T00:00:00Z", "2025-12-31T23:59:59.999Z"],
		["UTC", "2026-12-15T12:00:00Z", "this-month", "2026-12-01T00:00:00Z", "2026-12-31T23:59:59.999Z"],
		["UTC", "2026-03-31T12:00:00Z", "last-month", "2026-02-01T00:00:00Z", "2026-02-28T23:59:59.999Z"],
		["UTC", "2027-01-01T12:00:00Z", "this-week", "2026-12-28T00:00:00Z", "2027-01-03T23:59:59.999Z"],
		["UTC", "2027-01-01T12:00:00Z", "yesterday", "2026-12-31T00:00:00Z", "2026-12-31T23:59:59.999Z"],
	];
	for (const [where, now, name, from, to] of ranges)
		it(`${name} in ${where} at ${now} is from ${from} to ${to}`, () => {
			set(where);
			const bound = (end: "from" | "to") => timestamp(instantOf(name, end, Date.parse(now), end) ?? 0);
			assert.deepEqual([bound("from"), bound("to")], [from, to]);
		});

	it("all of them are tested, and named to who gets a time wrong", () => {
		assert.deepEqual(new Set(ranges.map(([, , name]) => name)), new Set(NAMED_TIMES));
		assert.throws(
			() => instantOf("tomorrow", "to", NOW, "to"),
			/today, yesterday, this-week, this-month or last-month/,
		);
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
	it("closes the quotes of a text that is cut", () => assert.match(quote("x".repeat(500)), /^"x+…"$/));
});

describe("a time in a sentence", () => {
	it("has no milliseconds", () => assert.equal(spokenTime(NOW + 789), "2026-05-04T08:00:00Z"));
});
