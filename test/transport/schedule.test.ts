import assert from "node:assert/strict";
import { createSchedule } from "../../src/transport/schedule";

/** Most of the moments that lie within one second. */
function mostInASecond(starts: readonly number[]): number {
	let most = 0;
	let first = 0;
	for (const [place, start] of starts.entries()) {
		while ((starts[first] ?? 0) <= start - 1000) first++;
		most = Math.max(most, place - first + 1);
	}
	return most;
}

/** Starts as many as it may for some seconds, by timers that come too late as `late` says (ms). */
function startsOf(perSecond: number, seconds: number, late: (now: number) => number): number[] {
	const schedule = createSchedule(perSecond);
	const starts: number[] = [];
	for (let now = 0; now < seconds * 1000; ) {
		const wait = schedule.wait(now);
		if (wait > 0) now += Math.ceil(wait) + late(now);
		else {
			schedule.take(now, 0);
			starts.push(now);
		}
	}
	return starts;
}

/** The same numbers from 0 to 1 in each run. */
function numbers(): () => number {
	let state = 1;
	return () => {
		state = (state * 48_271) % 2_147_483_647;
		return state / 2_147_483_647;
	};
}

describe("the schedule of requests", () => {
	const machines: [name: string, late: () => (now: number) => number][] = [
		["a quiet machine", () => () => 0.2],
		[
			"a busy machine",
			() => {
				const random = numbers();
				return () => 6 * random();
			},
		],
		[
			"a machine that stands still now and then",
			() => {
				const random = numbers();
				return () => (random() < 0.02 ? 60 : 1.2);
			},
		],
	];
	for (const cap of [1, 5, 50, 200, 500])
		for (const [name, late] of machines)
			it(`uses a cap of ${cap} on ${name}, and never exceeds it`, () => {
				const starts = startsOf(cap, 60, late());
				assert.ok(starts.length >= 0.95 * 60 * cap, `${starts.length / 60} a second`);
				assert.ok(mostInASecond(starts) <= cap, `${mostInASecond(starts)} in a second`);
			});

	for (const cap of [0.5, 2.5])
		it(`keeps a cap of ${cap}`, () => {
			const starts = startsOf(cap, 60, () => 0.2);
			assert.ok(Math.abs(starts.length - 60 * cap) <= 1, `${starts.length}`);
			assert.ok(mostInASecond(starts) <= cap + 1);
		});

	it("makes up for nothing that nobody wanted", () => {
		const schedule = createSchedule(20);
		schedule.take(0, 0);
		schedule.take(5_000, 5_000);
		assert.equal(schedule.wait(5_000), 50);
	});

	it("spaces what can be spaced by half at least, however late", () => {
		const starts = startsOf(20, 60, () => 40);
		const gaps = starts.slice(1).map((start, place) => start - (starts[place] ?? 0));
		assert.ok(Math.min(...gaps) >= 25);
	});

	it("has none without a cap", () => {
		const schedule = createSchedule(0);
		schedule.take(0, 0);
		assert.equal(schedule.wait(0), 0);
	});
});
