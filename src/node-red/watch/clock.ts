/** Time as a watch sees it. */
export interface Clock {
	/** Epoch milliseconds. */
	now(): number;
	/** Runs once after so many milliseconds; the answer calls it off. */
	after(milliseconds: number, run: () => void): () => void;
}

/** Longest time (ms) that is waited in one go: by then a clock that was set, or a machine that slept, is noticed. */
export const LONGEST_WAIT = 15 * 60_000;
/** How soon (ms) what failed for want of the store is tried again: it says at once that it is still away. */
export const STORE_AGAIN = 2_000;

/** This machine's clock. */
export const systemClock: Clock = {
	now: () => Date.now(),
	after(milliseconds, run) {
		const timer = setTimeout(run, milliseconds);
		return () => clearTimeout(timer);
	},
};
