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
	#next: Promise<void> | undefined;

	/**
	 * Asked before each message: nothing most of the time, so that nobody waits for nothing; when a slice is used up, a
	 * promise for the next turn of the event loop.
	 */
	turn(): Promise<void> | undefined {
		if (this.#count < MOST && performance.now() - this.#began < SLICE) {
			this.#count++;
			return undefined;
		}
		this.#next ??= nextTurn().then(() => {
			this.#next = undefined;
			this.#began = performance.now();
			this.#count = 1;
		});
		return this.#next;
	}
}
