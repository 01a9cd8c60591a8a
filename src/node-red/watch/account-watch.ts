import { allItems } from "../../api/all-items";
import { quote } from "../../api/time";
import { type VehicleRef, vehicleRefOf } from "../../api/vehicles";
import { badInput, isAbort, StellantisError } from "../../error";
import { defined } from "../../json";
import { looked } from "../../telemetry";
import type { Claim } from "../../transport/limiter";
import type { RateLimit } from "../../transport/response";
import { retryAfter } from "../../transport/retry";
import type { EventKind } from "../../watch/events";
import { Budget } from "../../watch/looks/budget";
import type { NextLook } from "../../watch/looks/pace";
import { Schedule } from "../../watch/looks/schedule";
import { type Pace, sharedPace } from "../../watch/settings";
import type { Connected } from "../account/open";
import { Pace as Turns } from "../pace";
import { type Asking, fleetPages, readSessions, readState, summaryOf } from "./api";
import { type Clock, LONGEST_WAIT, STORE_AGAIN } from "./clock";
import { fulfil, isWish, unfulfilled, type Wish } from "./errands";
import { Outages } from "./outages";
import type { PassedOn } from "./passed-on";
import { Refusals } from "./refusals";
import { type SharedState, shareOf } from "./shared-state";
import type { Member, Split } from "./split";
import type { Circumstances, Sight, Watcher } from "./watcher";

/** What the watches of an account need of it. */
export interface WatchedAccount {
	connected(): Promise<Connected>;
	/** The server's budget as it was last told. */
	readonly rateLimit: RateLimit | undefined;
	/** Aborts when the account closes. */
	readonly signal: AbortSignal;
}

/** Where the calls of the last day are kept over restarts. */
export interface SpentStore {
	load(): Promise<unknown>;
	save(spent: unknown): Promise<void>;
	/** What other instances have spent, one value each. @throws ERR_STORE */
	byOthers?(): Promise<readonly unknown[]>;
}

interface Watched {
	key: string;
	vehicle: VehicleRef;
	/** Which part of a watch it belongs to, where several instances share that. */
	share: number;
	/** Watches that it belongs to. */
	wantedBy: Set<Watcher>;
	/** Those for which it is looked at here. */
	watchers: Set<Watcher>;
	next: NextLook | undefined;
	/** True while it is looked at on its own. */
	isBusy: boolean;
	/** When it was looked for beside the fleet-wide collection, which did not hold it. */
	soughtAt: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const CLAIM: Claim = { priority: "sweep", owner: "watch" };
/** Looks of single vehicles that may be under way. */
const AT_ONCE = 4;
/** Vehicles of an account up to which their links are kept, and the list is read more often. */
const FEW = 60;
const WITH_LINKS = 1_000;
const RELIST = 6 * HOUR;
const RELIST_MANY = 24 * HOUR;
/** When a vehicle that is not on the list any more, or a list that failed, is looked for again. */
const RELIST_SOON = HOUR;
const FIRST_RETRY = MINUTE;
const LAST_RETRY = 15 * MINUTE;
/** A vehicle that the fleet-wide collection leaves out is looked at on its own this often at most, so many a sweep. */
const SEEK = 6 * HOUR;
const MOST_SOUGHT = 50;
/** The clock goes back by less where it is only adjusted. */
const SET_BACK = 5_000;
const SAVE_SPENT = 5 * MINUTE;
/** Least time (ms) between two turns of the loop that finds nothing to do. */
const LEAST_WAIT = 50;
/** What a request that failed in passing has cost at most, with the account's usual repeats. */
const REPEATS = 3;
const REPEATED: ReadonlySet<string> = new Set(["ERR_SERVER", "ERR_NETWORK", "ERR_TIMEOUT"]);
/** What is wrong with the vehicle that one watch names, and with nothing else. */
const OWN_FAILURES: ReadonlySet<string> = new Set([
	"ERR_BAD_INPUT",
	"ERR_NO_VEHICLE",
	"ERR_NOT_FOUND",
	"ERR_FORBIDDEN",
]);

/**
 * What the watch nodes of one account share: which vehicle is looked at when, the calls that this takes, and every
 * answer. It ends with the last of them.
 */
export class AccountWatch {
	readonly #account: WatchedAccount;
	readonly #clock: Clock;
	readonly #spent: SpentStore;
	readonly #split: Split | undefined;
	readonly #watchers = new Set<Watcher>();
	readonly #vehicles = new Map<string, Watched>();
	readonly #outages = new Outages();
	readonly #refusals = new Refusals();
	readonly #turns = new Turns();
	/** Vehicles that were not on the last list that was read to its end. */
	#missing = new Set<string>();
	/** Why the vehicle that a watch names could not be found. */
	readonly #unfound = new WeakMap<Watcher, string>();
	#schedule: Schedule | undefined;
	#budget: Budget | undefined;
	#starting: Promise<void> | undefined;
	#controller = new AbortController();
	#stopWaiting: (() => void) | undefined;
	#underWay = 0;
	readonly #working = new Set<Promise<void>>();
	#isSweeping = false;
	/** True where there is a fleet-wide collection to look by. */
	#isFleet = false;
	#listing: Promise<void> | undefined;
	/** Watches of which it was found out once which vehicles they have. */
	readonly #listed = new WeakSet<Watcher>();
	/** Why that could not be found out last. */
	#listFailure: unknown;
	#listAt = 0;
	/** When the list of all vehicles is; in between only watches that have not found theirs look for it. */
	#listAllAt = 0;
	/** When that was tried last. */
	#listedAt = Number.NEGATIVE_INFINITY;
	/** Watches of all vehicles of the account. */
	#ofAll: ReadonlySet<Watcher> = new Set();
	#failedLists = 0;
	#pausedUntil = 0;
	#heeded: RateLimit | undefined;
	#limit: number | undefined;
	#lastNow: number;
	#spentSavedAt: number;

	/** @param split among the instances that have the account, where it has a store */
	constructor(account: WatchedAccount, clock: Clock, spent: SpentStore, split?: Split) {
		this.#account = account;
		this.#clock = clock;
		this.#spent = spent;
		this.#split = split;
		split?.listen({
			away: (error) => this.#storeAway(error),
			unsure: () => this.#breakOff(),
			renewed: () => this.#work(this.#saveSpent()),
		});
		this.#lastNow = clock.now();
		this.#spentSavedAt = this.#lastNow;
	}

	/** True where no watch is left. */
	get isIdle(): boolean {
		return this.#watchers.size === 0;
	}

	/**
	 * Takes a watch in, reads what it knew, and looks at its vehicles from now on.
	 *
	 * @throws ERR_BAD_INPUT where the account can't be opened; the watch is not taken in then
	 */
	async join(watcher: Watcher): Promise<void> {
		this.#watchers.add(watcher);
		try {
			this.#starting ??= this.#start();
			await this.#starting;
			const { car } = await this.#account.connected();
			this.#agree();
			await watcher.load(this.#circumstances(car.family.routes["charging-sessions"] !== undefined));
		} catch (error) {
			// Without what it knew it must not look.
			this.#watchers.delete(watcher);
			throw error;
		}
		if (!this.#watchers.has(watcher)) return;
		if (watcher.shared) this.#split?.join(this.#memberOf(watcher, watcher.shared));
		this.#listAt = 0;
		this.#listAllAt = 0;
		this.#turn();
	}

	/** Lets a watch go. */
	async leave(watcher: Watcher, isRemoved: boolean): Promise<void> {
		this.#watchers.delete(watcher);
		watcher.letGo();
		const giveBack = watcher.shared && this.#split?.leave(watcher.shared);
		// With the last watch all of this ends.
		if (!this.isIdle)
			for (const watched of [...this.#vehicles.values()]) {
				await this.#turns.turn();
				this.#part(watched, watcher);
			}
		if (this.isIdle) {
			this.#stopWaiting?.();
			this.#controller.abort();
			await Promise.allSettled(this.#working);
			await this.#saveSpent();
		} else this.#agree();
		await watcher.close(isRemoved);
		await giveBack?.();
		if (this.isIdle) this.#split?.close();
		else this.#turn();
	}

	/**
	 * Looks at once: at all vehicles of a watch, or at the one that a message names; at most once a minute and vehicle.
	 * Where another instance has a vehicle, that one does.
	 *
	 * @throws ERR_BAD_INPUT for a vehicle that this watch does not look at, and what finding it throws; ERR_STORE where
	 *   other instances can't be told
	 */
	async look(watcher: Watcher, named?: unknown): Promise<void> {
		if (this.#schedule === undefined) return;
		const vehicles = await this.#asked(watcher, named);
		this.#hurry(vehicles.filter(({ watchers }) => watchers.has(watcher)));
		await this.#passOn(watcher, vehicles, "look", named !== undefined);
	}

	/** Forgets what a watch knew: of the vehicle that a message names, or of all; at every instance. @throws as {@link look} */
	async forget(watcher: Watcher, named?: unknown): Promise<void> {
		const vehicles = await this.#asked(watcher, named);
		await watcher.forget(named === undefined ? undefined : vehicles.map(({ key }) => key));
		await this.#passOn(watcher, vehicles, "forget", named !== undefined);
	}

	/** Breaks off what is under way for a watch; for all, where it is the only one. */
	reset(watcher: Watcher): void {
		watcher.reset();
		if (this.#watchers.size === 1) this.#breakOff();
	}

	/** Resolves when nothing is under way any more. */
	async settled(): Promise<void> {
		while (this.#working.size > 0) await Promise.all(this.#working);
	}

	/** Somebody has heard of a vehicle: it is looked at soon, by whoever has it. */
	async heardOf({ id, vin }: { id?: string; vin?: string }): Promise<void> {
		const { vehicles } = await this.#account.connected();
		const find = () => {
			const key = id === undefined ? vin?.toUpperCase() : vehicles.keyOf({ ...defined({ vin }), id });
			return key === undefined ? undefined : this.#vehicles.get(key);
		};
		if (find() === undefined) await this.#listing;
		const watched = find();
		if (watched === undefined || this.#schedule === undefined) return;
		if (watched.watchers.size > 0) this.#hurry([watched]);
		for (const watcher of watched.wantedBy) await this.#passOn(watcher, [watched], "look", true);
	}

	/** Vehicles of a watch that a message means. @throws as {@link look} */
	async #asked(watcher: Watcher, named: unknown): Promise<Watched[]> {
		await this.#whenListed(watcher);
		const { vehicles } = await this.#account.connected();
		const vehicle =
			named === undefined ? undefined : await vehicles.find(named, { priority: "single", owner: CLAIM.owner });
		const find = () => {
			if (vehicle === undefined) return this.#wantedBy(watcher);
			const watched = this.#vehicles.get(vehicles.keyOf(vehicle));
			return watched?.wantedBy.has(watcher) ? [watched] : [];
		};
		// It may have come to the account since the list was read.
		if (find().length === 0 && (this.#ofAll.has(watcher) || this.#unfound.has(watcher))) await this.#listAnew(watcher);
		const found = find();
		if (found.length > 0 || vehicle === undefined) return found;
		throw badInput(`This node does not watch the vehicle ${quote(vehicle.vin ?? vehicle.id)} that the message names.`);
	}

	/** Finds out once more which vehicles a watch has, unless that was tried lately. */
	async #listAnew(watcher: Watcher): Promise<void> {
		const lately = this.#vehicles.size > FEW ? RELIST_SOON : MINUTE;
		if (this.#listing === undefined && Math.abs(this.#clock.now() - this.#listedAt) >= lately) {
			this.#listAt = 0;
			if (!this.#unfound.has(watcher)) this.#listAllAt = 0;
			this.#turn();
		}
		await this.#listing;
	}

	/** Waits until it is known which vehicles a watch has: a message may come before. @throws why that can't be found out */
	async #whenListed(watcher: Watcher): Promise<void> {
		// One that is under way may have begun without it.
		for (let list = 0; list < 2 && !this.#listed.has(watcher); list++) {
			if (this.#listing === undefined && this.#listFailure === undefined) this.#listedAt = Number.NEGATIVE_INFINITY;
			await this.#listAnew(watcher);
		}
		if (!this.#listed.has(watcher) && this.#listFailure !== undefined) throw this.#listFailure;
	}

	/** Looks soon at those of some vehicles that are looked at here. */
	#hurry(vehicles: readonly Watched[]): void {
		const schedule = this.#schedule;
		if (schedule === undefined) return;
		const now = this.#clock.now();
		if (vehicles.length === schedule.size) schedule.hurryAll(now);
		else for (const { key } of vehicles) schedule.hurry(key, now);
		this.#turn();
	}

	/** Has other instances do what is asked of the vehicles that they have: of each alone, or of all in their shares. */
	async #passOn(watcher: Watcher, vehicles: readonly Watched[], what: PassedOn["what"], each: boolean): Promise<void> {
		if (watcher.shared === undefined) return;
		const asked = each
			? vehicles.map(({ share, key }) => ({ n: share, vehicle: key, what }))
			: [...new Set(vehicles.map(({ share }) => share))].map((n) => ({ n, vehicle: null, what }));
		await this.#split?.passOn(watcher.shared, asked);
	}

	#memberOf(watcher: Watcher, state: SharedState): Member {
		return {
			state,
			gain: async (shares) => {
				const { car } = await this.#account.connected();
				await watcher.gain(shares, this.#circumstances(car.family.routes["charging-sessions"] !== undefined));
				const gained = new Set(shares.map(({ n }) => n));
				for (const watched of [...this.#vehicles.values()]) {
					await this.#turns.turn();
					if (gained.has(watched.share) && watched.wantedBy.has(watcher)) await this.#watchedBy(watched, watcher);
				}
				// What is swept now may not have been theirs yet.
				this.#schedule?.sweepSoon();
				this.#shared();
			},
			withdraw: (shares) => {
				const gone = new Set(shares);
				for (const watched of this.#vehicles.values())
					if (gone.has(watched.share) && watched.watchers.delete(watcher)) this.#unwatch(watched);
				this.#shared();
			},
			settled: () => Promise.all(this.#working),
			drop: (shares) => watcher.drop(shares),
			isReady: () => this.#listed.has(watcher),
			take: async (asked) => {
				const forgets = asked.filter(({ what }) => what === "forget");
				if (forgets.length > 0) {
					const isMeant = meant(forgets);
					await watcher.forget([...watcher.vehicles].filter((key) => isMeant(key, shareOf(key))));
				}
				const isMeant = meant(asked);
				this.#hurry(this.#ownOf(watcher).filter(({ key, share }) => isMeant(key, share)));
			},
		};
	}

	/** Other vehicles than before are looked at here. */
	#shared(): void {
		for (const watcher of this.#watchers) this.#count(watcher);
		this.#reckonPart();
		this.#turn();
	}

	/** What of the budget is ours, and what goes beside the looks. */
	#reckonPart(): void {
		const [schedule, budget] = [this.#schedule, this.#budget];
		if (schedule === undefined || budget === undefined) return;
		const { size } = this.#vehicles;
		budget.part = size === 0 ? 1 : schedule.size / size;
		schedule.others = this.#othersAnHour(this.#isFleet ? Math.ceil(size / FEW) : schedule.size);
	}

	#count(watcher: Watcher): void {
		watcher.ports.counted(this.#wantedBy(watcher).length, this.#ownOf(watcher).length);
	}

	#storeAway(error: StellantisError | undefined): void {
		if (error) for (const watcher of this.#watchers) if (watcher.shared) watcher.ports.failed(error, undefined);
		this.#turn();
	}

	#breakOff(): void {
		this.#controller.abort();
		this.#controller = new AbortController();
	}

	async #start(): Promise<void> {
		const spent = await this.#spent.load();
		this.#budget = new Budget(this.#pace.share, spent);
		this.#schedule = new Schedule(this.#pace, this.#budget);
	}

	/** What all watches agree on. */
	#agree(): void {
		if (this.#schedule && !this.isIdle) this.#schedule.pace = this.#pace;
	}

	get #pace(): Pace {
		const [first, ...others] = [...this.#watchers].map(({ settings }) => settings);
		if (first === undefined) throw new Error("nobody watches");
		return sharedPace([first, ...others]);
	}

	#circumstances(hasSessions: boolean): Circumstances {
		return {
			pace: this.#pace,
			stretch: this.#schedule?.state(this.#clock.now()).stretch ?? 1,
			lookAt: (key, next, now) => this.#schedule?.lookAt(key, next, now) ?? next.at,
			hasSessions,
			sessions: async (vehicle, since) => {
				const asking = await this.#asking();
				if ((this.#budget?.left(this.#clock.now()) ?? 0) < 1) return null;
				return readSessions(asking, vehicle, since).catch((error: unknown) => {
					if (isAbort(error, asking.signal)) throw error;
					return null;
				});
			},
		};
	}

	async #asking(): Promise<Asking> {
		const connected = await this.#account.connected();
		const { signal } = this.#controller;
		const onCall = () => {
			looked.tell(() => ({}));
			this.#budget?.spend(1, this.#clock.now());
		};
		return { ...connected, claim: CLAIM, signal, onCall };
	}

	/** Begins what is due, and waits for what is due next. */
	#turn(): void {
		const schedule = this.#schedule;
		if (schedule === undefined || this.isIdle || this.#account.signal.aborted) return;
		this.#stopWaiting?.();
		this.#split?.check();
		const now = this.#clock.now();
		if (now < this.#lastNow - SET_BACK) this.#replan(schedule, now);
		this.#lastNow = now;
		this.#heedQuota(now);
		if (now >= this.#listAt && this.#listing === undefined) this.#list(now);
		if (now >= this.#pausedUntil) this.#begin(schedule, now);
		if (Math.abs(now - this.#spentSavedAt) >= SAVE_SPENT) this.#work(this.#saveSpent());
		const state = schedule.state(now);
		const failing = this.#outages.isOut || this.#split?.away !== undefined;
		for (const watcher of this.#watchers)
			watcher.ports.show({ ...state, failing: failing || this.#isFailing(watcher) });
		const next = this.#underWay < AT_ONCE ? schedule.nextAt(now) : null;
		const due = Math.max(this.#pausedUntil, next ?? Number.POSITIVE_INFINITY);
		const list = this.#listing === undefined ? this.#listAt : Number.POSITIVE_INFINITY;
		const wait = Math.min(Math.max(Math.min(due, list) - now, LEAST_WAIT), LONGEST_WAIT);
		this.#stopWaiting = this.#clock.after(wait, () => this.#turn());
	}

	#begin(schedule: Schedule, now: number): void {
		while (this.#underWay < AT_ONCE) {
			const { sweep, vehicles } = schedule.take(now, AT_ONCE - this.#underWay);
			if (sweep) {
				if (!this.#isSweeping) this.#work(this.#sweep(schedule));
				continue;
			}
			if (vehicles.length === 0) return;
			for (const key of vehicles) {
				this.#underWay++;
				this.#work(
					this.#single(schedule, key).finally(() => {
						this.#underWay--;
						this.#turn();
					}),
				);
			}
		}
	}

	#work(work: Promise<void>): void {
		const working = work.catch(() => {}).finally(() => this.#working.delete(working));
		this.#working.add(working);
	}

	async #single(schedule: Schedule, key: string): Promise<void> {
		const watched = this.#vehicles.get(key);
		if (watched === undefined) return;
		const { signal } = this.#controller;
		watched.isBusy = true;
		try {
			const asking = await this.#asking();
			const sight = await this.#sightOf(asking, watched);
			this.#passed(key);
			await this.#fulfil(schedule, asking, await this.#see(schedule, asking, [sight]));
		} catch (error) {
			const now = this.#clock.now();
			schedule.failed(key, now);
			if (isAbort(error, signal)) return;
			this.#failed(error, watched, now);
			await this.#passTime(watched, now);
		} finally {
			watched.isBusy = false;
		}
	}

	/** Nothing was heard of a vehicle: only time has passed. */
	async #passTime({ key, vehicle, watchers }: Watched, now: number): Promise<void> {
		const circumstances = this.#circumstances(false);
		const sight: Sight = { key, vehicle, state: null, now };
		for (const watcher of watchers)
			for (const { wants } of await watcher.see([sight], circumstances))
				if (isWish(wants)) await watcher.answered([unfulfilled({ watcher, sight, wants })], circumstances);
	}

	/** A vehicle's state; once more where it was found under another id meanwhile. */
	async #sightOf(asking: Asking, watched: Watched): Promise<Sight> {
		const { vehicles, claim } = asking;
		const read = async (): Promise<Sight> => {
			const { resource, answer } = await readState(asking, watched.vehicle);
			const summarized = summaryOf(asking, watched.vehicle, resource);
			const { key, vehicle } = watched;
			return { key, vehicle, state: { ...summarized, origin: { resource, answer } }, now: this.#clock.now() };
		};
		try {
			return await read();
		} catch (error) {
			if (!(error instanceof StellantisError) || error.code !== "ERR_NOT_FOUND") throw error;
			if (!vehicles.hasVin(watched.vehicle)) throw error;
			const current = await vehicles.lookAgain(watched.vehicle, claim).catch(() => watched.vehicle);
			if (current === undefined || current.id === watched.vehicle.id) throw error;
			watched.vehicle = vehicles.completed(current);
			return await read();
		}
	}

	/** Shows sights to whoever watches their vehicles, and plans the next looks. @returns what is wanted of whom */
	async #see(schedule: Schedule, asking: Asking, sights: readonly Sight[]): Promise<Wish[]> {
		const circumstances = this.#circumstances(asking.car.family.routes["charging-sessions"] !== undefined);
		const wishes: Wish[] = [];
		const next = new Map<string, NextLook>();
		for (const watcher of [...this.#watchers]) {
			const own = sights.filter(({ key }) => this.#vehicles.get(key)?.watchers.has(watcher));
			if (own.length === 0) continue;
			const byKey = new Map(own.map((sight) => [sight.key, sight]));
			for (const seen of await watcher.see(own, circumstances)) {
				const { key, wants } = seen;
				const sooner = next.get(key);
				if (sooner === undefined || seen.next.at < sooner.at) next.set(key, seen.next);
				const sight = byKey.get(key);
				if (sight && isWish(wants)) wishes.push({ watcher, sight, wants });
			}
		}
		// It was looked at when the answer came, however long telling took.
		for (const { key, now } of sights) {
			const look = next.get(key);
			const watched = this.#vehicles.get(key);
			if (watched) watched.next = look ?? watched.next;
			if (look) schedule.set(key, look, now);
			else schedule.failed(key, now);
		}
		return wishes;
	}

	async #fulfil(schedule: Schedule, asking: Asking, wishes: readonly Wish[]): Promise<void> {
		const mayCall = () => !asking.signal.aborted && (this.#budget?.left(this.#clock.now()) ?? 0) >= 1;
		const fulfilled = await fulfil(asking, wishes, {
			...{ mayCall, turn: () => this.#turns.turn() },
			...{ now: this.#clock.now(), refusals: this.#refusals },
		});
		for (const watcher of new Set(fulfilled.map((one) => one.watcher))) {
			const own = fulfilled.filter((one) => one.watcher === watcher);
			const lookedAt = new Map(own.map(({ sight }) => [sight.key, sight.now]));
			for (const [key, next] of await watcher.answered(own, this.#circumstances(false))) {
				const watched = this.#vehicles.get(key);
				if (watched?.next === undefined || next.at >= watched.next.at) continue;
				watched.next = next;
				schedule.set(key, next, lookedAt.get(key) ?? this.#clock.now());
			}
		}
	}

	/** Reads the fleet-wide collection, page by page. */
	async #sweep(schedule: Schedule): Promise<void> {
		const { signal } = this.#controller;
		this.#isSweeping = true;
		try {
			const asking = await this.#asking();
			const { vehicles } = asking;
			const wishes: Wish[] = [];
			const found = new Set<string>();
			let pages = 0;
			for await (const page of fleetPages(asking, "fleet-status")) {
				pages++;
				const sights: Sight[] = [];
				for (const { vehicle, item } of page.items) {
					await this.#turns.turn();
					const watched = this.#vehicles.get(vehicles.keyOf(vehicle));
					if (watched === undefined) continue;
					found.add(watched.key);
					if (watched.isBusy || watched.watchers.size === 0) continue;
					watched.vehicle = withId(watched.vehicle, vehicle);
					const state = {
						...summaryOf(asking, watched.vehicle, item),
						origin: { resource: item, answer: page.answer },
					};
					sights.push({ key: watched.key, vehicle: watched.vehicle, state, now: this.#clock.now() });
				}
				this.#heedQuota(this.#clock.now());
				wishes.push(...(await this.#see(schedule, asking, sights)));
			}
			schedule.pages = Math.max(1, pages);
			this.#passed(undefined);
			this.#seekMissing(schedule, found);
			await this.#fulfil(schedule, asking, wishes);
		} catch (error) {
			if (!isAbort(error, signal)) this.#failed(error, undefined, this.#clock.now());
		} finally {
			this.#isSweeping = false;
			this.#turn();
		}
	}

	/** Looks at vehicles on their own that the fleet-wide collection leaves out. */
	#seekMissing(schedule: Schedule, found: ReadonlySet<string>): void {
		const now = this.#clock.now();
		let left = MOST_SOUGHT;
		for (const watched of this.#vehicles.values()) {
			if (left === 0) return;
			if (found.has(watched.key) || Math.abs(now - watched.soughtAt) < SEEK) continue;
			watched.soughtAt = now;
			schedule.hurry(watched.key, now);
			left--;
		}
	}

	#list(now: number): void {
		const isOfAll = now >= this.#listAllAt;
		const watchers = [...this.#watchers].filter((watcher) => isOfAll || this.#unfound.has(watcher));
		this.#listedAt = now;
		this.#listing = this.#readLists(watchers, isOfAll)
			.then(
				(isWhole) => {
					// A watch that has come meanwhile waits for its vehicles.
					if (![...this.#watchers].every((watcher) => this.#listed.has(watcher))) {
						this.#listAllAt = this.#listAt = now;
						return;
					}
					const again = this.#missing.size > 0 ? RELIST_SOON : this.#vehicles.size > FEW ? RELIST_MANY : RELIST;
					if (isOfAll) this.#listAllAt = now + again;
					if (isWhole) this.#failedLists = 0;
					const soon = isWhole ? Number.POSITIVE_INFINITY : this.#clock.now() + this.#retryAfter();
					this.#listAt = Math.min(this.#listAllAt, soon);
				},
				(error: unknown) => {
					const at = this.#clock.now();
					const isOfStore = error instanceof StellantisError && error.code === "ERR_STORE";
					this.#listAt = at + (isOfStore ? STORE_AGAIN : this.#retryAfter());
					if (isAbort(error, this.#controller.signal)) return;
					this.#listFailure = error;
					this.#failed(error, undefined, at);
				},
			)
			.finally(() => {
				this.#listing = undefined;
				this.#turn();
			});
		this.#work(this.#listing);
	}

	#retryAfter(): number {
		return Math.min(LAST_RETRY, FIRST_RETRY * 2 ** this.#failedLists++);
	}

	/** Finds out which vehicles there are to watch. @returns false where a watch must look again for its own */
	async #readLists(watchers: readonly Watcher[], isOfAll: boolean): Promise<boolean> {
		const asking = await this.#asking();
		const ofAll: Watcher[] = [];
		let isWhole = true;
		for (const watcher of watchers) {
			try {
				const chosen = await watcher.ports.chosen();
				if (isNothing(chosen)) ofAll.push(watcher);
				else await this.#watchOne(asking, watcher, await this.#chosen(asking, watcher, chosen));
				this.#unfound.delete(watcher);
			} catch (error) {
				if (!(error instanceof StellantisError) || !OWN_FAILURES.has(error.code)) throw error;
				isWhole = false;
				if (this.#unfound.get(watcher) !== error.message) watcher.ports.failed(error, undefined);
				this.#unfound.set(watcher, error.message);
			}
		}
		if (isOfAll) {
			this.#ofAll = new Set(ofAll);
			await this.#readAll(asking, ofAll);
		} else if (ofAll.length > 0) this.#listAllAt = 0;
		for (const watcher of watchers) {
			this.#listed.add(watcher);
			this.#count(watcher);
		}
		this.#listFailure = undefined;
		this.#passed(undefined);
		return isWhole;
	}

	async #watchOne(asking: Asking, watcher: Watcher, vehicle: VehicleRef): Promise<void> {
		const watched = this.#meet(asking, vehicle);
		for (const other of this.#wantedBy(watcher)) if (other !== watched) this.#part(other, watcher);
		await this.#watchedBy(watched, watcher);
		const others = [...watcher.vehicles].filter((key) => key !== watched.key);
		if (others.length > 0) await watcher.forget(others);
	}

	/** Reads the list of all vehicles; one that is twice not on it has left the account. */
	async #readAll(asking: Asking, watchers: readonly Watcher[]): Promise<void> {
		const schedule = this.#schedule;
		if (schedule === undefined) return;
		const { car } = asking;
		const fleet = watchers.length > 0 ? car.family.routes["fleet-status"] : undefined;
		const found = new Set<string>();
		const route = car.route("vehicles");
		let count = 0;
		if (watchers.length > 0)
			for await (const item of allItems(car, { route, claim: CLAIM, signal: asking.signal })) {
				if (count++ % (route.pageSize ?? 1) === 0) asking.onCall();
				await this.#turns.turn();
				asking.vehicles.learn(item);
				const vehicle = vehicleRefOf(item);
				if (vehicle === undefined) continue;
				const watched = this.#meet(asking, vehicle);
				found.add(watched.key);
				for (const watcher of watchers) await this.#watchedBy(watched, watcher);
			}
		await this.#missed(watchers, found);
		schedule.pages = fleet === undefined ? null : Math.max(1, Math.ceil(found.size / (fleet.pageSize ?? 1)));
		this.#isFleet = fleet !== undefined;
		this.#reckonPart();
	}

	async #missed(watchers: readonly Watcher[], found: ReadonlySet<string>): Promise<void> {
		const missing = new Set<string>();
		for (const watcher of watchers) {
			const own = new Set([...this.#wantedBy(watcher).map(({ key }) => key), ...watcher.vehicles]);
			const absent = [...own].filter((key) => !found.has(key));
			const gone = absent.filter((key) => this.#missing.has(key));
			for (const key of absent) if (!this.#missing.has(key)) missing.add(key);
			for (const key of gone) {
				const watched = this.#vehicles.get(key);
				if (watched) this.#part(watched, watcher);
			}
			if (gone.length > 0) await watcher.forget(gone);
		}
		this.#missing = missing;
	}

	/** Calls an hour beside the looks, where a round of all vehicles takes so many. */
	#othersAnHour(round: number): number {
		const chosen = (...kinds: EventKind[]) =>
			[...this.#watchers].some(({ settings }) => kinds.some((kind) => settings.events.has(kind)));
		return (chosen("alert-started", "alert-ended") ? round : 0) + (chosen("maintenance-due") ? round / 24 : 0);
	}

	/** A vehicle that a watch names, as far as the API knows it by a VIN. */
	async #chosen(asking: Asking, watcher: Watcher, value: unknown): Promise<VehicleRef> {
		const { vehicles, car, claim, signal, onCall } = asking;
		const vehicle = await vehicles.find(value, claim);
		if (vehicles.hasVin(vehicle)) return vehicles.completed(vehicle);
		// The VIN stays when the id changes.
		onCall();
		try {
			const { body } = await car.get(car.address(car.route("vehicle"), { id: vehicle.id }), claim, signal);
			vehicles.learn(body);
			const told = vehicleRefOf(body);
			return vehicles.completed(told?.id === vehicle.id ? told : vehicle);
		} catch (error) {
			const isGone = error instanceof StellantisError && error.code === "ERR_NOT_FOUND";
			const vin = isGone ? watcher.vinOf(vehicle.id) : undefined;
			if (vin === undefined) throw error;
			return vehicles.completed(await vehicles.find(vin, claim));
		}
	}

	/** Takes a vehicle in, or takes note of what it is called now. */
	#meet({ vehicles }: Asking, vehicle: VehicleRef): Watched {
		const key = vehicles.keyOf(vehicle);
		const { _links, ...slim } = vehicle;
		const kept = this.#vehicles.size < WITH_LINKS ? vehicle : slim;
		const known = this.#vehicles.get(key);
		if (known) {
			known.vehicle = kept;
			return known;
		}
		const watched: Watched = {
			...{ key, vehicle: kept, share: this.#split ? shareOf(key) : 0, next: undefined },
			...{ wantedBy: new Set<Watcher>(), watchers: new Set<Watcher>() },
			...{ isBusy: false, soughtAt: Number.NEGATIVE_INFINITY },
		};
		this.#vehicles.set(key, watched);
		return watched;
	}

	async #watchedBy(watched: Watched, watcher: Watcher): Promise<void> {
		const { key, vehicle, watchers } = watched;
		const schedule = this.#schedule;
		if (schedule === undefined || watchers.has(watcher) || !this.#watchers.has(watcher)) return;
		watched.wantedBy.add(watcher);
		if (!watcher.holds(key)) return;
		if (key !== vehicle.id) await watcher.rename(vehicle.id, key);
		watchers.add(watcher);
		const now = this.#clock.now();
		const planned = watcher.planned(key, this.#pace);
		if (!schedule.has(key)) {
			watched.next = planned;
			schedule.add(key, now, planned);
		} else if (planned === undefined && this.#vehicles.size <= FEW) schedule.hurry(key, now);
	}

	#part(watched: Watched, watcher: Watcher): void {
		watched.wantedBy.delete(watcher);
		watched.watchers.delete(watcher);
		this.#unwatch(watched);
		if (watched.wantedBy.size === 0) this.#vehicles.delete(watched.key);
	}

	/** Looks at a vehicle no more, where nobody here watches it. */
	#unwatch({ key, watchers }: Watched): void {
		if (watchers.size > 0) return;
		this.#schedule?.remove(key);
		this.#outages.forget(key);
		this.#refusals.forget(key);
	}

	/** Vehicles that are looked at here for a watch. */
	#ownOf(watcher: Watcher): Watched[] {
		return [...this.#vehicles.values()].filter(({ watchers }) => watchers.has(watcher));
	}

	/** True where looks at all vehicles of a watch have failed, or the one that it names was never found. */
	#isFailing(watcher: Watcher): boolean {
		if (!this.#outages.isAny && !this.#unfound.has(watcher)) return false;
		let isAny = false;
		for (const { key, watchers } of this.#vehicles.values()) {
			if (!watchers.has(watcher)) continue;
			if (!this.#outages.has(key)) return false;
			isAny = true;
		}
		return isAny || this.#unfound.has(watcher);
	}

	/** Vehicles of a watch, whichever instance looks at them. */
	#wantedBy(watcher: Watcher): Watched[] {
		return [...this.#vehicles.values()].filter(({ wantedBy }) => wantedBy.has(watcher));
	}

	/** Our clock was set back: what was planned by the old one is planned anew. */
	#replan(schedule: Schedule, now: number): void {
		for (const { key, next } of this.#vehicles.values()) {
			if (!schedule.has(key)) continue;
			schedule.remove(key);
			schedule.add(key, now, next);
		}
		this.#listAt = Math.min(this.#listAt, now + RELIST);
		this.#listAllAt = Math.min(this.#listAllAt, now + RELIST);
		this.#pausedUntil = Math.min(this.#pausedUntil, now + LONGEST_WAIT);
	}

	#heedQuota(now: number): void {
		const { day, reset } = this.#account.rateLimit ?? {};
		if (day === undefined || this.#account.rateLimit === this.#heeded) return;
		this.#heeded = this.#account.rateLimit;
		const seconds = reset === undefined ? undefined : retryAfter({ "x-ratelimit-reset": String(reset) }, now);
		const resetAt = seconds === undefined ? null : now + seconds * 1000;
		this.#budget?.told({ limit: day.limit ?? null, remaining: day.remaining ?? null, resetAt }, now);
		if (day.limit === this.#limit || this.isIdle) return;
		// Another quota: how much intervals are stretched is reckoned anew at once.
		this.#limit = day.limit;
		this.#agree();
	}

	#passed(key: string | undefined): void {
		this.#outages.passed(key);
		this.#heedQuota(this.#clock.now());
	}

	#failed(error: unknown, watched: Watched | undefined, now: number): void {
		const failure = error instanceof StellantisError ? error : unexpected(error);
		this.#heedQuota(now);
		if (REPEATED.has(failure.code)) this.#budget?.spend(REPEATS, now);
		if (failure.code === "ERR_RATE_LIMITED") this.#pausedUntil = now + (failure.retryAfter ?? 60) * 1000;
		if (!this.#outages.failed(watched?.key, failure)) return;
		for (const watcher of watched?.watchers ?? this.#watchers) watcher.ports.failed(failure, watched?.vehicle);
	}

	async #saveSpent(): Promise<void> {
		this.#spentSavedAt = this.#clock.now();
		// Without it a day's calls count anew after a restart, which the server's own quota makes up for.
		if (!this.#budget) return;
		await this.#spent.save(this.#budget.spent).catch(() => {});
		const byOthers = await this.#spent.byOthers?.().catch(() => undefined);
		if (byOthers) this.#budget.byOthers = byOthers;
	}
}

/** Whether a vehicle is meant by what was passed on: by its key, or with all of its share. */
function meant(asked: readonly PassedOn[]): (key: string, share: number) => boolean {
	const shares = new Set(asked.filter(({ vehicle }) => vehicle === null).map(({ n }) => n));
	const keys = new Set(asked.map(({ vehicle }) => vehicle));
	return (key, share) => shares.has(share) || keys.has(key);
}

function isNothing(value: unknown): boolean {
	return value === undefined || value === null || (typeof value === "string" && value.trim() === "");
}

function unexpected(error: unknown): StellantisError {
	const reason = error instanceof Error ? error.message : String(error);
	return new StellantisError("ERR_BAD_RESPONSE", `Something unexpected came up: ${reason}. Please report it.`, {
		cause: error,
	});
}

/** The same vehicle under the id by which it was told last. */
function withId(vehicle: VehicleRef, { id }: VehicleRef): VehicleRef {
	if (vehicle.id === id) return vehicle;
	const { _links, ...slim } = vehicle;
	return { ...slim, id };
}
