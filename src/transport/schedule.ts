/** When requests may start. What waits asks again after the time it is told. */
export interface Schedule {
	/**
	 * Milliseconds until a request may start; 0 when one may start now.
	 *
	 * @param waiting how many wait
	 */
	wait(now: number, waiting?: number): number;
	/** A request starts now; it has waited since then. */
	take(now: number, since: number): void;
}

/** Longest time (ms) by which requests may lag behind the schedule and still catch up; what is older is forgone. */
const LONGEST_LAG = 100;
/** No stretch of this length (ms) has more starts than the cap: a second, and what the way from here to the socket varies. */
const STRETCH = 1_030;
/** Shortest interval (ms) that is kept at least by half; timers can't keep shorter ones. */
const EVEN = 10;

/** No limit. */
const free: Schedule = { wait: () => 0, take() {} };

/**
 * Starts spread evenly over the second: each has its moment, and what a timer comes too late for is made up for, as far
 * as no second has more starts than the cap.
 *
 * @param perSecond most starts in a second; 0 means no cap
 */
export function createSchedule(perSecond: number): Schedule {
	return perSecond > 0 ? new EvenSchedule(perSecond) : free;
}

class EvenSchedule implements Schedule {
	/** Milliseconds from moment to moment. */
	readonly #interval: number;
	/** The last starts, as many as a second may have: a ring, of which `#oldest` is the place of the oldest. */
	readonly #starts: Float64Array;
	#oldest = 0;
	#latest = Number.NEGATIVE_INFINITY;
	/** The moment of the next start. */
	#next = Number.NEGATIVE_INFINITY;

	constructor(perSecond: number) {
		this.#interval = 1000 / perSecond;
		this.#starts = new Float64Array(Math.ceil(perSecond)).fill(Number.NEGATIVE_INFINITY);
	}

	wait(now: number): number {
		const spaced = this.#interval < EVEN ? this.#latest : this.#latest + this.#interval / 2;
		const bounded = (this.#starts[this.#oldest] ?? now) + STRETCH;
		return Math.max(0, this.#next - now, spaced - now, bounded - now);
	}

	take(now: number, since: number): void {
		// Nothing is made up for while nobody wanted it.
		this.#next = Math.max(this.#next, since, now - LONGEST_LAG) + this.#interval;
		this.#latest = now;
		this.#starts[this.#oldest] = now;
		this.#oldest = (this.#oldest + 1) % this.#starts.length;
	}
}
