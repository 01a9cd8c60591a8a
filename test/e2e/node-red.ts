/** A Node-RED in a process and user directory of its own, with this package linked as it was built. */
import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { nodeBinary, nodeRedScript } from "../compat/machine";
import { build, ROOT } from "../support/built";

const QUICK_DEMO = join(__dirname, "quick-demo.cjs");
/** Node-RED finds them beside itself, and would load them in each start. */
const FURTHER = ["@flowfuse/node-red-dashboard", "node-red-contrib-web-worldmap"];
/** Nodes of Node-RED that no test and no example has a use for: each start would load them, and each editor. */
const UNUSED = [
	...["16-range", "18-sort", "19-batch", "23-watch", "90-exec"],
	...["21-httpin", "22-websocket", "31-tcpin", "32-udp", "70-HTML", "70-XML", "70-YAML"],
].map((name) => `${name}.js`);
/** What Node-RED says when its flows run, in each language that a test lets it speak. */
const STARTED = /Started flows|Flows sind gestartet|Flux démarrés|フローを開始しました/;

export interface FlowNode {
	id: string;
	type: string;
	[property: string]: unknown;
}

export interface NodeRed {
	url: string;
	/** Everything it has printed. */
	readonly log: string;
	/** Its user directory, and the directory that relative file names of its flows mean. */
	readonly userDir: string;
	/** Tells a module of the option `preload` something, and resolves with its answer. */
	tell(message: object): Promise<unknown>;
	stop(): Promise<void>;
}

export interface NodeRedOptions {
	/** Further packages of the dev dependencies that are installed in the user directory. */
	packages?: readonly string[];
	/** Settings beside ours. */
	settings?: object;
	/** Paths of CommonJS modules that are loaded before anything else. */
	preload?: string | readonly string[];
}

/**
 * Starts it with a flow. `E2E_NODE_RED` and `E2E_NODE` name other versions than the installed ones, such as 5 and 24;
 * they are fetched once. `E2E_COLORS=dark` asks for dark colours, which Node-RED has from 5 on.
 */
export async function startNodeRed(
	flow: FlowNode[] = [],
	credentials: object = {},
	options: NodeRedOptions = {},
): Promise<NodeRed> {
	build();
	const { node, script } = await runtimeOfTests();
	const userDir = userDirectory(flow, credentials, options);
	const preload = [QUICK_DEMO, options.preload ?? []].flat().flatMap((path) => ["--require", path]);
	const child = spawn(node, [...preload, script, "--userDir", userDir, "--settings", join(userDir, "settings.js")], {
		cwd: userDir,
		stdio: ["ignore", "pipe", "pipe", "ipc"],
		env: { PATH: process.env.PATH, HOME: userDir, TZ: "UTC" },
	}) as ChildProcessByStdio<null, Readable, Readable>;
	let log = "";
	try {
		const url = await new Promise<string>((resolve, reject) => {
			const read = (chunk: Buffer) => {
				log += chunk;
				const [, address] = / (https?:\/\/127\.0\.0\.1\S*)/.exec(log) ?? [];
				if (address && STARTED.test(log)) resolve(address);
			};
			child.stdout.on("data", read);
			child.stderr.on("data", read);
			child.once("exit", () => reject(new Error(`Node-RED ended\n${log}`)));
		});
		return {
			url,
			get log() {
				return log;
			},
			userDir,
			async tell(message) {
				const answered = once(child, "message");
				child.send(message);
				const [answer] = await answered;
				return answer as unknown;
			},
			stop: () => stop(child, userDir),
		};
	} catch (error) {
		await stop(child, userDir);
		throw error;
	}
}

/** The Node.js and the start script of the Node-RED that the environment asks for. */
export async function runtimeOfTests(): Promise<{ node: string; script: string }> {
	const { E2E_NODE_RED, E2E_NODE } = process.env;
	return {
		node: E2E_NODE ? await nodeBinary(E2E_NODE) : process.execPath,
		script: E2E_NODE_RED ? await nodeRedScript(E2E_NODE_RED) : require.resolve("node-red/red.js"),
	};
}

async function stop(child: ChildProcess, userDir: string): Promise<void> {
	if (child.exitCode === null && child.signalCode === null) {
		const ended = once(child, "exit");
		child.kill("SIGINT");
		await ended;
	}
	rmSync(userDir, { recursive: true, force: true });
}

function userDirectory(
	flow: FlowNode[],
	credentials: object,
	{ packages = [], settings: own }: NodeRedOptions,
): string {
	const userDir = mkdtempSync(join(tmpdir(), "stellantis-e2e-"));
	const dependencies: Record<string, string> = {};
	const link = (name: string, folder: string) => {
		const place = join(userDir, "node_modules", name);
		mkdirSync(dirname(place), { recursive: true });
		symlinkSync(folder, place, "junction");
		dependencies[name] = "*";
	};
	link("node-red-contrib-stellantis", ROOT);
	for (const name of packages) link(name, join(ROOT, "node_modules", name));
	const write = (name: string, content: unknown) => writeFileSync(join(userDir, name), JSON.stringify(content));
	write("package.json", { name: "user", private: true, dependencies });
	write("flows.json", flow);
	write("flows_cred.json", credentials);
	const settings = {
		uiHost: "127.0.0.1",
		uiPort: 0,
		flowFile: "flows.json",
		credentialSecret: false,
		diagnostics: { enabled: false },
		telemetry: { enabled: false, updateNotification: false },
		// the lighter of its code editors, which these tests never open
		editorTheme: { tours: false, projects: { enabled: false }, codeEditor: { lib: "ace" } },
		externalModules: {
			palette: { allowInstall: false, allowList: ["*"], denyList: FURTHER.filter((name) => !packages.includes(name)) },
		},
		runtimeState: { enabled: false },
		nodesExcludes: UNUSED,
		...own,
	};
	writeFileSync(join(userDir, "settings.js"), `module.exports = ${JSON.stringify(settings)};`);
	return userDir;
}
