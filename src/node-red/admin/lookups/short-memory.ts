import { isAbort } from "../../../error";
import { abortable } from "../../../transport/abortable";

/** Runs something later, unless the function that comes back is called before. */
export type Later = (milliseconds: number, run: () => void) => () => void;

/** With Node's timers, which keep no process alive here. */
export const later: Later = (milliseconds, run) => {
	const timer = setTimeout(run, milliseconds);
	timer.unref();
	return () => clearTimeout(timer);
};

/** How long (ms) a failure is remembered: whoever types on must not ask a server again that has just refused. */
const FAILURE = 5_000;
/** Answers that are kept at most. */
const MOST_KEPT = 100;

/** Work that several wait for; it is aborted when the last of them has gone, or the account closes. */
class Shared<T> {
	readonly #stop = new AbortController();
	readonly #work: Promise<T>;
	#waiting = 0;

	constructor(work: (signal: AbortSignal) => Promise<T>, closing: AbortSignal) {
		this.#work = work(AbortSignal.any([closing, this.#stop.signal]));
	}

	/** True when nobody waited for the end of it. */
	get isAbandoned(): boolean {
		return this.#stop.signal.aborted;
	}

	/** Told when it has ended. */
	ended(well: () => void, badly: (error: unknown) => void): void {
		this.#work.then(well, badly);
	}

	async wait(signal: AbortSignal): Promise<T> {
		let settled = false;
		this.#waiting++;
		try {
			const work = this.#work.finally(() => {
				settled = true;
			});
			return await abortable(work, signal);
		} finally {
			if (--this.#waiting === 0 && !settled) this.#stop.abort();
		}
	}
}

/** Remembers for a short while what was asked of an account; equal questions become one. */
export class ShortMemory {
	readonly #kept = new Map<string, Shared<unknown>>();
	readonly #closing: AbortSignal;
	readonly #later: Later;

	/** @param closing aborts when the account closes, and everything with it */
	constructor(closing: AbortSignal, run: Later = later) {
		this.#closing = closing;
		this.#later = run;
	}

	/**
	 * The answer to a question, asked once however many want to know.
	 *
	 * @param keep milliseconds from the answer on for which it is good; 0: only those who wait get it
	 * @param signal aborts when the one who asked has gone; the question itself is broken off with the last of them
	 * @throws what `ask` throws, and the signal's reason
	 */
	once<T>(question: string, keep: number, signal: AbortSignal, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
		if (signal.aborted) return Promise.reject(signal.reason);
		const known = this.#kept.get(question) as Shared<T> | undefined;
		if (known && !known.isAbandoned) return known.wait(signal);
		const shared = new Shared(ask, this.#closing);
		this.#kept.delete(question);
		this.#kept.set(question, shared);
		const [oldest] = this.#kept.keys();
		if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
		const forget = () => {
			if (this.#kept.get(question) === shared) this.#kept.delete(question);
		};
		shared.ended(
			() => (keep > 0 ? this.#later(keep, forget) : forget()),
			(error) => (isAbort(error) ? forget() : this.#later(FAILURE, forget)),
		);
		return shared.wait(signal);
	}
}
