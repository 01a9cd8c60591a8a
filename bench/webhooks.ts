/**
 * A storm of webhooks on a real runtime: 2,000 events a second for 10 seconds, a third of them repeats, sent by a worker
 * so that the sender's own work is not counted. Every answer is timed, every message counted.
 *
 *     npx tsx bench/webhooks.ts [seconds] [events a second] [events in a request]
 */
import { setTimeout as pause } from "node:timers/promises";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { Agent, fetch } from "undici";
import { ChannelsApi } from "../test/support/channels-api";
import { WebhookRuntime } from "../test/support/webhook-runtime";

const PUBLIC = "https://home.example";
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
		const answer = await fetch(url, { method: "POST", body: JSON.stringify(body), headers, dispatcher });
		report.times.push(performance.now() - began);
		if (answer.status !== 200) report.refused++;
		await answer.arrayBuffer();
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

async function main(): Promise<void> {
	const [seconds = 10, rate = 2000, batch = 1] = process.argv.slice(2).map(Number);
	const api = await ChannelsApi.start();
	const runtime = new WebhookRuntime();
	const node = { id: "events", type: "stellantis-events", account: "account", publicUrl: PUBLIC, label: "storm" };
	await runtime.load([api.account, node], api.credentials);
	await runtime.until(() => runtime.badges.some(({ text }) => text === "registered"));
	const url = runtime.origin + api.target.slice(PUBLIC.length);
	const storm: Storm = { url, seconds, rate, batch };
	// The loader of this file loads the worker too.
	const worker = new Worker(__filename, { workerData: storm, execArgv: ["--require", "tsx/cjs"] });
	const report = await new Promise<Report>((resolve, reject) => {
		worker.once("message", resolve);
		worker.once("error", reject);
	});
	for (let tries = 0; tries < 100 && runtime.messages.length < report.different; tries++) await pause(50);
	await pause(200);
	const ids = new Set(runtime.messages.map((msg) => (msg.event as { id: string }).id));
	const times = report.times.sort((a, b) => a - b);
	const at = (share: number) => `${times[Math.floor(share * (times.length - 1))]?.toFixed(1)} ms`;
	console.table({
		"events sent": report.sent,
		"different ones": report.different,
		messages: runtime.messages.length,
		lost: report.different - ids.size,
		twice: runtime.messages.length - ids.size,
		"requests refused": report.refused,
		"median answer": at(0.5),
		"p99 answer": at(0.99),
		"slowest answer": at(1),
	});
	await runtime.stop();
	await api.stop();
	runtime.dispose();
}

if (isMainThread) main().then(() => process.exit());
else send(workerData as Storm).then((report) => parentPort?.postMessage(report));
