/**
 * A storm of webhooks: 2,000 events a second for 10 seconds, a third of them repeats, over 64 connections that are kept.
 * Every answer is timed after a warm-up, every message counted. The storm is blown by this process, the servers are
 * others (see webhook-servers.ts; without names: all of them, one after the other). The package must be built.
 *
 *     npx tsx bench/webhooks.ts [seconds] [events a second] [events in a request] [server...]
 */
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Agent, request } from "undici";
import type { Row } from "./report";
import { SERVERS, type Server } from "./webhook-servers";

const TICK = 10;
/** Seconds of the same storm that come before and are not measured: a process that has just started is slow at first. */
const WARM_UP = 3;
const CONNECTIONS = 64;

interface Storm {
	seconds: number;
	rate: number;
	batch: number;
}

/** What a storm showed of a server. */
interface Blown {
	sent: number;
	different: number;
	messages: number;
	/** Absent where nothing counts messages. */
	lost?: number;
	twice: number;
	refused: number;
	/** Answer times (ms). */
	median: number;
	p99: number;
	slowest: number;
	/** Processor time (ms) an event: what a busy machine does not change much. */
	cpu: number;
	stormCpu: number;
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

/** @param from number of the first event */
async function send(url: string, { seconds, rate, batch }: Storm, from = 0): Promise<Report> {
	const dispatcher = new Agent({ connections: CONNECTIONS, pipelining: 1 });
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
				return event(from + (repeat ? Math.floor(Math.random() * report.different) : report.different++));
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

async function blow(server: Server, storm: Storm): Promise<Blown> {
	const warm = await send(server.url, { ...storm, seconds: WARM_UP });
	const before = await server.count();
	const ownBefore = process.cpuUsage();
	const report = await send(server.url, storm, warm.different);
	const different = warm.different + report.different;
	const own = process.cpuUsage(ownBefore);
	let counted = await server.count();
	for (let tries = 0; tries < 100 && counted.different < different; tries++) {
		await pause(50);
		const { messages } = counted;
		counted = await server.count();
		// Nothing comes any more, or nothing ever did: a bare route sends no messages.
		if (tries > 20 && counted.messages === messages) break;
	}
	const times = report.times.sort((a, b) => a - b);
	const at = (share: number) => times[Math.floor(share * (times.length - 1))] ?? Number.NaN;
	return {
		sent: warm.sent + report.sent,
		different,
		messages: counted.messages,
		// A bare route sends no messages.
		...(counted.messages === 0 ? {} : { lost: different - counted.different }),
		twice: counted.messages - counted.different,
		refused: warm.refused + report.refused,
		median: at(0.5),
		p99: at(0.99),
		slowest: at(1),
		cpu: (counted.cpu - before.cpu) / report.sent,
		stormCpu: (own.user + own.system) / 1000 / report.sent,
	};
}

/** p99 (ms) of what the disk takes to append a short line and sync it. */
async function syncTime(count = 300): Promise<number> {
	const folder = await mkdtemp(join(tmpdir(), "stellantis-sync-"));
	const file = await open(join(folder, "lines"), "a");
	const times: number[] = [];
	try {
		for (let place = 0; place < count; place++) {
			const began = performance.now();
			await file.write(`${JSON.stringify(event(place))}\n`);
			await file.sync();
			times.push(performance.now() - began);
		}
	} finally {
		await file.close();
		await rm(folder, { recursive: true });
	}
	return times.sort((a, b) => a - b)[Math.floor(0.99 * (count - 1))] ?? Number.NaN;
}

async function blownOn(name: string, storm: Storm): Promise<Blown> {
	const start = SERVERS[name];
	if (!start) throw new Error(`No server ${name}; there are ${Object.keys(SERVERS).join(", ")}.`);
	const server = await start();
	try {
		return await blow(server, storm);
	} finally {
		await server.stop();
	}
}

/** The storm, event by event, on Node-RED as it comes and on a bare route of Express, for the benchmark's table. */
export async function webhooks(storm: Storm = { seconds: 10, rate: 500, batch: 1 }): Promise<Row[]> {
	const bare = await blownOn("express", storm);
	const sync = await syncTime();
	const ours = await blownOn("events", storm);
	const what = `${storm.rate} webhooks a second, one by one`;
	const goal = Math.round(10 * (5 * bare.p99 + 2 * sync)) / 10;
	const peers = `a bare route of Express ${bare.p99.toFixed(1)} ms, a sync of the disk ${sync.toFixed(1)} ms`;
	return [
		{ what, measured: `p99 of the answer (${peers}; goal: 5 and 2 times those)`, value: ours.p99, goal, unit: " ms" },
		{ what, measured: "events lost", value: ours.lost ?? Number.NaN, goal: 0, unit: "" },
	];
}

async function main([seconds = "10", rate = "2000", batch = "1", ...names]: string[]): Promise<void> {
	const storm = { seconds: Number(seconds), rate: Number(rate), batch: Number(batch) };
	const table: Record<string, Blown> = {};
	for (const name of names.length > 0 ? names : Object.keys(SERVERS)) table[name] = await blownOn(name, storm);
	console.table(table);
}

if (require.main === module) main(process.argv.slice(2));
