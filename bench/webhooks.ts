/**
 * A storm of webhooks on a whole Node-RED in a process of its own: 2,000 events a second for 10 seconds, a third of them
 * repeats. Every answer is timed, every message counted. The package must be built.
 *
 *     npx tsx bench/webhooks.ts [seconds] [events a second] [events in a request]
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Agent, request } from "undici";

const TICK = 10;

interface Storm {
	url: string;
	seconds: number;
	rate: number;
	batch: number;
}

interface Report {
	/** Answer times in ms. */
	times: number[];
	refused: number;
	/** Different events among those that were sent. */
	different: number;
	sent: number;
}

const event = (number: number) => ({
	callbackId: "cb-1",
	attributes: [{ key: "vin", value: number % 2 ? "VR3UPHNKSKT100001" : "VR3UPHNKSKT100002" }],
	type: "Monitor",
	date: new Date(1_780_000_000_000 + number).toISOString(),
	monitorEvent: {
		monitorId: "m-1",
		values: [{ data: "vehicle.kinetic.speed", value: { type: "string" } }],
		refresh: false,
	},
});

async function send({ url, seconds, rate, batch }: Storm): Promise<Report> {
	const dispatcher = new Agent({ connections: 64, pipelining: 1 });
	const report: Report = { times: [], refused: 0, different: 0, sent: 0 };
	const underWay = new Set<Promise<void>>();
	const post = async (body: unknown) => {
		const began = performance.now();
		const headers = { "content-type": "application/json" };
		const answer = await request(url, { method: "POST", body: JSON.stringify(body), headers, dispatcher });
		report.times.push(performance.now() - began);
		if (answer.statusCode !== 200) report.refused++;
		await answer.body.dump();
	};
	const began = performance.now();
	while (report.sent < seconds * rate) {
		const due = Math.min(seconds * rate, ((performance.now() - began) / 1000) * rate);
		while (report.sent + batch <= due) {
			// Every third event is one that was sent a while ago.
			const events = Array.from({ length: batch }, () => {
				const repeat = ++report.sent % 3 === 0;
				return event(repeat ? Math.floor(Math.random() * report.different) : report.different++);
			});
			const sending = post(batch === 1 ? events[0] : events);
			underWay.add(sending);
			sending.finally(() => underWay.delete(sending));
		}
		await pause(TICK);
	}
	await Promise.all(underWay);
	await dispatcher.close();
	return report;
}

interface Counted {
	messages: number;
	different: number;
	/** Processor time of the whole Node-RED so far, in ms. */
	cpu: number;
}

async function count(child: ChildProcess): Promise<Counted> {
	child.send("count");
	const [counted] = (await once(child, "message")) as [Counted];
	return counted;
}

async function main(): Promise<void> {
	const [seconds = 10, rate = 2000, batch = 1] = process.argv.slice(2).map(Number);
	const userDir = mkdtempSync(join(tmpdir(), "stellantis-storm-"));
	mkdirSync(join(userDir, "node_modules"));
	symlinkSync(join(__dirname, ".."), join(userDir, "node_modules", "node-red-contrib-stellantis"), "junction");
	const flow = [
		{ id: "tab", type: "tab", label: "storm" },
		{ id: "account", type: "stellantis-account", server: "demo", api: "user-v4" },
		{ id: "events", type: "stellantis-events", z: "tab", x: 0, y: 0, account: "account", wires: [["sink"]] },
		{ id: "sink", type: "webhook-sink", z: "tab", x: 0, y: 0, wires: [] },
	];
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
	};
	writeFileSync(join(userDir, "settings.js"), `module.exports = ${JSON.stringify(settings)};`);
	const args = ["--userDir", userDir, "--settings", join(userDir, "settings.js")];
	const child = fork(require.resolve("node-red/red.js"), args, { cwd: userDir });
	try {
		const url = await whenOpen(`http://127.0.0.1:${port}/stellantis/events`, userDir);
		const storm: Storm = { url, seconds, rate, batch };
		const { cpu } = await count(child);
		const report = await send(storm);
		let counted = await count(child);
		for (let tries = 0; tries < 100 && counted.messages < report.different; tries++) {
			await pause(50);
			counted = await count(child);
		}
		const times = report.times.sort((a, b) => a - b);
		const at = (share: number) => `${times[Math.floor(share * (times.length - 1))]?.toFixed(1)} ms`;
		console.table({
			"events sent": report.sent,
			"different ones": report.different,
			messages: counted.messages,
			lost: report.different - counted.different,
			twice: counted.messages - counted.different,
			"requests refused": report.refused,
			"median answer": at(0.5),
			"p99 answer": at(0.99),
			"slowest answer": at(1),
			// What a busy machine does not change much.
			"processor time an event": `${((counted.cpu - cpu) / report.sent).toFixed(3)} ms`,
		});
	} finally {
		child.kill("SIGINT");
		await once(child, "exit");
		rmSync(userDir, { recursive: true, force: true });
	}
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	server.close();
	return port;
}

/** The address with its secret, as soon as Node-RED takes an empty batch there. */
async function whenOpen(base: string, userDir: string): Promise<string> {
	for (let tries = 0; tries < 900; tries++) {
		await pause(100);
		try {
			const notes = readFileSync(join(userDir, "stellantis", "events-events.json"), "utf8");
			const url = `${base}/${(JSON.parse(notes) as { secret: string }).secret}`;
			const { statusCode, body } = await request(url, { method: "POST", body: "[]" });
			await body.dump();
			if (statusCode === 200) return url;
		} catch {
			// Node-RED is still on its way up.
		}
	}
	throw new Error("Node-RED does not open its address. Is the package built?");
}

main();
