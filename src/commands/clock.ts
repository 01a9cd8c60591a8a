import { setTimeout as wait } from "node:timers/promises";

/** Time from outside, so that tests need not wait. */
export interface CommandClock {
	/** Epoch milliseconds. */
	now(): number;
	/** Resolves after so many milliseconds; rejects with an AbortError as soon as the signal aborts. */
	sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** The machine's own time; a sleep keeps no process alive. */
export const systemClock: CommandClock = {
	now: () => Date.now(),
	sleep: (milliseconds, signal) => wait(milliseconds, undefined, { signal, ref: false }),
};
