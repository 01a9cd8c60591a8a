/**
 * What watching costs: a fleet of 10,000 vehicles for a simulated day, 5 % of them moving, and one car at home for a
 * simulated week. The time is simulated, the requests, the files and the memory are not.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createHistogram, performance } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { DAY, demoOn, HOUR, MINUTE, START, TurnedClock, WatchBench } from "../test/node-red/watch/support";
import { changes } from "./watch-plan";

/** A row of the benchmark's table. */
interface Row {
	what: string;
	measured: string;
	value: number;
	goal: number;
	unit: string;
}

const VEHICLES = 10_000;
const SHARE = 50;
const QUOTA = 100_000;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Measures the fleet and the car at home. */
export async function watching(hours = 24): Promise<Row[]> {
	return [...(await home()), ...(await fleet(hours))];
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
		const counts = new Map<string, number>();
		const delays = createHistogram();
		const watch = await bench.start("fleet", { share: SHARE }, undefined, (message) => {
			const kind = message.event?.kind ?? "state";
			counts.set(kind, (counts.get(kind) ?? 0) + 1);
		});
		const turns = () => setImmediate(tick);
		let last = performance.now();
		let running = true;
		function tick() {
			const at = performance.now();
			delays.record(Math.max(1, Math.round((at - last) * 1000)));
			last = at;
			if (running) turns();
		}
		turns();
		let heap = 0;
		let worst = 0;
		// The first sweep takes all vehicles in: what they do from then on is told.
		await bench.turn(10 * MINUTE);
		const from = clock.now();
		counts.clear();
		for (let hour = 0; hour < hours; hour++) {
			await bench.turn(HOUR);
			worst = Math.max(worst, delays.max / 1000);
			running = false;
			await new Promise((resolve) => setTimeout(resolve, 20));
			collect();
			heap = Math.max(heap, process.memoryUsage().heapUsed - heapBefore);
			delays.reset();
			last = performance.now();
			running = true;
			turns();
			const { used = 0, stretch = 1 } = watch.state ?? {};
			console.log(
				`… ${hour + 1} h: ${used} calls, stretched ${stretch}, ${Math.round(heap / 1e5) / 10} MB, ${worst} ms`,
			);
		}
		running = false;
		const expected = changes(VEHICLES, from, clock.now());
		// What has happened last is seen by the next looks.
		await bench.turn(HOUR / 2);
		const later = changes(VEHICLES, from, clock.now());
		const told = (kind: string) => counts.get(kind) ?? 0;
		const missed =
			Math.max(0, expected.started - told("driving-started")) +
			Math.max(0, expected.ended - told("driving-ended")) +
			Math.max(0, told("driving-started") - later.started) +
			Math.max(0, told("driving-ended") - later.ended);
		const calls = watch.state?.used ?? Number.NaN;
		const what = `a watch over ${VEHICLES} vehicles of fleet-v3, ${hours} h`;
		await bench.close(watch);
		return [
			{
				what,
				measured: `starts and stops not told, of ${expected.started + expected.ended}`,
				value: missed,
				goal: 0,
				unit: "",
			},
			{ what, measured: "calls of 100,000", value: calls, goal: (QUOTA * SHARE) / 100, unit: "" },
			{ what, measured: "heap", value: heap / 1e6, goal: 40, unit: " MB" },
			{ what, measured: "longest block of the loop", value: worst, goal: 20, unit: " ms" },
		];
	} finally {
		server.disconnect();
	}
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
