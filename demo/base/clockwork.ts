/** Timers that end with the simulator, and that tests can turn by hand. */

/** How something is done later; default Node's own timers, which keep no process alive here. */
export interface Timers {
	/** Runs once after so many milliseconds; the answer is what `clear` takes. */
	set(run: () => void, milliseconds: number): unknown;
	clear(timer: unknown): void;
}

const systemTimers: Timers = {
	set: (run, milliseconds) => setTimeout(run, milliseconds).unref(),
	clear: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

export class Clockwork {
	readonly #timers: Timers;
	readonly #pending = new Set<{ timer: unknown }>();
	#stopped = false;

	constructor(timers: Timers = systemTimers) {
		this.#timers = timers;
	}

	/** Does something later, unless all has been stopped by then. The answer calls it off. */
	after(milliseconds: number, run: () => void): () => void {
		if (this.#stopped) return () => {};
		const entry: { timer: unknown } = { timer: undefined };
		this.#pending.add(entry);
		entry.timer = this.#timers.set(() => {
			if (this.#pending.delete(entry)) run();
		}, milliseconds);
		return () => {
			if (this.#pending.delete(entry)) this.#timers.clear(entry.timer);
		};
	}

	/** Calls everything off for good. */
	stop(): void {
		this.#stopped = true;
		for (const { timer } of this.#pending) this.#timers.clear(timer);
		this.#pending.clear();
	}
}
