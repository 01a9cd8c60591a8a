import { setImmediate as nextTurn } from "node:timers/promises";
import { Pace } from "./pace";

/**
 * Most messages of a node that are worked on at once: more than any account's limits let through. What is beyond waits
 * and costs next to nothing, however much it is.
 */
const MOST = 1_000;
/** Most messages that wait for something of their own beside those. */
const MOST_ASIDE = 10_000;
/** Messages that are given up in one go, before other flows get their turn. */
const SLICE = 1_000;

/**
 * Waits for something that is no limit of the account, such as a vehicle that is busy: the message makes room for others
 * meanwhile.
 */
export type Aside = <T>(wait: Promise<T>) => Promise<T>;

interface Waiting {
	start: (aside: Aside) => Promise<void>;
	giveUp: () => void;
	left: () => void;
}

/** The messages of a node that are not done: those that are worked on, and those that wait for it. */
export class Backlog {
	#waiting: Waiting[] = [];
	/** Place of the first that still waits. */
	#first = 0;
	readonly #underWay = new Set<Promise<void>>();
	/** How many of those make room. */
	#aside = 0;
	/** Of those that start because others made room: each may make room for the next. */
	readonly #pace = new Pace();

	/** How many messages are not done. */
	get size(): number {
		return this.#underWay.size + this.#waiting.length - this.#first;
	}

	/**
	 * Works on a message as soon as it may be.
	 *
	 * @param start must not reject
	 * @param giveUp told instead, when it is not worked on at all
	 * @param left told before either, and when it is let go of: it does not wait any more
	 */
	add(start: Waiting["start"], giveUp: () => void, left: () => void = () => {}): void {
		this.#waiting.push({ start, giveUp, left });
		this.#advance();
	}

	/** Gives up what waits, a slice at a time. What is worked on has to end by itself. */
	async giveUp(): Promise<void> {
		const waiting = this.#waiting.slice(this.#first);
		this.forget();
		for (let place = 0; place < waiting.length; place += SLICE) {
			for (const { giveUp } of waiting.slice(place, place + SLICE)) giveUp();
			await nextTurn();
		}
	}

	/** Lets go of what waits without a word. */
	forget(): void {
		for (const { left } of this.#waiting.slice(this.#first)) left();
		this.#waiting = [];
		this.#first = 0;
	}

	/** Resolves when nothing is worked on any more. */
	async settled(): Promise<void> {
		await Promise.allSettled(this.#underWay);
	}

	#advance(): void {
		const most = MOST + Math.min(this.#aside, MOST_ASIDE);
		while (this.#underWay.size < most && this.#first < this.#waiting.length) this.#start();
		if (2 * this.#first < this.#waiting.length) return;
		this.#waiting = this.#waiting.slice(this.#first);
		this.#first = 0;
	}

	readonly #stepAside: Aside = async (wait) => {
		this.#aside++;
		const turn = this.#pace.turn();
		if (turn) turn.then(() => this.#advance());
		else this.#advance();
		try {
			return await wait;
		} finally {
			this.#aside--;
		}
	};

	#start(): void {
		const next = this.#waiting[this.#first++];
		next?.left();
		const working = next?.start(this.#stepAside);
		if (!working) return;
		this.#underWay.add(working);
		working.finally(() => {
			this.#underWay.delete(working);
			this.#advance();
		});
	}
}
