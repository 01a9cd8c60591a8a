import PQueue, { type QueueAddOptions } from "p-queue";
import { StellantisError } from "../error";

/** What a request is for, the most urgent first. */
export const PRIORITIES = ["command", "editor", "single", "sweep"] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Who asks and how urgently; `owner` (a node's id) keeps the turns fair between nodes of one priority. */
export interface Claim {
	priority: Priority;
	owner: string;
}

export interface LimiterOptions {
	/** Most requests in flight. */
	concurrency: number;
	/** Most requests started in a second, evenly spaced; 0 means no cap. */
	requestsPerSecond: number;
	/** Longest time (ms) that a request waits out a hold; a longer hold is an error at once. */
	maxHold?: number;
	now?: () => number;
}

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

	constructor({ concurrency, requestsPerSecond, maxHold = 60_000, now = Date.now }: LimiterOptions) {
		this.#maxHold = maxHold;
		this.#now = now;
		this.#queue = new PQueue<FairQueue, ClaimOptions>({
			concurrency,
			queueClass: FairQueue,
			// One start an interval spaces requests evenly, so that a burst limit of one second is never touched.
			...(requestsPerSecond > 0 ? { interval: 1000 / requestsPerSecond, intervalCap: 1 } : {}),
		});
	}

	/**
	 * Runs a task when its turn comes. Rejects with the signal's reason when aborted while waiting, and with
	 * ERR_RATE_LIMITED when the server's pause is longer than anybody should wait.
	 */
	run<T>(claim: Claim, signal: AbortSignal | undefined, task: () => Promise<T>): Promise<T> {
		return this.#queue.add(
			() => {
				this.#refuseInLongHold();
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
		clearTimeout(this.#timer);
		if (seconds * 1000 > this.#maxHold) {
			// Nobody waits this long: what is in the queue runs into the refusal above, without a request.
			this.#queue.start();
		} else {
			this.#queue.pause();
			this.#timer = setTimeout(() => this.#queue.start(), seconds * 1000);
		}
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
