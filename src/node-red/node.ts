import { setMaxListeners } from "node:events";
import type { Node, NodeAPI, NodeDef, NodeMessageInFlow } from "node-red";
import { assertDocument } from "../api/connected-car";
import { isAbort, StellantisError } from "../error";
import { isCollection } from "../hal/document";
import type { ApiResponse } from "../transport/client";
import { type AccountConnection, accountOf, signInWarning } from "./account/connection";
import { Badge } from "./badge";
import { type Message, type Orders, setAnswer, setVehicle, takeOrders } from "./messages";
import type { NodeDeclaration, NodeInput, Target } from "./node-input";
import { Pace } from "./pace";
import { readAsCollection } from "./reading/collection";
import { readQuery } from "./reading/query";
import { locateNamed } from "./reading/target";
import { savedProperties } from "./saved";

type Send = (msg: NodeMessageInFlow | (NodeMessageInFlow | null)[]) => void;
type Done = (error?: Error) => void;

/** Registers a node type that reads from the API. */
export function registerNode(RED: NodeAPI, declaration: NodeDeclaration): void {
	const { type, settings = {} } = declaration;
	RED.nodes.registerType(type, constructorOf(RED, declaration), { settings });
}

function constructorOf(RED: NodeAPI, declaration: NodeDeclaration) {
	return function (this: Node, config: NodeDef): void {
		RED.nodes.createNode(this, config);
		const properties = savedProperties(this, config);
		let account: AccountConnection | undefined;
		const badge = new Badge(this, Date.now, () => account && signInWarning(account));
		const pace = new Pace();
		const underWay = new Set<Promise<void>>();
		let controller = freshController();

		const work = async (msg: Message, orders: Orders, send: Send, onSent: () => void): Promise<void> => {
			const { signal } = controller;
			account = accountOf(RED, properties.account);
			const connected = await account.connected();
			signal.throwIfAborted();
			await (declaration.act ?? read)({
				...connected,
				RED,
				node: this,
				declaration,
				config: properties,
				account,
				msg,
				orders,
				signal,
				badge,
				single: { priority: "single", owner: this.id },
				sweep: { priority: "sweep", owner: this.id },
				turn: () => pace.turn(),
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
		};

		this.on("input", (incoming, send: Send, done: Done) => {
			const msg = incoming as Message;
			const { error: earlier } = msg;
			const orders = takeOrders(msg);
			if (orders.reset) {
				controller.abort();
				controller = freshController();
				badge.clear();
				done();
				return;
			}
			const { signal } = controller;
			let sent = false;
			const onSent = () => {
				sent = true;
			};
			const working = work(msg, orders, send, onSent).then(
				() => done(),
				(error: unknown) => {
					if (isAbort(error, signal)) {
						if (!closed) done();
						return;
					}
					const failure = explained(error, RED, properties.account, this.id);
					noteFailure(msg, failure, orders);
					// By the error of the last round Node-RED counts, and ends, a loop over a catch node that gets nowhere.
					if (!sent && earlier !== undefined) msg.error = earlier;
					badge.failure(failure);
					done(failure);
				},
			);
			underWay.add(working);
			working.finally(() => underWay.delete(working));
		});

		let closed = false;
		this.on("close", (_removed: boolean, done: () => void) => {
			closed = true;
			controller.abort();
			// What has left is still being marked as sent; the node's successor must find that.
			Promise.allSettled(underWay).then(() => done());
		});
	};
}

/** Every message in work listens to the same signal, however many there are. */
function freshController(): AbortController {
	const controller = new AbortController();
	setMaxListeners(0, controller.signal);
	return controller;
}

/** Reads what the message asks for: one resource, or a collection. */
async function read(input: NodeInput): Promise<void> {
	const { declaration, badge, orders, car, signal } = input;
	badge.progress("…");
	const target = await (declaration.locate ?? locateNamed)(input);
	if (target.shape === "collection" || orders.resume !== undefined) return readAsCollection(input, target);
	const url = car.withQuery(target.url, car.standingQuery(target.route), readQuery(orders.query));
	const answer = await car.get(url, input.single, signal);
	// What the table does not know is recognised by what comes.
	if (target.shape === "either" && isCollection(answer.body)) return readAsCollection(input, target, { url, answer });
	sendResource(input, target, answer);
	badge.success("done");
}

function sendResource(input: NodeInput, { vehicle }: Target, answer: ApiResponse): void {
	const resource = assertDocument(answer);
	const outgoing = input.RED.util.cloneMessage(input.msg);
	outgoing.payload = resource;
	if (vehicle !== undefined) setVehicle(outgoing, vehicle);
	const summarize = input.declaration.summarize?.(input.car);
	if (summarize) outgoing.summary = summarize(resource);
	setAnswer(outgoing, answer);
	input.emit(outgoing);
}

/** An error as the flow gets it: always with a code, never with a secret. The account remembers it. */
function explained(error: unknown, RED: NodeAPI, accountId: unknown, node: string): StellantisError {
	const failure =
		error instanceof StellantisError
			? error
			: new StellantisError(
					"ERR_BAD_RESPONSE",
					`Something unexpected came up: ${error instanceof Error ? error.message : String(error)}. Please report it.`,
					{ cause: error },
				);
	let account: AccountConnection;
	try {
		account = accountOf(RED, accountId);
	} catch {
		// Without an account there is no secret to take out.
		return failure;
	}
	const message = account.redact(failure.message);
	if (message !== failure.message) failure.message = message;
	if (failure.stack) failure.stack = account.redact(failure.stack);
	account.recorder.failure(failure, node);
	return failure;
}

/** Puts on the incoming message what a catch node wants to know beside `msg.error`. */
function noteFailure(msg: Message, failure: StellantisError, { resume }: Orders): void {
	if (failure.statusCode !== undefined) msg.statusCode = failure.statusCode;
	if (failure.apiError !== undefined) msg.apiError = failure.apiError;
	if (failure.retryAfter !== undefined) msg.retryAfter = failure.retryAfter;
	// It failed before the collection was reached, so the place to go on from is still the same.
	if (resume !== undefined && msg.resume === undefined && failure.code !== "ERR_BAD_INPUT") msg.resume = resume;
}
