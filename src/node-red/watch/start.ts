import { join } from "node:path";
import type { Node, NodeAPI } from "node-red";
import { z } from "zod";
import type { VehicleRef } from "../../api/vehicles";
import { badInput, reworded, StellantisError } from "../../error";
import { isRecord } from "../../json";
import { JsonFile } from "../../storage/json-file";
import { storageSentence } from "../../storage/storage-error";
import { type Pricing, readPrice } from "../../watch/prices";
import { readSettings, type SettingsProblem, type WatchSettings } from "../../watch/settings";
import { type AccountConnection, accountOf } from "../account/connection";
import { Badge } from "../badge";
import { flowsStateOf } from "../flows-state";
import { folderOf } from "../folder";
import type { Message } from "../messages";
import { takeOrders } from "../orders";
import { Pace } from "../pace";
import { type Properties, text, typedValue } from "../values";
import { AccountWatch, type SpentStore } from "./account-watch";
import { STORE_AGAIN, systemClock } from "./clock";
import { ContextStore } from "./context-store";
import { FileStore, fileName } from "./file-store";
import { SharedSpent } from "./shared-spent";
import { Split } from "./split";
import { badgeText, type Watching } from "./watch-badge";
import { Watcher } from "./watcher";

/** A watch node that runs. */
export interface RunningWatch {
	/** Does what a message asks for. @throws what it can't do */
	take(msg: object): Promise<void>;
	close(isRemoved: boolean): Promise<void>;
}

/** What the watch nodes of an account have in common. */
interface Common {
	watch: AccountWatch;
	/** Where the account has a store: who else looks at its vehicles. */
	split: Split | undefined;
}

/** By the accounts that are watched. */
const watched = new WeakMap<AccountConnection, Common>();
/** How soon (ms) an account that could not be opened is tried again. */
const JOIN_AGAIN = 60_000;
/** Least time (ms) between two badges. */
const BADGE_PACE = 500;

/** Starts a watch node: reads its properties, says which of them can't be used, and looks from now on. */
export function startWatch(RED: NodeAPI, node: Node, properties: Properties): RunningWatch {
	const badge = new Badge(RED, node);
	let account: AccountConnection;
	try {
		account = accountOf(RED, properties.account);
	} catch (error) {
		const failure = error as StellantisError;
		badge.failure(failure);
		node.error(failure, {});
		return { take: () => Promise.reject(failure), close: async () => {} };
	}
	const fail = (failure: StellantisError, vehicle?: VehicleRef) => {
		const safe = account.redact(failure.message);
		if (safe !== failure.message) failure.message = safe;
		// What the account remembers for a bug report names no car.
		account.recorder.failure(failure, node.id);
		badge.failure(failure);
		const spoken = reworded(failure, account.opened?.vehicles.spoken(failure.message) ?? failure.message);
		node.error(spoken, aboutFailure(failure, vehicle));
	};
	const { settings, problems } = readSettings(properties, { timeZone: localZone() });
	for (const problem of problems) fail(badInput(sentenceOf(problem)));

	const status = new Status(badge);
	const pace = new Pace();
	const prices = new Prices(
		() => priceOf(RED, node, properties),
		(sentence) => fail(badInput(sentence)),
	);
	// What is wrong with it is said now, not at a look that may be long in coming.
	void prices.now();
	const { watch, split } = commonOf(RED, account, String(properties.account));
	const closing = new AbortController();
	let isUnkept = false;
	const watcher = new Watcher({
		settings,
		store: (all) => {
			const store = text(properties.store);
			if (store !== undefined) return new ContextStore(node, store);
			const files = new FileStore(folderOf(RED), node.id, all);
			return split ? split.stateOf(node.id, files) : files;
		},
		pricing: () => prices.now(),
		send: (message, output) => node.send(output === 1 ? [message as Message, null] : [null, message as Message]),
		turn: () => pace.turn(),
		flows: {
			get run() {
				return closing.signal.aborted ? closing.signal : flowsStateOf(RED).run;
			},
			whenRunning: () => flowsStateOf(RED).whenRunning(closing.signal),
		},
		kept(failure) {
			const isNews = failure !== undefined && !isUnkept;
			isUnkept = failure !== undefined;
			if (!isNews) return;
			node.warn(
				`The watch can't keep what it knows; after a restart it may tell things again. ${storageSentence(failure)}`,
			);
		},
		chosen: () => typedValue(RED, node, {}, "vehicle", properties.vehicle, properties.vehicleType ?? "str"),
		counted(vehicles, here) {
			status.vehicles = vehicles;
			status.here = here;
			refuseCapacity(settings, vehicles, (sentence) => fail(badInput(sentence)));
		},
		failed: (error, vehicle) => fail(error, vehicle),
		show: (state) => status.show(state),
	});
	const heard = (vehicle: { id?: string; vin?: string }) => {
		// Of an account that can't be opened the watch tells by itself.
		watch.heardOf(vehicle).catch(() => {});
	};
	account.heard.on("vehicle", heard);
	let retry: NodeJS.Timeout | undefined;
	let said: string | undefined;
	const join = (): Promise<void> =>
		watch.join(watcher).catch((error: unknown) => {
			if (closing.signal.aborted || account.signal.aborted) return;
			const failure = error instanceof StellantisError ? error : badInput(String(error));
			if (failure.message !== said) fail(failure);
			said = failure.message;
			const again = failure.code === "ERR_STORE" ? STORE_AGAIN : JOIN_AGAIN;
			retry = setTimeout(() => {
				joined = join();
			}, again).unref();
		});
	let joined = join();
	return {
		async take(msg) {
			const incoming = msg as Message;
			const orders = takeOrders(incoming);
			const { vehicle } = incoming;
			if (orders.reset) return watch.reset(watcher);
			await joined;
			try {
				if (orders.forget) await watch.forget(watcher, vehicle);
				await watch.look(watcher, vehicle);
			} catch (error) {
				if (error instanceof StellantisError) Object.assign(incoming, aboutFailure(error, undefined));
				throw error;
			}
		},
		async close(isRemoved) {
			account.heard.off("vehicle", heard);
			status.close();
			closing.abort();
			clearTimeout(retry);
			await watch.leave(watcher, isRemoved);
			if (watch.isIdle && watched.get(account)?.watch === watch) watched.delete(account);
		},
	};
}

function commonOf(RED: NodeAPI, account: AccountConnection, accountId: string): Common {
	const known = watched.get(account);
	if (known) return known;
	const shared = sharedOf(account);
	const split = shared && new Split(shared);
	const spent = shared ? new SharedSpent(shared) : spentFile(folderOf(RED), accountId);
	const common = { split, watch: new AccountWatch(account, systemClock, spent, split) };
	watched.set(account, common);
	return common;
}

function sharedOf(account: AccountConnection) {
	try {
		return account.shared;
	} catch {
		// Whoever opens the account hears of it.
		return undefined;
	}
}

const spentShape = z.object({ version: z.literal(1), spent: z.array(z.tuple([z.number(), z.number()])) });

function spentFile(folder: string, accountId: string): SpentStore {
	const file = new JsonFile(join(folder, `watch-calls-${fileName(accountId)}.json`), spentShape);
	return {
		load: async () => (await file.read().catch(() => undefined))?.spent,
		save: (spent) => file.write({ version: 1, spent: spent as [number, number][] }),
	};
}

function sentenceOf({ field, sentence }: SettingsProblem): string {
	return sentence.includes(`"${field}"`) ? sentence : `"${field}": ${sentence}`;
}

function refuseCapacity(settings: WatchSettings, vehicles: number, say: (sentence: string) => void): void {
	if (settings.capacity === null || vehicles < 2) return;
	settings.capacity = null;
	say('"capacity" can only be set where one vehicle is watched; set "vehicle", or leave it empty.');
}

function aboutFailure({ statusCode, apiError, retryAfter }: StellantisError, vehicle: VehicleRef | undefined) {
	return {
		...(vehicle === undefined ? {} : { vehicle: { ...vehicle }, topic: vehicle.id }),
		...(statusCode === undefined ? {} : { statusCode }),
		...(apiError === undefined ? {} : { apiError }),
		...(retryAfter === undefined ? {} : { retryAfter }),
	};
}

function localZone(): string {
	return new Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

async function priceOf(RED: NodeAPI, node: Node, { price, priceType }: Properties): Promise<unknown> {
	if (Array.isArray(price)) return price;
	const value = await typedValue(RED, node, {}, "price", price, priceType ?? "num");
	if (priceType !== "json") return value;
	// Node-RED fills in `${ENV}` where a property is one, not in the JSON that it holds.
	const filled = (one: unknown) =>
		typeof one === "string" && /^\$\{[^}]+\}$/.test(one.trim())
			? typedValue(RED, node, {}, "price", one.trim(), "env")
			: one;
	if (!Array.isArray(value)) return filled(value);
	return Promise.all(value.map(async (row) => (isRecord(row) ? { ...row, price: await filled(row.price) } : row)));
}

/** What a kWh costs, asked for anew at every look; a price that can't be read is told once. */
class Prices {
	readonly #value: () => Promise<unknown>;
	readonly #say: (sentence: string) => void;
	#said: string | undefined;

	constructor(value: () => Promise<unknown>, say: (sentence: string) => void) {
		this.#value = value;
		this.#say = say;
	}

	async now(): Promise<Pricing | null> {
		const read = await this.#value().then(readPrice, (error: unknown) => ({
			pricing: null,
			problem: error instanceof Error ? error.message : String(error),
		}));
		const { pricing, problem } = read;
		if (problem !== undefined && problem !== this.#said) this.#say(`"price": ${problem}`);
		this.#said = problem;
		return pricing;
	}
}

/** The badge of a watch: at most every half second, and only what is new. */
class Status {
	readonly #badge: Badge;
	#timer: NodeJS.Timeout | undefined;
	#state: Watching | undefined;
	#shown = "";
	vehicles = 0;
	/** How many of them are looked at here. */
	here = 0;

	constructor(badge: Badge) {
		this.#badge = badge;
	}

	show(state: Watching): void {
		this.#state = state;
		this.#timer ??= setTimeout(() => this.#write(), BADGE_PACE).unref();
	}

	close(): void {
		clearTimeout(this.#timer);
	}

	#write(): void {
		this.#timer = undefined;
		const state = this.#state;
		// What went wrong stays until something goes well.
		if (state === undefined || state.failing) {
			this.#shown = "";
			return;
		}
		const text = badgeText(this.#badge.texts, state, this.vehicles, this.here);
		if (text === this.#shown) return;
		this.#shown = text;
		if (state.stretchedBy === null) this.#badge.success(text);
		else this.#badge.partial(text);
	}
}
