import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import type { Completion } from "../../../src/sweep/sweep";
import { ChildNodeRed } from "../../support/child";
import { FakeApi, liveAccount, liveCredentials } from "../../support/fake-api";
import { freshPlace, pooler } from "../../support/postgres";
import type { FlowMessage, FlowNode } from "../../support/runtime";

/** So many that what is under way when one is killed is next to none of them. */
const VEHICLES = Array.from({ length: 4_800 }, (_, n) => ({ id: `car${n}`, vin: `VIN${n}` }));
const idOf = ({ payload }: FlowMessage) => (payload as { id: string }).id;

describe("a sweep by three Node-RED with one store", function () {
	this.timeout(180_000);
	let api: FakeApi;
	const children: ChildNodeRed[] = [];
	before(async () => {
		api = await FakeApi.start();
		const { host, port, database, schema, user, password } = await freshPlace();
		// Two of them ask it through a pooler in transaction mode.
		const ports = [port, (await pooler()).port, (await pooler()).port];
		const flowOn = (port: number | undefined): FlowNode[] => [
			liveAccount(api, { store: "store" }),
			{ id: "store", type: "stellantis-store", host, port, database, schema },
			{ id: "probe-go", type: "probe", name: "go", wires: [["list"]] },
			{
				id: "list",
				type: "stellantis-vehicle-list",
				account: "account",
				shared: true,
				// longer than a busy machine stands still
				leaseTime: 5,
				wires: [["work"], ["probe-done"]],
			},
			// A flow that does 100 vehicles a second.
			{
				id: "work",
				type: "delay",
				pauseType: "rate",
				rate: "100",
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
		for (const each of ports)
			children.push(
				new ChildNodeRed(["account", "store", "vehicle-list"], flowOn(each), {
					...liveCredentials,
					store: { user, password },
				}),
			);
		api.collection("/user/vehicles", VEHICLES, { size: 40, key: "vehicles" });
	});
	after(async () => {
		for (const child of children) await child.remove();
		await api.stop();
	});

	it("reads every vehicle although one is killed halfway, next to none twice, and is told as one", async () => {
		await Promise.all(children.map((child) => child.start()));
		const counts = new Map<string, number>();
		const by = [0, 0, 0];
		const halfway = new EventEmitter();
		const done = new EventEmitter();
		for (const [n, child] of children.entries()) {
			child.collect("item", (msg) => {
				counts.set(idOf(msg), (counts.get(idOf(msg)) ?? 0) + 1);
				by[n] = (by[n] ?? 0) + 1;
				if (counts.size === VEHICLES.length / 2) halfway.emit("halfway");
			});
			child.collect("done", (msg) => done.emit("done", msg));
		}
		const end = once(done, "done");
		children[0]?.send("go", { job: 7 });
		await once(halfway, "halfway");
		await children[2]?.end("SIGKILL");
		const [msg] = (await end) as [FlowMessage];
		const { items, complete, unacknowledged, failed, total } = msg.payload as Completion;
		assert.deepEqual(
			[items, total, complete, unacknowledged, failed, msg.job],
			[VEHICLES.length, VEHICLES.length, true, 0, 0, 7],
		);
		assert.equal(counts.size, VEHICLES.length);
		const twice = [...counts.values()].filter((count) => count > 1).length;
		assert.ok(twice <= 0.005 * VEHICLES.length, `${twice} twice`);
		assert.ok(
			by.every((share) => share > 450),
			`by instance: ${by}`,
		);
	});
});
