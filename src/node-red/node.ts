import { setMaxListeners } from "node:events";
import type { Node, NodeAPI, NodeDef, NodeMessageInFlow } from "node-red";
import { quote } from "../api/time";
import type { VehicleDirectory } from "../api/vehicles";
import { isAbort, reworded, StellantisError } from "../error";
import { loadLibraries } from "../libraries";
import { counted } from "../text";
import { accountOfMessage } from "./account/choice";
import { type AccountConnection, accountOf, signInWarning } from "./account/connection";
import type { AccountNotice } from "./account/notices";
import { type Aside, Backlog } from "./backlog";
import { Badge } from "./badge";
import type { Message } from "./messages";
import type { NodeDeclaration, NodeMethods } from "./node-input";
import { type Orders, takeOrders } from "./orders";
import { Pace } from "./pace";
import { savedProperties } from "./saved";

type Send = (msg: NodeMessageInFlow | (NodeMessageInFlow | null)[]) => void;
type Done = (error?: Error) => void;

/**
 * Registers a node type that works on messages with an account. What it takes to do so is loaded when the first node of
 * the type is made; messages that come meanwhile wait.
 */
export function registerNode(RED: NodeAPI, declaration: NodeDeclaration): void {
	RED.nodes.registerType(declaration.type, constructorOf(RED, declaration));
}

function constructorOf(RED: NodeAPI, declaration: NodeDeclaration) {
	return function (this: Node, config: NodeDef): void {
		RED.nodes.createNode(this, config);
		const properties = savedProperties(this, config);
		const badge = new Badge(RED, this);
		const stopWarnings = warnOfSignIn(RED, properties.account, badge);
		const pace = new Pace();
		const loading = load(declaration);
		// Each message that needs it hears of a failure.
		loading.catch(() => {});
		const backlog = new Backlog();
		let controller = freshController();

		const work = async (
			use: Use,
			msg: Message,
			orders: Orders,
			send: Send,
			onSent: () => void,
			aside: Aside,
			own: NodeMethods["act"] = attendance?.act.bind(attendance),
		): Promise<void> => {
			const { signal } = controller;
			const { account, name } = accountOfMessage(RED, properties.account, msg.account);
			use.account = account;
			use.name = name;
			use.badge = badge.of(name, () => signInWarning(account, badge.texts));
			account.underWay++;
			try {
				const { act, ...methods } = await loading;
				const connected = await account.connected();
				use.vehicles = connected.vehicles;
				signal.throwIfAborted();
				await (own ?? act)({
					...connected,
					RED,
					node: this,
					declaration: { ...declaration, ...methods },
					config: properties,
					account,
					msg,
					orders,
					signal,
					badge: use.badge,
					single: { priority: "single", owner: this.id },
					sweep: { priority: "sweep", owner: this.id },
					turn: () => pace.turn(),
					aside,
					emit(outgoing) {
						signal.throwIfAborted();
						onSent();
						send(outgoing);
					},
					complete(outgoing) {
						signal.throwIfAborted();
						if (declaration.outputs > 1) send([null, outgoing]);
					},
				});
			} finally {
				account.underWay--;
			}
		};

		const failed = (error: unknown, msg: Message, orders: Orders, use: Use = { badge }): StellantisError => {
			const failure = spoken(explained(error, use.account ?? ownAccount(RED, properties.account), this.id), use);
			noteFailure(msg, failure, orders);
			use.badge.failure(failure);
			return failure;
		};

		const attendance = declaration.attend?.({
			RED,
			node: this,
			config: properties,
			badge,
			asMessage: (msg, own) =>
				work(
					{ badge },
					msg,
					takeOrders(msg),
					(outgoing) => this.send(outgoing),
					() => {},
					(wait) => wait,
					own,
				),
			fail: (error, msg) => this.error(failed(error, msg, takeOrders(msg)), msg),
		});

		this.on("input", (incoming, send: Send, done: Done) => {
			const msg = incoming as Message;
			if (attendance?.takes(msg)) return;
			const { error: earlier } = msg;
			const orders = takeOrders(msg);
			if (orders.reset) {
				const { size } = backlog;
				backlog.giveUp();
				controller.abort();
				controller = freshController();
				attendance?.reset();
				badge.clear();
				if (size > 0) this.log(`${counted(size, "messages")} ${size === 1 ? "was" : "were"} given up by msg.reset.`);
				done();
				return;
			}
			const start = (aside: Aside) => {
				const { signal } = controller;
				const use: Use = { badge };
				let sent = false;
				const onSent = () => {
					sent = true;
				};
				return work(use, msg, orders, send, onSent, aside).then(
					() => done(),
					(reason: unknown) => {
						const error = afterClosing(reason, use.account, signal);
						if (isAbort(error, signal)) {
							if (!closed) done();
							return;
						}
						const failure = failed(error, msg, orders, use);
						// By the error of the last round Node-RED counts, and ends, a loop over a catch node that gets nowhere.
						if (!sent && earlier !== undefined) msg.error = earlier;
						done(failure);
					},
				);
			};
			const account = accountFor(RED, properties.account, msg);
			if (account) account.underWay++;
			backlog.add(start, done, () => {
				if (account) account.underWay--;
			});
		});

		let closed = false;
		this.on("close", (removed: boolean, done: () => void) => {
			closed = true;
			const { size } = backlog;
			if (size > 0)
				this.warn(`${counted(size, "messages")} ${size === 1 ? "was" : "were"} not done when this node closed.`);
			backlog.forget();
			stopWarnings();
			controller.abort();
			// What has left is still being marked as sent; the node's successor must find that.
			Promise.all([backlog.settled(), attendance?.close(removed)]).finally(done);
		});
	};
}

/** What a message is worked on with, as far as that is known. */
interface Use {
	account?: AccountConnection;
	/** Of the account, where the message has chosen it. */
	name?: string | undefined;
	vehicles?: VehicleDirectory;
	badge: Badge;
}

/** What a node of this type works with. */
async function load(declaration: NodeDeclaration) {
	await loadLibraries("got", "url-template");
	const { act, ...methods } = declaration.load?.() ?? {};
	return { ...methods, act: act ?? (require("./reading/read") as typeof import("./reading/read")).read };
}

/** Shows before the account's sign-in ends that it will, also under a node that does nothing. @returns ends it */
function warnOfSignIn(RED: NodeAPI, id: unknown, badge: Badge): () => void {
	const account = ownAccount(RED, id);
	// Without an account there is none; the next message says so.
	if (!account) return () => {};
	const warn = () => {
		const warning = signInWarning(account, badge.texts);
		if (warning !== undefined) badge.warning(warning);
	};
	const listener = ({ what }: AccountNotice) => {
		if (what === "sign-in-ends") warn();
	};
	account.notices.on("notice", listener);
	// It is told once, perhaps before this node was there.
	warn();
	return () => account.notices.off("notice", listener);
}

/** The account that a node has chosen; undefined where there is none. */
function ownAccount(RED: NodeAPI, id: unknown): AccountConnection | undefined {
	try {
		return accountOf(RED, id);
	} catch {
		return undefined;
	}
}

/** The account that a message waits for; undefined where there is none, which it hears when its turn has come. */
function accountFor(RED: NodeAPI, own: unknown, { account: wanted }: Message): AccountConnection | undefined {
	try {
		return accountOfMessage(RED, own, wanted).account;
	} catch {
		return undefined;
	}
}

/** Every message in work listens to the same signal, however many there are. */
function freshController(): AbortController {
	const controller = new AbortController();
	setMaxListeners(0, controller.signal);
	return controller;
}

/** An error as the flow gets it: always with a code, never with a secret. The account remembers it. */
function explained(error: unknown, account: AccountConnection | undefined, node: string): StellantisError {
	const failure =
		error instanceof StellantisError
			? error
			: new StellantisError(
					"ERR_BAD_RESPONSE",
					`Something unexpected came up: ${error instanceof Error ? error.message : String(error)}. Please report it.`,
					{ cause: error },
				);
	// Without an account there is no secret to take out.
	if (!account) return failure;
	const message = account.redact(failure.message);
	if (message !== failure.message) failure.message = message;
	if (failure.stack) failure.stack = account.redact(failure.stack);
	account.recorder.failure(failure, node);
	return failure;
}

/**
 * The same error, its vehicles named as people know them, and the account where the message has chosen it; what the
 * account remembers for a bug report names none so.
 */
function spoken(failure: StellantisError, { vehicles, name }: Use): StellantisError {
	const words = vehicles?.spoken(failure.message) ?? failure.message;
	return reworded(failure, name === undefined ? words : `Account ${quote(name)}: ${words}`);
}

/**
 * A node whose message has chosen an account lives on when a deploy closes that one: the message hears of it, not of what
 * the closing broke off.
 *
 * @param signal of the node's work
 */
function afterClosing(error: unknown, account: AccountConnection | undefined, signal: AbortSignal): unknown {
	if (!account?.signal.aborted || signal.aborted) return error;
	const isBrokenOff = isAbort(error) || (error instanceof StellantisError && error.code === "ERR_NETWORK");
	if (!isBrokenOff) return error;
	const sentence = "The account was stopped or deployed anew while this message was under way. Send it again.";
	return new StellantisError("ERR_NO_ACCOUNT", sentence, { cause: error });
}

/** Puts on the incoming message what a catch node wants to know beside `msg.error`. */
function noteFailure(msg: Message, failure: StellantisError, { resume }: Orders): void {
	if (failure.statusCode !== undefined) msg.statusCode = failure.statusCode;
	if (failure.apiError !== undefined) msg.apiError = failure.apiError;
	if (failure.retryAfter !== undefined) msg.retryAfter = failure.retryAfter;
	// It failed before the collection was reached, so the place to go on from is still the same.
	if (resume !== undefined && msg.resume === undefined && failure.code !== "ERR_BAD_INPUT") msg.resume = resume;
}
