import type { Pace } from "../settings";
import type { Budget, Demand } from "./budget";
import { type Due, DueHeap } from "./due";
import type { NextLook, Urgency, VehicleState } from "./pace";

/** What is to be looked at now: some vehicles one by one, or all by the fleet-wide collection. */
export interface Looks {
	/** True: read the whole collection; `vehicles` is empty then. */
	sweep: boolean;
	vehicles: string[];
}

/** What a badge tells of a schedule. */
export interface ScheduleState {
	watched: number;
	/** Epoch milliseconds, null where none is due. */
	nextLook: number | null;
	/** By what factor intervals are stretched, 1 where they are not. */
	stretch: number;
	stretchedBy: "share" | "quota" | null;
	/** Calls of the last 24 hours, and how many they may be. */
	used: number;
	allowance: number;
}

interface Entry extends Due {
	vehicle: string;
	state: VehicleState;
	urgency: Urgency;
	/** Looks an hour, as its state wants them. */
	rate: number;
	/** When it was taken last, null: never. */
	takenAt: number | null;
	/** True from when it is due until it is taken. */
	ready: boolean;
	/** True while it is looked at. */
	taken: boolean;
	/** True where it has its turn whatever the sweeps do. */
	hurried: boolean;
	/** True where there was a reason to look again while it was looked at. */
	again: boolean;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Vehicles up to which all are looked at at once at first; more are spread over the parked interval. */
const AT_ONCE = 20;
/** Hours that a state is likely to last; with many vehicles others take over from those that are done. */
const LASTS: Readonly<Record<VehicleState, number>> = { driving: 1, charging: 6, parked: 24 };
const LEAST_PAUSE = MINUTE;
const RECKONED_FOR = 30_000;
/** Vehicles whose turn has come that are noticed in one go: after a restart a whole fleet's may have. */
const MOST_RISING = 200;

/**
 * Which vehicle of an account is looked at when: each as often as it deserves, those that matter first, evenly spread,
 * and never beyond the {@link Budget}. Knows no clock: every method is told the time (epoch milliseconds). No method
 * takes more than logarithmic time per vehicle it returns.
 */
export class Schedule {
	readonly #budget: Budget;
	#pace: Pace;
	readonly #entries = new Map<string, Entry>();
	readonly #heap = new DueHeap<Entry>();
	readonly #ready: [Queue, Queue, Queue, Queue] = [new Queue(), new Queue(), new Queue(), new Queue()];
	readonly #count: Record<VehicleState, number> = { driving: 0, charging: 0, parked: 0 };
	readonly #rate: Record<VehicleState, number> = { driving: 0, charging: 0, parked: 0 };
	#pages: number | null;
	#sweptAt: number | null = null;
	#sweeping = false;
	#sweepIsHurried = false;
	#others = 0;
	#stretch: ReturnType<Budget["stretch"]> = { factor: 1, by: null };
	#reckonedAt: number | null = null;

	/** @param pages calls that the fleet-wide collection takes; null where there is none */
	constructor(pace: Pace, budget: Budget, pages: number | null = null) {
		this.#pace = pace;
		this.#budget = budget;
		this.#pages = pages;
		budget.share = pace.share;
	}

	/** Another pace, since a watch came or went. */
	set pace(pace: Pace) {
		this.#pace = pace;
		this.#budget.share = pace.share;
		this.#reckonedAt = null;
	}

	/** Calls an hour that are made beside the looks: for alerts, maintenance, trips. They stretch the looks, too. */
	set others(perHour: number) {
		this.#others = perHour;
		this.#reckonedAt = null;
	}

	/** What the fleet-wide collection has turned out to take. */
	set pages(pages: number | null) {
		this.#pages = pages;
		this.#reckonedAt = null;
	}

	has(vehicle: string): boolean {
		return this.#entries.has(vehicle);
	}

	get vehicles(): Iterable<string> {
		return this.#entries.keys();
	}

	get size(): number {
		return this.#entries.size;
	}

	/**
	 * A vehicle that is watched from now on. With `next` (after a restart) it has its turn when it would have had it,
	 * else soon: the first ones at once, many spread over the parked interval.
	 */
	add(vehicle: string, now: number, next?: NextLook): void {
		if (this.#entries.has(vehicle)) return;
		const entry: Entry = {
			...{ vehicle, due: now, place: -1, takenAt: null, ready: false, taken: false, hurried: false, again: false },
			...{
				state: next?.state ?? "parked",
				urgency: next?.urgency ?? 2,
				rate: HOUR / (next?.interval ?? this.#pace.parked),
			},
		};
		this.#entries.set(vehicle, entry);
		this.#weigh(entry, 1);
		this.#budget.vehicles = this.#entries.size;
		this.#reckonedAt = null;
		const soon = this.#entries.size <= AT_ONCE ? now : now + fraction(vehicle) * this.#pace.parked;
		this.#heap.put(entry, next === undefined ? soon : Math.min(Math.max(next.at, now), now + next.interval));
	}

	/** A vehicle that is watched no more. */
	remove(vehicle: string): void {
		const entry = this.#entries.get(vehicle);
		if (entry === undefined) return;
		this.#entries.delete(vehicle);
		this.#weigh(entry, -1);
		this.#heap.take(entry);
		entry.ready = false;
		this.#budget.vehicles = this.#entries.size;
		this.#reckonedAt = null;
	}

	/** A vehicle that was looked at, whoever asked for it, and when it deserves the next look. */
	set(vehicle: string, next: NextLook, now: number): void {
		const entry = this.#entries.get(vehicle);
		if (entry === undefined) return;
		this.#weigh(entry, -1);
		entry.state = next.state;
		entry.urgency = next.urgency;
		entry.rate = HOUR / Math.max(next.interval, 1000);
		this.#weigh(entry, 1);
		entry.takenAt = now;
		entry.taken = false;
		entry.ready = false;
		entry.hurried = false;
		this.#plan(entry, now + this.#stretched(entry, Math.max(0, next.at - now), now));
		this.#lookAgain(entry, now);
	}

	/** When a vehicle is looked at that deserves its next look as `next` says, as far as that can be said now. */
	lookAt(vehicle: string, next: NextLook, now: number): number {
		this.#reckon(now);
		const sweep = this.#sweepAt(now);
		if (sweep !== Number.POSITIVE_INFINITY) return sweep;
		return Math.round(now + this.#stretched({ vehicle }, Math.max(0, next.at - now), now));
	}

	/** A look that failed: the vehicle has its turn again after its interval. */
	failed(vehicle: string, now: number): void {
		const entry = this.#entries.get(vehicle);
		if (entry === undefined) return;
		entry.taken = false;
		entry.ready = false;
		// Those that failed together must not come back together.
		const wait = (HOUR / entry.rate) * (0.75 + fraction(vehicle) / 4);
		this.#plan(entry, now + this.#stretched(entry, Math.max(wait, LEAST_PAUSE), now));
		this.#lookAgain(entry, now);
	}

	/** A reason to look at a vehicle at once: a message, an event of the webhook; at most once a minute. When it will be. */
	hurry(vehicle: string, now: number): number | null {
		const entry = this.#entries.get(vehicle);
		if (entry === undefined) return null;
		const { takenAt } = entry;
		// A look that lies ahead is one before our clock was set back.
		const due = takenAt === null || takenAt > now ? now : Math.max(now, takenAt + LEAST_PAUSE);
		// What is being looked at may have been answered before.
		if (entry.taken) entry.again = true;
		if (entry.taken || entry.ready) return due;
		entry.urgency = 0;
		entry.hurried = true;
		if (entry.place < 0 || entry.due > due) this.#heap.put(entry, due);
		return entry.due;
	}

	/** A reason to look at all vehicles at once: by the fleet-wide collection while that is used, else one by one. */
	hurryAll(now: number): void {
		this.#reckon(now);
		if (this.#sweeping) this.#sweepIsHurried = true;
		else for (const vehicle of this.#entries.keys()) this.hurry(vehicle, now);
	}

	/** Vehicles have come whose turn it may be: while sweeps are used, the next one is soon. */
	sweepSoon(): void {
		if (this.#sweeping) this.#sweepIsHurried = true;
	}

	/** What to look at now, at most so many vehicles. Count what it takes with {@link Budget.spend}. */
	take(now: number, most: number): Looks {
		this.#reckon(now);
		if (this.#sweepAt(now) <= now) {
			const pages = this.#pages ?? 1;
			if (this.#budget.left(now) < pages) return { sweep: false, vehicles: [] };
			this.#sweptAt = now;
			this.#sweepIsHurried = false;
			return { sweep: true, vehicles: [] };
		}
		this.#rise(now);
		const vehicles: string[] = [];
		let left = Math.min(most, this.#budget.left(now));
		for (const queue of this.#ready) {
			while (left > 0) {
				const entry = queue.shift();
				if (entry === undefined) break;
				if (!entry.ready || this.#entries.get(entry.vehicle) !== entry) continue;
				entry.ready = false;
				entry.taken = true;
				entry.takenAt = now;
				vehicles.push(entry.vehicle);
				left--;
			}
		}
		return { sweep: false, vehicles };
	}

	/** When {@link take} should be called next, in epoch milliseconds; null where nothing is due. */
	nextAt(now: number): number | null {
		this.#reckon(now);
		const sweep = this.#sweepAt(now);
		const waiting = this.#ready.some((queue) => queue.length > 0);
		const single = waiting ? now : (this.#dueFirst(now) ?? Number.POSITIVE_INFINITY);
		const next = Math.min(sweep, single);
		if (next === Number.POSITIVE_INFINITY) return null;
		const needed = sweep <= single ? (this.#pages ?? 1) : 1;
		return this.#budget.left(now) < needed ? Math.max(next, this.#budget.moreAt(now)) : next;
	}

	/** For the badge. */
	state(now: number): ScheduleState {
		const { factor, by } = this.#reckoned(now);
		return {
			watched: this.#entries.size,
			nextLook: this.nextAt(now),
			stretch: Math.round(factor * 10) / 10,
			stretchedBy: by,
			used: this.#budget.used(now),
			allowance: this.#budget.allowance,
		};
	}

	#lookAgain(entry: Entry, now: number): void {
		if (!entry.again) return;
		entry.again = false;
		this.hurry(entry.vehicle, now);
	}

	/** How long (ms) a vehicle waits that would wait so long by itself; not much longer than until there is enough to spend again. */
	#stretched({ vehicle }: Pick<Entry, "vehicle">, wait: number, now: number): number {
		const stretched = wait * this.#reckoned(now).factor;
		const more = this.#budget.wholeAt(now) ?? (this.#budget.left(now) < 1 ? this.#budget.moreAt(now) : null);
		if (more === null) return stretched;
		// Those that waited for it together must not come back together.
		return Math.min(stretched, Math.max(wait, more - now) + fraction(vehicle) * wait);
	}

	// While sweeps bring all vehicles anyway, their turns are only written down.
	#plan(entry: Entry, due: number): void {
		if (this.#sweeping) {
			this.#heap.take(entry);
			entry.due = due;
		} else this.#heap.put(entry, due);
	}

	#rise(now: number): void {
		for (let count = 0; count < MOST_RISING; count++) {
			const first = this.#heap.first;
			if (first === undefined || first.due > now) return;
			this.#heap.take(first);
			if (this.#sweeping && !first.hurried) continue;
			first.ready = true;
			this.#ready[first.urgency].push(first);
		}
	}

	#dueFirst(now: number): number | undefined {
		const first = this.#heap.first;
		return first === undefined ? undefined : Math.max(first.due, now);
	}

	#weigh({ state, rate }: Entry, sign: 1 | -1): void {
		this.#count[state] += sign;
		this.#rate[state] = this.#count[state] === 0 ? 0 : this.#rate[state] + sign * rate;
	}

	/** The shortest interval that any vehicle wants. */
	#fastest(): number {
		if (this.#count.driving > 0) return this.#pace.driving;
		return this.#count.charging > 0 ? Math.min(this.#pace.charging, this.#pace.parked) : this.#pace.parked;
	}

	/** True where the fleet-wide collection takes fewer calls than the vehicles one by one. */
	#shouldSweep(): boolean {
		if (this.#pages === null || this.#entries.size < 2) return false;
		if (this.#sweptAt === null) return true;
		const singles = this.#rate.driving + this.#rate.charging + this.#rate.parked;
		// A little slower to give it up than to take to it, so that it doesn't go to and fro.
		return this.#pages * (HOUR / this.#fastest()) <= singles * (this.#sweeping ? 1.2 : 1);
	}

	#sweepAt(now: number): number {
		if (!this.#sweeping) return Number.POSITIVE_INFINITY;
		if (this.#sweptAt === null || this.#sweptAt > now) return now;
		const interval = this.#sweepIsHurried ? LEAST_PAUSE : Number.POSITIVE_INFINITY;
		return this.#sweptAt + Math.min(interval, this.#fastest() * this.#stretch.factor);
	}

	#reckoned(now: number): ReturnType<Budget["stretch"]> {
		this.#reckon(now);
		return this.#stretch;
	}

	#reckon(now: number): void {
		if (this.#reckonedAt !== null && Math.abs(now - this.#reckonedAt) < RECKONED_FOR) return;
		this.#reckonedAt = now;
		const swept = this.#sweeping;
		this.#sweeping = this.#shouldSweep();
		if (swept && !this.#sweeping)
			for (const entry of this.#entries.values())
				if (entry.place < 0 && !entry.taken && !entry.ready) this.#heap.put(entry, entry.due);
		this.#stretch = this.#budget.stretch(this.#demand(), now);
	}

	#demand(): Demand {
		if (this.#sweeping) {
			const perHour = (this.#pages ?? 1) * (HOUR / this.#fastest()) + this.#others;
			return (hours) => perHour * hours;
		}
		const isMany = this.#entries.size >= AT_ONCE;
		const calm = HOUR / this.#pace.parked;
		return (hours) => {
			let calls = this.#others * hours;
			for (const state of ["driving", "charging", "parked"] as const) {
				const lasts = isMany ? hours : Math.min(hours, LASTS[state]);
				calls += this.#rate[state] * lasts + this.#count[state] * calm * (hours - lasts);
			}
			return calls;
		};
	}
}

/** First in, first out, without moving what waits. */
class Queue {
	#items: Entry[] = [];
	#head = 0;

	get length(): number {
		return this.#items.length - this.#head;
	}

	push(entry: Entry): void {
		this.#items.push(entry);
	}

	shift(): Entry | undefined {
		const entry = this.#items[this.#head];
		if (entry === undefined) return undefined;
		this.#head++;
		if (this.#head === this.#items.length) {
			this.#items = [];
			this.#head = 0;
		}
		return entry;
	}
}

/** From 0 to 1, the same for the same vehicle, evenly spread (FNV-1a, finished as MurmurHash3 does). */
function fraction(vehicle: string): number {
	let hash = 0x811c9dc5;
	for (let index = 0; index < vehicle.length; index++) hash = Math.imul(hash ^ vehicle.charCodeAt(index), 0x01000193);
	hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
	hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
	return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
}
