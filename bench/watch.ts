/**
 * What watching costs: a fleet of 10,000 vehicles for a simulated day, 5 % of them moving, and one car at home for a
 * simulated week. The time is simulated, the requests, the files and the memory are not.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { DAY, demoOn, HOUR, MINUTE, type Sent, START, TurnedClock, WatchBench } from "../test/node-red/watch/support";
import type { Row } from "./report";
import { changes } from "./watch-plan";

const VEHICLES = 10_000;
const SHARE = 50;
const QUOTA = 100_000;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Measures the fleet and the car at home. */
export async function watching(hours = 24): Promise<Row[]> {
	return [...(await home()), ...(await fleet(hours))];
}

const schedstat = existsSync("/proc/self/task") ? openSync(`/proc/self/task/${process.pid}/schedstat`, "r") : undefined;
const line = Buffer.alloc(64);

/** Milliseconds of the processor that the main thread has taken; where the system does not tell them, the process. */
function threadTime(): number {
	if (schedstat === undefined) {
		const { user, system } = process.cpuUsage();
		return (user + system) / 1000;
	}
	const length = readSync(schedstat, line, 0, line.length, 0);
	return Number.parseInt(line.toString("latin1", 0, length), 10) / 1e6;
}

/** How long (ms) the event loop was blocked at most: on the clock, and by its own thread, whatever else the machine does. */
interface Longest {
	clock: number;
	processor: number;
}

/** Finds the longest block of the event loop. */
class Blocks {
	/** Since it was made. */
	readonly ever: Longest = { clock: 0, processor: 0 };
	/** Since it was started last. */
	lately: Longest = { clock: 0, processor: 0 };
	#last = 0;
	#used = 0;
	#next: NodeJS.Immediate | undefined;

	start(): void {
		this.lately = { clock: 0, processor: 0 };
		this.#begin();
	}

	stop(): void {
		clearImmediate(this.#next);
	}

	#begin(): void {
		this.#last = performance.now();
		this.#used = threadTime();
		this.#next = setImmediate(() => this.#turn());
	}

	#turn(): void {
		const took = performance.now() - this.#last;
		const used = Math.min(took, threadTime() - this.#used);
		for (const longest of [this.ever, this.lately]) {
			longest.clock = Math.max(longest.clock, took);
			longest.processor = Math.max(longest.processor, used);
		}
		this.#begin();
	}
}

async function fleet(hours: number): Promise<Row[]> {
	const server = fork(join(__dirname, "watch-fleet.ts"), [String(VEHICLES)], { execArgv: ["--require", "tsx/cjs"] });
	const [port] = (await once(server, "message")) as [number];
	const origin = `http://127.0.0.1:${port}`;
	const clock = new TurnedClock(START);
	const setClock = async () => Number(await (await fetch(`${origin}/clock/${clock.now()}`)).text());
	const config = { api: "fleet-v3", baseUrl: `${origin}/connectedcar/v3`, fleetId: "f1", auth: "none" };
	const bench = new WatchBench(clock, config, {}, setClock);
	try {
		await setClock();
		await bench.account.connected();
		collect();
		const heapBefore = process.memoryUsage().heapUsed;
		const told = { started: new Uint16Array(VEHICLES), ended: new Uint16Array(VEHICLES) };
		const blocks = new Blocks();
		const count = ({ event, vehicle: { vin = "" } }: Sent) => {
			const of =
				event?.kind === "driving-started" ? told.started : event?.kind === "driving-ended" ? told.ended : undefined;
			const index = Number(vin.slice(-9));
			of?.fill((of[index] ?? 0) + 1, index, index + 1);
		};
		blocks.start();
		let watch = await bench.start("fleet", { share: SHARE }, undefined, count);
		let heap = 0;
		// The first sweep takes all vehicles in: what they do from then on is told.
		await bench.turn(10 * MINUTE);
		const from = clock.now();
		told.started.fill(0);
		told.ended.fill(0);
		for (let hour = 0; hour < hours; hour++) {
			await bench.turn(HOUR);
			blocks.stop();
			collect();
			heap = Math.max(heap, process.memoryUsage().heapUsed - heapBefore);
			const { used = 0, stretch = 1 } = watch.state ?? {};
			const size = `${(heap / 1e6).toFixed(1)} MB`;
			console.log(`… ${hour + 1} h: ${used} calls, stretched ${stretch}, ${size}, ${inWords(blocks.lately)}`);
			blocks.start();
		}
		const until = clock.now();
		// What has happened last is seen by the next looks.
		await bench.turn(HOUR / 2);
		let expected = 0;
		let wrong = 0;
		for (let index = 0; index < VEHICLES; index++) {
			const least = changes(index, from, until);
			const most = changes(index, from, clock.now());
			for (const what of ["started", "ended"] as const) {
				const times = told[what][index] ?? 0;
				expected += least[what];
				wrong += Math.max(0, least[what] - times) + Math.max(0, times - most[what]);
			}
		}
		const calls = watch.state?.used ?? Number.NaN;
		const what = `a watch over ${VEHICLES} vehicles of fleet-v3, ${hours} h`;
		// What it knows of all of them is on the disk.
		await bench.restart(watch);
		watch = await bench.start("fleet", { share: SHARE }, undefined, count);
		await bench.turn(10 * MINUTE);
		blocks.stop();
		await bench.close(watch);
		return [
			{
				what,
				measured: `starts and stops that were not told once, of ${expected}`,
				value: wrong,
				goal: 0,
				unit: "",
			},
			{ what, measured: "calls of 100,000", value: calls, goal: (QUOTA * SHARE) / 100, unit: "" },
			{ what, measured: "heap", value: heap / 1e6, goal: 40, unit: " MB" },
			{
				what,
				measured: `longest block of the loop, its start and a restart included (${inWords(blocks.ever)})`,
				value: blocks.ever.processor,
				goal: 20,
				unit: " ms",
			},
		];
	} finally {
		server.disconnect();
	}
}

function inWords({ clock, processor }: Longest): string {
	return `${processor.toFixed(1)} ms of the processor, ${clock.toFixed(1)} ms on the clock`;
}

async function home(): Promise<Row[]> {
	const clock = new TurnedClock(START);
	const simulator = await demoOn(clock);
	const bench = WatchBench.demo(clock, simulator, "user-v4");
	const [car] = simulator.vehicles;
	const watch = await bench.start("home", {}, car?.vin);
	let calls = 0;
	for (let day = 0; day < 7; day++) {
		await bench.turn(DAY);
		calls = Math.max(calls, watch.state?.used ?? 0);
	}
	const facts = simulator.truth(car?.id ?? "", START, clock.now());
	const latest = (kind: string) =>
		Math.max(
			...facts
				.filter((fact) => fact.kind === kind)
				.map(({ at }) => {
					const seen = watch.events().map(({ event }) => ({ kind: event.kind, at: Date.parse(event.seenAt) }));
					const first = seen.filter((event) => event.kind === kind && event.at >= at).map((event) => event.at - at);
					return Math.min(...first) / MINUTE;
				}),
		);
	const what = "one car at home, a week";
	const rows = [
		{ what, measured: "calls on its busiest day", value: calls, goal: 300, unit: "" },
		{ what, measured: "a plug-in is noticed after", value: latest("plugged"), goal: 15, unit: " min" },
		{ what, measured: "the end of a charge is noticed after", value: latest("charging-ended"), goal: 5, unit: " min" },
	];
	await bench.close(watch);
	await simulator.close();
	return rows;
}

if (require.main === module)
	watching(Number(process.argv[2] ?? 24))
		.then((rows) => console.table(rows))
		.catch((error: unknown) => {
			console.error(error);
			process.exitCode = 1;
		});
