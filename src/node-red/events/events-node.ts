import { once } from "node:events";
import type { Node, NodeAPI } from "node-red";
import type { ApiEvent } from "../../api/notifications";
import { quote } from "../../api/time";
import { badInput, isAbort, StellantisError } from "../../error";
import { type AccountConnection, accountOf } from "../account/connection";
import { Badge } from "../badge";
import { folderOf } from "../folder";
import { type Message, setVehicle } from "../messages";
import { Pace } from "../pace";
import { EVENTS } from "../properties";
import { savedProperties } from "../saved";
import { choice, type Properties, text } from "../values";
import { type HttpSettings, type Obstacle, publicAddress, routePath, serverObstacles } from "./address";
import { ChannelKeeper } from "./channel-keeper";
import { eventsFile, Notebook } from "./events-file";
import { Inbox } from "./inbox";
import { openRoute } from "./route";
import { SeenEvents } from "./seen-events";
import { VehicleNames } from "./vehicle-names";

const DEFAULT_LABEL = "Node-RED";
/** How often (ms) the badge counts. */
const COUNT_PACE = 500;

/** Secrets of the events nodes that run in this process. */
const secrets = new Set<string>();

/** Registers the node that receives the notifications of monitors and commands. */
export function registerEventsNode(RED: NodeAPI): void {
	RED.nodes.registerType("stellantis-events", function (this: Node, config) {
		RED.nodes.createNode(this, config);
		const properties = savedProperties(this, config);
		const account = () => accountOf(RED, properties.account);
		const badge = new Badge(RED, this);
		const redact = (sentence: string) => {
			try {
				return account().redact(sentence);
			} catch {
				return sentence;
			}
		};
		let closed = false;
		const starting = listen(RED, this, properties, account, badge, () => closed).catch((error: unknown) => {
			const failure = error instanceof StellantisError ? error : badInput(String(error));
			badge.failure(failure);
			this.error(redact(failure.message));
			return undefined;
		});
		this.on("close", (removed: boolean, done: () => void) => {
			closed = true;
			starting
				.then((listening) => listening?.close(removed))
				.catch((error: unknown) => {
					const reason = error instanceof Error ? error.message : String(error);
					if (!isAbort(error)) this.warn(redact(`The node's channel could not be deleted: ${reason}`));
				})
				.finally(done);
		});
	});
}

interface Listening {
	close(removed: boolean): Promise<void>;
}

async function listen(
	RED: NodeAPI,
	node: Node,
	config: Properties,
	account: () => AccountConnection,
	badge: Badge,
	isClosed: () => boolean,
): Promise<Listening> {
	const path = routePath(config.path);
	const kinds = choice(config.kinds, "kinds", EVENTS.kinds.choices);
	const settings = RED.settings as unknown as HttpSettings;
	const { isDemo } = account();
	const directory = folderOf(RED);
	const warn = (sentence: string) => node.warn(sentence);
	const notebook = await Notebook.open(directory, node.id, warn);
	const seen = await SeenEvents.open(`${eventsFile(directory, node.id)}.seen`, { onWarning: warn });
	const claim = { priority: "single", owner: node.id } as const;
	const vehicles = new VehicleNames(account, claim);
	const pace = new Pace();
	const counter = new Counter(badge);

	const inbox = new Inbox({
		seen,
		wants: (kind) => kinds === "both" || kinds === kind,
		hear(event) {
			if (event.remote) account().remoteEvents.emit("remote", event.remote);
		},
		async deliver(event) {
			const message = messageOf(event);
			const vehicle = await vehicles.of(event);
			if (vehicle && "id" in vehicle) setVehicle(message, vehicle);
			else if (vehicle) message.vehicle = vehicle as never;
			await pace.turn();
			node.send(message);
			counter.add();
		},
		onError: (error) => node.error(`An event could not be handled: ${error instanceof Error ? error.message : error}`),
	});

	const { base, obstacles } = isDemo ? { base: undefined, obstacles: [] } : publicAddress(config.publicUrl);
	const all = [...serverObstacles(settings), ...obstacles];
	for (const { sentence } of all) node.warn(sentence);
	const reachable = settings.httpNodeRoot !== false;
	const closeRoute =
		reachable && !isClosed()
			? openRoute(RED.httpNode, path, {
					secret: notebook.secret,
					hasRoom: () => inbox.hasRoom,
					receive: (body, { vin }) => inbox.take(body, vin),
					refused: warn,
				})
			: () => {};
	secrets.add(notebook.secret);
	const keeper = new ChannelKeeper({
		account,
		accountId: String(config.account),
		notebook,
		label: text(config.label) ?? DEFAULT_LABEL,
		kinds,
		secrets,
		address: async (signal) => (isDemo ? await ownAddress(RED, signal) : String(base)) + path,
		claim,
		onKept: () => show(badge, all),
		onFailure: (error) => complain(node, badge, account, error),
	});
	if (reachable && (isDemo || base !== undefined) && !isClosed()) keeper.start();
	else show(badge, all);

	return {
		async close(removed) {
			closeRoute();
			secrets.delete(notebook.secret);
			counter.close();
			// What was answered with 200 comes no second time: it leaves before the node does.
			await Promise.race([inbox.settled(), once(AbortSignal.timeout(1000), "abort")]);
			inbox.close();
			await seen.flush();
			try {
				await keeper.close(removed);
			} catch (error) {
				// The demo API goes with its last account, and its channels with it.
				if (!isDemo) throw error;
			} finally {
				if (removed) await Promise.all([notebook.remove(), seen.remove()]);
			}
		},
	};
}

function messageOf({ kind, id, date, channel, payload }: ApiEvent): Message {
	const event = {
		kind,
		id,
		...(date === undefined ? {} : { date }),
		...(channel === undefined ? {} : { channel }),
	};
	return { payload, event } as unknown as Message;
}

/** Counts on the badge, but not for every event of a storm. */
class Counter {
	readonly #badge: Badge;
	#count = 0;
	#timer: NodeJS.Timeout | undefined;

	constructor(badge: Badge) {
		this.#badge = badge;
	}

	add(): void {
		this.#count++;
		this.#timer ??= setTimeout(() => {
			this.#timer = undefined;
			this.#badge.success(this.#badge.texts.count(this.#count, "events"));
		}, COUNT_PACE).unref();
	}

	close(): void {
		clearTimeout(this.#timer);
	}
}

function show(badge: Badge, [first]: readonly Obstacle[]): void {
	if (first) badge.partial(badge.texts.text(first.badge));
	else badge.success(badge.texts.text("badge.events.registered"));
}

function complain(node: Node, badge: Badge, account: () => AccountConnection, error: unknown): void {
	const failure =
		error instanceof StellantisError
			? error
			: new StellantisError("ERR_BAD_RESPONSE", `Something unexpected came up: ${String(error)}.`, { cause: error });
	badge.failure(failure);
	let sentence = `No events come in, because the account's channel could not be kept: ${failure.message}`;
	try {
		const connection = account();
		sentence = connection.redact(sentence);
		connection.recorder.failure(failure, node.id);
	} catch {
		// Without an account there is no secret to take out.
	}
	node.error(sentence);
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
