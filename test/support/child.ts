import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build, ROOT } from "./built";
import type { FlowMessage, FlowNode } from "./runtime";

/** A node of the child that hands messages to the test and back. */
const PROBE = `module.exports = (RED) => {
	RED.nodes.registerType("probe", function (config) {
		RED.nodes.createNode(this, config);
		let dies;
		const die = () => process.kill(process.pid, "SIGKILL");
		this.on("input", (msg, send, done) => {
			process.send({ probe: config.name, msg });
			if (dies === "after") die();
			done();
		});
		RED.hooks.add("onSend." + this.id, (sent) => {
			if (dies === "before" && sent.some(({ destination }) => destination.id === this.id)) die();
		});
		process.on("message", (told) => {
			if (told.to !== config.name) return;
			if (told.dies) dies = told.dies;
			else this.send(told.msg);
		});
		process.once("disconnect", () => process.exit());
		RED.events.once("flows:started", () => process.send({ probe: "started" }));
	});
};`;

/** What a child is made of. */
interface Made {
	/** Our nodes that it loads, without their prefix. */
	types: string[];
	flow: FlowNode[];
	credentials: Record<string, unknown>;
}

/** A whole Node-RED in a process and directory of its own, which a test may kill as hard as it likes. */
export class ChildNodeRed {
	readonly #directory = mkdtempSync(join(tmpdir(), "stellantis-child-"));
	#process: ChildProcess | undefined;

	/** Changes what every child is made of; a run with a store behind all accounts sets it. */
	static change: (made: Made) => Made = (made) => made;

	/**
	 * @param flow nodes of one tab; a node of type `probe` sends to {@link next} and takes from {@link send} by its name
	 * @param settings beside those that keep it small
	 */
	constructor(
		types: string[],
		flow: FlowNode[],
		credentials: Record<string, unknown>,
		settings: Record<string, unknown> = {},
	) {
		const made = ChildNodeRed.change({ types, flow, credentials });
		const nodes = join(this.#directory, "nodes");
		mkdirSync(nodes);
		const write = (type: string, source: string) => {
			writeFileSync(join(nodes, `${type}.js`), source);
			writeFileSync(join(nodes, `${type}.html`), `<script type="text/html" data-template-name="${type}"></script>`);
		};
		write("probe", PROBE);
		for (const type of made.types)
			write(`stellantis-${type}`, `module.exports = require(${JSON.stringify(join(ROOT, "dist", "nodes", type))});`);
		writeFileSync(
			join(this.#directory, "settings.js"),
			`module.exports = ${JSON.stringify({
				uiHost: "127.0.0.1",
				uiPort: 0,
				httpAdminRoot: false,
				httpNodeRoot: false,
				flowFile: "flows.json",
				credentialSecret: false,
				nodesExcludes: [
					"10-mqtt.js",
					"22-websocket.js",
					"21-httprequest.js",
					"31-tcpin.js",
					"32-udp.js",
					"23-watch.js",
				],
				contextStorage: {
					default: "memory",
					memory: { module: "memory" },
					disk: { module: "localfilesystem", config: { cache: false } },
				},
				logging: { console: { level: "off" } },
				telemetry: { enabled: false, updateNotification: false },
				...settings,
			})};`,
		);
		const tab = { id: "tab", type: "tab", label: "test" };
		const placed = made.flow.map((node) => (isConfig(node) ? node : { z: "tab", ...node }));
		writeFileSync(join(this.#directory, "flows.json"), JSON.stringify([tab, ...placed]));
		writeFileSync(join(this.#directory, "flows_cred.json"), JSON.stringify(made.credentials));
	}

	/** Puts a file into its user directory, as something else may have left it there. */
	place(name: string, content: string | Buffer): void {
		const path = join(this.#directory, name);
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, content);
	}

	/** Starts it; resolves when its flows run. */
	async start(): Promise<void> {
		build();
		this.#process = fork(require.resolve("node-red/red.js"), ["--userDir", this.#directory], {
			cwd: ROOT,
			stdio: ["ignore", "ignore", "inherit", "ipc"],
		});
		await this.next("started");
	}

	/** The next message that arrives at a probe. */
	next(probe: string): Promise<FlowMessage> {
		const child = this.#running;
		// one listener until it has come: several messages may come in one go
		return new Promise((resolve) => {
			const hear = (told: { probe: string; msg: FlowMessage }) => {
				if (told.probe !== probe) return;
				child.off("message", hear);
				resolve(told.msg);
			};
			child.on("message", hear);
		});
	}

	/** Messages of a probe from now on. */
	collect(probe: string, heard: (msg: FlowMessage) => void = () => {}): FlowMessage[] {
		const list: FlowMessage[] = [];
		this.#running.on("message", (told: { probe: string; msg: FlowMessage }) => {
			if (told.probe !== probe) return;
			list.push(told.msg);
			heard(told.msg);
		});
		return list;
	}

	send(probe: string, msg: FlowMessage): void {
		this.#running.send({ to: probe, msg });
	}

	/** Lets it die of its next message to a probe, as hard as it can: before it leaves, or after it has arrived. @returns when it is dead */
	async dies(probe: string, when: "before" | "after"): Promise<void> {
		const child = this.#running;
		const gone = once(child, "exit");
		child.send({ to: probe, dies: when });
		await gone;
		this.#process = undefined;
	}

	/** Ends it: `SIGTERM` lets it stop its flows, `SIGKILL` does not let it do anything. */
	async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
		const child = this.#process;
		this.#process = undefined;
		if (!child || child.exitCode !== null || child.signalCode !== null) return;
		const gone = once(child, "exit");
		child.kill(signal);
		await gone;
	}

	async remove(): Promise<void> {
		await this.end("SIGKILL");
		rmSync(this.#directory, { recursive: true, force: true });
	}

	get #running(): ChildProcess {
		if (!this.#process) throw new Error("the child is not running");
		return this.#process;
	}
}

const isConfig = ({ type }: FlowNode) => type === "stellantis-account" || type === "stellantis-store";
