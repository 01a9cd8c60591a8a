import { setMaxListeners } from "node:events";
import { basename } from "node:path";
import type { NodeAPI } from "node-red";
import { badInput, isAbort, StellantisError } from "../../error";
import type { SharedAccount } from "../../storage/shared/shared-account";
import { redact } from "../../transport/redact";
import { type AccountConnection, accountOf } from "../account/connection";
import { Badge } from "../badge";
import { flowsStateOf } from "../flows-state";
import { endingOf, isInFlows } from "../in-flows";
import { EVENTS } from "../properties";
import { savedProperties } from "../saved";
import { choice, text } from "../values";
import { sendAccountNotices } from "./account-notices";
import { eventsFile } from "./events-file";
import type { EventsNode, EventsNodeInput, Listening } from "./input";
import { removeWaiting } from "./node-files";
import { receiveNotifications, retire, warnOfChannel } from "./receiver";

/** How often (ms) the badge counts. */
const COUNT_PACE = 500;

/**
 * Starts an events node that was just made.
 *
 * @param running names of the files of the nodes that run
 * @returns when it listens, or has said why it can't
 */
export function startEventsNode(RED: NodeAPI, node: EventsNode, saved: object, running: Set<string>): Promise<unknown> {
	const config = savedProperties(node, saved);
	let connection: AccountConnection | undefined;
	const account = () => {
		// Kept: Node-RED doesn't find it any more while both close.
		connection ??= accountOf(RED, config.account);
		return connection;
	};
	const badge = new Badge(RED, node);
	const counter = new Counter(badge);
	node.redact = (sentence) => {
		const clean = redact(
			sentence,
			[text(node.credentials?.secret)].filter((secret) => secret !== undefined),
		);
		try {
			return account().redact(clean);
		} catch {
			return clean;
		}
	};
	const closing = new AbortController();
	// All that waits until flows run listens to it.
	setMaxListeners(0, closing.signal);
	let shared: SharedAccount | undefined;
	try {
		shared = account().shared;
	} catch {
		// Whoever starts to listen says why.
	}
	const name = basename(eventsFile("", node.id));
	running.add(name);
	const input = {
		RED,
		node,
		config,
		account,
		badge,
		onSent: () => counter.add(),
		signal: closing.signal,
		isClosed: () => closing.signal.aborted,
	};
	const starting = listen(input).catch((error: unknown) => {
		if (isAbort(error, closing.signal)) return undefined;
		const failure = error instanceof StellantisError ? error : badInput(String(error));
		badge.failure(failure);
		node.error(node.redact(failure.message));
		return undefined;
	});
	node.on("close", (removed: boolean, done: () => void) => {
		closing.abort();
		counter.close();
		running.delete(name);
		const ending = starting
			.then(async (listening) => {
				const kind = endingOf(RED, node.id, removed);
				if (listening) await listening.close(kind);
				else if (kind === "deleted") await retire(input);
			})
			.catch((error: unknown) => warnOfChannel(node, error))
			.finally(done);
		connection?.closeAfter(ending);
		// What was sent must not be told again by another Node-RED, because nobody has erased it.
		shared?.store.closeAfter(ending);
	});
	return starting;
}

async function listen(input: EventsNodeInput): Promise<Listening> {
	const { RED, node, config, account, onSent, badge, signal } = input;
	// What waits is of an account that was deleted.
	if (!isInFlows(RED, String(config.account))) await removeWaiting(RED, node.id);
	if (choice(config.kinds, "kinds", EVENTS.kinds.choices) !== "account") return receiveNotifications(input);
	// Before anything that takes its time: a command may end meanwhile.
	sendAccountNotices(node, account(), flowsStateOf(RED), onSent, signal);
	badge.clear();
	await retire(input);
	return { close: async () => {} };
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
