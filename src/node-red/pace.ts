import { setImmediate as nextTurn } from "node:timers/promises";

/**
 * Longest time (ms) and most messages in one go, before other flows get their turn. What was sent is delivered in that
 * turn too, and takes about as long again.
 */
const SLICE = 0.5;
const MOST = 25;

/** Lets the event loop breathe while thousands of messages leave: Node-RED is one thread for everybody's flows. */
export class Pace {
	#began = 0;
	#count = 0;

	/** Resolves at once most of the time, and in the next turn of the event loop when a slice is used up. */
	async turn(): Promise<void> {
		const now = performance.now();
		if (now - this.#began < SLICE && this.#count < MOST) {
			this.#count++;
			return;
		}
		await nextTurn();
		this.#began = performance.now();
		this.#count = 1;
	}
}
