import assert from "node:assert/strict";
import { ChildNodeRed } from "../support/child";
import { FakeApi, gate, liveAccount, liveCredentials } from "../support/fake-api";
import type { Completion, FlowMessage } from "../support/runtime";

const PATH = "/user/vehicles/v1/trips";
const idsOf = (messages: FlowMessage[]) => messages.map(({ payload }) => (payload as { id: string }).id);

describe("only what is new, with a mark on the disk", function () {
	this.timeout(120_000);
	let api: FakeApi;
	let child: ChildNodeRed;
	const things = Array.from({ length: 6 }, (_, n) => ({ id: `t${n}`, startedAt: `2026-01-0${n + 1}T08:00:00Z` }));
	before(async () => {
		api = await FakeApi.start();
		child = new ChildNodeRed(
			["account", "trips"],
			[
				liveAccount(api),
				{ id: "probe-go", type: "probe", name: "go", wires: [["trips"]] },
				{
					id: "trips",
					type: "stellantis-trips",
					account: "account",
					vehicle: "v1",
					vehicleType: "str",
					onlyNew: true,
					store: "disk",
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

	it("survives a kill between a page and its mark without losing any, and a restart without repeating any", async () => {
		const never = gate();
		api.collection(PATH, () => things, { size: 3, key: "trips" });
		api.fault(PATH, () => never.opened.then(() => ({})), { page: 2 });
		await child.start();
		const before = child.collect("item");
		child.send("go", {});
		// The first item is out, the rest of its page on the way, the second page never comes.
		if (before.length === 0) await child.next("item");
		await child.end("SIGKILL");
		never.open();

		await child.start();
		const after = child.collect("item");
		child.send("go", {});
		const { payload } = await child.next("done");
		assert.equal((payload as Completion).complete, true);
		assert.deepEqual(new Set([...idsOf(before), ...idsOf(after)]), new Set(things.map(({ id }) => id)));
		assert.ok(idsOf(after).includes("t2"), "the one that was held");

		await child.end("SIGTERM");
		await child.start();
		things.push({ id: "t6", startedAt: "2026-01-07T08:00:00Z" });
		const last = child.collect("item");
		child.send("go", {});
		await child.next("done");
		assert.deepEqual(idsOf(last), ["t6"]);
	});
});
