/**
 * What a Node-RED pays for having a package installed: the time and memory that its own start takes longer, with an
 * empty flow, and with one node of ours that has sent a message. Beside the largest set of nodes in TypeScript, of a
 * fixed version, installed from the package registry in the same way.
 */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Row } from "./report";

const ROOT = join(__dirname, "..");
const PEER = "node-red-contrib-home-assistant-websocket@0.80.3";
const RUNS = 7;

/** Milliseconds from the start of the process, and megabytes of the whole process after a garbage collection. */
interface Start {
	time: number;
	memory: number;
}

/** Measures all three: the start with an empty flow, the node files alone, the start with a node that has sent. */
export async function startup(): Promise<Row[]> {
	const work = mkdtempSync(join(tmpdir(), "stellantis-bench-"));
	const server = createServer((_request, response) =>
		response.writeHead(200, { "content-type": "application/hal+json" }).end(VEHICLES),
	);
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	try {
		const pack = execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", work], {
			cwd: ROOT,
			encoding: "utf8",
		}).trim();
		const none = userDir(work, "none");
		const ours = userDir(work, "ours", join(work, pack.split("\n").at(-1) ?? ""));
		const peer = userDir(work, "peer", PEER);
		const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}/connectedcar/v4`;

		const [base, our, theirs] = await inTurns([() => start(none, []), () => start(ours, []), () => start(peer, [])]);
		const [files, peerFiles] = await inTurns([() => requireFiles(ours), () => requireFiles(peer)]);
		const [sent, sending] = await inTurns([() => start(none, SENDING), () => start(ours, readingFlow(root))]);
		const nothing: Start = { time: 0, memory: 0 };
		return [
			...compare("Node-RED's start, empty flow", our, base, theirs, base, 0.25),
			...compare("requiring all node files", files, nothing, peerFiles, nothing, 0.25),
			...compare("a live reading node that has sent a message", sending, sent, theirs, base, 0.6),
		];
	} finally {
		server.close();
		rmSync(work, { recursive: true, force: true });
	}
}

function compare(what: string, our: Start, ourBase: Start, peer: Start, peerBase: Start, goal: number): Row[] {
	const row = (name: "time" | "memory", unit: string): Row => {
		const ours = our[name] - ourBase[name];
		const theirs = peer[name] - peerBase[name];
		const measured = `${name} beside ${PEER} (${ours.toFixed(1)}, ${theirs.toFixed(1)} ${unit})`;
		return { what, measured, value: ours / theirs, goal, unit: "" };
	};
	return [row("time", "ms"), row("memory", "MB")];
}

/** Medians of several runs in turn, so that whatever else the machine does hits all alike; the first only warms up. */
async function inTurns<const Contenders extends readonly (() => Promise<Start>)[]>(contenders: Contenders) {
	const all: Start[][] = contenders.map(() => []);
	for (let run = 0; run <= RUNS; run++)
		for (const [place, contender] of contenders.entries()) {
			const taken = await contender();
			if (run > 0) all[place]?.push(taken);
		}
	const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
	return all.map((each) => ({
		time: median(each.map(({ time }) => time)),
		memory: median(each.map(({ memory }) => memory)),
	})) as { [Place in keyof Contenders]: Start };
}

/** A user directory with one package installed, or none. */
function userDir(work: string, name: string, install?: string): string {
	const folder = join(work, name);
	mkdirSync(folder);
	writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "bench", version: "0.0.0", private: true }));
	if (install !== undefined)
		execFileSync("npm", ["install", "--silent", "--no-audit", "--no-fund", "--omit=dev", "--ignore-scripts", install], {
			cwd: folder,
			stdio: "inherit",
		});
	writeFileSync(join(folder, "settings.js"), SETTINGS);
	return folder;
}

/** Tells when the flows run, or when the debug node got a message where there is one; then ends the process. */
const SETTINGS = `
const awaited = process.env.BENCH_AWAITS;
const handler = () => ({ msg, type, level }) => {
	if (type === "debug" ? awaited !== "message" : awaited !== "start" || !/^Started flows/.test(String(msg))) return;
	const time = performance.now();
	setTimeout(() => {
		gc();
		process.send({ time, memory: process.memoryUsage().rss / 1e6 });
	}, 500);
};
module.exports = {
	uiHost: "127.0.0.1",
	uiPort: 0,
	flowFile: "flows.json",
	credentialSecret: false,
	telemetry: { enabled: false },
	logging: { bench: { level: "info", metrics: false, audit: false, handler } },
};
`;

/** Starts a Node-RED and waits until its flows run, or its debug node has written a message. */
async function start(folder: string, flows: readonly object[]): Promise<Start> {
	writeFileSync(join(folder, "flows.json"), JSON.stringify(flows));
	const red = require.resolve("node-red/red.js");
	const child = spawn(process.execPath, ["--expose-gc", red, "--userDir", folder], {
		stdio: ["ignore", "ignore", "inherit", "ipc"],
		env: { ...process.env, BENCH_AWAITS: flows.length > 0 ? "message" : "start" },
	});
	return told(child);
}

/** Requires all node files of the installed package in a process of its own. */
async function requireFiles(folder: string): Promise<Start> {
	const modules = join(folder, "node_modules");
	const name = readdirSync(modules).find((each) => each.startsWith("node-red-contrib-")) ?? "";
	const manifest = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
	const files = Object.values<string>(manifest["node-red"].nodes).map((file) => join(modules, name, file));
	const script = join(folder, "require.js");
	if (!existsSync(script))
		writeFileSync(
			script,
			`gc();
const before = process.memoryUsage().rss;
const began = performance.now();
for (const file of ${JSON.stringify(files)}) require(file);
const time = performance.now() - began;
gc();
process.send({ time, memory: (process.memoryUsage().rss - before) / 1e6 });`,
		);
	return told(spawn(process.execPath, ["--expose-gc", script], { stdio: ["ignore", "ignore", "inherit", "ipc"] }));
}

function told(child: ReturnType<typeof spawn>): Promise<Start> {
	return new Promise((resolve, reject) => {
		child.once("message", (message) => {
			child.kill("SIGKILL");
			resolve(message as Start);
		});
		child.once("exit", () => reject(new Error("the process ended without a word")));
	});
}

const INJECT = { id: "go", type: "inject", z: "tab", once: true, onceDelay: 0.001, props: [], repeat: "" };
const DEBUG = {
	id: "out",
	type: "debug",
	z: "tab",
	active: true,
	tosidebar: false,
	console: true,
	complete: "payload",
};
/** The core nodes around ours, alone. */
const SENDING = [{ id: "tab", type: "tab" }, { ...INJECT, wires: [["out"]] }, DEBUG];

function readingFlow(root: string): object[] {
	return [
		{ id: "tab", type: "tab" },
		{ id: "car", type: "stellantis-account", server: "live", api: "user-v4", baseUrl: root, auth: "none" },
		{ ...INJECT, wires: [["list"]] },
		{ id: "list", type: "stellantis-vehicle-list", z: "tab", account: "car", output: "item", wires: [["out"], []] },
		DEBUG,
	];
}

const VEHICLES = JSON.stringify({
	_links: { self: { href: "/connectedcar/v4/user/vehicles" } },
	total: 1,
	_embedded: { vehicles: [{ id: "1", vin: "VF3BENCH000000001", _links: { self: { href: "/user/vehicles/1" } } }] },
});
