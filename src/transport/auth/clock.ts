/** Time from outside, so that tests need not wait. */
export interface Clock {
	/** Wall clock, epoch milliseconds; may be off and may jump. */
	now(): number;
	/** Milliseconds since some fixed moment; never jumps, but may stand still while the machine sleeps. */
	ticks(): number;
}

/** The machine's own time. */
export const systemClock: Clock = { now: () => Date.now(), ticks: () => performance.now() };
