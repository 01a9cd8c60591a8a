/** Those who read the same pages: our node and a flow of core nodes, each in a whole Node-RED, and a plain loop. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { request } from "undici";

const ROOT = join(__dirname, "..");

/** One run: milliseconds and MB. */
export interface Measured {
	time: number;
	/** Processor time of all its threads. */
	cpu: number;
	delay: { p50: number; p99: number; max: number };
	/** Heap in use after a garbage collection. */
	heap: number;
	/** The most the process has ever had. */
	rss: number;
}

export interface Job {
	items: number;
	/** Items of a page. */
	pageSize: number;
	/** Root of the API. */
	root: string;
}

export interface Contender {
	run(job: Job): Promise<Measured>;
	/** Has its process do something else of what bench.js knows. */
	ask<Result>(order: { kind: string } & Record<string, unknown>): Promise<Result>;
	stop(): Promise<void>;
}

const PATH = "/accounts/vehicles";
const flowOf = (nodes: object[]) => [
	{ id: "flow", type: "tab", label: "bench" },
	...nodes.map((node) => ({ z: "flow", x: 0, y: 0, ...node })),
	{ id: "catch", type: "catch", z: "flow", x: 0, y: 0, wires: [["sink"]] },
	{ id: "sink", type: "bench-sink", z: "flow", x: 0, y: 0, wires: [] },
];

/** Our flow: the list and nothing else. */
export function ourFlow(root: string, list: { parallel: number; concurrency: number; pageSize?: number }): object[] {
	const { parallel, concurrency, pageSize = 100 } = list;
	return [
		...flowOf([
			{ id: "source", type: "bench-source", wires: [["list"]] },
			{
				id: "list",
				type: "stellantis-vehicle-list",
				account: "account",
				output: "item",
				pageSize,
				parallel,
				wires: [["sink"], []],
			},
		]),
		{
			id: "account",
			type: "stellantis-account",
			server: "live",
			api: "accounts-v1",
			baseUrl: root,
			auth: "none",
			concurrency,
		},
	];
}

/** Our flow that asks for the state of a vehicle, once a message. */
export function statusFlow(root: string, account: { concurrency: number; requestsPerSecond?: number }): object[] {
	return [
		...flowOf([
			{ id: "source", type: "bench-source", wires: [["status"]] },
			{
				id: "status",
				type: "stellantis-status",
				account: "account",
				vehicle: "1".padStart(32, "0"),
				vehicleType: "str",
				wires: [["sink"]],
			},
		]),
		{
			...{ id: "account", type: "stellantis-account", server: "live", api: "accounts-v1", baseUrl: root, auth: "none" },
			...account,
		},
	];
}

/** Our flow that sends a command to each vehicle it is given. */
export const commandFlow = (): object[] => [
	...flowOf([
		{ id: "source", type: "bench-source", wires: [["command"]] },
		{
			id: "command",
			type: "stellantis-remote-command",
			account: "account",
			vehicle: "vehicle",
			vehicleType: "msg",
			command: "lights",
			wires: [["sink"], []],
		},
		{ id: "list", type: "stellantis-vehicle-list", account: "account", output: "array", wires: [["sink"], []] },
		{
			id: "events",
			type: "stellantis-events",
			account: "account",
			wires: [[]],
		},
	]),
	{ id: "account", type: "stellantis-account", server: "demo", api: "accounts-v1", commandLimit: 1000 },
];

/** The flow one builds without us: ask, take the items and the next link out, split; connections are kept. */
export function coreFlow(): object[] {
	const func = `
		const { _embedded, _links } = msg.payload;
		const next = _links.next ? { url: _links.next.href } : null;
		msg.payload = _embedded.vehicles;
		return [msg, next];`;
	return flowOf([
		{ id: "source", type: "bench-source", wires: [["http"]] },
		{ id: "http", type: "http request", method: "GET", ret: "obj", persist: true, wires: [["func"]] },
		{ id: "func", type: "function", func, outputs: 2, libs: [], wires: [["split"], ["http"]] },
		{ id: "split", type: "split", arraySplt: 1, arraySpltType: "len", wires: [["sink"]] },
	]);
}

/** A node that sends ready messages, and one that takes them: what Node-RED asks for passing anything on. */
export const passingFlow = (): object[] => flowOf([{ id: "source", type: "bench-source", wires: [["sink"]] }]);

/** Starts a whole Node-RED with a flow. */
export async function nodeRed(flow: object[], options: string[] = []): Promise<Contender> {
	const userDir = mkdtempSync(join(tmpdir(), "stellantis-bench-"));
	mkdirSync(join(userDir, "node_modules"));
	symlinkSync(ROOT, join(userDir, "node_modules", "node-red-contrib-stellantis"), "junction");
	writeFileSync(join(userDir, "flows.json"), JSON.stringify(flow));
	const settings = {
		uiHost: "127.0.0.1",
		uiPort: 0,
		flowFile: "flows.json",
		credentialSecret: "only for this benchmark",
		nodesDir: [join(__dirname, "node-red")],
		telemetry: { enabled: false, updateNotification: false },
		logging: { console: { level: "error" } },
	};
	writeFileSync(join(userDir, "settings.js"), `module.exports = ${JSON.stringify(settings)};`);
	const child = fork(
		require.resolve("node-red/red.js"),
		["--userDir", userDir, "--settings", join(userDir, "settings.js")],
		{
			cwd: userDir,
			execArgv: ["--expose-gc", ...options],
			stdio: ["ignore", "inherit", "inherit", "ipc"],
		},
	);
	await message(child);
	const ask = async <Result>(order: object): Promise<Result> => {
		const answer = message(child);
		child.send(order);
		return ((await answer) as { result: Result }).result;
	};
	return {
		run: ({ items, pageSize, root }) => ask({ kind: "collection", items, url: `${root}${PATH}?pageSize=${pageSize}` }),
		ask,
		async stop() {
			if (child.exitCode === null && child.signalCode === null) {
				child.kill("SIGINT");
				await once(child, "exit");
			}
			rmSync(userDir, { recursive: true, force: true });
		},
	};
}

/** A run that takes longer than this has got stuck. */
const PATIENCE = 180_000;

async function message(child: ChildProcess): Promise<unknown> {
	const over = new AbortController();
	const options = { signal: AbortSignal.any([over.signal, AbortSignal.timeout(PATIENCE)]) };
	const ended = once(child, "exit", options).then(() => {
		throw new Error("Node-RED ended before its work was done");
	});
	try {
		const [answer] = (await Promise.race([once(child, "message", options), ended])) as [{ error?: string }];
		if (answer.error !== undefined) throw new Error(`The flow failed: ${answer.error}`);
		return answer;
	} finally {
		over.abort();
		ended.catch(() => {});
	}
}

interface Page {
	_embedded: { vehicles: unknown[] };
	_links: { next?: { href: string } };
}

/** The least that any program has to do: ask, parse, follow the next link. */
export const plainLoop = (job: Job) =>
	loop(job, async (address) => (await (await request(address)).body.json()) as Page);

/** The same over the HTTP client that we have too. */
export async function gotLoop(job: Job): Promise<Pick<Measured, "time" | "cpu">> {
	const { got } = await import("got");
	return loop(job, (address) => got(address).json<Page>());
}

async function loop(
	{ items, pageSize, root }: Job,
	get: (address: string) => Promise<Page>,
): Promise<Pick<Measured, "time" | "cpu">> {
	const before = process.cpuUsage();
	const began = performance.now();
	let address: string | undefined = `${root}${PATH}?pageSize=${pageSize}`;
	let count = 0;
	while (address) {
		const document: Page = await get(address);
		for (const _ of document._embedded.vehicles) count++;
		address = document._links.next?.href;
	}
	if (count !== items) throw new Error(`${count} of ${items} items`);
	const { user, system } = process.cpuUsage(before);
	return { time: performance.now() - began, cpu: (user + system) / 1000 };
}
