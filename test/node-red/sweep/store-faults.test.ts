import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import type { Completion } from "../../../src/sweep/sweep";
import { ChildNodeRed } from "../../support/child";
import { FakeApi, liveAccount, liveCredentials } from "../../support/fake-api";
import { freshPlace, postgres } from "../../support/postgres";
import type { FlowMessage, FlowNode } from "../../support/runtime";
import { TcpProxy } from "../../support/tcp-proxy";

const VEHICLES = Array.from({ length: 240 }, (_, n) => ({ id: `car${n}`, vin: `VIN${n}` }));
const PAGE = 20;
const idOf = ({ payload }: FlowMessage) => (payload as { id: string }).id;

describe("a sweep by two Node-RED whose store goes away", function () {
	this.timeout(120_000);
	let api: FakeApi;
	const wires: TcpProxy[] = [];
	const children: ChildNodeRed[] = [];
	before(async () => {
		api = await FakeApi.start();
		const { host, database, schema, user, password } = await freshPlace();
		for (let n = 0; n < 2; n++) {
			const wire = await TcpProxy.to((await postgres()).port);
			wires.push(wire);
			const flow: FlowNode[] = [
				liveAccount(api, { store: "store" }),
				{ id: "store", type: "stellantis-store", host, port: wire.port, database, schema },
				{ id: "probe-go", type: "probe", name: "go", wires: [["list"]] },
				{
					id: "list",
					type: "stellantis-vehicle-list",
					account: "account",
					shared: true,
					leaseTime: 4,
					wires: [["work"], ["probe-done"]],
				},
				// A flow that does 50 vehicles a second.
				{
					id: "work",
					type: "delay",
					pauseType: "rate",
					rate: "50",
					nbRateUnits: "1",
					rateUnits: "second",
					drop: false,
					outputs: 1,
					wires: [["probe-item"]],
				},
				{ id: "probe-item", type: "probe", name: "item", wires: [] },
				{ id: "back", type: "complete", scope: ["probe-item"], wires: [["list"]] },
				{ id: "probe-done", type: "probe", name: "done", wires: [] },
				{ id: "caught", x: 1, y: 1, type: "catch", wires: [["probe-error"]] },
				{ id: "probe-error", type: "probe", name: "error", wires: [] },
			];
			const credentials = { ...liveCredentials, store: { user, password } };
			children.push(new ChildNodeRed(["account", "store", "vehicle-list"], flow, credentials));
		}
		api.collection("/user/vehicles", VEHICLES, { size: PAGE, key: "vehicles" });
	});
	after(async () => {
		for (const child of children) await child.remove();
		for (const wire of wires) await wire.stop();
		await api.stop();
	});

	it("goes on when it is back, reads every vehicle, and is told once with a true count", async () => {
		await Promise.all(children.map((child) => child.start()));
		const counts = new Map<string, number>();
		const events = new EventEmitter();
		const done = children.map((child) => child.collect("done", (msg) => events.emit("done", msg)));
		const errors = children.map((child) => child.collect("error", () => events.emit("error told")));
		for (const child of children)
			child.collect("item", (msg) => {
				counts.set(idOf(msg), (counts.get(idOf(msg)) ?? 0) + 1);
				if (counts.size === VEHICLES.length / 4) events.emit("quarter");
			});
		const end = once(events, "done");
		children[0]?.send("go", { job: 7 });
		await once(events, "quarter");
		for (const wire of wires) wire.cut();
		while (errors.some((told) => told.length === 0)) await once(events, "error told");
		for (const wire of wires) wire.mend();
		// And it stays slow from here on.
		for (const wire of wires) wire.delay = 50;
		const [msg] = (await end) as [FlowMessage];
		const { items, complete, unacknowledged, failed, total } = msg.payload as Completion;
		assert.deepEqual([items, total, complete, unacknowledged, failed, msg.job], [240, 240, true, 0, 0, 7]);
		assert.equal(counts.size, VEHICLES.length);
		const twice = [...counts.values()].filter((count) => count > 1).length;
		assert.ok(twice <= 4 * PAGE, `${twice} twice: no more than what both had in hand`);
		assert.equal(done.flat().length, 1);
		for (const told of errors.flat()) assert.equal(told.error?.code, "ERR_STORE", told.error?.message);
	});
});
