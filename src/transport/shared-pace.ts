import type { SharedStore } from "../storage/shared/store";
import { createSchedule, type Schedule } from "./schedule";

/** Milliseconds of slots that are taken at once, at most; and times a round trip, where the store is slow. */
const BATCH = 100;
const TRIPS = 2.5;
/** Milliseconds after its moment within which a slot may be used; a later one is forgone, or a second had too many. */
const LATE = 20;
/** Milliseconds between two looks whether another instance was told to pause, where there is no cap. */
const LOOK = 1_000;
/** Milliseconds after which nobody waits for an answer any longer. */
const SLOW = 500;

/** Who hears that slots have come, and that somebody was told to pause. */
interface Listener {
	advance(): void;
	hold(milliseconds: number): void;
}

/**
 * When requests may start, of all instances that reach one API with one client: slots in time, which each takes from
 * the store in batches, before it needs them. While the store is away each goes on alone with its share.
 */
export class SharedPace implements Schedule {
	readonly #store: SharedStore;
	readonly #gate: string;
	readonly #perSecond: number;
	readonly #now: () => number;
	#listener: Listener = { advance() {}, hold() {} };
	/** Moments of the slots in hand, the next first. */
	#slots: number[] = [];
	/** Moments of the last requests. */
	#taken: number[] = [];
	#isAsking = false;
	#asked = Number.NEGATIVE_INFINITY;
	/** Milliseconds of the last round trip. */
	#trip = 0;
	/** While the store is away: this instance's share. */
	#alone: Schedule | undefined;
	#instances = 1;

	/**
	 * @param gate what is counted together
	 * @param perSecond most requests started in a second, 0: no cap
	 */
	constructor(store: SharedStore, gate: string, perSecond: number, now: () => number = () => performance.now()) {
		this.#store = store;
		this.#gate = gate;
		this.#perSecond = perSecond;
		this.#now = now;
	}

	listen(listener: Listener): void {
		this.#listener = listener;
	}

	/** The server has asked for a pause: it is everybody's. */
	hold(milliseconds: number): void {
		this.#slots = [];
		this.#store.hold(this.#gate, milliseconds).catch(() => {});
	}

	wait(now: number, waiting = 1): number {
		if (this.#perSecond <= 0) {
			if (now - this.#asked > LOOK) void this.#ask(0);
			return 0;
		}
		while (this.#slots[0] !== undefined && this.#slots[0] < now - LATE) this.#slots.shift();
		this.#takeAhead(now, waiting);
		if (this.#isAsking && now - this.#asked > SLOW) this.#goAlone();
		if (this.#alone) return this.#alone.wait(now);
		const [next] = this.#slots;
		return next === undefined ? SLOW : Math.max(0, next - now);
	}

	take(now: number, since: number): void {
		this.#alone?.take(now, since);
		this.#slots.shift();
		this.#taken = [...this.#taken.filter((at) => at > now - LATE), now];
		if (this.#perSecond > 0) this.#takeAhead(now, 0);
	}

	/**
	 * The next slots are on their way before the last is used: as many as wait, or were wanted of late, so that hardly any
	 * is forgone.
	 */
	#takeAhead(now: number, waiting: number): void {
		const most = Math.max(1, Math.floor((this.#perSecond * Math.max(BATCH, TRIPS * this.#trip)) / 1000));
		const recent = this.#taken.filter((at) => at > now - LATE).length;
		const wanted = Math.min(most, Math.max(waiting, recent > 1 ? recent : 0));
		if (wanted > 0 && this.#slots.length < wanted / 2 + 0.5 && this.#slots.length < wanted)
			void this.#ask(wanted - this.#slots.length);
	}

	/** As many as there were share what the server allows; whoever leaves meanwhile leaves some of it unused. */
	#goAlone(): void {
		if (this.#alone) return;
		this.#alone = createSchedule(this.#perSecond / this.#instances);
		this.#slots = [];
	}

	async #ask(count: number): Promise<void> {
		if (this.#isAsking || (this.#alone && this.#now() - this.#asked < LOOK)) return;
		this.#isAsking = true;
		this.#asked = this.#now();
		try {
			const { waits, held, instances } = await this.#store.slots(this.#gate, count, this.#perSecond);
			const now = this.#now();
			this.#trip = now - this.#asked;
			this.#instances = Math.max(1, instances);
			// One that is too slow is no better than one that is away.
			if (this.#trip > SLOW) this.#goAlone();
			else {
				this.#alone = undefined;
				this.#slots.push(...waits.map((wait) => now + wait));
			}
			if (held > 0) this.#listener.hold(held);
		} catch {
			this.#goAlone();
		} finally {
			this.#isAsking = false;
			this.#listener.advance();
		}
	}
}
