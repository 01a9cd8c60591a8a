import type PQueue from "p-queue";
import type { QueueAddOptions } from "p-queue";
import { StellantisError } from "../error";
import { library } from "../libraries";

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
	/** Most requests started in a second, evenly spaced; 0 means no cap. */
	requestsPerSecond: number;
	/** Longest time (ms) that a request waits out a hold; a longer hold is an error at once. */
	maxHold?: number;
	/** Milliseconds since some fixed moment; a clock that never jumps, whatever happens to the time of day. */
	now?: () => number;
}

/** Largest delay of a timer (ms); beyond it, timers fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

const monotonic = () => performance.now();

type Run = () => Promise<unknown>;
type ClaimOptions = QueueAddOptions & { claim?: Claim };

/** The order in which waiting requests start: by priority, and within one priority owner by owner in turn. */
class FairQueue {
	readonly #classes = new Map<Priority, Map<string, Run[]>>(PRIORITIES.map((priority) => [priority, new Map()]));
	#size = 0;

	get size(): number {
		return this.#size;
	}

	enqueue(run: Run, { claim }: Partial<ClaimOptions> = {}): void {
		const owners = this.#classes.get(claim?.priority ?? "sweep");
		const owner = claim?.owner ?? "";
		const waiting = owners?.get(owner);
		if (waiting) waiting.push(run);
		else owners?.set(owner, [run]);
		this.#size++;
	}

	dequeue(): Run | undefined {
		for (const owners of this.#classes.values()) {
			for (const [owner, waiting] of owners) {
				const run = waiting.shift();
				// Whoever was served goes to the back of the line.
				owners.delete(owner);
				if (waiting.length > 0) owners.set(owner, waiting);
				if (run) {
					this.#size--;
					return run;
				}
			}
		}
		return undefined;
	}

	filter({ claim }: Readonly<Partial<ClaimOptions>>): Run[] {
		const owners = this.#classes.get(claim?.priority ?? "sweep");
		return owners ? [...owners.values()].flat() : [];
	}

	setPriority(): void {
		throw new Error("a claim keeps its priority");
	}
}

/**
 * The one gate before the network for all nodes of an account: how many requests at once, how many a second, in which
 * order, and not at all while the server has asked for a pause.
 */
export class Limiter {
	readonly #queue: PQueue<FairQueue, ClaimOptions>;
	readonly #maxHold: number;
	readonly #now: () => number;
	#heldUntil = 0;
	#timer: NodeJS.Timeout | undefined;
	/** Least time (ms) between two starts, which spaces requests evenly: no burst limit of a second is ever touched. */
	readonly #gap: number;
	#gapTimer: NodeJS.Timeout | undefined;

	constructor({ concurrency, requestsPerSecond, maxHold = 60_000, now = monotonic }: LimiterOptions) {
		this.#maxHold = maxHold;
		this.#now = now;
		this.#gap = requestsPerSecond > 0 ? Math.min(1000 / requestsPerSecond, LONGEST_TIMER) : 0;
		// The queue's own intervals go by the time of day: a clock set back by an hour would stop it for an hour.
		this.#queue = new (library("p-queue").default)<FairQueue, ClaimOptions>({ concurrency, queueClass: FairQueue });
	}

	/**
	 * Runs a task when its turn comes. Rejects with the signal's reason when aborted while waiting, and with
	 * ERR_RATE_LIMITED when the server's pause is longer than anybody should wait.
	 */
	run<T>(claim: Claim, signal: AbortSignal | undefined, task: () => Promise<T>): Promise<T> {
		return this.#queue.add(
			() => {
				this.#refuseInLongHold();
				this.#leaveGap();
				return task();
			},
			{ claim, ...(signal ? { signal } : {}) },
		);
	}

	/** The server asked for a pause: no request of the account starts for so many seconds. */
	hold(seconds: number): void {
		const until = this.#now() + seconds * 1000;
		if (until <= this.#heldUntil) return;
		this.#heldUntil = until;
		this.#applyHold();
	}

	#applyHold(): void {
		clearTimeout(this.#timer);
		const left = this.#heldUntil - this.#now();
		// Nobody waits that long: what is in the queue runs into the refusal below, without a request. The end is waited for.
		if (left > 0 && left <= this.#maxHold) this.#queue.pause();
		else if (this.#gapTimer === undefined) this.#queue.start();
		if (left <= 0) return;
		const next = left > this.#maxHold ? left - this.#maxHold : left;
		this.#timer = setTimeout(() => this.#applyHold(), Math.min(next, LONGEST_TIMER));
		// A pause is no reason to keep a process alive.
		this.#timer.unref();
	}

	#leaveGap(): void {
		if (this.#gap === 0) return;
		this.#queue.pause();
		this.#gapTimer = setTimeout(() => {
			this.#gapTimer = undefined;
			this.#applyHold();
		}, this.#gap);
	}

	#refuseInLongHold(): void {
		if (this.holdsTooLong) throw rateLimited(this.holdSeconds);
	}

	/** True while the server's pause is longer than anybody waits. */
	get holdsTooLong(): boolean {
		return this.#heldUntil - this.#now() > this.#maxHold;
	}

	/** Seconds until the server's pause is over; 0 when there is none. */
	get holdSeconds(): number {
		return Math.max(0, Math.ceil((this.#heldUntil - this.#now()) / 1000));
	}

	/** Forgets what waits and stops the timer; used when the account closes. */
	close(): void {
		clearTimeout(this.#timer);
		clearTimeout(this.#gapTimer);
		this.#queue.clear();
	}
}

/** The server allows no more requests for now. */
export function rateLimited(retryAfter: number, statusCode?: number): StellantisError {
	return new StellantisError(
		"ERR_RATE_LIMITED",
		`The API allows no more requests for now. Try again in ${retryAfter} s; fewer polls, larger pages or fewer vehicles spare the quota.`,
		{ retryAfter, statusCode },
	);
}
