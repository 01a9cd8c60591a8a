/** Run by hand: `npm run bench`. Compares within one run, so that the machine cancels out; prints a table of ratios. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { commands } from "./commands";
import {
	type Contender,
	coreFlow,
	gotLoop,
	type Measured,
	nodeRed,
	ourFlow,
	passingFlow,
	plainLoop,
} from "./contenders";
import { editor } from "./editor";
import { hostileTexts } from "./hostile-text";
import { memory } from "./memory";
import { scrape } from "./operations";
import { isMet, type Row, tableOf, writeReport } from "./report";
import { startup } from "./startup";
import { pace, sweepOfStates, waiting } from "./status";
import { sharedStore } from "./store";
import { sharedSweep } from "./sweep";
import { watching } from "./watch";
import { webhooks } from "./webhooks";

/** Has the table written into docs/speed.md too. */
const WRITE = "--write";

const rows: Row[] = [];

function median(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const NONE: Taken = { time: Number.NaN, cpu: Number.NaN };
const ms = (value: number) => `${Math.round(value)} ms`;
const mb = (value: number) => `${Math.round(value)} MB`;

async function main(options: readonly string[]): Promise<void> {
	const wanted = options.filter((option) => option !== WRITE);
	const server = fork(join(__dirname, "server.ts"), { execArgv: ["--require", "tsx/cjs"] });
	const [port] = (await once(server, "message")) as [number];
	const rootOf = (items: number, latency: number | "never") =>
		`http://127.0.0.1:${port}/${items}/${latency}/connectedcar/v1`;
	const suites: Record<string, () => Promise<void>> = {
		time: async () => {
			for (const pageSize of [100, 500]) await time(rootOf(20_000, 0), 20_000, pageSize);
		},
		parallel: () => parallel(rootOf(5_000, 50), 5_000),
		load: () => load(rootOf(200_000, 0), 200_000),
		memory: async () => void rows.push(...(await memory({ items: 200_000, pageSize: 500, root: rootOf(200_000, 0) }))),
		webhooks: async () => void rows.push(...(await webhooks())),
		states: async () => void rows.push(...(await sweepOfStates(rootOf(1, 0)))),
		commands: async () => void rows.push(...(await commands())),
		editor: async () => void rows.push(...(await editor(rootOf(5_000, 0), 5_000))),
		waiting: async () => void rows.push(...(await waiting(rootOf(1, "never")))),
		operations: async () => void rows.push(...(await scrape())),
		hostile: async () => void rows.push(...hostileTexts()),
		startup: async () => void rows.push(...(await startup())),
		watch: async () => void rows.push(...(await watching())),
		store: async () => void rows.push(...(await sharedStore())),
		sweep: async () => void rows.push(...(await sharedSweep())),
		pace: async () => void rows.push(...(await pace((latency) => rootOf(1, latency)))),
	};
	try {
		for (const name of wanted.length > 0 ? wanted : Object.keys(suites)) {
			const suite = suites[name];
			if (!suite) throw new Error(`No benchmark ${name}; there are ${Object.keys(suites).join(", ")}.`);
			console.log(`… ${name}`);
			await suite();
		}
	} finally {
		server.disconnect();
	}
	console.log(`\n${tableOf(rows)}`);
	if (options.includes(WRITE)) writeReport(rows);
	process.exitCode = rows.every(isMet) ? 0 : 1;
}

/** Milliseconds: on the clock, and of the processor, which a busy machine changes less. */
type Taken = Pick<Measured, "time" | "cpu">;

/** Takes turns, so that whatever else the machine does hits all alike; the first turn only warms up. */
async function turns(count: number, contenders: (() => Promise<Taken>)[]): Promise<Taken[]> {
	const all = contenders.map((): Taken[] => []);
	for (let turn = 0; turn <= count; turn++)
		for (const [place, contender] of contenders.entries()) {
			const taken = await contender();
			if (turn > 0) all[place]?.push(taken);
		}
	return all.map((each) => ({ time: median(each.map(({ time }) => time)), cpu: median(each.map(({ cpu }) => cpu)) }));
}

async function together<T>(contenders: Contender[], work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} finally {
		for (const contender of contenders) await contender.stop();
	}
}

async function time(root: string, items: number, pageSize: number): Promise<void> {
	const ours = await nodeRed(ourFlow(root, { parallel: 1, concurrency: 4, pageSize }));
	const core = await nodeRed(coreFlow());
	const passing = await nodeRed(passingFlow());
	const job = { items, pageSize, root };
	const [our = NONE, theirs = NONE, pass = NONE, got = NONE, undici = NONE] = await together(
		[ours, core, passing],
		() =>
			turns(7, [
				() => ours.run(job),
				() => core.run(job),
				() => passing.ask<Taken>({ kind: "pass", items }),
				() => gotLoop(job),
				() => plainLoop(job),
			]),
	);
	const what = `${items.toLocaleString("en")} vehicles, pages of ${pageSize}`;
	const floor = { time: got.time + pass.time, cpu: got.cpu + pass.cpu };
	const beside = (name: string, peer: Taken) =>
		`beside ${name} (${ms(our.time)}, ${ms(peer.time)}; processor ${(our.cpu / peer.cpu).toFixed(2)})`;
	const parts = `a loop over got ${ms(got.time)} and passing on ${ms(pass.time)}; a loop over undici ${ms(undici.time)}`;
	rows.push(
		{ what, measured: beside(`the floor: ${parts}`, floor), value: our.time / floor.time, goal: 1.15, unit: "" },
		{ what, measured: beside("core nodes", theirs), value: our.time / theirs.time, goal: 0.45, unit: "" },
	);
}

async function parallel(root: string, items: number): Promise<void> {
	const ours = await nodeRed(ourFlow(root, { parallel: 6, concurrency: 6 }));
	const core = await nodeRed(coreFlow());
	const job = { items, pageSize: 100, root };
	const [{ time: our } = NONE, { time: theirs } = NONE] = await together([ours, core], () =>
		turns(3, [() => ours.run(job), () => core.run(job)]),
	);
	rows.push({
		what: "5,000 vehicles, 50 ms a page, 6 pages at once",
		measured: `time beside core nodes (${ms(our)}, ${ms(theirs)})`,
		value: our / theirs,
		goal: 0.35,
		unit: "",
	});
}

async function load(root: string, items: number): Promise<void> {
	const job = { items, pageSize: 500, root };
	// One after the other: a process that waits would still take memory and time from the one that is measured.
	const runs = async (contender: Contender, count: number) =>
		together([contender], async () => {
			const all: Measured[] = [];
			for (let run = 0; run < count; run++) all.push(await contender.run(job));
			return all;
		});
	const ours = await runs(await nodeRed(ourFlow(root, { parallel: 1, concurrency: 4, pageSize: 500 })), 4);
	const core = await runs(await nodeRed(coreFlow()), 2);
	const delay = (all: Measured[]) => median(all.map((each) => each.delay.p99));
	const peak = (all: Measured[]) => Math.max(...all.map(({ rss }) => rss));
	const growth = Math.max(...ours.slice(1).map(({ heap }, before) => heap - (ours[before]?.heap ?? heap)));
	const what = "200,000 vehicles, pages of 500";
	rows.push(
		{
			what,
			measured: `event loop, p99 delay beside core nodes (${ms(delay(ours))}, ${ms(delay(core))})`,
			value: delay(ours) / delay(core),
			goal: 0.6,
			unit: "",
		},
		{ what, measured: "heap, growth from run to run", value: growth, goal: 20, unit: " MB" },
		{
			what,
			measured: `whole Node-RED, peak memory (core nodes ${mb(peak(core))})`,
			value: peak(ours),
			goal: 180,
			unit: " MB",
		},
		{
			what,
			measured: `time beside core nodes (${ms(median(ours.map((each) => each.time)))}, ${ms(median(core.map((each) => each.time)))})`,
			value: median(ours.map((each) => each.time)) / median(core.map((each) => each.time)),
			goal: 0.45,
			unit: "",
		},
	);
	if (process.env.BENCH_DETAILS) console.log(JSON.stringify({ ours, core }, null, 1));
}

main(process.argv.slice(2)).catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
