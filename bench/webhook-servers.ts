/** Those who are hit by the storm of webhooks, each in a process of its own. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { request } from "undici";

export interface Counted {
	messages: number;
	different: number;
	/** Processor time of the whole process so far, in ms. */
	cpu: number;
}

export interface Server {
	url: string;
	count(): Promise<Counted>;
	stop(): Promise<void>;
}

const sink = { id: "sink", type: "webhook-sink", z: "tab", x: 0, y: 0, wires: [] };
const tab = { id: "tab", type: "tab", label: "storm" };
const OUR_FLOW = [
	tab,
	sink,
	{ id: "account", type: "stellantis-account", server: "demo", api: "user-v4" },
	{ id: "events", type: "stellantis-events", z: "tab", x: 0, y: 0, account: "account", wires: [["sink"]] },
];
/** What one builds without us: it takes every event, repeats too, and remembers nothing. */
const CORE_FLOW = [
	tab,
	sink,
	{ id: "in", type: "http in", z: "tab", x: 0, y: 0, url: "/events", method: "post", wires: [["out", "sink"]] },
	{ id: "out", type: "http response", z: "tab", x: 0, y: 0, statusCode: "200", wires: [] },
];

/** By the name under which the benchmark knows them. */
export const SERVERS: Readonly<Record<string, () => Promise<Server>>> = {
	/** The events node in Node-RED as it comes. */
	events: () => nodeRed(OUR_FLOW, ourPath),
	/** The events node where the editor has a path of its own, so that it does not read every webhook first. */
	apart: () => nodeRed(OUR_FLOW, ourPath, { httpAdminRoot: "/admin" }),
	/** Core nodes: http in, http response. */
	core: () => nodeRed(CORE_FLOW, () => "/events"),
	/** A bare route of Express, without Node-RED. */
	express: bareRoute,
};

async function nodeRed(flow: object[], pathIn: (userDir: string) => string, more: object = {}): Promise<Server> {
	const userDir = mkdtempSync(join(tmpdir(), "stellantis-storm-"));
	mkdirSync(join(userDir, "node_modules"));
	symlinkSync(join(__dirname, ".."), join(userDir, "node_modules", "node-red-contrib-stellantis"), "junction");
	writeFileSync(join(userDir, "flows.json"), JSON.stringify(flow));
	const port = await freePort();
	const settings = {
		uiHost: "127.0.0.1",
		uiPort: port,
		flowFile: "flows.json",
		credentialSecret: "only for this benchmark",
		nodesDir: [join(__dirname, "webhook-sink")],
		telemetry: { enabled: false, updateNotification: false },
		logging: { console: { level: "error" } },
		...more,
	};
	writeFileSync(join(userDir, "settings.js"), `module.exports = ${JSON.stringify(settings)};`);
	const args = ["--userDir", userDir, "--settings", join(userDir, "settings.js")];
	const server = served(fork(require.resolve("node-red/red.js"), args, { cwd: userDir, execArgv: profiling() }));
	const stop = async () => {
		await server.stop();
		rmSync(userDir, { recursive: true, force: true });
	};
	try {
		return { ...server, stop, url: await whenOpen(`http://127.0.0.1:${port}`, () => pathIn(userDir)) };
	} catch (error) {
		await stop();
		throw error;
	}
}

async function bareRoute(): Promise<Server> {
	const child = fork(join(__dirname, "webhook-express.js"), { execArgv: profiling() });
	const [{ port }] = (await once(child, "message")) as [{ port: number }];
	return { ...served(child), url: `http://127.0.0.1:${port}/events` };
}

/** What the loader of this script needs is nothing for the servers; `STORM_PROFILE` names a folder for their profiles. */
function profiling(): string[] {
	const folder = process.env.STORM_PROFILE;
	return folder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${folder}`];
}

function served(child: ChildProcess): Omit<Server, "url"> {
	return {
		async count() {
			child.send("count");
			const [counted] = (await once(child, "message")) as [Counted];
			return counted;
		},
		async stop() {
			if (child.exitCode !== null) return;
			child.kill("SIGINT");
			await once(child, "exit");
		},
	};
}

/** The path with its secret. */
function ourPath(userDir: string): string {
	const notes = readFileSync(join(userDir, "stellantis", "events-events.json"), "utf8");
	return `/stellantis/events/${(JSON.parse(notes) as { secret: string }).secret}`;
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	server.close();
	return port;
}

/** The address, as soon as Node-RED takes an empty batch there. */
async function whenOpen(origin: string, path: () => string): Promise<string> {
	for (let tries = 0; tries < 900; tries++) {
		await pause(100);
		try {
			const url = origin + path();
			const headers = { "content-type": "application/json" };
			const { statusCode, body } = await request(url, { method: "POST", headers, body: "[]" });
			await body.dump();
			if (statusCode === 200) return url;
		} catch {
			// Node-RED is still on its way up.
		}
	}
	throw new Error("Node-RED does not open its address. Is the package built?");
}
