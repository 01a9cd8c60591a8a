/**
 * The examples in a real Node-RED, used over its admin API as the editor uses it: deploy, press a button, see what
 * debug nodes and badges show. One Node-RED serves all these tests; each deploy starts afresh, with a new demo API.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type FlowNode, type NodeRed, startNodeRed } from "../e2e/node-red";
import { ROOT } from "../support/built";
import { Comms } from "../support/comms";

const FOLDER = join(ROOT, "examples");

/** What examples may need beside this package. */
export const PACKAGES = ["@flowfuse/node-red-dashboard", "node-red-contrib-web-worldmap", "pg"] as const;

/** A cold Wednesday morning: one of the demo's cars is charging, one is driving, most are parked. */
export const MORNING = "2027-01-13T07:20:00Z";

/** Names of all examples, without their ending, in order. */
export const EXAMPLES = readdirSync(FOLDER)
	.filter((name) => name.endsWith(".json"))
	.map((name) => name.slice(0, -".json".length))
	.sort();

/** An example as its file has it, to be changed as its user would. */
export class Example {
	readonly name: string;
	readonly nodes: FlowNode[];

	/** @param number the first two digits of its file */
	constructor(number: string) {
		this.name = EXAMPLES.find((name) => name.startsWith(`${number} - `)) ?? number;
		this.nodes = JSON.parse(readFileSync(join(FOLDER, `${this.name}.json`), "utf8")) as FlowNode[];
	}

	/** The one node of a type, or the one with this name among them. Throws if there is none or another. */
	node(type: string, name?: string): FlowNode {
		const found = this.nodes.filter((node) => node.type === type && (name === undefined || node.name === name));
		const [first] = found;
		if (!first || found.length > 1)
			throw new Error(`${this.name} has ${found.length} nodes of type ${type}${name ? ` named ${name}` : ""}`);
		return first;
	}

	/** Lets a debug node named `after <name>` show what an output of a node sends. */
	watch(type: string, name: string, output = 0): this {
		const source = this.node(type, name);
		const id = `0000${source.id.slice(4)}`;
		const shows = { active: true, tosidebar: true, console: false, complete: "payload", targetType: "msg" };
		this.nodes.push({ id, type: "debug", z: source.z, name: `after ${name}`, ...shows, x: 100, y: 900, wires: [] });
		(source.wires as string[][])[output]?.push(id);
		return this;
	}

	/** Sets environment variables of its tab; of one of type `cred` the value goes to the credentials. */
	env(values: Readonly<Record<string, string>>): this {
		const tab = this.node("tab");
		const variables = tab.env as { name: string; value: string; type: string }[];
		for (const [name, value] of Object.entries(values)) {
			const variable = variables.find((each) => each.name === name);
			if (!variable) throw new Error(`${this.name} has no variable ${name}`);
			if (variable.type === "cred") tab.credentials = { ...(tab.credentials as object), [name]: value };
			else variable.value = value;
		}
		return this;
	}
}

export class Flows {
	readonly nodeRed: NodeRed;
	readonly #comms: Comms;
	#example = new Example(EXAMPLES[0]?.slice(0, 2) ?? "");

	constructor(nodeRed: NodeRed, comms: Comms) {
		this.nodeRed = nodeRed;
		this.#comms = comms;
	}

	/** Address of something below Node-RED's HTTP root. */
	url(path: string): string {
		return new URL(path, this.nodeRed.url).href;
	}

	/**
	 * Deploys an example alone, at a moment of the demo's world (RFC 3339). Nothing of what was deployed before is left.
	 */
	async deploy(example: Example, moment = MORNING): Promise<void> {
		await this.#post("flows", { flows: [] });
		await this.nodeRed.tell({ clock: moment });
		this.#comms.debugged.length = 0;
		this.#comms.badges.clear();
		this.#example = example;
		await this.#post("flows", { flows: example.nodes });
	}

	/** Presses the button of an inject node, by its name. */
	async press(name: string): Promise<void> {
		await this.#ask(`inject/${this.#example.node("inject", name).id}`, { method: "POST" });
	}

	/** Everything a debug node has shown since the deploy, by its name. */
	shown(name: string): unknown[] {
		const { id } = this.#example.node("debug", name);
		return this.#comms.debugged.filter((entry) => entry.id === id).map(shownValue);
	}

	/** Resolves with everything a debug node has shown as soon as there are `count`. */
	debugged(name: string, count = 1): Promise<unknown[]> {
		const look = () => {
			const all = this.shown(name);
			return all.length >= count ? all : undefined;
		};
		return this.#comms.until(look, () => `message ${count} of debug node ${name}`);
	}

	/** Resolves with the badge of a node when it is like the pattern; the node by type and name. */
	badge(pattern: RegExp, type: string, name?: string): Promise<string> {
		const { id } = this.#example.node(type, name);
		const look = () => {
			const badge = this.#comms.badges.get(id);
			return badge !== undefined && pattern.test(badge) ? badge : undefined;
		};
		return this.#comms.until(look, () => `badge ${pattern} of ${type}, now "${this.#comms.badges.get(id)}",`);
	}

	/** Resolves when something outside, such as a file or a server, is as wanted; looked at again and again. */
	async until<T>(look: () => T | undefined | Promise<T | undefined>, what: string): Promise<T> {
		const end = performance.now() + 30_000;
		while (performance.now() < end) {
			const found = await look();
			if (found !== undefined) return found;
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
		throw new Error(`${what} did not come\n${this.nodeRed.log}`);
	}

	async #post(path: string, body: object): Promise<void> {
		const headers = { "content-type": "application/json", "node-red-api-version": "v2" };
		const answer = await this.#ask(path, { method: "POST", headers, body: JSON.stringify(body) });
		const { rev } = (await answer.json()) as { rev: string };
		await this.#comms.until(
			() => (this.#comms.revision === rev ? true : undefined),
			() => "the start of the flows",
		);
	}

	async #ask(path: string, init: RequestInit): Promise<Response> {
		const answer = await fetch(this.url(path), init);
		if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
		return answer;
	}

	async stop(): Promise<void> {
		this.#comms.close();
		await this.nodeRed.stop();
	}
}

function shownValue({ msg, format }: { msg: string; format: string }): unknown {
	if (format.startsWith("string")) return msg;
	if (format === "undefined") return undefined;
	return JSON.parse(msg) as unknown;
}

let running: Promise<Flows> | undefined;

/** A suite on the Node-RED that all of them share. */
export function inFlows(title: string, tests: (flows: () => Flows) => void): void {
	describe(title, function () {
		this.timeout(60_000);
		let flows: Flows;
		before(async () => {
			running ??= start();
			flows = await running;
		});
		tests(() => flows);
	});
}

// of the whole run, so that the process outlives each suite
after(async () => {
	await (await running)?.stop();
});

async function start(): Promise<Flows> {
	const nodeRed = await startNodeRed(
		[],
		{},
		{
			packages: PACKAGES,
			preload: ["clock.cjs", "demo-address.cjs", "pace.cjs"].map((name) => join(__dirname, name)),
			settings: { debugMaxLength: 100_000 },
		},
	);
	return new Flows(nodeRed, await Comms.open(nodeRed.url));
}
