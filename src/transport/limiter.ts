import { StellantisError } from "../error";
import { LONGEST_PAUSE } from "./retry";
import { createSchedule, type Schedule } from "./schedule";
import type { SharedPace } from "./shared-pace";

/** What a request is for, the most urgent first. */
const PRIORITIES = ["command", "editor", "single", "sweep"] as const;
/** How urgent a request is. */
export type Priority = (typeof PRIORITIES)[number];

/** Who asks and how urgently; `owner` (a node's id) keeps the turns fair between nodes of one priority. */
export interface Claim {
	priority: Priority;
	owner: string;
}

/** The limits of an account. */
export interface LimiterOptions {
	/** Most requests in flight. */
	concurrency: number;
	/** Most requests started in a second, see {@link createSchedule}; 0 means no cap. */
	requestsPerSecond: number;
	/** What decides when requests start where several Node-RED share the limits; undefined: this account alone. */
	shared?: SharedPace | undefined;
	/** Longest time (ms) that a request waits out a hold; a longer hold is an error at once. */
	maxHold?: number;
	/** Milliseconds since some fixed moment; a clock that never jumps, whatever happens to the time of day. */
	now?: () => number;
}

/** Largest delay of a timer (ms); beyond it, timers fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Most requests started in one turn of the event loop. Those that start together are answered together, and what comes of
 * thirty answers in one go would keep other flows waiting.
 */
const MOST_A_TURN = 2;

const monotonic = () => performance.now();

/** A request that waits for its turn. */
interface Waiting {
	/** When it came. */
	since: number;
	start: () => void;
	refuse: (reason: unknown) => void;
	/** True when nobody waits for it any more. */
	gone: boolean;
}

/** A queue in which everything, leaving from the middle too, takes constant time. */
class Line {
	#items: Waiting[] = [];
	#head = 0;
	#gone = 0;

	push(waiting: Waiting): void {
		this.#items.push(waiting);
	}

	/** The first that is still waited for, taken out. */
	shift(): Waiting | undefined {
		while (this.#head < this.#items.length) {
			const first = this.#items[this.#head++];
			if (first?.gone) this.#gone--;
			else {
				this.#tidy();
				return first;
			}
		}
		this.#items = [];
		this.#head = 0;
		return undefined;
	}

	/** One of those that wait is gone. */
	leave(): void {
		this.#gone++;
		this.#tidy();
	}

	/** Lets go of what is behind and of those that are gone, once they are the most. */
	#tidy(): void {
		if (2 * (this.#head + this.#gone) <= this.#items.length) return;
		this.#items = this.#items.slice(this.#head).filter(({ gone }) => !gone);
		this.#head = 0;
		this.#gone = 0;
	}
}

/** Those that wait, in the order in which they start: by priority, and within one priority owner by owner in turn. */
class FairQueue {
	readonly #classes = new Map<Priority, Map<string, Line>>(PRIORITIES.map((priority) => [priority, new Map()]));
	#size = 0;

	/** How many wait. */
	get size(): number {
		return this.#size;
	}

	add({ priority, owner }: Claim, waiting: Waiting): void {
		const owners = this.#classes.get(priority);
		const line = owners?.get(owner) ?? new Line();
		owners?.set(owner, line);
		line.push(waiting);
		this.#size++;
	}

	/** Takes out the one whose turn it is. */
	take(): Waiting | undefined {
		for (const owners of this.#classes.values())
			for (const [owner, line] of owners) {
				const next = line.shift();
				// Whoever was served goes to the back of the line.
				owners.delete(owner);
				if (!next) continue;
				owners.set(owner, line);
				this.#size--;
				return next;
			}
		return undefined;
	}

	/** One of those that wait goes away. */
	leave({ priority, owner }: Claim, waiting: Waiting): void {
		waiting.gone = true;
		this.#size--;
		this.#classes.get(priority)?.get(owner)?.leave();
	}
}

/** Tells those that wait for the same signal, with one listener however many they are. */
class Leavers {
	readonly #bySignal = new Map<AbortSignal, { all: Set<() => void>; listener: () => void }>();

	/** Calls `leave` when the signal aborts, until the returned function is called. */
	on(signal: AbortSignal, leave: () => void): () => void {
		const { all, listener } = this.#bySignal.get(signal) ?? this.#listen(signal);
		all.add(leave);
		return () => {
			if (!all.delete(leave) || all.size > 0) return;
			signal.removeEventListener("abort", listener);
			this.#bySignal.delete(signal);
		};
	}

	#listen(signal: AbortSignal) {
		const all = new Set<() => void>();
		const listener = () => {
			this.#bySignal.delete(signal);
			for (const leave of all) leave();
		};
		signal.addEventListener("abort", listener, { once: true });
		const leavers = { all, listener };
		this.#bySignal.set(signal, leavers);
		return leavers;
	}
}

/**
 * The one gate before the network for all nodes of an account: how many requests at once, how many a second, in which
 * order, and not at all while the server has asked for a pause.
 */
export class Limiter {
	readonly #queue = new FairQueue();
	readonly #leavers = new Leavers();
	readonly #concurrency: number;
	readonly #schedule: Schedule;
	readonly #shared: SharedPace | undefined;
	readonly #maxHold: number;
	readonly #now: () => number;
	#busy = 0;
	#closed = false;
	#heldUntil = 0;
	/** Requests started in this turn of the event loop. */
	#started = 0;
	#timer: NodeJS.Timeout | undefined;

	constructor({ concurrency, requestsPerSecond, shared, maxHold = 60_000, now = monotonic }: LimiterOptions) {
		this.#concurrency = concurrency;
		this.#schedule = shared ?? createSchedule(requestsPerSecond);
		this.#shared = shared;
		shared?.listen({ advance: () => this.#advance(), hold: (milliseconds) => this.#hold(milliseconds) });
		this.#maxHold = maxHold;
		this.#now = now;
	}

	/**
	 * Runs a task when its turn comes. Rejects with the signal's reason when aborted while waiting, and with
	 * ERR_RATE_LIMITED when the server's pause is longer than anybody should wait.
	 */
	run<T>(claim: Claim, signal: AbortSignal | undefined, task: () => Promise<T>): Promise<T> {
		return new Promise((resolve, reject) => {
			if (signal?.aborted) return reject(signal.reason);
			if (this.#closed) return reject(closed());
			let stay = () => {};
			const waiting: Waiting = {
				since: this.#now(),
				gone: false,
				start: () => {
					stay();
					this.#run(task).then(resolve, reject);
				},
				refuse: (reason) => {
					stay();
					reject(reason);
				},
			};
			if (signal)
				stay = this.#leavers.on(signal, () => {
					this.#queue.leave(claim, waiting);
					reject(signal.reason);
				});
			this.#queue.add(claim, waiting);
			this.#advance();
		});
	}

	/** The server asked for a pause: no request of the account starts for so many seconds. */
	hold(seconds: number): void {
		this.#shared?.hold(seconds * 1000);
		this.#hold(seconds * 1000);
	}

	#hold(milliseconds: number): void {
		const until = this.#now() + milliseconds;
		if (until <= this.#heldUntil) return;
		this.#heldUntil = until;
		this.#advance();
	}

	/** How many requests wait for their turn. */
	get waiting(): number {
		return this.#queue.size;
	}

	/** True while the server's pause is longer than anybody waits. */
	get holdsTooLong(): boolean {
		return this.#heldUntil - this.#now() > this.#maxHold;
	}

	/** Seconds until the server's pause is over; 0 when there is none. */
	get holdSeconds(): number {
		return Math.max(0, Math.ceil((this.#heldUntil - this.#now()) / 1000));
	}

	/** The account closes: nothing starts any more, and what waits is told so with an AbortError. */
	close(): void {
		clearTimeout(this.#timer);
		this.#closed = true;
		this.#refuseAll(closed);
	}

	/** Starts what may start now, and comes back when more may. */
	#advance(): void {
		clearTimeout(this.#timer);
		// Nobody waits that long: without a request, who waits is told.
		if (this.holdsTooLong) this.#refuseAll(() => rateLimited(this.holdSeconds));
		while (this.#busy < this.#concurrency && this.#queue.size > 0 && this.#started < MOST_A_TURN) {
			const now = this.#now();
			const held = this.#heldUntil - now;
			const wait = Math.max(held, this.#schedule.wait(now, this.#queue.size));
			if (wait > 0) {
				this.#timer = setTimeout(() => this.#advance(), Math.min(Math.ceil(wait), LONGEST_TIMER));
				// A pause is no reason to keep a process alive.
				if (held > 0) this.#timer.unref();
				return;
			}
			const next = this.#queue.take();
			if (!next) return;
			this.#schedule.take(now, next.since);
			if (this.#started++ === 0) setImmediate(() => this.#nextTurn());
			next.start();
		}
	}

	#nextTurn(): void {
		const isFull = this.#started >= MOST_A_TURN;
		this.#started = 0;
		if (isFull) this.#advance();
	}

	async #run<T>(task: () => Promise<T>): Promise<T> {
		this.#busy++;
		try {
			return await task();
		} finally {
			this.#busy--;
			this.#advance();
		}
	}

	#refuseAll(reason: () => unknown): void {
		for (let next = this.#queue.take(); next; next = this.#queue.take()) next.refuse(reason());
	}
}

function closed(): DOMException {
	return new DOMException("The account has closed.", "AbortError");
}

/** The server allows no more requests for now. */
export function rateLimited(retryAfter: number, statusCode?: number): StellantisError {
	const doubt = retryAfter < LONGEST_PAUSE ? "" : " It asks for a pause of a day or longer, which is taken for a day.";
	return new StellantisError(
		"ERR_RATE_LIMITED",
		`The API allows no more requests for now. Try again in ${retryAfter} s; fewer polls, larger pages or fewer vehicles spare the quota.${doubt}`,
		{ retryAfter, statusCode },
	);
}
