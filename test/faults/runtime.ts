import { mkdtempSync, rmSync } from "node:fs";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { inspect } from "node:util";
import type { Node } from "node-red";

/** A message with whatever a node put on it. */
export type Msg = Record<string, unknown>;
export type Flow = { id: string; type: string; z?: string; wires?: string[][] } & Record<string, unknown>;
export type Credentials = Record<string, Record<string, string>>;

/** What is used of `node-red-node-test-helper`, which has no types of its own. */
interface Helper {
	init(runtime: string, settings: object): void;
	load(nodes: unknown[], flows: Flow[], credentials: Credentials): Promise<void>;
	unload(): Promise<void>;
	getNode(id: string): Node | null;
	log(): { args: { level: number; msg: unknown }[][] };
	_httpAdmin: RequestListener;
	_events: NodeJS.EventEmitter;
}
const helper = require("node-red-node-test-helper") as Helper;

const CORE = join(require.resolve("@node-red/nodes/package.json"), "..", "core");

/** What one incoming message came to. */
export interface Outcome {
	/** What left the first output, in order. */
	items: Msg[];
	/** What left the second output. */
	completions: Msg[];
	/** What a catch node got. */
	errors: Msg[];
}

/** A Node-RED runtime with our nodes and the core's TLS and proxy configurations, in a directory of its own. */
export class Runtime {
	readonly userDir = mkdtempSync(join(tmpdir(), "stellantis-runtime-"));
	/** Everything that could be seen of it: log lines of every level, statuses, messages, errors. */
	readonly written: string[] = [];
	readonly statuses: { id: string; text: string; fill: string }[] = [];
	readonly logged: { level: number; msg: string }[] = [];
	#outcome: Outcome = { items: [], completions: [], errors: [] };
	#ended: (() => void) | undefined;

	/**
	 * Starts flows. Nodes of type `helper` called `items`, `completion` and `caught` are added; wire to the first two.
	 */
	async start(flows: Flow[], credentials: Credentials = {}): Promise<void> {
		helper.init(require.resolve("node-red"), { userDir: this.userDir });
		const place = { z: "tab", x: 1, y: 1 };
		const all: Flow[] = [
			{ id: "tab", type: "tab", label: "test" } as Flow,
			...flows.map((node) => (node.wires ? { ...place, ...node } : node)),
			{ id: "items", type: "helper", ...place, wires: [] },
			{ id: "completion", type: "helper", ...place, wires: [] },
			{ id: "catcher", type: "catch", ...place, wires: [["caught"]] },
			{ id: "caught", type: "helper", ...place, wires: [] },
		];
		await helper.load(nodeFiles(), all, credentials);
		this.#listen("items", "items");
		this.#listen("completion", "completions");
		this.#listen("caught", "errors");
		helper._events.on("node-status", this.#onStatus);
	}

	/** Sends a message to a node and waits for its end: its completion message, or an error. */
	async send(id: string, msg: Msg = {}, until: "end" | "item" = "end"): Promise<Outcome> {
		this.#outcome = { items: [], completions: [], errors: [] };
		const outcome = this.#outcome;
		const ended = new Promise<void>((resolve) => {
			this.#ended = () => {
				if (until === "item" || outcome.completions.length + outcome.errors.length > 0) resolve();
			};
		});
		this.node(id).receive({ _msgid: "m1", ...msg } as never);
		await ended;
		// An error is told at once, messages that were sent before it come a turn later.
		await turn();
		await turn();
		return outcome;
	}

	node(id: string): Node {
		const node = helper.getNode(id);
		if (!node) throw new Error(`No node ${id}`);
		return node;
	}

	/** Node-RED's admin routes, to be served. */
	get admin(): RequestListener {
		return helper._httpAdmin;
	}

	/** Deploys again, everything. */
	async redeploy(flows: Flow[], credentials: Credentials = {}): Promise<void> {
		await this.#unload();
		await this.start(flows, credentials);
	}

	async stop(): Promise<void> {
		await this.#unload();
		rmSync(this.userDir, { recursive: true, force: true });
	}

	async #unload(): Promise<void> {
		for (const [{ level, msg }] of helper.log().args as [{ level: number; msg: unknown }][]) {
			this.logged.push({ level, msg: shown(msg) });
			this.written.push(shown(msg));
		}
		helper._events.off("node-status", this.#onStatus);
		await helper.unload();
	}

	readonly #onStatus = ({ id, status = {} }: { id: string; status?: { text?: string; fill?: string } }) => {
		this.statuses.push({ id, text: status.text ?? "", fill: status.fill ?? "" });
		this.written.push(shown(status));
	};

	#listen(id: string, list: keyof Outcome): void {
		this.node(id).on("input", (msg) => {
			this.#outcome[list].push(msg as unknown as Msg);
			this.written.push(shown(msg));
			this.#ended?.();
		});
	}
}

/** Everything of a value that a person, a log or a dump could show. */
export function shown(value: unknown): string {
	if (typeof value === "string") return value;
	let json = "";
	try {
		json = JSON.stringify(value) ?? "";
	} catch {
		// Circular: what inspect shows will do.
	}
	return `${inspect(value, { depth: 8, showHidden: true })} ${json} ${String(value)}`;
}

function nodeFiles(): unknown[] {
	return [
		...["account", "vehicle-list", "status", "trips", "resource", "remote-command", "monitor", "events", "watch"].map(
			(name) => require(`../../nodes/${name}`),
		),
		require(join(CORE, "network/05-tls.js")),
		require(join(CORE, "network/06-httpproxy.js")),
	];
}
