import { setImmediate as nextTurn } from "node:timers/promises";
import { copyOfVehicle, type VehicleRef } from "../../api/vehicles";
import type { StellantisError } from "../../error";
import { defined, isRecord } from "../../json";
import type { Share } from "../../storage/shared/shares";
import { copyOfRateLimit } from "../../transport/response";
import { answer, type Found, type LookContext, look, type Wishes } from "../../watch/engine";
import type { ChargePayload, WatchEvent } from "../../watch/events";
import { type NextLook, nextLook } from "../../watch/looks/pace";
import type { ScheduleState } from "../../watch/looks/schedule";
import type { Pricing } from "../../watch/prices";
import { withSessions } from "../../watch/rules/sessions";
import type { Pace, WatchSettings } from "../../watch/settings";
import type { Answer } from "./api";
import { type Entry, loadEntry, saveEntry, type Unsent } from "./entry";
import { ALL_KEPT, type All, type WatchStore } from "./file-store";
import { SharedState, shareOf } from "./shared-state";

/** A vehicle as it was seen. */
export interface Sight {
	/** What the vehicle is known by for ever: its VIN, else its id. */
	key: string;
	vehicle: VehicleRef;
	/** Null where the API has no state of it: only time has passed. */
	state: State | null;
	/** Our clock, epoch milliseconds. */
	now: number;
}

/** A state of a vehicle; of one that is told again after a crash only the summary is left. */
export interface State {
	summary: unknown;
	/** Paths of the summary that are empty because nothing was told. */
	untold?: readonly string[];
	origin?: { resource: unknown; answer: Answer };
}

/** What all watches of an account have in common while they look. */
export interface Circumstances {
	pace: Pace;
	/** By what factor intervals are stretched to spare quota. */
	stretch: number;
	/** When a vehicle is looked at (epoch milliseconds) that deserves its next look then. */
	lookAt(key: string, next: NextLook, now: number): number;
	/** True where the API has charging sessions of its own. */
	hasSessions: boolean;
	/** Gets them; null where they can't be had. */
	sessions(vehicle: VehicleRef, since: string): Promise<readonly unknown[] | null>;
}

/** What a look came to. */
export interface Seen {
	key: string;
	wants: Wishes;
	next: NextLook;
}

/** What a watch does with what it finds. */
export interface WatcherPorts {
	settings: WatchSettings;
	/** Makes where it keeps its state. */
	store(all: All): WatchStore;
	/** What a kWh costs now. */
	pricing(): Promise<Pricing | null>;
	/** Sends an event from the first output, or a state from the second. */
	send(message: Record<string, unknown>, output: 1 | 2): void;
	/** Waits, where thousands of messages leave, until other flows had their turn. */
	turn(): Promise<void> | undefined;
	flows: {
		/** Not aborted as long as flows run and the node is not closed: what is sent after that may reach nobody. */
		readonly run: AbortSignal;
		/** Resolves when flows run. @throws when the node closes */
		whenRunning(): Promise<unknown>;
	};
	/** Told each time whether the state could be read or kept, and what went wrong where it could not. */
	kept(failure: unknown): void;
	/** Which vehicle is set; undefined for all of the account. @throws ERR_BAD_INPUT */
	chosen(): Promise<unknown>;
	/** Told how many vehicles it turned out to watch, and how many of them here. */
	counted(vehicles: number, here: number): void;
	/** A look has failed, for the first time in this outage. */
	failed(error: StellantisError, vehicle: VehicleRef | undefined): void;
	/** How it stands. */
	show(state: ScheduleState & { failing: boolean }): void;
}

/** A look with what was found of what it had wanted. */
export interface Answered {
	sight: Sight;
	found: Found;
}

/** Vehicles whose answers are taken, and written, in one go. */
const AT_ONCE = 100;

/** What is only waiting to be told. */
interface Told {
	key: string;
	vehicle: VehicleRef;
	summary: unknown;
	events: readonly WatchEvent[];
	state?:
		| { resource: unknown; answer: Answer; next: Pick<NextLook, "state" | "at">; session: ChargePayload | null }
		| undefined;
}

/**
 * One watch node: what it knows of each vehicle, and what it tells. Whatever it tells is on the disk before, or in the
 * store that several instances share; of a vehicle that is another instance's by then it tells nothing.
 */
export class Watcher {
	readonly ports: WatcherPorts;
	/** Where it shares its vehicles with other instances. */
	readonly shared: SharedState | undefined;
	readonly #store: WatchStore;
	readonly #entries = new Map<string, Entry>();
	/** Vehicles whose last state may not have left; of what it was only the summary was kept, at most. */
	readonly #owed = new Set<string>();
	/** Vehicles of which events may not have left. */
	readonly #untold = new Set<string>();
	/** What goes for looks now. */
	#circumstances: Circumstances | undefined;
	/** Waits for flows to run again, to tell what may not have left. */
	#later: Promise<void> | undefined;
	#round = 0;
	#tail: Promise<unknown> = Promise.resolve();
	#closed = false;

	constructor(ports: WatcherPorts) {
		this.ports = ports;
		const entries = this.#entries;
		const saved = (key: string) => this.#saved(key);
		this.#store = ports.store({
			count: () => entries.size,
			*entries() {
				for (const key of entries.keys()) yield [key, saved(key)] as const;
			},
		});
		this.shared = this.#store instanceof SharedState ? this.#store : undefined;
	}

	get settings(): WatchSettings {
		return this.ports.settings;
	}

	/** Grows when what is under way is no longer wanted. */
	get round(): number {
		return this.#round;
	}

	/** Vehicles of which something is known. */
	get vehicles(): Iterable<string> {
		return this.#entries.keys();
	}

	/** VIN of a vehicle that was watched under this id; undefined where none is known. */
	vinOf(id: string): string | undefined {
		for (const { vehicle, firstId } of this.#entries.values())
			if (vehicle.id === id || firstId === id) return vehicle.vin;
		return undefined;
	}

	/** Reads what was known, and tells again what may not have left. */
	load(circumstances: Circumstances): Promise<void> {
		return this.#exclusively(async () => {
			let saved: Map<string, unknown>;
			try {
				saved = await this.#store.load();
			} catch (error) {
				this.ports.kept(error);
				return;
			}
			await this.#takeUp(saved, circumstances);
		});
	}

	/**
	 * Takes over the vehicles of shares: reads what was known of them, and tells what may not have left.
	 *
	 * @throws ERR_STORE
	 */
	gain(shares: readonly Share[], circumstances: Circumstances): Promise<void> {
		return this.#exclusively(async () => {
			if (this.#closed || this.shared === undefined) return;
			await this.#takeUp(await this.shared.take(shares), circumstances);
		});
	}

	/** Lets the vehicles of shares go, which are another instance's from now on. */
	drop(shares: readonly number[]): Promise<void> {
		return this.#exclusively(async () => {
			this.shared?.drop(shares);
			const gone = new Set(shares);
			for (const key of this.#entries.keys()) if (gone.has(shareOf(key))) this.#drop(key);
		});
	}

	/** True for a vehicle that is looked at here. */
	holds(key: string): boolean {
		return this.shared?.holds(key) ?? true;
	}

	/** When a vehicle that was known before deserves its next look; undefined for one that was not. */
	planned(key: string, pace: Pace): NextLook | undefined {
		const known = this.#entries.get(key)?.known;
		return known && nextLook(known, pace, this.settings.timeZone, known.seenAt);
	}

	/** Looks at vehicles: tells what has changed, and what is wanted of each. Nothing where that was called off meanwhile. */
	async see(sights: readonly Sight[], circumstances: Circumstances): Promise<Seen[]> {
		const round = this.#round;
		const sessions = circumstances.hasSessions ? await this.#sessionsOf(sights, circumstances) : new Map();
		return this.#exclusively(async () => {
			if (this.#closed || round !== this.#round) return [];
			// What may not have left comes first.
			await this.#tellAgain();
			return this.#see(
				sights.filter(({ key }) => !this.#untold.has(key)),
				sessions,
				circumstances,
			);
		});
	}

	/** Takes what looks had wanted. @returns when each vehicle deserves its next look */
	answered(answers: readonly Answered[], circumstances: Circumstances): Promise<Map<string, NextLook>> {
		const round = this.#round;
		return this.#exclusively(async () => {
			const next = new Map<string, NextLook>();
			if (this.#closed || round !== this.#round) return next;
			for (let from = 0; from < answers.length; from += AT_ONCE)
				await this.#takeAnswers(answers.slice(from, from + AT_ONCE), circumstances, next);
			return next;
		});
	}

	/** A vehicle that is known by another key from now on. */
	rename(before: string, key: string): Promise<void> {
		return this.#exclusively(async () => {
			const entry = this.#entries.get(before);
			if (entry === undefined || before === key || this.#entries.has(key)) return;
			if (!this.holds(before) || !this.holds(key)) return;
			this.#entries.delete(before);
			this.#entries.set(key, entry);
			for (const left of [this.#untold, this.#owed]) if (left.delete(before)) left.add(key);
			await this.#save([before, key]);
		});
	}

	/** Forgets what it knew: of some vehicles, or of all. */
	forget(keys: Iterable<string> = this.#entries.keys()): Promise<void> {
		const gone = [...keys];
		return this.#exclusively(async () => {
			for (const key of gone) this.#drop(key);
			await this.#save(gone);
		});
	}

	/** Breaks off what is under way: it tells nothing any more. */
	reset(): void {
		this.#round++;
	}

	/** Waits for a store that is away no more. */
	letGo(): void {
		this.shared?.close();
	}

	/** Ends it; resolves when all that has left is marked as such. */
	async close(isRemoved: boolean): Promise<void> {
		this.#closed = true;
		await this.#tail.catch(() => {});
		if (isRemoved) await this.#store.remove();
	}

	async #takeUp(saved: ReadonlyMap<string, unknown>, circumstances: Circumstances): Promise<void> {
		this.#circumstances = circumstances;
		for (const [key, value] of saved) {
			await this.ports.turn();
			const loaded = loadEntry(value);
			if (loaded === undefined) continue;
			const { owed, ...entry } = loaded;
			this.#entries.set(key, entry);
			if (owed) this.#owed.add(key);
			if (entry.unsent !== undefined) this.#untold.add(key);
		}
		await this.#tellAgain();
	}

	/** Tells again what may not have left; when flows run, where they don't now. */
	async #tellAgain(): Promise<void> {
		const circumstances = this.#circumstances;
		if (this.#untold.size === 0 || circumstances === undefined) return;
		if (this.ports.flows.run.aborted) return this.#tellLater();
		const unsent: Sight[] = [];
		for (const key of this.#untold) {
			const entry = this.#entries.get(key);
			if (entry?.unsent === undefined) continue;
			const { unsent: again, ...rest } = entry;
			this.#entries.set(key, rest);
			this.#owed.add(key);
			unsent.push({ key, vehicle: rest.vehicle, state: stateOf(again), now: again.now });
		}
		this.#untold.clear();
		await this.#see(unsent, new Map(), circumstances);
	}

	/** Does so as soon as flows run. Nobody waits for that: a deploy may wait for who would. */
	#tellLater(): void {
		this.#later ??= this.ports.flows
			.whenRunning()
			.then(() => {
				this.#later = undefined;
				return this.#exclusively(async () => {
					if (!this.#closed) await this.#tellAgain();
				});
			})
			// The node closes: who comes next tells it.
			.catch(() => {});
	}

	async #see(
		sights: readonly Sight[],
		sessions: ReadonlyMap<string, readonly unknown[]>,
		circumstances: Circumstances,
	): Promise<Seen[]> {
		this.#circumstances = circumstances;
		const seen: Seen[] = [];
		const told: Told[] = [];
		const after = new Map<string, Entry>();
		const changed: string[] = [];
		const entryBefore = new Map<string, Entry | undefined>();
		for (const { key, vehicle, state, now } of sights) {
			await this.ports.turn();
			if (!this.holds(key)) continue;
			entryBefore.set(key, this.#entries.get(key));
			const before = this.#entries.get(key)?.known;
			const context = await this.#context(key, now, circumstances);
			const result = look(before, watchedOf(state), context);
			const found = sessions.get(key);
			const { known, events } =
				found === undefined || result.known === undefined
					? result
					: withSessions(result.known, result.events, found, context);
			const { newer, wants, next, session } = result;
			seen.push({ key, wants, next });
			if (known !== undefined && known !== before) after.set(key, { ...this.#called(key, vehicle), known });
			if (events.length > 0 && known !== undefined) {
				const unsent = { status: state?.summary ?? null, ...defined({ untold: state?.untold }), now };
				this.#entries.set(key, { ...this.#called(key, vehicle), known: before, unsent });
				changed.push(key);
			} else if (after.has(key)) {
				this.#entries.set(key, after.get(key) as Entry);
				changed.push(key);
			}
			const origin = newer || this.#owed.has(key) ? state?.origin : undefined;
			if (origin) this.#owed.add(key);
			if (events.length > 0 || origin)
				told.push({
					...{ key, vehicle, events, summary: state?.summary ?? null },
					state: origin && {
						...{ ...origin, session },
						next: { state: next.state, at: circumstances.lookAt(key, next, now) },
					},
				});
		}
		const unkept = await this.#save(changed);
		for (const key of unkept) {
			const entry = entryBefore.get(key);
			if (entry) this.#entries.set(key, entry);
			else this.#entries.delete(key);
		}
		const stated = new Set(told.filter(({ state }) => state).map(({ key }) => key));
		const asked = new Set(changed);
		const lost = await this.#lost(told.filter(({ key }) => !asked.has(key)));
		if (!(await this.#tell(told.filter(({ key }) => !unkept.has(key) && !lost.has(key))))) return [];
		const unsaved = told.map(({ key }) => key).filter((key) => !unkept.has(key) && !lost.has(key));
		for (const key of unsaved) {
			if (this.#entries.get(key)?.unsent !== undefined) this.#entries.set(key, after.get(key) as Entry);
			if (stated.has(key)) this.#owed.delete(key);
		}
		await this.#save(unsaved);
		return seen;
	}

	async #takeAnswers(answers: readonly Answered[], circumstances: Circumstances, next: Map<string, NextLook>) {
		const told: Told[] = [];
		const after = new Map<string, Entry>();
		for (const { sight, found } of answers) {
			const { key, vehicle, state, now } = sight;
			await this.ports.turn();
			const before = this.#entries.get(key)?.known;
			if (before === undefined) continue;
			const { events, known } = answer(before, found, await this.#context(key, now, circumstances));
			told.push({ key, vehicle, summary: state?.summary ?? null, events });
			after.set(key, { ...this.#called(key, vehicle), known });
			next.set(key, nextLook(known, circumstances.pace, this.settings.timeZone, now));
		}
		const lost = await this.#lost(told.filter(({ events }) => events.length > 0));
		for (const key of lost) after.delete(key);
		// What was known before is on the disk: asked again after a crash, it tells the same again.
		if (!(await this.#tell(told.filter(({ key }) => !lost.has(key))))) return;
		for (const [key, entry] of after) this.#entries.set(key, entry);
		await this.#save([...after.keys()]);
	}

	/** What a vehicle is called now, and what it was called first. */
	#called(key: string, vehicle: VehicleRef): Pick<Entry, "vehicle" | "firstId"> {
		const before = this.#entries.get(key);
		const firstId = before?.firstId ?? before?.vehicle.id;
		return { vehicle: slim(vehicle), ...(firstId === undefined || firstId === vehicle.id ? {} : { firstId }) };
	}

	/** The API's own charging sessions of the vehicles whose charge ended. */
	async #sessionsOf(sights: readonly Sight[], circumstances: Circumstances) {
		const sessions = new Map<string, readonly unknown[]>();
		for (const { key, vehicle, state, now } of sights) {
			const context = await this.#context(key, now, circumstances);
			const { wants } = look(this.#entries.get(key)?.known, watchedOf(state), context);
			if (wants.sessions === null) continue;
			const found = await circumstances.sessions(vehicle, wants.sessions.since);
			if (found !== null) sessions.set(key, found);
		}
		return sessions;
	}

	async #context(vehicle: string, now: number, { pace, stretch, hasSessions }: Circumstances): Promise<LookContext> {
		const pricing = await this.ports.pricing();
		return { vehicle, now, settings: this.settings, pricing, pace, stretch, hasSessions };
	}

	/** @returns false where flows stopped before all had surely left; what the disk has of it is told again then */
	async #tell(told: readonly Told[]): Promise<boolean> {
		if (told.length === 0) return true;
		const { run } = this.ports.flows;
		for (const one of told) if (!run.aborted) await this.#tellOne(one);
		// Node-RED hands a message on in the next turn: what is marked as told before that, a crash would lose.
		await nextTurn();
		if (!run.aborted) return true;
		for (const { key } of told) if (this.#entries.get(key)?.unsent !== undefined) this.#untold.add(key);
		this.#tellLater();
		return false;
	}

	async #tellOne({ vehicle, summary, events, state }: Told): Promise<void> {
		for (const { event, payload } of events) {
			await this.ports.turn();
			this.ports.send({ payload: structuredClone(payload), event, ...about(vehicle, summary) }, 1);
		}
		if (state === undefined) return;
		const { resource, answer, next, session } = state;
		const { statusCode, rateLimit } = answer;
		await this.ports.turn();
		this.ports.send(
			{
				payload: structuredClone(resource),
				...about(vehicle, summary),
				statusCode,
				...(rateLimit === undefined ? {} : { rateLimit: copyOfRateLimit(rateLimit) }),
				watch: { state: next.state, nextLook: new Date(next.at).toISOString(), session },
			},
			2,
		);
	}

	/** Of what is to be told without a change of what is known: the vehicles that are another instance's by now. */
	async #lost(told: readonly Told[]): Promise<ReadonlySet<string>> {
		if (this.shared === undefined || told.length === 0) return ALL_KEPT;
		const keys = told.map(({ key }) => key);
		return this.shared.lost(keys).catch((error: unknown) => this.#unshared(error, keys));
	}

	/** What was not kept must not be told where others may go on with it; it is found again by the next look. */
	#unshared(error: unknown, keys: readonly string[]): ReadonlySet<string> {
		if (!this.#closed) this.ports.failed(error as StellantisError, undefined);
		return new Set(keys);
	}

	/** @returns vehicles of which nothing was kept, since they are another instance's by now */
	async #save(keys: readonly string[]): Promise<ReadonlySet<string>> {
		if (keys.length === 0) return ALL_KEPT;
		const changes = new Map<string, unknown>();
		for (const key of keys) {
			await this.ports.turn();
			changes.set(key, this.#saved(key));
		}
		try {
			const unkept = await this.#store.save(changes);
			this.ports.kept(undefined);
			return unkept;
		} catch (error) {
			if (this.shared) return this.#unshared(error, keys);
			// What is told without it is told again after a restart, with the same ids.
			this.ports.kept(error);
			return ALL_KEPT;
		}
	}

	/** What is kept of a vehicle, as plain JSON; undefined of one that is forgotten. */
	#saved(key: string): unknown {
		const entry = this.#entries.get(key);
		return entry && saveEntry(this.#owed.has(key) ? { ...entry, owed: true } : entry);
	}

	#drop(key: string): void {
		this.#entries.delete(key);
		this.#owed.delete(key);
		this.#untold.delete(key);
	}

	#exclusively<T>(task: () => Promise<T>): Promise<T> {
		const run = this.#tail.then(task, task);
		this.#tail = run.catch(() => {});
		return run;
	}
}

function about(vehicle: VehicleRef, summary: unknown) {
	return { vehicle: copyOfVehicle(vehicle), topic: vehicle.id, summary: structuredClone(summary) };
}

function stateOf({ status, untold }: Unsent): State {
	return { summary: status, ...defined({ untold }) };
}

/** A summary as the engine reads it: what was not told counts as little as what is suspect. */
function watchedOf(state: State | null): unknown {
	const { summary = null, untold } = state ?? {};
	if (!isRecord(summary) || untold === undefined) return summary;
	const suspect = Array.isArray(summary.suspect) ? summary.suspect : [];
	return { ...summary, suspect: [...suspect, ...untold] };
}

function slim({ id, vin, label }: VehicleRef): VehicleRef {
	return { id, ...(vin === undefined ? {} : { vin }), ...(label === undefined ? {} : { label }) };
}
