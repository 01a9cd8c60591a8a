import assert from "node:assert/strict";
import { ChildNodeRed } from "../support/child";
import { FakeApi, liveAccount, liveCredentials } from "../support/fake-api";
import { asOwner, freshPlace, pooler } from "../support/postgres";
import type { FlowMessage } from "../support/runtime";

const PATH = "/user/vehicles/v1/trips";

describe("only what is new, of several Node-RED on one store", () => {
	let api: FakeApi;
	let place: Awaited<ReturnType<typeof freshPlace>>;
	let children: ChildNodeRed[];
	before(async () => {
		api = await FakeApi.start();
		place = await freshPlace();
		const { host, port, database, schema, user, password } = place;
		const child = (port: number, account: string) =>
			new ChildNodeRed(
				["store", "account", "trips"],
				[
					liveAccount(api, { id: account, store: "store", shareAs: "fleet" }),
					{ id: "store", type: "stellantis-store", host, port, database, schema },
					{ id: "probe-go", type: "probe", name: "go", wires: [["reader"]] },
					{
						id: "reader",
						type: "stellantis-trips",
						account,
						vehicle: "v1",
						vehicleType: "str",
						onlyNew: true,
						wires: [["probe-item"], ["probe-done"]],
					},
					{ id: "caught", x: 1, y: 1, type: "catch", wires: [["probe-error"]] },
					{ id: "probe-item", type: "probe", name: "item", wires: [] },
					{ id: "probe-done", type: "probe", name: "done", wires: [] },
					{ id: "probe-error", type: "probe", name: "error", wires: [] },
				],
				{ [account]: liveCredentials.account, store: { user, password } },
			);
		// The other one asks through a pooler in transaction mode, and its account has another id.
		children = [child(port, "account"), child((await pooler()).port, "account-there")];
		await Promise.all(children.map((each) => each.start()));
	});
	after(async () => {
		await Promise.all(children.map((each) => each.remove()));
		await api.stop();
	});

	const idsOf = (messages: FlowMessage[]) => messages.map(({ payload }) => (payload as { id: string }).id);

	it("is sent once by one of them, however they meet, and fails with ERR_STORE while nobody can tell", async () => {
		const things = Array.from({ length: 7 }, (_, n) => ({ id: `t${n}`, startedAt: `2026-01-0${n + 1}T08:00:00Z` }));
		api.collection(PATH, () => things, { size: 3, key: "trips" });
		const items = children.map((each) => each.collect("item"));
		const done = children.map((each) => each.next("done"));
		for (const each of children) each.send("go", {});
		await Promise.all(done);
		assert.deepEqual(
			idsOf(items.flat()).toSorted(),
			things.map(({ id }) => id),
		);
		const [one] = children;
		assert.ok(one);
		await asOwner(place, `alter table ${place.schema}.held rename to gone`);
		const error = one.next("error");
		one.send("go", {});
		assert.equal((await error).error?.code, "ERR_STORE");
		await asOwner(place, `alter table ${place.schema}.gone rename to held`);
	});
});
