import assert from "node:assert/strict";
import type { Completion } from "../../../src/sweep/sweep";
import { ChildNodeRed } from "../../support/child";
import { FakeApi, liveAccount, liveCredentials } from "../../support/fake-api";
import type { FlowMessage } from "../../support/runtime";

const VEHICLES = Array.from({ length: 12 }, (_, n) => ({ id: `car${n}` }));
const numberOf = ({ payload }: FlowMessage) => Number((payload as { id: string }).id.slice(3));
const numbersOf = (messages: FlowMessage[]) => messages.map(numberOf).toSorted((one, other) => one - other);
const sweepOf = ({ lease }: FlowMessage) => (lease as { sweep: string }).sweep;
const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n);

describe("a shared sweep without a store, killed with kill -9", function () {
	this.timeout(120_000);
	let api: FakeApi;
	let child: ChildNodeRed;
	before(async () => {
		api = await FakeApi.start();
		api.collection("/user/vehicles", VEHICLES, { size: 4, key: "vehicles" });
		child = new ChildNodeRed(
			["account", "vehicle-list"],
			[
				liveAccount(api),
				{ id: "probe-go", type: "probe", name: "go", wires: [["list"]] },
				{
					id: "list",
					type: "stellantis-vehicle-list",
					account: "account",
					shared: true,
					leaseTime: 600,
					wires: [["probe-item"], ["probe-done"]],
				},
				{ id: "probe-item", type: "probe", name: "item", wires: [] },
				{ id: "probe-done", type: "probe", name: "done", wires: [] },
			],
			liveCredentials,
		);
	});
	after(async () => {
		await child.remove();
		await api.stop();
	});

	/** The next messages of a probe, until there are so many. */
	const next = (probe: string, count: number) =>
		new Promise<FlowMessage[]>((resolve) => {
			const all: FlowMessage[] = child.collect(probe, () => {
				if (all.length === count) setImmediate(() => resolve(all.slice()));
			});
		});

	it("goes on with what has not come back as soon as it runs again, and ends as the same sweep", async () => {
		await child.start();
		const first = next("item", 8);
		child.send("go", { job: 7, topic: "nightly" });
		const twoPages = await first;
		assert.deepEqual(numbersOf(twoPages), from(0, 7));
		const third = next("item", 4);
		for (const msg of twoPages.slice(0, 6)) child.send("go", msg);
		assert.deepEqual(numbersOf(await third), from(8, 11));
		await child.end("SIGKILL");

		const requests = api.requests.length;
		await child.start();
		const again = await next("item", 6);
		assert.deepEqual(numbersOf(again), [6, 7, 8, 9, 10, 11]);
		assert.deepEqual(
			again.map(({ job }) => job),
			Array.from({ length: 6 }, () => 7),
		);
		assert.equal(api.requests.length - requests, 2, "both pages were read again");
		const done = child.next("done");
		for (const msg of again) child.send("go", msg);
		const { payload, job, topic } = await done;
		const { sweep, ...counts } = payload as Completion;
		assert.deepEqual(new Set([...twoPages, ...again].map(sweepOf)), new Set([sweep]));
		assert.deepEqual([job, topic], [7, "nightly"]);
		assert.deepEqual(counts, { items: 12, pages: 3, total: 12, complete: true, unacknowledged: 0, failed: 0 });
	});
});
