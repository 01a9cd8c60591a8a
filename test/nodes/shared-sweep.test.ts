import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { readdirSync, rmSync } from "node:fs";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Lease } from "../../src/sweep/lease";
import type { Completion } from "../../src/sweep/sweep";
import { FakeApi, gate, liveAccount, liveCredentials } from "../support/fake-api";
import {
	badges,
	type FlowMessage,
	type FlowNode,
	load,
	node,
	redeploy,
	run,
	useRuntime,
	watch,
} from "../support/runtime";

const PATH = "/user/vehicles";
const vehicles = (count: number) => Array.from({ length: count }, (_, n) => ({ id: `car${n}`, vin: `VIN${n}` }));
const idsOf = (messages: FlowMessage[]) =>
	messages.flatMap(({ payload }) => payload).map((each) => (each as { id: string }).id);
const leaseOf = (msg: FlowMessage) => msg.lease as Lease;

describe("a shared sweep on one machine", () => {
	const userDir = mkdtempSync(join(tmpdir(), "stellantis-sweep-"));
	useRuntime({ userDir });
	let api: FakeApi;
	before(async () => {
		api = await FakeApi.start();
	});
	beforeEach(() => {
		api.clear();
		rmSync(join(userDir, "stellantis"), { recursive: true, force: true });
	});
	after(async () => {
		await api.stop();
		rmSync(userDir, { recursive: true, force: true });
	});

	const list = (properties: Record<string, unknown> = {}): FlowNode => ({
		id: "list",
		type: "stellantis-vehicle-list",
		account: "account",
		shared: true,
		leaseTime: 0.3,
		minInterval: 60,
		...properties,
	});
	const flow = (...nodes: FlowNode[]) => load([liveAccount(api), ...nodes], liveCredentials);

	/** Everything that leaves the node, from now on. */
	const outcome = () => {
		const items: FlowMessage[] = [];
		const completions: FlowMessage[] = [];
		const events = new EventEmitter();
		watch("items", (msg) => {
			items.push(msg);
			events.emit("item");
		});
		watch("completions", (msg) => {
			completions.push(msg);
			events.emit("completion");
		});
		return {
			items,
			completions,
			async atLeast(count: number) {
				while (items.length < count) await once(events, "item");
			},
			async end() {
				while (completions.length === 0) await once(events, "completion");
				return completions[0]?.payload as Completion;
			},
		};
	};
	/** Brings every item back, as a complete node at the end of the flow does. */
	const bringBack = (which: (msg: FlowMessage, n: number) => FlowMessage | undefined = (msg) => msg) => {
		let n = 0;
		watch("items", (msg) => {
			const back = which(msg, n++);
			if (back) node("list").receive({ ...back, complete: { source: { id: "items" } } });
		});
	};

	it("hands out every vehicle once, a sequence a page, and tells its end with the properties of the start", async () => {
		api.collection(PATH, vehicles(7), { size: 3, key: "vehicles" });
		await flow(list());
		const all = outcome();
		bringBack();
		node("list").receive({ payload: "go", job: 7, password: "secret" });
		const done = await all.end();
		assert.deepEqual(idsOf(all.items), idsOf([{ payload: vehicles(7) }]));
		const { sweep, ...counts } = done;
		assert.deepEqual(counts, { items: 7, pages: 3, total: 7, complete: true, unacknowledged: 0, failed: 0 });
		assert.equal(all.completions[0]?.job, 7);
		assert.deepEqual(
			all.items.map(({ parts }) => [parts?.index, parts?.count]),
			[
				[0, undefined],
				[1, undefined],
				[2, 3],
				[0, undefined],
				[1, undefined],
				[2, 3],
				[0, 1],
			],
		);
		assert.equal(new Set(all.items.map(({ parts }) => parts?.id)).size, 3);
		assert.deepEqual(
			all.items.map(leaseOf),
			[1, 1, 1, 2, 2, 2, 3].map((page, n) => ({ sweep, page, item: n % 3 })),
		);
		assert.deepEqual(
			all.items.map(({ page }) => page?.index),
			[1, 1, 1, 2, 2, 2, 3],
		);
		assert.deepEqual(
			all.items.map(({ job, topic }) => [job, topic]),
			vehicles(7).map(({ id }) => [7, id]),
		);
	});

	it("is never more than two pages ahead of what came back", async () => {
		api.collection(PATH, vehicles(9), { size: 3, key: "vehicles" });
		await flow(list({ leaseTime: 60 }));
		const all = outcome();
		node("list").receive({});
		await all.atLeast(6);
		for (const msg of all.items.slice(0, 2)) node("list").receive(msg);
		await new Promise((resolve) => setTimeout(resolve, 150));
		assert.equal(all.items.length, 6);
		node("list").receive(all.items[2] as FlowMessage);
		await all.atLeast(9);
		assert.equal(api.count(PATH), 3);
	});
});
