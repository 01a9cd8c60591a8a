import { basename } from "node:path";
import type { NodeAPI } from "node-red";
import { badInput, isAbort, StellantisError } from "../../error";
import { redact } from "../../transport/redact";
import { accountOf } from "../account/connection";
import { Badge } from "../badge";
import { counted } from "../counted";
import { flowsStateOf } from "../flows-state";
import { savedProperties } from "../saved";
import { choice, text } from "../values";
import { sendAccountNotices } from "./account-notices";
import { EVENT_KINDS } from "./address";
import { eventsFile } from "./events-file";
import { endingOf, isInFlows } from "./in-flows";
import type { EventsNode, EventsNodeInput, Listening } from "./input";
import { knowKeptAddresses } from "./known-addresses";
import { openNodeFiles, removeNodeFiles, removeWaiting, tidyUp } from "./node-files";
import { receiveNotifications, retire } from "./receiver";
import { registerTakeOver } from "./take-over";

/** How often (ms) the badge counts. */
const COUNT_PACE = 500;

/** Registers the node that receives the notifications of monitors and commands, and what happens to the account itself. */
export function registerEventsNode(RED: NodeAPI): void {
	/** Names of the files of the nodes that run. */
	const running = new Set<string>();
	knowKeptAddresses(RED);
	registerTakeOver(RED);
	void flowsStateOf(RED)
		.whenRunning(new AbortController().signal)
		.then(() => tidyUp(RED, (name) => running.has(name)))
		.catch((error: unknown) => RED.log.warn(`Files of events nodes could not be looked through: ${error}`));
	const create = function (this: EventsNode, saved: object): void {
		RED.nodes.createNode(this, saved as never);
		const config = savedProperties(this, saved);
		const account = () => accountOf(RED, config.account);
		const badge = new Badge(this);
		const counter = new Counter(badge);
		this.redact = (sentence) => {
			const clean = redact(
				sentence,
				[text(this.credentials?.secret)].filter((secret) => secret !== undefined),
			);
			try {
				return account().redact(clean);
			} catch {
				return clean;
			}
		};
		let closed = false;
		const name = basename(eventsFile("", this.id));
		running.add(name);
		const input = { RED, node: this, config, account, badge, onSent: () => counter.add(), isClosed: () => closed };
		const starting = listen(input).catch((error: unknown) => {
			const failure = error instanceof StellantisError ? error : badInput(String(error));
			badge.failure(failure);
			this.error(this.redact(failure.message));
			return undefined;
		});
		this.on("close", (removed: boolean, done: () => void) => {
			closed = true;
			counter.close();
			running.delete(name);
			starting
				.then(async (listening) => {
					const ending = endingOf(RED, this.id, removed);
					if (listening) await listening.close(ending);
					else if (ending === "deleted") await removeNodeFiles(await openNodeFiles(RED, this.id, () => {}));
				})
				.catch((error: unknown) => {
					const reason = error instanceof Error ? error.message : String(error);
					if (!isAbort(error)) this.warn(this.redact(`The node's channel could not be deleted: ${reason}`));
				})
				.finally(done);
		});
	};
	RED.nodes.registerType("stellantis-events", create as never, {
		credentials: { secret: { type: "password" } },
	});
}

async function listen(input: EventsNodeInput): Promise<Listening> {
	const { RED, node, config, account, onSent, badge } = input;
	// What waits is of an account that was deleted.
	if (!isInFlows(RED, String(config.account))) await removeWaiting(RED, node.id);
	if (choice(config.kinds, "kinds", EVENT_KINDS) !== "account") return receiveNotifications(input);
	const connection = account();
	await retire(input);
	badge.clear();
	const stop = input.isClosed() ? () => {} : sendAccountNotices(node, connection, flowsStateOf(RED), onSent);
	return { close: async () => stop() };
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
			this.#badge.success(counted(this.#count, "events"));
		}, COUNT_PACE).unref();
	}

	close(): void {
		clearTimeout(this.#timer);
	}
}
