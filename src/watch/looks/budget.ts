/** The day's quota of an account, as an answer of the server told it. Times in epoch milliseconds. */
export interface Quota {
	limit: number | null;
	remaining: number | null;
	/** When it is whole again; null where the server does not say. */
	resetAt: number | null;
}

/** Calls that watching has made, by the hour: `[hour since the epoch, calls]`. Plain JSON, to be kept over restarts. */
export type Spent = readonly (readonly [number, number])[];

/** How many calls a demand makes in the next so many hours. */
export type Demand = (hours: number) => number;

const HOUR = 3_600_000;
/** Whole hours that a day touches at most: any 24 hours in a row lie within them. */
const WINDOW = 25;
/** Calls a day and vehicle where the server tells no quota, see the contract. */
const WITHOUT_QUOTA = 500;
/** How long a remaining quota without a reset is believed: one look an hour finds out. */
const BELIEVED = HOUR;
const MOST_STRETCH = 1000;

/** The calls that watching may make: never more than its share of the day's quota in any 24 hours. */
export class Budget {
	#share: number;
	#vehicles = 0;
	#limit: number | null = null;
	#left: { calls: number; until: number } | null = null;
	#spent: [number, number][];
	#part = 1;
	#byOthers: [number, number][] = [];

	/**
	 * @param share part of the day's quota, above 0 to 1
	 * @param spent what {@link Budget.spent} gave before a restart; anything else counts as nothing
	 */
	constructor(share: number, spent: unknown = []) {
		this.#share = share;
		this.#spent = inOrder(readSpent(spent));
	}

	/** Which part of the account's vehicles is watched here, 0 to 1: so much of what all may spend is ours. */
	set part(part: number) {
		this.#part = part;
	}

	/** What other instances have spent, each as {@link Budget.spent} gave it; anything else counts as nothing. */
	set byOthers(spent: readonly unknown[]) {
		const byHour = new Map<number, number>();
		for (const [hour, calls] of spent.flatMap(readSpent)) byHour.set(hour, (byHour.get(hour) ?? 0) + calls);
		this.#byOthers = inOrder([...byHour]);
	}

	set share(share: number) {
		this.#share = share;
	}

	/** How many vehicles are watched here: what may be spent without quota headers. */
	set vehicles(vehicles: number) {
		this.#vehicles = vehicles;
	}

	/** What was spent, to be kept. */
	get spent(): Spent {
		return this.#spent.map(([hour, calls]) => [hour, calls] as const);
	}

	/** Calls that may be made in 24 hours, by all instances together. */
	get allowance(): number {
		const vehicles = this.#part > 0 ? this.#vehicles / this.#part : 0;
		return Math.floor((this.#limit ?? WITHOUT_QUOTA * vehicles) * this.#share);
	}

	/** Takes over what the server told with an answer. */
	told({ limit, remaining, resetAt }: Quota, now: number): void {
		if (limit !== null && limit > 0) this.#limit = limit;
		if (remaining === null) return;
		const until = resetAt !== null && resetAt > now ? resetAt : now + BELIEVED;
		// Watching leaves the others their part of what is left, too.
		const calls = Math.floor(remaining * this.#share * this.#part);
		this.#left = { calls: remaining > 0 ? Math.max(1, calls) : 0, until };
	}

	/** Counts calls that were made, whatever became of them. */
	spend(calls: number, now: number): void {
		this.#forget(now);
		const hour = Math.floor(now / HOUR);
		const last = this.#spent.at(-1);
		if (last?.[0] === hour) last[1] += calls;
		else this.#spent.push([hour, calls]);
		if (this.#left !== null) this.#left.calls = Math.max(0, this.#left.calls - calls);
	}

	/** Calls made in the last 24 hours, by all instances together. */
	used(now: number): number {
		return this.#all(now).reduce((sum, [, calls]) => sum + calls, 0);
	}

	/** Calls that may be made now. */
	left(now: number): number {
		return Math.max(0, Math.min(Math.floor(this.#own(now)), this.#leftOfQuota(now)));
	}

	/** When there will be more to spend than now, in epoch milliseconds. */
	moreAt(now: number): number {
		const [first] = this.#all(now);
		const freed = first === undefined ? now + HOUR : (first[0] + WINDOW) * HOUR;
		return Math.max(now + 1, this.wholeAt(now) ?? freed);
	}

	/** When the server's quota is whole again, where it leaves less than the share does; else null. */
	wholeAt(now: number): number | null {
		const left = this.#left;
		return left !== null && now < left.until && left.calls < this.#own(now) ? left.until : null;
	}

	/**
	 * By what factor intervals must grow so that what is left, and what becomes free hour by hour, lasts for a day: 1 or
	 * more. `by` says whether the share or the server's quota asks for it.
	 */
	stretch(demand: Demand, now: number): { factor: number; by: "share" | "quota" | null } {
		const own = this.#own(now);
		const spent = this.#all(now);
		let factor = 1;
		let by: "share" | "quota" | null = null;
		let freed = 0;
		let index = 0;
		const thisHour = Math.floor(now / HOUR);
		for (let hours = 1; hours <= WINDOW - 1; hours++) {
			for (; (spent[index]?.[0] ?? Number.POSITIVE_INFINITY) <= thisHour + hours - WINDOW; index++)
				freed += (spent[index]?.[1] ?? 0) * this.#part;
			const wanted = demand(hours);
			const isLater = this.#left === null || now + hours * HOUR > this.#left.until + HOUR;
			const quota = isLater ? Number.POSITIVE_INFINITY : (this.#left?.calls ?? 0);
			const may = Math.min(own + freed, quota);
			const needed = wanted <= 0 ? 1 : may <= 0 ? MOST_STRETCH : wanted / may;
			if (needed <= factor) continue;
			factor = Math.min(needed, MOST_STRETCH);
			by = quota < own + freed ? "quota" : "share";
		}
		return { factor, by };
	}

	/** Our part of what all may still spend. */
	#own(now: number): number {
		return (this.allowance - this.used(now)) * this.#part;
	}

	/** What all instances have spent in the last 24 hours, earliest first. */
	#all(now: number): readonly (readonly [number, number])[] {
		this.#forget(now);
		if (this.#byOthers.length === 0) return this.#spent;
		const hour = Math.floor(now / HOUR);
		// Another machine's clock may be ahead.
		const byOthers = this.#byOthers
			.filter(([one]) => one > hour - WINDOW)
			.map(([one, calls]) => [Math.min(one, hour), calls] as const);
		return [...this.#spent, ...byOthers].sort(([one], [other]) => one - other);
	}

	#leftOfQuota(now: number): number {
		return this.#left === null || now >= this.#left.until ? Number.POSITIVE_INFINITY : this.#left.calls;
	}

	#forget(now: number): void {
		const hour = Math.floor(now / HOUR);
		while ((this.#spent[0]?.[0] ?? hour) <= hour - WINDOW) this.#spent.shift();
		// Our clock was set back: what was spent later than now was spent now.
		let ahead = 0;
		while ((this.#spent.at(-1)?.[0] ?? hour) > hour) ahead += this.#spent.pop()?.[1] ?? 0;
		if (ahead === 0) return;
		const last = this.#spent.at(-1);
		if (last?.[0] === hour) last[1] += ahead;
		else this.#spent.push([hour, ahead]);
	}
}

function inOrder(spent: [number, number][]): [number, number][] {
	return spent.sort(([a], [b]) => a - b).slice(-WINDOW);
}

function readSpent(spent: unknown): [number, number][] {
	const count = (value: unknown): value is number => typeof value === "number" && value >= 0 && value < 1e12;
	const isOne = (one: unknown): one is [number, number] => Array.isArray(one) && one.length === 2 && one.every(count);
	return Array.isArray(spent) ? spent.filter(isOne).map(([hour, calls]) => [hour, calls]) : [];
}
