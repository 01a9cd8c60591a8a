/** How long (ms) a closing account waits for the answer to a command that is on its way. */
const LAST_WAIT = 5_000;

/**
 * Stops a request that must not be stopped lightly: before it is sent whoever asked for it or the closing account
 * may; once it may have arrived only the closing account, and that not before it has waited for the answer.
 */
export class SendSignal {
	readonly #stop = new AbortController();
	readonly #asking: AbortSignal;
	readonly #closing: AbortSignal;
	#sent = false;
	#lastWait: NodeJS.Timeout | undefined;

	constructor(asking: AbortSignal, closing: AbortSignal) {
		this.#asking = asking;
		this.#closing = closing;
		asking.addEventListener("abort", this.#leave);
		closing.addEventListener("abort", this.#close);
		if (asking.aborted || closing.aborted) this.#stop.abort();
	}

	get signal(): AbortSignal {
		return this.#stop.signal;
	}

	/** The request may have arrived from now on. */
	sent(): void {
		this.#sent = true;
	}

	/** The request is over. */
	drop(): void {
		clearTimeout(this.#lastWait);
		this.#asking.removeEventListener("abort", this.#leave);
		this.#closing.removeEventListener("abort", this.#close);
	}

	readonly #leave = () => {
		if (!this.#sent) this.#stop.abort();
	};

	readonly #close = () => {
		if (this.#sent) this.#lastWait = setTimeout(() => this.#stop.abort(), LAST_WAIT);
		else this.#stop.abort();
	};
}
