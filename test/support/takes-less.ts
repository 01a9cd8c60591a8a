import assert from "node:assert/strict";

/**
 * How often a test that measures time is tried again: one try in which nothing else was in its way is enough, whatever
 * the machine did meanwhile only adds to the others.
 */
export const AT_BEST = 2;

/** Rounds of which one has to be quick enough: whatever else the machine does only adds to the others. */
const ROUNDS = 5;

/** Asserts that work takes less than so long (ms) where nothing else is in its way. */
export function takesLess(milliseconds: number, work: () => void, what = "it"): void {
	let least = Number.POSITIVE_INFINITY;
	for (let round = 0; round < ROUNDS && least >= milliseconds; round++) {
		const began = performance.now();
		work();
		least = Math.min(least, performance.now() - began);
	}
	assert.ok(least < milliseconds, `${what} takes ${least} ms`);
}
