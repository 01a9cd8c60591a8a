import { keyIn, type Returned } from "../../sweep/lease";

/** How soon (ms) what came back is noted: a kill costs what is not. */
const FLUSH = 30;
/** How soon (ms) it is tried again where it could not be noted. */
const AGAIN = 2_000;

/** Gathers what comes back, so that many items are noted in one step. */
export class Returns {
	readonly #node: string;
	readonly #note: (key: string, sweep: string, returned: Returned[]) => Promise<void>;
	readonly #onError: (error: unknown) => void;
	#waiting: Returned[] = [];
	#timer: NodeJS.Timeout | undefined;
	#noting: Promise<void> = Promise.resolve();

	/**
	 * @param note keeps what came back of one sweep
	 * @param onError told what keeps it from being kept, once until it works again
	 */
	constructor(
		node: string,
		note: (key: string, sweep: string, returned: Returned[]) => Promise<void>,
		onError: (error: unknown) => void,
	) {
		this.#node = node;
		this.#note = note;
		this.#onError = onError;
	}

	add(returned: readonly Returned[]): void {
		for (const each of returned) this.#waiting.push(each);
		if (this.#waiting.length > 0) this.#flushIn(FLUSH);
	}

	/** Forgets what was not noted yet. */
	clear(): void {
		this.#waiting = [];
	}

	/** Notes what there is now; resolves when that was tried. */
	flush(): Promise<void> {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.#noting = this.#noting.then(() => this.#noteAll());
		return this.#noting;
	}

	#flushIn(milliseconds: number): void {
		this.#timer ??= setTimeout(() => void this.flush(), milliseconds);
	}

	#hasFailed = false;

	async #noteAll(): Promise<void> {
		const bySweep = new Map<string, Returned[]>();
		for (const each of this.#waiting) {
			const list = bySweep.get(each.sweep);
			if (list) list.push(each);
			else bySweep.set(each.sweep, [each]);
		}
		this.#waiting = [];
		for (const [sweep, returned] of bySweep) {
			const key = keyIn(sweep, this.#node);
			if (key === undefined) continue;
			try {
				await this.#note(key, sweep, returned);
				this.#hasFailed = false;
			} catch (error) {
				if (!this.#hasFailed) this.#onError(error);
				this.#hasFailed = true;
				this.#waiting.unshift(...returned);
				this.#flushIn(AGAIN);
			}
		}
	}

	/** Notes what there is once more, and nothing afterwards. */
	async close(): Promise<void> {
		await this.flush();
		clearTimeout(this.#timer);
	}
}
