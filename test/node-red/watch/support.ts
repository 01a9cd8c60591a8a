import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { NodeAPI } from "node-red";
import { type FamilyId, type Simulator, startSimulator } from "../../../demo/index";
import type { StellantisError } from "../../../src/error";
import { AccountConnection } from "../../../src/node-red/account/connection";
import { Pace } from "../../../src/node-red/pace";
import { AccountWatch, type SpentStore } from "../../../src/node-red/watch/account-watch";
import type { Clock } from "../../../src/node-red/watch/clock";
import { FileStore } from "../../../src/node-red/watch/file-store";
import { SharedSpent } from "../../../src/node-red/watch/shared-spent";
import { Split } from "../../../src/node-red/watch/split";
import type { Watching } from "../../../src/node-red/watch/watch-badge";
import { Watcher } from "../../../src/node-red/watch/watcher";
import type { SharedAccount } from "../../../src/storage/shared/shared-account";
import { readPrice } from "../../../src/watch/prices";
import { readSettings } from "../../../src/watch/settings";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** A Monday. */
export const START = Date.parse("2026-03-02T00:00:00Z");

/** A clock that a test turns: its timers fire in order, and what they begin is over before the next one does. */
export class TurnedClock implements Clock {
	#now: number;
	#timers: { at: number; run: () => void }[] = [];

	constructor(now: number) {
		this.#now = now;
	}

	now = (): number => this.#now;

	after(milliseconds: number, run: () => void): () => void {
		const timer = { at: this.#now + milliseconds, run };
		this.#timers.push(timer);
		return () => {
			this.#timers = this.#timers.filter((one) => one !== timer);
		};
	}

	/** Sets it to another time, as a person does: timers go on waiting as long as they would have. */
	set(now: number): void {
		const ahead = now - this.#now;
		for (const timer of this.#timers) timer.at += ahead;
		this.#now = now;
	}

	/** Turns it on to a moment; `settled` resolves when nothing is under way. */
	async turnTo(
		end: number,
		settled: () => Promise<void>,
		onTurn: () => Promise<unknown> = async () => {},
	): Promise<void> {
		await settled();
		for (;;) {
			const [first] = this.#timers.toSorted((one, other) => one.at - other.at);
			if (first === undefined || first.at > end) break;
			this.#timers = this.#timers.filter((timer) => timer !== first);
			this.#now = Math.max(this.#now, first.at);
			await onTurn();
			first.run();
			await settled();
		}
		this.#now = end;
	}
}

/** A message as it left a watch. */
export interface Sent {
	event?: { kind: string; id: string; at: string | null; since: string | null; seenAt: string; date: string };
	payload: Record<string, unknown>;
	vehicle: { id: string; vin?: string };
	topic: string;
	summary: Record<string, unknown> | null;
	watch?: { state: string; nextLook: string; session: unknown };
	output: 1 | 2;
	at: number;
}

/** A watch node without Node-RED around it. */
export interface TestWatch {
	watcher: Watcher;
	sent: Sent[];
	/** The events alone. */
	events(): (Sent & { event: NonNullable<Sent["event"]> })[];
	failures: StellantisError[];
	/** What the badge was told last. */
	state: Watching | undefined;
	vehicles: number;
	/** How many of them are looked at by this instance. */
	here: number;
}

/** Milliseconds for which a share lasts in tests where no instance is killed. */
const LEASE = 4_000;

/** The shell of the watch, on a clock that is turned, against any API. */
export class WatchBench {
	readonly clock: TurnedClock;
	readonly folder: string;
	readonly account: AccountConnection;
	shared: AccountWatch;
	spent: unknown;
	/** Flows run, unless a test says otherwise. */
	readonly flows = { run: new AbortController().signal, whenRunning: async (): Promise<void> => {} };

	readonly #onTurn: () => Promise<unknown>;
	readonly #store: SharedAccount | undefined;
	#split: Split | undefined;

	/**
	 * @param store where several instances share the account
	 * @param onTurn what else goes by the clock: told before anything that is due begins
	 */
	constructor(
		clock: TurnedClock,
		config: Record<string, unknown>,
		credentials: Record<string, string> = {},
		onTurn: () => Promise<unknown> = async () => {},
		folder: string = mkdtempSync(join(tmpdir(), "stellantis-watch-")),
		store?: SharedAccount,
	) {
		this.clock = clock;
		this.#store = store;
		this.folder = folder;
		this.#onTurn = onTurn;
		const nodes = { getNode: () => null };
		const RED = { settings: { userDir: this.folder }, nodes, _: (key: string) => key } as unknown as NodeAPI;
		const quiet = () => {};
		const holder = { id: "account", credentials, status: quiet, log: quiet, warn: quiet, error: quiet };
		this.account = new AccountConnection(RED, holder as never, { server: "live", ...config });
		this.shared = this.#watch();
	}

	/** One against a demo API. */
	static demo(clock: TurnedClock, simulator: Simulator, api: FamilyId): WatchBench {
		const { fleetId = "", realm = "", ...secrets } = simulator.credentials(api);
		const auth = secrets.accessToken === undefined ? "basic" : "token";
		const config = { api, baseUrl: simulator.baseUrl(api), auth, fleetId, realm, requestsPerSecond: 0 };
		return new WatchBench(clock, config, secrets as Record<string, string>);
	}

	/** Starts a watch with these properties. */
	async start(
		id: string,
		properties: Record<string, unknown> = {},
		vehicle?: unknown,
		take?: (message: Sent) => void,
	): Promise<TestWatch> {
		const { settings, problems } = readSettings(properties, { timeZone: "Europe/Paris" });
		if (problems.length > 0) throw new Error(problems.map(({ sentence }) => sentence).join(" "));
		const pace = new Pace();
		const sent: Sent[] = [];
		const failures: StellantisError[] = [];
		const watcher = new Watcher({
			settings,
			store: (all) => {
				const files = new FileStore(this.folder, id, all);
				return this.#split?.stateOf(id, files) ?? files;
			},
			pricing: async () => readPrice(properties.price).pricing,
			send: (message, output) => {
				const one = { ...(message as unknown as Sent), output, at: this.clock.now() };
				if (take) take(one);
				else sent.push(one);
			},
			turn: () => pace.turn(),
			flows: this.flows,
			kept: (failure) => {
				if (failure !== undefined) throw failure;
			},
			chosen: async () => vehicle,
			counted: (vehicles, here) => {
				Object.assign(watch, { vehicles, here });
			},
			failed: (error) => failures.push(error),
			show: (state) => {
				watch.state = state;
			},
		});
		const watch: TestWatch = {
			...{ watcher, sent, failures, state: undefined, vehicles: 0, here: 0 },
			events: () =>
				sent.filter((message): message is ReturnType<TestWatch["events"]>[number] => message.event !== undefined),
		};
		await this.shared.join(watcher);
		return watch;
	}

	/** Turns the clock on by so many milliseconds. */
	turn(milliseconds: number): Promise<void> {
		return this.clock.turnTo(this.clock.now() + milliseconds, () => this.settled(), this.#onTurn);
	}

	/** Resolves when nothing is under way. */
	async settled(): Promise<void> {
		await nextTurn();
		await this.shared.settled();
	}

	/** Ends all watches as a stop of Node-RED does, and begins anew with what is on the disk. */
	async restart(...watches: TestWatch[]): Promise<void> {
		for (const { watcher } of watches) await this.shared.leave(watcher, false);
		this.shared = this.#watch();
	}

	async close(...watches: TestWatch[]): Promise<void> {
		for (const { watcher } of watches) await this.shared.leave(watcher, false);
		await this.account.close();
		rmSync(this.folder, { recursive: true, force: true });
	}

	#watch(): AccountWatch {
		const spent: SpentStore = {
			load: async () => this.spent,
			save: async (value) => {
				this.spent = value;
			},
		};
		this.#split = this.#store && new Split(this.#store, LEASE);
		return new AccountWatch(this.account, this.clock, this.#store ? new SharedSpent(this.#store) : spent, this.#split);
	}
}

/** A demo API on a clock. */
export function demoOn(clock: TurnedClock, options: Parameters<typeof startSimulator>[0] = {}): Promise<Simulator> {
	return startSimulator({ now: clock.now, ...options });
}
