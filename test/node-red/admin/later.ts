import type { Later } from "../../../src/node-red/admin/lookups/short-memory";

/** Time that a test lets pass. */
export class Clock {
	#now = 0;
	readonly #waiting = new Set<{ at: number; run: () => void }>();

	readonly later: Later = (milliseconds, run) => {
		const entry = { at: this.#now + milliseconds, run };
		this.#waiting.add(entry);
		return () => this.#waiting.delete(entry);
	};

	/** Timers that are set. */
	get waiting(): number {
		return this.#waiting.size;
	}

	pass(milliseconds: number): void {
		this.#now += milliseconds;
		for (const entry of this.#waiting) {
			if (entry.at > this.#now) continue;
			this.#waiting.delete(entry);
			entry.run();
		}
	}
}
