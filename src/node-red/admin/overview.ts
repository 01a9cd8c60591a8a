import type { Request } from "express";
import type { NodeAPI } from "node-red";
import type { KnownVehicle, LatestState } from "../../api/known-vehicles";
import { vehicleName } from "../../api/vehicle-name";
import { isVin } from "../../api/vehicles";
import { journalIn } from "../../commands/journal";
import { journalExists } from "../../commands/journal-files";
import { defined } from "../../json";
import { plainText } from "../../text";
import type { RequestRecord } from "../../transport/observed";
import type { RateLimit } from "../../transport/response";
import { AccountConnection, type AccountNode } from "../account/connection";
import { folderOf } from "../folder";
import { ACCOUNT } from "../properties";
import { numberValue, type Properties, text } from "../values";
import { routeNameOf } from "./diagnostics/route-name";
import { searchFor } from "./lookups/vehicles";

/** An account as the sidebar shows it. */
interface ShownAccount {
	id: string;
	name?: string;
	/** False until something has asked the account; then nobody knows whether it is signed in. */
	isOpen: boolean;
	isDemo: boolean;
	signedIn?: boolean;
	/** Epoch milliseconds, as in `SignInState`. */
	expiresAt?: number;
	endsAt?: number;
	/** What is wrong with the account, or with its sign-in. */
	reason?: string;
	rateLimit?: RateLimit;
	/** Messages of its nodes that are not done. */
	waiting: number;
	/** The last error, and the node that had it. */
	error?: { time: number; code: string; message: string; node: string };
	/** Vehicles that are known of it. */
	vehicles: number;
}

/** A vehicle, by the text that people know it by; `name` is what a node takes for it. */
interface ShownVehicle {
	account: string;
	name: string;
	label?: string;
	model?: string;
	picture?: string;
	state?: LatestState;
}

/** A command under way or done. */
interface ShownCommand {
	account: string;
	command: string;
	vehicle: string;
	/** Epoch milliseconds. */
	since: number;
	status: string;
	failureCause?: string;
	isDone: boolean;
}

/** A request to the API or the sign-in server, by the name of its route: a path holds ids. */
interface ShownRequest
	extends Pick<RequestRecord, "time" | "purpose" | "method" | "duration" | "statusCode" | "error"> {
	account: string;
	route?: string;
	vehicle?: string;
}

/** What is going on in all accounts that run. Texts are text, never markup, and hold no secret. */
export interface Overview {
	accounts: ShownAccount[];
	vehicles: ShownVehicle[];
	/** Vehicles that were found, of which the first are given. */
	found: number;
	/** Latest first. */
	commands: ShownCommand[];
	/** Latest first. */
	requests: ShownRequest[];
}

/** Vehicles given when nobody says how many, and most that are given. */
const VEHICLES = { usual: 50, most: 200 };
/** Most of everything else. */
const MOST = 30;
/** Most characters of an error's sentence. */
const LONGEST = 300;
/** Characters of a text in which secrets are looked for, before it is cut. */
const LONGEST_READ = 4_000;

/** What a demo account is called that nobody has named; the examples name theirs so. */
const DEMO_NAME = "Demo";

/** Connections whose earlier commands have been read from the journal. */
const recalled = new WeakSet<AccountConnection>();

/**
 * What the accounts that run know without asking: nothing is opened and no request is sent for it.
 *
 * @param query `search` for vehicles, and `limit` of them
 * @throws ERR_BAD_INPUT for a limit that is none
 */
export async function overview(RED: NodeAPI, query: Request["query"]): Promise<Overview> {
	const limit = numberValue(query.limit, "limit", { min: 1, max: VEHICLES.most }, VEHICLES.usual);
	const isMeant = searchFor(text(query.search)?.slice(0, 512) ?? "");
	const running = runningAccounts(RED);
	await recallCommands(RED, running);
	const shown: Overview = { accounts: [], vehicles: [], found: 0, commands: [], requests: [] };
	for (const alike of shownAsOne(running)) {
		const account = alike.find(({ connection }) => connection.opened) ?? (alike[0] as RunningAccount);
		const known = knownOf(alike);
		const names = namesOf(known, account.connection);
		shown.accounts.push(describeAccounts(account, alike, known.length));
		for (const vehicle of known) {
			if (!isMeant(vehicle)) continue;
			shown.found++;
			if (shown.vehicles.length < limit) shown.vehicles.push(describeVehicle(account, vehicle));
		}
		for (const { connection } of alike) {
			shown.commands.push(...describeCommands({ ...account, connection }, names));
			shown.requests.push(...describeRequests({ ...account, connection }, names));
		}
	}
	shown.commands = shown.commands.sort((one, other) => other.since - one.since).slice(0, MOST);
	shown.requests = shown.requests.sort((one, other) => other.time - one.time).slice(0, MOST);
	return shown;
}

interface RunningAccount {
	id: string;
	config: Properties;
	connection: AccountConnection;
}

/** The accounts that run; one that is disabled, or on a flow that is, does not. */
function runningAccounts(RED: NodeAPI): RunningAccount[] {
	const found: RunningAccount[] = [];
	RED.nodes.eachNode((config) => {
		if (config.type !== "stellantis-account") return;
		const node = RED.nodes.getNode(config.id) as AccountNode | null;
		if (node?.connection instanceof AccountConnection)
			found.push({ id: config.id, config: config as unknown as Properties, connection: node.connection });
	});
	return found;
}

/**
 * The accounts in groups that are shown as one: demo accounts with equal properties, such as every example brings one,
 * have the same vehicles. Forms offer them once too (resources/editor/properties.js).
 */
function shownAsOne(running: readonly RunningAccount[]): RunningAccount[][] {
	const groups = new Map<string, RunningAccount[]>();
	for (const account of running) {
		const key = account.connection.isDemo ? contentOf(account.config) : account.id;
		groups.set(key, [...(groups.get(key) ?? []), account]);
	}
	return [...groups.values()];
}

/**
 * What a demo account is, whichever its id: a form writes numbers as text, and how it signed in while it was a live one
 * makes it no other.
 */
function contentOf(config: Properties): string {
	const { auth: _, ...counted } = ACCOUNT;
	const values = Object.entries(counted).map(([name, { value }]) => {
		const own = config[name] ?? value;
		if (name === "name") return own || DEMO_NAME;
		return Array.isArray(own) ? own.map((each) => JSON.stringify(each)).sort() : String(own);
	});
	return JSON.stringify([config.z ?? "", ...values]);
}

/** What is known of the vehicles of accounts that are shown as one: each vehicle once, in its latest state. */
function knownOf(alike: readonly RunningAccount[]): readonly KnownVehicle[] {
	const lists = alike.map(({ connection }) => connection.opened?.known.all ?? []);
	if (lists.length === 1) return lists[0] as readonly KnownVehicle[];
	const found = new Map<string, KnownVehicle>();
	for (const vehicle of lists.flat()) {
		const name = vehicle.vin?.toUpperCase() ?? vehicle.id ?? "";
		const known = found.get(name);
		const isLater = Date.parse(vehicle.state?.updatedAt ?? "") > Date.parse(known?.state?.updatedAt ?? "1970-01-01");
		const state = isLater ? vehicle.state : (known?.state ?? vehicle.state);
		found.set(name, { ...vehicle, ...known, ...defined({ state }) });
	}
	return [...found.values()];
}

/** Reads once what was sent before Node-RED started. */
async function recallCommands(RED: NodeAPI, running: readonly RunningAccount[]): Promise<void> {
	const fresh = running.filter(({ connection }) => !recalled.has(connection));
	for (const { connection } of fresh) recalled.add(connection);
	const folder = folderOf(RED);
	if (fresh.length === 0 || !(await journalExists(folder))) return;
	const lines = await journalIn(folder).recent();
	for (const { id, connection } of fresh) connection.commands.recall(lines, id);
}

function describeAccount({ id, config, connection }: RunningAccount, vehicles: number): ShownAccount {
	const { opened, failure, rateLimit, recorder } = connection;
	const { signedIn, expiresAt, endsAt, reason } = { ...connection.signInState };
	const last = recorder.errors.at(-1);
	return {
		id,
		isOpen: opened !== undefined || failure !== undefined,
		isDemo: connection.isDemo,
		waiting: connection.underWay,
		vehicles,
		...defined({
			name: clean(connection, config.name),
			signedIn,
			expiresAt,
			endsAt,
			reason: clean(connection, failure ?? reason, LONGEST),
			rateLimit,
			error: last && {
				time: last.time,
				code: last.code,
				message: clean(connection, last.message, LONGEST) ?? "",
				node: last.node,
			},
		}),
	};
}

/** An account that stands for those that are alike: all their messages wait, and the last of their errors counts. */
function describeAccounts(one: RunningAccount, alike: readonly RunningAccount[], vehicles: number): ShownAccount {
	const shown = describeAccount(one, vehicles);
	for (const other of alike) {
		if (other === one) continue;
		const { isOpen, waiting, error } = describeAccount(other, vehicles);
		shown.isOpen ||= isOpen;
		shown.waiting += waiting;
		if (error && error.time > (shown.error?.time ?? 0)) shown.error = error;
	}
	return shown;
}

function describeVehicle({ id: account, connection }: RunningAccount, vehicle: KnownVehicle): ShownVehicle {
	const { id, vin, label, brand, model, picture, state } = vehicle;
	const isSafe = picture !== undefined && connection.redact(picture) === picture;
	return {
		account,
		// The id may be another one tomorrow, the VIN never.
		name: vin ?? id ?? "",
		...defined({
			label: clean(connection, label),
			model: clean(connection, [brand, model].filter(Boolean).join(" ")),
			picture: isSafe ? picture : undefined,
			state,
		}),
	};
}

/** What the vehicles of an account are called, by id and VIN. */
function namesOf(known: readonly KnownVehicle[], connection: AccountConnection): (name: string) => string {
	let names: Map<string, KnownVehicle> | undefined;
	return (name) => {
		names ??= new Map(
			known.flatMap((vehicle) => [vehicle.id, vehicle.vin].flatMap((each) => (each ? [[each, vehicle] as const] : []))),
		);
		const { label, brand, model, ...ref } = names.get(name) ?? (isVin(name) ? { vin: name } : { id: name });
		const called = label ?? [brand, model].filter(Boolean).join(" ");
		return connection.redact(vehicleName({ ...ref, ...(called === "" ? {} : { label: called }) }));
	};
}

function describeCommands({ id, connection }: RunningAccount, nameOf: (name: string) => string): ShownCommand[] {
	return connection.commands.latest.slice(0, MOST).map(({ vehicle, vin, ...command }) => ({
		account: id,
		...command,
		vehicle: nameOf(vin ?? vehicle),
	}));
}

function describeRequests({ id, connection }: RunningAccount, nameOf: (name: string) => string): ShownRequest[] {
	const family = connection.opened?.car.family;
	return connection.recorder.requests
		.slice(-MOST)
		.map(({ url, time, purpose, method, duration, statusCode, error }) => {
			const { route, vehicle } = { ...(family && purpose === "api" ? routeNameOf(family, new URL(url).pathname) : {}) };
			return {
				account: id,
				time,
				purpose,
				method,
				duration,
				...defined({ statusCode, error, route, vehicle: vehicle === undefined ? undefined : nameOf(decoded(vehicle)) }),
			};
		});
}

function decoded(segment: string): string {
	try {
		return decodeURIComponent(segment);
	} catch {
		return segment;
	}
}

/** A text as a page may show it: one line, no secret of the account. */
function clean(connection: AccountConnection, value: unknown, most?: number): string | undefined {
	return typeof value === "string" ? plainText(connection.redact(value.slice(0, LONGEST_READ)), most) : undefined;
}
