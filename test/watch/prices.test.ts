import { strict as assert } from "node:assert";
import fc from "fast-check";
import { meanPrice, type Pricing, readPrice, wallMinutes } from "../../src/watch/prices";
import { takesLess } from "../support/takes-less";
import { DAY, HOUR, MINUTE } from "./support";

const NIGHT = [{ from: "22:00", to: "06:00", price: 0.1 }, { price: 0.4 }];

function pricing(value: unknown): Pricing | null {
	const { pricing: read, problem } = readPrice(value);
	assert.equal(problem, undefined);
	return read;
}

/** Mean of a price between two moments to the hundredth. */
function mean(value: unknown, zone: string, from: string, to: string): number | null {
	const price = meanPrice(pricing(value), zone, Date.parse(from), Date.parse(to));
	return price === null ? null : Math.round(price * 1e6) / 1e6;
}

describe("watch: prices", () => {
	it("are a number, a text that is one, or none", () => {
		assert.equal(mean(0.31, "UTC", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"), 0.31);
		assert.equal(mean("-0.02", "UTC", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"), -0.02);
		for (const empty of ["", null, undefined, []]) assert.equal(pricing(empty), null);
	});

	for (const [what, zone, from, to, price] of [
		["across midnight", "UTC", "2026-01-01T21:00:00Z", "2026-01-02T07:00:00Z", (2 * 0.4 + 8 * 0.1) / 10],
		["within one row", "UTC", "2026-01-01T22:30:00Z", "2026-01-01T23:30:00Z", 0.1],
		["at an edge", "UTC", "2026-01-01T22:00:00Z", "2026-01-01T22:00:00Z", 0.1],
		["at the other edge", "UTC", "2026-01-01T06:00:00Z", "2026-01-01T06:00:00Z", 0.4],
		[
			"by the clock of the place",
			"Asia/Kathmandu",
			"2026-01-01T16:00:00Z",
			"2026-01-01T16:30:00Z",
			(15 * 0.4 + 15 * 0.1) / 30,
		],
		[
			"where clocks go forward: the night has seven hours",
			"Europe/Berlin",
			"2026-03-28T20:00:00Z",
			"2026-03-29T05:00:00Z",
			(2 * 0.4 + 7 * 0.1) / 9,
		],
		[
			"where clocks go back: it has nine",
			"Europe/Berlin",
			"2026-10-24T19:00:00Z",
			"2026-10-25T06:00:00Z",
			(2 * 0.4 + 9 * 0.1) / 11,
		],
		[
			"where clocks go back by half an hour",
			"Australia/Lord_Howe",
			"2026-04-04T10:30:00Z",
			"2026-04-04T20:30:00Z",
			(0.5 * 0.4 + 8.5 * 0.1 + 0.4) / 10,
		],
	] as const)
		it(`are spread evenly ${what}`, () => {
			assert.equal(mean(NIGHT, zone, from, to), Math.round(price * 1e6) / 1e6);
		});

	it("are unknown where a part of the time has none", () => {
		const rows = [{ from: "8:00", to: "10:00", price: 1 }];
		assert.equal(mean(rows, "UTC", "2026-01-01T08:00:00Z", "2026-01-01T10:00:00Z"), 1);
		assert.equal(mean(rows, "UTC", "2026-01-01T08:00:00Z", "2026-01-01T10:01:00Z"), null);
	});

	for (const [what, value, sentence] of [
		["no number", "cheap", /neither a number nor a list/],
		["a row without a price", [{ from: "1:00", to: "2:00" }], /Row 1 of the price has no price/],
		["a row without an end", [{ from: "1:00", price: 1 }], /Row 1 .* "from" and "to"/],
		["a time that is none", [{ from: "25:00", to: "26:00", price: 1 }], /times of day/],
		["a row that ends when it starts", [{ from: "1:00", to: "1:00", price: 1 }], /ends when it starts/],
		["two rests", [{ price: 1 }, { price: 2 }], /Row 2 .* second without hours/],
		[
			"rows that overlap",
			[
				{ from: "1:00", to: "3:00", price: 1 },
				{ from: "2:00", to: "4:00", price: 2 },
			],
			/Row 2 .* overlaps/,
		],
		[
			"rows that overlap across midnight",
			[
				{ from: "22:00", to: "6:00", price: 1 },
				{ from: "5:00", to: "8:00", price: 2 },
			],
			/overlaps/,
		],
		["a row that is none", [null], /Row 1/],
		["too many rows", Array(49).fill({ price: 1 }), /at most 48/],
	] as const)
		it(`are refused in words where there is ${what}`, () => {
			const { pricing: read, problem } = readPrice(value);
			assert.equal(read, null);
			assert.match(problem ?? "", sentence);
		});

	it("meet without overlap, and may cover the whole day", () => {
		assert.ok(
			pricing([
				{ from: "0:00", to: "12:00", price: 1 },
				{ from: "12:00", to: "24:00", price: 2 },
			]),
		);
		assert.equal(
			mean([{ from: "00:00", to: "24:00", price: 3 }], "UTC", "2026-01-01T05:00:00Z", "2026-01-03T05:00:00Z"),
			3,
		);
	});

	it("agree with a sum minute by minute, in any zone and at any time", () => {
		const zone = fc.constantFrom("UTC", "Europe/Paris", "America/St_Johns", "Australia/Lord_Howe", "Asia/Tehran");
		const edges = fc.uniqueArray(fc.integer({ min: 0, max: 47 }), { minLength: 2, maxLength: 6 });
		const start = fc.integer({ min: Date.UTC(2026, 2, 20) / MINUTE, max: Date.UTC(2026, 3, 10) / MINUTE });
		fc.assert(
			fc.property(zone, edges, start, fc.integer({ min: 1, max: 600 }), (timeZone, halves, minute, length) => {
				const sorted = halves.sort((a, b) => a - b).map((half) => half * 30);
				const hours = sorted.map((from, index) => ({
					from,
					to: sorted[(index + 1) % sorted.length] ?? 0,
					price: index + 1,
				}));
				const priceOf = (time: number) => {
					const wall = wallMinutes(time, timeZone);
					return (hours.findLast(({ from }) => from <= wall) ?? hours.at(-1))?.price ?? 0;
				};
				let sum = 0;
				for (let at = minute; at < minute + length; at++) sum += priceOf(at * MINUTE);
				const found = meanPrice({ hours, rest: null }, timeZone, minute * MINUTE, (minute + length) * MINUTE);
				assert.ok(Math.abs((found ?? Number.NaN) - sum / length) < 1e-9, `${found} is ${sum / length}`);
			}),
			{ numRuns: 100 },
		);
	});

	it("take no long time over a long one", () => {
		takesLess(500, () => meanPrice(pricing(NIGHT), "Europe/Paris", 0, 400 * DAY + HOUR));
	});
});
