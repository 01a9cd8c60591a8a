/** Run by hand: `npm run bench`. Compares within one run, so that the machine cancels out; prints a table of ratios. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type Contender, coreFlow, type Measured, nodeRed, ourFlow, plainLoop } from "./contenders";
import { hostileTexts } from "./hostile-text";
import { startup } from "./startup";
import { pace, waiting } from "./status";
import { watching } from "./watch";

/** A line of the table. */
export interface Row {
	what: string;
	measured: string;
	value: number;
	goal: number;
	/** Written behind the numbers. */
	unit: string;
	/** True where the goal is to be reached, not kept under. */
	atLeast?: boolean;
}

const isMet = ({ value, goal, atLeast }: Row) => (atLeast ? value >= goal : value <= goal);

const rows: Row[] = [];

function median(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const NONE: Taken = { time: Number.NaN, cpu: Number.NaN };
const ms = (value: number) => `${Math.round(value)} ms`;
const mb = (value: number) => `${Math.round(value)} MB`;

async function main(wanted: readonly string[]): Promise<void> {
	const server = fork(join(__dirname, "server.ts"), { execArgv: ["--require", "tsx/cjs"] });
	const [port] = (await once(server, "message")) as [number];
	const rootOf = (items: number, latency: number | "never") =>
		`http://127.0.0.1:${port}/${items}/${latency}/connectedcar/v1`;
	const suites: Record<string, () => Promise<void>> = {
		time: () => time(rootOf(20_000, 0), 20_000),
		parallel: () => parallel(rootOf(5_000, 50), 5_000),
		load: () => load(rootOf(200_000, 0), 200_000),
		waiting: async () => void rows.push(...(await waiting(rootOf(1, "never")))),
		hostile: async () => void rows.push(...hostileTexts()),
		startup: async () => void rows.push(...(await startup())),
		watch: async () => void rows.push(...(await watching())),
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
	console.log("\n| what | measured | value | goal |\n|---|---|---|---|");
	for (const row of rows) {
		const { what, measured, value, goal, unit } = row;
		const digits = unit === "" ? 2 : 1;
		const verdict = isMet(row) ? "" : " (missed)";
		console.log(`| ${what} | ${measured} | ${value.toFixed(digits)}${unit} | ${goal}${unit}${verdict} |`);
	}
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

async function time(root: string, items: number): Promise<void> {
	const ours = await nodeRed(ourFlow(root, { parallel: 1, concurrency: 4 }));
	const core = await nodeRed(coreFlow());
	const job = { items, root };
	const [our = NONE, theirs = NONE, plain = NONE] = await together([ours, core], () =>
		turns(7, [() => ours.run(job), () => core.run(job), () => plainLoop(job)]),
	);
	const beside = (peer: Taken) => `(${ms(our.time)}, ${ms(peer.time)}; processor ${(our.cpu / peer.cpu).toFixed(2)})`;
	const what = "20,000 vehicles, pages of 100";
	rows.push(
		{ what, measured: `time beside core nodes ${beside(theirs)}`, value: our.time / theirs.time, goal: 0.4, unit: "" },
		{ what, measured: `time beside a plain loop ${beside(plain)}`, value: our.time / plain.time, goal: 2, unit: "" },
	);
}

async function parallel(root: string, items: number): Promise<void> {
	const ours = await nodeRed(ourFlow(root, { parallel: 6, concurrency: 6 }));
	const core = await nodeRed(coreFlow());
	const job = { items, root };
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
	const job = { items, root };
	// One after the other: a process that waits would still take memory and time from the one that is measured.
	const runs = async (contender: Contender, count: number) =>
		together([contender], async () => {
			const all: Measured[] = [];
			for (let run = 0; run < count; run++) all.push(await contender.run(job));
			return all;
		});
	const ours = await runs(await nodeRed(ourFlow(root, { parallel: 1, concurrency: 4 })), 4);
	const core = await runs(await nodeRed(coreFlow()), 2);
	const delay = (all: Measured[]) => median(all.map((each) => each.delay.p99));
	const peak = (all: Measured[]) => Math.max(...all.map(({ rss }) => rss));
	const growth = Math.max(...ours.slice(1).map(({ heap }, before) => heap - (ours[before]?.heap ?? heap)));
	const what = "200,000 vehicles";
	rows.push(
		{
			what,
			measured: `event loop, p99 delay (core nodes ${ms(delay(core))})`,
			value: delay(ours),
			goal: 12,
			unit: " ms",
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
			goal: 0.4,
			unit: "",
		},
	);
	if (process.env.BENCH_DETAILS) console.log(JSON.stringify({ ours, core }, null, 1));
}

main(process.argv.slice(2)).catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
