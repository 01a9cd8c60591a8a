import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Express } from "express";
import type { Node, NodeAPI } from "node-red";
import type { FlowMessage, FlowNode } from "./runtime";
import "./patient-deploy";

interface Helper {
	init(runtime: string, settings?: Record<string, unknown>): void;
	settings(settings: Record<string, unknown>): void;
	startServer(): Promise<void>;
	stopServer(): Promise<void>;
	load(nodes: unknown[], flow: FlowNode[], credentials: Record<string, unknown>): Promise<void>;
	setFlows(flow: FlowNode[], type: string, credentials: Record<string, unknown>): Promise<void>;
	unload(): Promise<void>;
	getNode(id: string): Node & { receive(msg: FlowMessage): void; connection?: unknown };
	log(): { args: [{ level: number; msg: unknown }][] };
}

const helper: Helper = require("node-red-node-test-helper");

/**
 * A runtime whose HTTP nodes can be reached over real HTTP. It keeps its user directory over {@link restart}, as a
 * Node-RED that is stopped and started does.
 */
export class WebhookRuntime {
	readonly userDir = mkdtempSync(join(tmpdir(), "events-"));
	/** Messages that reached the node `out`, in order. */
	messages: FlowMessage[] = [];
	/** What the catch node got. */
	errors: FlowMessage[] = [];
	/** Badges of the events node, newest last. */
	badges: { fill?: string; shape?: string; text?: string }[] = [];
	readonly #happened = new EventEmitter().setMaxListeners(0);
	readonly #heard = new WeakSet<object>();
	readonly #settings: Record<string, unknown>;
	#server: Server | undefined;
	#app: Express | undefined;

	constructor(settings: Record<string, unknown> = {}) {
		this.#settings = settings;
	}

	/** Loads a flow in which events and monitor nodes send to `out`. */
	async load(nodes: FlowNode[], credentials: Record<string, unknown> = {}): Promise<void> {
		helper.init(require.resolve("node-red"), { userDir: this.userDir, ...this.#settings });
		await helper.startServer();
		const capture = (RED: NodeAPI) => {
			this.#app = RED.httpNode;
			// The real Node-RED mounts its HTTP nodes on the server it listens with.
			(helper as unknown as { _app: Express })._app.use(RED.httpNode);
		};
		const names = ["account", "events", "monitor", "remote-command", "status", "watch", "store"];
		const types = names.map((name) => require(`../../nodes/${name}`));
		await helper.load([capture, ...types], flowOf(nodes), credentials);
		this.#listen();
		this.#server = createServer((request, response) => this.#app?.(request, response));
		await new Promise<void>((resolve) => this.#server?.listen(0, "127.0.0.1", resolve));
	}

	async deploy(nodes: FlowNode[], type = "nodes", credentials: Record<string, unknown> = {}): Promise<void> {
		await helper.setFlows(flowOf(nodes), type, credentials);
		this.#listen();
	}

	/** Deploys nodes with the tab that all others are on taken away. */
	async deployWithoutTab(nodes: FlowNode[], credentials: Record<string, unknown>): Promise<void> {
		await helper.setFlows(
			nodes.map((each) => ({ wires: [], ...each })),
			"full",
			credentials,
		);
	}

	/** Stops the flows, as the editor's menu does, and starts them again when the work is done. */
	async restartFlows(work: () => Promise<void>): Promise<void> {
		const flows = require("@node-red/runtime/lib/flows");
		await flows.stopFlows();
		await work();
		await flows.startFlows();
		this.#listen();
	}

	/** Stops Node-RED; what it kept on disk stays. */
	async stop(): Promise<void> {
		await helper.unload();
		await helper.stopServer();
		await new Promise<void>((resolve) => {
			this.#server?.close(() => resolve());
			this.#server?.closeAllConnections();
		});
	}

	dispose(): void {
		rmSync(this.userDir, { recursive: true, force: true });
	}

	get origin(): string {
		const { port } = (this.#server?.address() ?? { port: 0 }) as AddressInfo;
		return `http://127.0.0.1:${port}`;
	}

	node(id: string): ReturnType<Helper["getNode"]> {
		return helper.getNode(id);
	}

	/** Resolves as soon as something is so. */
	async until(condition: () => boolean): Promise<void> {
		while (!condition()) await once(this.#happened, "something", { signal: AbortSignal.timeout(30_000) });
	}

	/** Posts a notification as the API does. */
	post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
		const text = typeof body === "string" ? body : JSON.stringify(body);
		return fetch(this.origin + path, {
			method: "POST",
			body: text,
			headers: { "content-type": "application/json", ...headers },
		});
	}

	/** What was logged as a warning or an error. */
	complaints(): string[] {
		return helper
			.log()
			.args.filter(([{ level }]) => level <= 30)
			.map(([{ msg }]) => String(msg));
	}

	/** A deploy leaves what hasn't changed as it is; such a node is heard already. */
	#listen(): void {
		const tell = (id: string, keep: (msg: FlowMessage) => void) => {
			const node = helper.getNode(id);
			if (this.#heard.has(node)) return;
			this.#heard.add(node);
			node.on("input", (msg) => {
				keep(msg as unknown as FlowMessage);
				setImmediate(() => this.#happened.emit("something"));
			});
		};
		tell("out", (msg) => this.messages.push(msg));
		tell("errors", (msg) => this.errors.push(msg));
		tell("badges", ({ status }) => this.badges.push(status as object));
	}
}

function flowOf(nodes: FlowNode[]): FlowNode[] {
	const isPlaced = ({ type }: FlowNode) => !["stellantis-account", "stellantis-store", "tab"].includes(type);
	return [
		{ id: "tab", type: "tab", label: "test" },
		...nodes.map((node) => (!isPlaced(node) ? node : { z: "tab", wires: [["out"]], ...node })),
		{ id: "out", type: "helper", z: "tab", wires: [] },
		{ id: "on-error", type: "catch", z: "tab", wires: [["errors"]] },
		{ id: "errors", type: "helper", z: "tab", wires: [] },
		{ id: "on-status", type: "status", z: "tab", scope: null, wires: [["badges"]] },
		{ id: "badges", type: "helper", z: "tab", wires: [] },
	];
}
