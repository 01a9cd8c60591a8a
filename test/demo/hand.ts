/** Timers that a test turns by hand. */
import type { Timers } from "../../demo";

export class HandTimers implements Timers {
	#now = 0;
	#serial = 0;
	readonly #pending = new Map<unknown, { at: number; run: () => void }>();

	set(run: () => void, milliseconds: number): unknown {
		const timer = ++this.#serial;
		this.#pending.set(timer, { at: this.#now + milliseconds, run });
		return timer;
	}

	clear(timer: unknown): void {
		this.#pending.delete(timer);
	}

	/** How many wait. */
	get pending(): number {
		return this.#pending.size;
	}

	/** Lets so much time pass; `onTime` hears of each moment before what is due then. */
	pass(milliseconds: number, onTime: (moved: number) => void = () => {}): void {
		const end = this.#now + milliseconds;
		for (;;) {
			const due = [...this.#pending].filter(([, { at }]) => at <= end).sort((a, b) => a[1].at - b[1].at)[0];
			if (!due) break;
			const [timer, { at, run }] = due;
			this.#pending.delete(timer);
			onTime(at - this.#now);
			this.#now = at;
			run();
		}
		onTime(end - this.#now);
		this.#now = end;
	}
}
