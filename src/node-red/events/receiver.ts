import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { NodeAPI } from "node-red";
import { deleteChannel } from "../../api/channels";
import type { ChannelKinds } from "../../api/families";
import type { ApiEvent } from "../../api/notifications";
import { quote } from "../../api/time";
import { badInput, isAbort, StellantisError } from "../../error";
import { defined } from "../../json";
import { LogFull } from "../../storage/durable-log";
import { plainText } from "../../text";
import type { Claim } from "../../transport/limiter";
import { accountOf } from "../account/connection";
import type { Badge } from "../badge";
import { flowsStateOf } from "../flows-state";
import { type Message, setVehicle } from "../messages";
import { Pace } from "../pace";
import { EVENTS } from "../properties";
import { choice, text } from "../values";
import { type HttpSettings, type Obstacle, publicAddress, routePath, serverObstacles } from "./address";
import { ChannelKeeper, type ChannelLost } from "./channel-keeper";
import type { EventsFile, Notes } from "./events-file";
import { Inbox } from "./inbox";
import type { EventsNode, EventsNodeInput, Listening } from "./input";
import { forgetAddresses, knownAddress } from "./known-addresses";
import { type NodeFiles, openNodeFiles, removeNodeFiles } from "./node-files";
import { type Address, digestOfSecret, isSecret, type Receiver } from "./route";
import type { Digest } from "./seen-events";
import { SharedChannel } from "./shared-channel";
import { type NamedVehicle, VehicleNames } from "./vehicle-names";

const DEFAULT_LABEL = "Node-RED";
/** Most addresses at which the API may still deliver while the channel can't be moved. */
const MOST_ADDRESSES = 5;
/** Longest time (ms) that a deploy waits for a request that is under way, or for the channel to be deleted. */
const LAST_WISH = 5_000;
const DAY = 24 * 3_600_000;
/** Most unknown types of events that are named in the log in a day. */
const MOST_TYPES = 5;

/** Milliseconds between two looks whether the store is back. */
const AGAIN = 1_000;

type KeptChannel = NonNullable<Notes["channel"]>;

/** Secrets of the events nodes that run in this process. */
const secrets = new Set<string>();

/** Opens the node's address, keeps its channel registered there, and sends the events that come. */
export async function receiveNotifications(input: EventsNodeInput): Promise<Listening> {
	const { RED, node, config, account, badge, isClosed } = input;
	const path = routePath(config.path);
	const kinds = choice(config.kinds, "kinds", EVENTS.kinds.choices) as ChannelKinds;
	const settings = RED.settings as unknown as HttpSettings;
	const { isDemo, notices, remoteEvents } = account();
	const warn = (sentence: string) => node.warn(node.redact(sentence));
	const given = secretOf(node.credentials?.secret);
	const files = await openNodeFiles(RED, node.id, warn, account().shared);
	const { file, name, queue } = files;
	const fleet = sharedChannel(input, given);
	const secret = given ?? (await secretOfAll(input, file, fleet)) ?? file.secret;
	if (secrets.has(secret))
		throw badInput("Another events node here has the same secret. Give each of them its own, or leave it empty.");
	secrets.add(secret);

	const former = file.channel;
	const leaving = former && former.account !== config.account ? leave(input, former) : undefined;
	const claim = { priority: "single", owner: node.id } as const;
	const inbox = inboxOf(input, files, kinds, claim);
	const { base, obstacles } = isDemo ? { base: undefined, obstacles: [] } : publicAddress(config.publicUrl);
	const all = [...serverObstacles(settings), ...obstacles];
	for (const { sentence } of all) node.warn(sentence);
	const reachable = settings.httpNodeRoot !== false;
	const own = { path, digest: digestOfSecret(secret) };
	const noteAddresses = async (addresses: Address[]) => {
		await file.note({ addresses });
		if (reachable) forgetAddresses(RED.httpNode, name, addresses);
	};
	// The API delivers to the old address until the channel has the new one.
	const others = file.addresses.filter((address) => address.path !== own.path || address.digest !== own.digest);
	await noteAddresses([own, ...others].slice(0, MOST_ADDRESSES));
	const openAddresses = reachable ? file.addresses.map((address) => knownAddress(RED.httpNode, name, address)) : [];
	const receiver = receiverOf(input, inbox);
	if (!isClosed()) for (const address of openAddresses) address.open(receiver);
	inbox.start();

	const keeper = new ChannelKeeper({
		account,
		accountId: String(config.account),
		file,
		secret,
		isShared: given !== undefined || fleet !== undefined,
		fleet,
		isLast: () => isOnlyOurs(given, fleet),
		label: text(config.label) ?? DEFAULT_LABEL,
		kinds,
		address: async (signal) => (isDemo ? await ownAddress(RED, signal) : String(base)) + path,
		claim,
		onKept: () => {
			notices.channelKept();
			void noteAddresses([own]);
			show(badge, all);
		},
		onFailure: (error) => complain(input, error, secret),
		onLost: ({ message, kind }: ChannelLost) => {
			// The demo API begins anew with each Node-RED, without the channels of the last one: nobody has lost anything.
			if (isDemo && kind === "anew") return;
			if (kind === "elsewhere") {
				warn(message);
				badge.partial(badge.texts.text("badge.events.otherUrl"));
				return;
			}
			node.error(node.redact(message));
			if (kind === "gone") badge.partial(badge.texts.text("badge.events.lost"));
			notices.tell({ what: "channel-lost", message: node.redact(message) });
		},
	});
	const missed = () => keeper.lookSoon();
	if (reachable && (isDemo || base !== undefined) && !isClosed()) {
		keeper.start();
		node.takeOver = () => keeper.takeOver();
		remoteEvents.on("no-channel", missed);
	} else show(badge, all);

	return {
		async close(ending) {
			node.takeOver = undefined;
			remoteEvents.off("no-channel", missed);
			for (const address of openAddresses) address.close();
			secrets.delete(secret);
			await inbox.close();
			await queue.flush().catch((error: Error) => warn(error.message));
			await files.seen.close();
			files.shared?.close();
			await leaving;
			try {
				await keeper.close(ending !== "restarted");
			} catch (error) {
				// The demo API goes with its last account, and its channels with it.
				if (!isDemo) throw error;
			} finally {
				if (ending !== "restarted" && reachable) forgetAddresses(RED.httpNode, name);
				if (ending === "deleted") {
					if (given === undefined && (await fleet?.isLast())) await fleet?.forget();
					await removeNodeFiles(files);
				}
			}
		},
	};
}

/** Ends what a node has begun that received notifications before: its channel is deleted, and what waits. */
export async function retire(input: EventsNodeInput): Promise<void> {
	const { RED, node } = input;
	const warn = (sentence: string) => node.warn(node.redact(sentence));
	const files = await openNodeFiles(RED, node.id, () => {});
	const { channel } = files.file;
	if (RED.httpNode) forgetAddresses(RED.httpNode, files.name);
	await removeNodeFiles(files).catch((error: Error) => warn(error.message));
	if (channel) await leave(input, channel);
}

/** Deletes a channel that a node has kept, at the account it belongs to, where nobody else needs it. */
async function leave({ RED, node, config, account: own }: EventsNodeInput, { id, account: owner }: KeptChannel) {
	const account = () => (owner === config.account ? own() : accountOf(RED, owner));
	try {
		// The demo API goes with its last account, and its channels with it.
		if (account().isDemo) return;
		const given = secretOf(node.credentials?.secret);
		if (!(await isOnlyOurs(given, sharedChannel({ node, account }, given)))) return;
		const { car } = account().opened ?? (await account().connected());
		await deleteChannel(car, id, { priority: "single", owner: node.id }, AbortSignal.timeout(LAST_WISH));
	} catch (error) {
		warnOfChannel(node, error);
	}
}

/** The channel of a node that is gone is still there, and goes on counting among the few that the API allows. */
export function warnOfChannel(node: Pick<EventsNode, "warn" | "redact">, error: unknown): void {
	const isGone = error instanceof StellantisError && error.code === "ERR_NO_ACCOUNT";
	const said = error instanceof Error ? error.message : String(error);
	const aborted = "the API did not answer in time, or the account was closed before.";
	const reason = isGone ? "the account that it belongs to is not there." : isAbort(error) ? aborted : said;
	node.warn(node.redact(`The node's channel could not be deleted: ${reason}`));
}

/** What several Node-RED keep the channel by; undefined where each has its own, or all have typed the secret elsewhere. */
function sharedChannel(
	{ node, account }: Pick<EventsNodeInput, "node" | "account">,
	given: string | undefined,
): SharedChannel | undefined {
	const { shared, sharedKey, isDemo } = account();
	if (!shared || isDemo || (given === undefined && sharedKey === undefined)) return undefined;
	return new SharedChannel(shared, given === undefined ? sharedKey : undefined, node.id);
}

/** True where no other installation needs the channel: who types a secret may have typed it elsewhere, too. */
async function isOnlyOurs(given: string | undefined, fleet: SharedChannel | undefined): Promise<boolean> {
	return given === undefined && (!fleet || (await fleet.isLast()));
}

/**
 * The secret of all instances. While the store is away it is the one that was last known, and without one it is waited
 * for: a channel of its own would be one too many.
 *
 * @returns undefined where each has its own, or the user has chosen it
 * @throws ERR_STORE where it is sealed with another key; an AbortError when the node closes
 */
async function secretOfAll(
	{ account, badge, signal, node }: EventsNodeInput,
	file: EventsFile,
	fleet: SharedChannel | undefined,
): Promise<string | undefined> {
	if (!fleet || secretOf(node.credentials?.secret) !== undefined) return undefined;
	for (;;) {
		try {
			const secret = await fleet.secret(file.secret);
			await file.note({ secret, isShared: true });
			return secret;
		} catch (error) {
			if (account().shared?.store.away === undefined) throw error;
			if (file.isShared) return file.secret;
			badge.failure(error as StellantisError);
			await pause(AGAIN, undefined, { signal });
		}
	}
}

function inboxOf(
	{ RED, node, account, onSent }: EventsNodeInput,
	{ queue, seen, shared }: NodeFiles,
	kinds: ChannelKinds,
	claim: Claim,
): Inbox {
	const vehicles = new VehicleNames(account, claim);
	const pace = new Pace();
	const noteKind = unknownKinds(node, kinds);
	const hearOf = (vehicle: NamedVehicle | undefined) => vehicle && account().heard.emit("vehicle", vehicle);
	return new Inbox({
		queue,
		seen,
		...(shared ? { claim: (key: string, digests: readonly Digest[]) => shared.claim(key, digests) } : {}),
		flows: flowsStateOf(RED),
		wants: (kind) => kinds === "both" || kinds === kind,
		hear(event) {
			if (event.remote) account().heardOfCommand(event.remote);
		},
		skipped(event) {
			noteKind(event);
			if (account().heard.listenerCount("vehicle") > 0) void vehicles.of(event).then(hearOf);
		},
		name: (event) => vehicles.of(event),
		async deliver(event, vehicle) {
			noteKind(event);
			const message = messageOf(event);
			hearOf(vehicle);
			if (vehicle && "id" in vehicle) setVehicle(message, vehicle);
			else if (vehicle) message.vehicle = vehicle as never;
			await pace.turn();
			node.send(message);
			onSent();
		},
		onError: (error) => node.error(`An event could not be handled: ${error instanceof Error ? error.message : error}`),
		onOutage: (error) =>
			node.error(`Events that wait can't be sent: ${error instanceof Error ? error.message : error}`),
	});
}

/**
 * Warns of an event whose kind nobody can tell, each type once a day: the API grows, and flows that sort by kinds don't
 * know it.
 */
function unknownKinds(node: Pick<EventsNode, "warn">, kinds: ChannelKinds): (event: ApiEvent) => void {
	let since = Number.NEGATIVE_INFINITY;
	const told = new Set<string | undefined>();
	return ({ kind, payload }) => {
		if (kind !== null) return;
		if (Date.now() - since >= DAY) {
			since = Date.now();
			told.clear();
		}
		const type = plainText(payload.type, 40);
		if (told.has(type) || told.size >= MOST_TYPES) return;
		told.add(type);
		const fate =
			kinds === "both"
				? "it was sent with event.kind null."
				: "it was not sent. A node that is set to both kinds gets it.";
		node.warn(`An event of an unknown kind came${type === undefined ? "" : ` (${quote(type)})`}: ${fate}`);
	};
}

function receiverOf({ RED, node, isClosed }: EventsNodeInput, inbox: Inbox): Receiver {
	const flows = flowsStateOf(RED);
	/** What keeps notifications from being taken; told when it begins. */
	let outage: string | undefined;
	return {
		isOpen: () => flows.isRunning && !isClosed(),
		async receive(json, body, { vin }) {
			try {
				await inbox.take(json, body, vin);
				outage = undefined;
			} catch (error) {
				const reason = error instanceof Error ? error.name : "";
				if (outage !== reason) node.error(node.redact(outageSentence(error)));
				outage = reason;
				throw error;
			}
		},
		refused: (sentence) => node.warn(sentence),
	};
}

function outageSentence(error: unknown): string {
	const reason =
		error instanceof LogFull
			? "so many wait to be sent that no more are kept."
			: error instanceof Error
				? error.message
				: String(error);
	return `No event can be taken; the API is asked to come again: ${reason}`;
}

/**
 * The secret that the user has chosen; undefined where the node makes its own.
 *
 * @throws ERR_BAD_INPUT that does not quote it
 */
function secretOf(value: unknown): string | undefined {
	const secret = text(value);
	if (secret === undefined || isSecret(secret)) return secret;
	throw badInput(
		"The secret can't end an address: it must be 20 to 200 letters, digits, dots, hyphens or underscores, best made at random.",
	);
}

function messageOf({ kind, id, date, channel, payload }: ApiEvent): Message {
	const event = {
		kind,
		id,
		...defined({ date, channel }),
	};
	return { payload, event } as unknown as Message;
}

function show(badge: Badge, [first]: readonly Obstacle[]): void {
	if (first) badge.partial(badge.texts.text(first.badge));
	else badge.success(badge.texts.text("badge.events.registered"));
}

function complain({ node, badge, account }: EventsNodeInput, error: unknown, secret: string): void {
	const failure =
		error instanceof StellantisError
			? error
			: new StellantisError("ERR_BAD_RESPONSE", `Something unexpected came up: ${String(error)}.`, { cause: error });
	badge.failure(failure);
	const sentence = `No events come in, because the account's channel could not be kept: ${failure.message}`;
	node.error(node.redact(sentence).replaceAll(secret, "•••"));
	try {
		account().recorder.failure(failure, node.id);
	} catch {
		// The account is gone, and its recorder with it.
	}
}

/** Where Node-RED listens itself, for a demo API on the same machine. */
async function ownAddress(RED: NodeAPI, signal: AbortSignal): Promise<string> {
	const { server, settings } = RED as unknown as {
		server: import("node:http").Server;
		settings: { https?: unknown; httpNodeRoot?: string };
	};
	if (!server.listening) await once(server, "listening", { signal });
	const address = server.address();
	if (address === null || typeof address === "string")
		throw badInput(`Node-RED listens on ${quote(address)}, where the demo API can't deliver.`);
	const { address: host, family, port } = address;
	const any = host === "0.0.0.0" || host === "::";
	const name = any ? "127.0.0.1" : family === "IPv6" ? `[${host}]` : host;
	const root = `/${settings.httpNodeRoot ?? ""}/`.replace(/\/{2,}/g, "/").replace(/\/$/, "");
	return `${settings.https ? "https" : "http"}://${name}:${port}${root}`;
}
