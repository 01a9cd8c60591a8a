import type { SharedStore } from "./store";

/** What must still be done in a store, in order, as soon as it can be; what the process does not live to do, others time out. */
export class WhenBack {
	readonly #store: SharedStore;
	readonly #tasks: (() => Promise<unknown>)[] = [];
	#isWorking = false;

	constructor(store: SharedStore) {
		this.#store = store;
		store.onState((away) => {
			if (!away) void this.#work();
		});
	}

	add(task: () => Promise<unknown>): void {
		this.#tasks.push(task);
		void this.#work();
	}

	async #work(): Promise<void> {
		if (this.#isWorking) return;
		this.#isWorking = true;
		try {
			for (let task = this.#tasks[0]; task; task = this.#tasks[0]) {
				await task();
				this.#tasks.shift();
			}
		} catch {
			// The store is away: it tells when it is back.
		} finally {
			this.#isWorking = false;
		}
		if (this.#tasks.length > 0 && !this.#store.away) setTimeout(() => void this.#work(), 1_000).unref();
	}
}
