import { StellantisError } from "../../../error";
import { at, isRecord } from "../../../json";
import type { CommandClock } from "../../clock";
import { carsIn, type Entities, type EntityState, entityStateOf, isNothing } from "./entities";
import { HomeAssistantSocket, type SocketAccess } from "./socket";
import { type StatusWords, statusWords } from "./status-text";

/** What a car's entities did. */
export interface Change {
	/** Domain and key of the entity: `button.doors_lock`. */
	name: string;
	/** The state before it; undefined where there was none. */
	before: EntityState | undefined;
	now: EntityState;
	/** True for what may be old: Home Assistant itself, or its integration, has started meanwhile. */
	isRestored: boolean;
}

/** Milliseconds before each try to reach a Home Assistant that went away; the last one holds on. */
const TRIES = [1_000, 2_000, 5_000, 10_000];

/** Who is asked, and for how long. */
export interface CarSessionOptions {
	access: SocketAccess;
	clock: CommandClock;
	/** Ends it. */
	signal: AbortSignal;
}

/**
 * The entities of one car in Home Assistant, for as long as a command takes: their states as they change, also over a
 * restart of Home Assistant.
 */
export class CarSession {
	readonly vin: string;
	/** True when it has entities of any car. */
	hasCars = false;
	entities: Entities = new Map();
	words: StatusWords = statusWords([]);
	readonly #options: CarSessionOptions;
	readonly #stop = new AbortController();
	readonly #signal: AbortSignal;
	readonly #states = new Map<string, EntityState>();
	/** When each entity came to say what it says (epoch milliseconds, NaN where nobody can tell), and what. */
	readonly #values = new Map<string, { state: string; since: number }>();
	/** Names by entity id. */
	readonly #names = new Map<string, string>();
	readonly #listeners = new Set<(change: Change) => void>();
	#socket: HomeAssistantSocket | undefined;

	private constructor(vin: string, options: CarSessionOptions) {
		this.vin = vin.toUpperCase();
		this.#options = options;
		this.#signal = AbortSignal.any([options.signal, this.#stop.signal]);
	}

	/** @throws what {@link HomeAssistantSocket.open} throws */
	static async open(vin: string, options: CarSessionOptions): Promise<CarSession> {
		const session = new CarSession(vin, options);
		try {
			await session.#connect();
			return session;
		} catch (error) {
			session.close();
			throw error;
		}
	}

	/** The state of an entity of the car; undefined where it has none. */
	state(name: string): EntityState | undefined {
		return this.#states.get(name);
	}

	/**
	 * Since when an entity of the car says what it says (epoch milliseconds); NaN where nobody can tell. What it says anew
	 * after it was away, as over a restart of Home Assistant, is as old as before.
	 */
	sinceOf(name: string): number {
		return this.#values.get(name)?.since ?? Number.NaN;
	}

	/** Passes on what the car's entities do, until the returned function is called. */
	listen(listener: (change: Change) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** Resolves with the next change of an entity, or so many milliseconds later. @throws the signal's reason */
	async changed(name: string, most: number, signal: AbortSignal): Promise<void> {
		const stop = new AbortController();
		const stopListening = this.listen((change) => {
			if (change.name === name) stop.abort();
		});
		try {
			await this.#options.clock.sleep(most, AbortSignal.any([signal, stop.signal]));
		} catch {
			signal.throwIfAborted();
		} finally {
			stopListening();
		}
	}

	/** True while Home Assistant is there. */
	get isConnected(): boolean {
		return this.#socket !== undefined;
	}

	close(): void {
		this.#stop.abort();
		this.#socket?.close();
	}

	async #connect(): Promise<void> {
		const { access } = this.#options;
		const socket: HomeAssistantSocket = await HomeAssistantSocket.open(
			access,
			this.#signal,
			(event) => this.#onEvent(event),
			() => void this.#onLoss(socket),
		);
		try {
			await this.#read(socket);
		} catch (error) {
			socket.close();
			throw error;
		}
		this.#socket = socket;
	}

	/** Who listens before asking misses nothing. */
	async #read(socket: HomeAssistantSocket): Promise<void> {
		const cars = carsIn(await socket.ask("config/entity_registry/list"));
		this.hasCars = cars.size > 0;
		this.entities = cars.get(this.vin) ?? new Map();
		this.#names.clear();
		for (const [name, { id }] of this.entities) this.#names.set(id, name);
		if (this.entities.size === 0) return;
		await socket.ask("subscribe_events", { event_type: "state_changed" });
		// Without these an entity that is renamed meanwhile is not heard any more.
		socket.ask("subscribe_events", { event_type: "entity_registry_updated" }).catch(() => {});
		const language = at(await socket.ask("get_config").catch(() => undefined), "language");
		const languages = [...new Set([typeof language === "string" ? language : "en", "en"])];
		this.words = statusWords(await Promise.all(languages.map((each) => translations(socket, each))));
		this.#readAll(await socket.ask("get_states"));
	}

	/** What is there now, against what was there before the connection was lost, if it was. */
	#readAll(states: unknown): void {
		const own: { name: string; now: EntityState }[] = [];
		for (const state of Array.isArray(states) ? states : []) {
			const name = this.#nameOf(at(state, "entity_id"));
			const now = entityStateOf(state);
			if (name !== undefined && now !== undefined) own.push({ name, now });
		}
		// Buttons come and go with each command, but not everything does.
		const hasStartedAnew = own.every(({ name, now }) => this.#states.get(name)?.changed !== now.changed);
		const isFirst = this.#states.size === 0;
		for (const { name, now } of own) {
			const before = this.#states.get(name);
			this.#note(name, now, isFirst);
			if (before === undefined || (before.state === now.state && before.changed === now.changed)) continue;
			this.#tell({ name, before, now, isRestored: hasStartedAnew || now.restored });
		}
	}

	#onEvent(event: unknown): void {
		const data = at(event, "data");
		const type = at(event, "event_type");
		if (!isRecord(data)) return;
		if (type === "entity_registry_updated") this.#rename(data.old_entity_id, data.entity_id);
		if (type !== "state_changed") return;
		const name = this.#nameOf(data.entity_id);
		const now = entityStateOf(data.new_state);
		if (name === undefined || now === undefined) return;
		const before = entityStateOf(data.old_state);
		this.#note(name, now);
		// An entity that was away tells at first what it told before.
		const isRestored = now.restored || before === undefined || before.state === "unavailable";
		this.#tell({ name, before, now, isRestored });
	}

	#rename(from: unknown, to: unknown): void {
		const name = this.#nameOf(from);
		const entity = name === undefined ? undefined : this.entities.get(name);
		if (name === undefined || entity === undefined || typeof to !== "string") return;
		this.#names.set(to, name);
		this.entities = new Map(this.entities).set(name, { ...entity, id: to });
	}

	#nameOf(id: unknown): string | undefined {
		return typeof id === "string" ? this.#names.get(id) : undefined;
	}

	#note(name: string, now: EntityState, isFirst = false): void {
		this.#states.set(name, now);
		const value = this.#values.get(name);
		if (isNothing(now) || value?.state === now.state) return;
		this.#values.set(name, { state: now.state, since: value || isFirst ? now.changed : Number.NaN });
	}

	#tell(change: Change): void {
		for (const listener of this.#listeners) listener(change);
	}

	async #onLoss(socket: HomeAssistantSocket): Promise<void> {
		if (this.#socket !== socket) return;
		this.#socket = undefined;
		for (let turn = 0; !this.#signal.aborted; turn++) {
			try {
				await this.#options.clock.sleep(TRIES[Math.min(turn, TRIES.length - 1)] ?? 10_000, this.#signal);
				await this.#connect();
				return;
			} catch (error) {
				// Home Assistant locks out whoever comes again and again with a wrong token.
				if (error instanceof StellantisError && error.code === "ERR_UNAUTHORIZED") return;
				// It is not back yet; the command's own time ends this.
			}
		}
	}
}

async function translations(socket: HomeAssistantSocket, language: string): Promise<unknown> {
	const fields = { language, category: "entity", integration: ["stellantis_vehicles"] };
	// Without them a command is followed by the state.
	return at(await socket.ask("frontend/get_translations", fields).catch(() => undefined), "resources");
}
