import { EventEmitter, once } from "node:events";
import type { Node } from "node-red";
import "./patient-deploy";

/** A message as a flow sees it. */
export interface FlowMessage {
	[name: string]: unknown;
	payload?: unknown;
	topic?: unknown;
	parts?: { id: string; index: number; type: string; len?: number; count?: number; parts?: unknown };
	page?: { index: number; count?: number };
	vehicle?: { id: string; vin?: string; label?: string; _links?: Record<string, unknown> };
	summary?: unknown;
	statusCode?: number;
	rateLimit?: unknown;
	resume?: unknown;
	apiError?: Record<string, unknown>;
	retryAfter?: number;
	error?: { message: string; code?: string; cause?: unknown; source?: { id: string } };
}

/** The payload of a completion message. */
export interface Completion {
	items: number;
	pages: number;
	total?: number;
	complete: boolean;
}

export interface FlowNode {
	id: string;
	type: string;
	[property: string]: unknown;
}

/** What one incoming message came to. */
export interface Outcome {
	/** What left the first output, in order. */
	items: FlowMessage[];
	/** What left the second output. */
	completions: FlowMessage[];
	/** The one completion's payload; fails the test when there is none. */
	done: Completion;
	/** What the catch node got. */
	errors: FlowMessage[];
	/** The one error; fails the test when there is none. */
	error: FlowMessage;
	/** What the complete node got. */
	completed: FlowMessage[];
}

/** What Node-RED's test helper offers; it ships no types. */
interface TestHelper {
	init(runtime: string, settings?: Record<string, unknown>): void;
	startServer(): Promise<void>;
	stopServer(): Promise<void>;
	load(nodes: unknown[], flow: FlowNode[], credentials: Record<string, unknown>): Promise<void>;
	setFlows(flow: FlowNode[], type: "full" | "flows" | "nodes", credentials?: Record<string, unknown>): Promise<void>;
	unload(): Promise<void>;
	getNode(id: string): Node & { receive(msg: FlowMessage): void };
	log(): { args: [{ level: number; msg: unknown }][] };
}

const helper: TestHelper = require("node-red-node-test-helper");

/** Our nodes, as Node-RED requires them. */
const NODES: unknown[] = [
	require("../../nodes/account"),
	require("../../nodes/store"),
	require("../../nodes/vehicle-list"),
	require("../../nodes/status"),
	require("../../nodes/trips"),
	require("../../nodes/alerts"),
	require("../../nodes/resource"),
	require("../../nodes/watch"),
	require("@node-red/nodes/core/sequence/17-split.js"),
	require("@node-red/nodes/core/function/10-function.js"),
];

/** Ids of what is added around the nodes of a test. */
const ITEMS = "items";
const COMPLETIONS = "completions";

/**
 * Starts Node-RED's runtime for a describe block, and stops it behind the last test. Flows are loaded with
 * {@link load} and gone after each test.
 */
export function useRuntime(settings: Record<string, unknown> = {}): void {
	before(async () => {
		helper.init(require.resolve("node-red"), settings);
		await helper.startServer();
	});
	afterEach(async () => {
		tickets.removeAllListeners();
		await helper.unload();
	});
	after(() => helper.stopServer());
}

/** Messages arriving at the ends of the flow; an event a kind. */
const tickets = new EventEmitter().setMaxListeners(0);
let lastTicket = 0;

/**
 * Loads a flow: the given nodes on one tab, with a catch, a complete and a status node around them, but for those whose
 * id (`on-error`, `on-done`, `on-status`) a given node has. A node without wires sends its first output to `items` and its
 * second to `completions`.
 */
export async function load(nodes: FlowNode[], credentials: Record<string, unknown> = {}): Promise<void> {
	await helper.load(NODES, flowOf(nodes), credentials);
	listen();
}

/** Deploys other flows over the ones that run. */
export async function redeploy(
	nodes: FlowNode[],
	type: "full" | "flows" | "nodes" = "full",
	credentials: Record<string, unknown> = {},
): Promise<void> {
	await helper.setFlows(flowOf(nodes), type, credentials);
	listen();
}

/** Stops all nodes, as a stop of Node-RED does. */
export async function stopFlows(): Promise<void> {
	await helper.unload();
}

/** Everything Node-RED logged since the flow was loaded, as text. */
export function logText(): string {
	return JSON.stringify(helper.log().args.map(([entry]) => [entry.level, String(entry.msg)]));
}

/** The errors (level 20) and worse that Node-RED logged since the flow was loaded. */
export function loggedErrors(): string[] {
	return helper
		.log()
		.args.filter(([{ level }]) => level <= 20)
		.map(([{ msg }]) => String(msg));
}

function flowOf(nodes: FlowNode[]): FlowNode[] {
	const tab = { id: "tab", type: "tab", label: "test" };
	const placed = nodes.map((node) => {
		const { type, wires } = node;
		if (type === "stellantis-account") return node;
		return { z: "tab", ...node, ...(wires === undefined ? { wires: [[ITEMS], [COMPLETIONS]] } : {}) };
	});
	const own = new Set(nodes.map(({ id }) => id));
	const scope = nodes.filter(({ type }) => type.startsWith("stellantis-") && type !== "stellantis-account");
	const around: FlowNode[] = [
		{ id: ITEMS, type: "helper", z: "tab", wires: [] },
		{ id: COMPLETIONS, type: "helper", z: "tab", wires: [] },
		{ id: "on-error", type: "catch", z: "tab", wires: [["errors"]] },
		{ id: "errors", type: "helper", z: "tab", wires: [] },
		{ id: "on-done", type: "complete", z: "tab", scope: scope.map(({ id }) => id), wires: [["completed"]] },
		{ id: "completed", type: "helper", z: "tab", wires: [] },
		{ id: "on-status", type: "status", z: "tab", scope: null, wires: [["badges"]] },
		{ id: "badges", type: "helper", z: "tab", wires: [] },
	];
	return [tab, ...placed, ...around.filter(({ id }) => !own.has(id))];
}

/** A deploy leaves some nodes running; those are listened to already. */
const heard = new WeakSet<Node>();

function listen(): void {
	for (const kind of [ITEMS, COMPLETIONS, "errors", "completed", "badges"]) {
		const end = helper.getNode(kind);
		if (heard.has(end)) continue;
		heard.add(end);
		end.on("input", (msg) => tickets.emit(kind, msg));
	}
}

/** A node of the running flow. */
export function node(id: string): ReturnType<TestHelper["getNode"]> {
	return helper.getNode(id);
}

/** Calls back for every message of a kind, whatever message caused it. */
export function watch(
	kind: "items" | "completions" | "errors" | "completed" | "badges",
	tell: (msg: FlowMessage) => void,
): void {
	tickets.on(kind, tell);
}

/** Badge texts from now on. */
export function badges(): string[] {
	const texts: string[] = [];
	watch("badges", (msg) => {
		const { fill, shape, text } = (msg.status ?? {}) as { fill?: string; shape?: string; text?: string };
		if ((msg.status as { source?: { id: string } }).source?.id !== "account") texts.push(`${fill} ${shape} ${text}`);
	});
	return texts;
}

/** A message on its way through a node. */
export interface Run {
	readonly items: FlowMessage[];
	/** Resolves as soon as so many messages have left the first output. */
	atLeast(items: number): Promise<void>;
	/** Resolves when the node is done with the message, one way or the other. */
	readonly end: Promise<Outcome>;
}

/** Sends a message to a node and collects what comes of it. */
export function start(id: string, msg: FlowMessage = {}): Run {
	const ticket = ++lastTicket;
	const items: FlowMessage[] = [];
	const completions: FlowMessage[] = [];
	const errors: FlowMessage[] = [];
	const completed: FlowMessage[] = [];
	const progress = new EventEmitter();
	const collect = (kind: string, into: FlowMessage[], after?: () => void) =>
		tickets.on(kind, (arrived: FlowMessage) => {
			if (arrived.ticket !== ticket) return;
			into.push(arrived);
			progress.emit("arrived");
			after?.();
		});
	const end = new Promise<Outcome>((resolve) => {
		const settle = () =>
			resolve({
				items,
				completions,
				errors,
				completed,
				get done() {
					return only<FlowMessage>(completions, "completion", errors).payload as Completion;
				},
				get error() {
					return only(errors, "error", errors);
				},
			});
		collect(ITEMS, items);
		collect(COMPLETIONS, completions);
		collect("errors", errors, settle);
		collect("completed", completed, settle);
	});
	helper.getNode(id).receive({ ...msg, ticket });
	return {
		items,
		end,
		async atLeast(count) {
			while (items.length < count) await once(progress, "arrived");
		},
	};
}

function only<T>(list: T[], what: string, errors: FlowMessage[]): T {
	const [first] = list;
	if (first !== undefined && list.length === 1) return first;
	const why = errors.map(({ error }) => `${error?.code}: ${error?.message}`).join("; ");
	throw new Error(`expected one ${what}, got ${list.length}. ${why}`);
}

/** Sends a message to a node and waits until it is done with it. */
export function run(id: string, msg: FlowMessage = {}): Promise<Outcome> {
	return start(id, msg).end;
}

/** What a node would be fed back after an error: the message of the catch node, without the test's own mark. */
export function withoutTicket({ ticket: _, ...msg }: FlowMessage): FlowMessage {
	return msg;
}
