import { EventEmitter, once } from "node:events";
import type { Completion } from "../src/sweep/sweep";
import { ChildNodeRed } from "../test/support/child";
import { FakeApi, liveAccount, liveCredentials } from "../test/support/fake-api";
import { OWNER, startPostgres } from "../test/support/postgres-server";
import type { FlowMessage, FlowNode } from "../test/support/runtime";
import type { Row } from "./report";

const VEHICLES = 20_000;
/** Vehicles a second that the flow of one instance gets through, as behind a limit of requests. */
const RATE = 250;
const LEASE = 2;
/** Time (ms) without a vehicle after which an instance counts as idle: several times what one takes. */
const PAUSE = 100;

interface Outcome {
	/** Milliseconds from the start to the completion. */
	time: number;
	read: number;
	twice: number;
	/** Share of its time that the idlest instance waited, of those that were not killed. */
	idle: number;
	completion: Completion;
}

/** A sweep of 20,000 vehicles by one Node-RED, and by three with one store, of which one is killed halfway. */
export async function sharedSweep(): Promise<Row[]> {
	const api = await FakeApi.start();
	const vehicles = Array.from({ length: VEHICLES }, (_, n) => ({ id: `car${n}`, vin: `VIN${n}` }));
	api.collection("/user/vehicles", vehicles, { size: 60, key: "vehicles" });
	const database = await startPostgres({ isDurable: true });
	try {
		const one = await sweep(api, database.port, 1);
		const three = await sweep(api, database.port, 3);
		const seconds = (time: number) => `${(time / 1000).toFixed(1)} s`;
		const what = `${VEHICLES.toLocaleString("en")} vehicles by three Node-RED with a store, ${RATE} a second each, one killed halfway`;
		return [
			{
				what,
				measured: `time (one alone ${seconds(one.time)})`,
				value: three.time / 1000,
				goal: Number((((5 / 12) * one.time * 1.15) / 1000 + LEASE).toFixed(1)),
				unit: " s",
			},
			{ what, measured: "vehicles read", value: three.read, goal: VEHICLES, unit: "", atLeast: true },
			{ what, measured: `${three.twice} read twice`, value: (100 * three.twice) / VEHICLES, goal: 0.5, unit: " %" },
			{ what, measured: "told as not acknowledged", value: three.completion.unacknowledged, goal: 0, unit: "" },
			{
				what,
				measured: `idle, the idlest that stayed (one alone ${(100 * one.idle).toFixed(1)} %)`,
				value: 100 * three.idle,
				goal: 5,
				unit: " %",
			},
		];
	} finally {
		await api.stop();
		await database.stop();
	}
}

async function sweep(api: FakeApi, port: number, instances: number): Promise<Outcome> {
	const children = Array.from(
		{ length: instances },
		() =>
			new ChildNodeRed(["account", "store", "vehicle-list"], flowOf(api, port, `by_${instances}`), {
				...liveCredentials,
				store: OWNER,
			}),
	);
	try {
		await Promise.all(children.map((child) => child.start()));
		const counts = new Map<string, number>();
		const seen = children.map((): number[] => []);
		const events = new EventEmitter();
		for (const [place, child] of children.entries()) {
			child.collect("item", (msg) => {
				const { id } = msg.payload as { id: string };
				counts.set(id, (counts.get(id) ?? 0) + 1);
				seen[place]?.push(performance.now());
				if (counts.size === VEHICLES / 2) events.emit("halfway");
			});
			child.collect("done", (msg) => events.emit("done", msg));
		}
		const started = performance.now();
		const done = once(events, "done");
		children[0]?.send("go", {});
		if (instances > 1) {
			await once(events, "halfway");
			await children.at(-1)?.end("SIGKILL");
		}
		const [msg] = (await done) as [FlowMessage];
		const ended = performance.now();
		const stayed = instances > 1 ? seen.slice(0, -1) : seen;
		return {
			time: ended - started,
			read: counts.size,
			twice: [...counts.values()].filter((count) => count > 1).length,
			idle: Math.max(...stayed.map((times) => idleShare(times))),
			completion: msg.payload as Completion,
		};
	} finally {
		for (const child of children) await child.remove();
	}
}

/** Of the time from the first vehicle to the last, the share in which none came for longer than {@link PAUSE}. */
function idleShare(times: readonly number[]): number {
	const gaps = times.slice(1).map((time, before) => time - (times[before] ?? time));
	const waited = gaps.filter((gap) => gap > PAUSE).reduce((sum, gap) => sum + gap - PAUSE, 0);
	return waited / ((times.at(-1) ?? 0) - (times[0] ?? 0));
}

function flowOf(api: FakeApi, port: number, schema: string): FlowNode[] {
	return [
		liveAccount(api, { store: "store" }),
		{ id: "store", type: "stellantis-store", host: "127.0.0.1", port, database: "postgres", schema },
		{ id: "probe-go", type: "probe", name: "go", wires: [["list"]] },
		{
			id: "list",
			type: "stellantis-vehicle-list",
			account: "account",
			shared: true,
			leaseTime: LEASE,
			wires: [["work"], ["probe-done"]],
		},
		{
			id: "work",
			type: "delay",
			pauseType: "rate",
			rate: String(RATE),
			nbRateUnits: "1",
			rateUnits: "second",
			drop: false,
			outputs: 1,
			wires: [["probe-item"]],
		},
		{ id: "probe-item", type: "probe", name: "item", wires: [] },
		{ id: "back", type: "complete", scope: ["probe-item"], wires: [["list"]] },
		{ id: "probe-done", type: "probe", name: "done", wires: [] },
	];
}
