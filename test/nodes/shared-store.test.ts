import assert from "node:assert/strict";
import { ChildNodeRed } from "../support/child";
import { asOwner, freshPlace, postgres } from "../support/postgres";
import type { FlowMessage } from "../support/runtime";
import { TcpProxy } from "../support/tcp-proxy";
import { CommandApi } from "./remote-command-support";

const STATE = { updatedAt: "2026-03-10T11:00:00Z", energies: [] };

describe("several Node-RED on one store", () => {
	let api: CommandApi;
	let place: Awaited<ReturnType<typeof freshPlace>>;
	let wire: TcpProxy;
	let children: ChildNodeRed[];
	before(async () => {
		api = await CommandApi.start();
		api.status = STATE;
		place = await freshPlace();
		wire = await TcpProxy.to((await postgres()).port);
		children = [0, 1, 2].map(() => child());
		await Promise.all(children.map((each) => each.start()));
	});
	after(async () => {
		await Promise.all(children.map((each) => each.remove()));
		await wire.stop();
		await api.stop();
	});

	const child = () =>
		new ChildNodeRed(
			["store", "account", "status", "remote-command"],
			[
				{
					id: "account",
					type: "stellantis-account",
					configVersion: 1,
					server: "live",
					api: "user-v4",
					baseUrl: api.root,
					auth: "token",
					store: "store",
				},
				{
					id: "store",
					type: "stellantis-store",
					host: "127.0.0.1",
					port: wire.port,
					database: place.database,
					schema: place.schema,
				},
				{ id: "probe-horn", type: "probe", name: "horn", wires: [["command-node"]] },
				{
					id: "command-node",
					type: "stellantis-remote-command",
					account: "account",
					command: "horn",
					commandType: "fixed",
					args: "{}",
					argsType: "json",
					vehicle: "vehicle",
					vehicleType: "msg",
					channel: "cb1",
					channelType: "str",
					ifBusy: "wait",
					wait: "result",
					timeout: 60,
					wires: [["probe-out"], ["probe-progress"]],
				},
				{ id: "probe-read", type: "probe", name: "read", wires: [["status-node"]] },
				{
					id: "status-node",
					type: "stellantis-status",
					account: "account",
					vehicle: "vehicle",
					vehicleType: "msg",
					wires: [["probe-out"]],
				},
				{ id: "caught", x: 1, y: 1, type: "catch", wires: [["probe-out"]] },
				{ id: "probe-out", type: "probe", name: "out", wires: [] },
				{ id: "probe-progress", type: "probe", name: "progress", wires: [] },
			],
			{
				account: { accessToken: "cnry-token", clientId: "client" },
				store: { user: place.user, password: place.password },
			},
		);
	const [A, B, C] = [0, 1, 2].map((n) => () => {
		const found = children[n];
		assert.ok(found);
		return found;
	}) as [() => ChildNodeRed, () => ChildNodeRed, () => ChildNodeRed];
	const asked = async (of: ChildNodeRed, probe: string, msg: FlowMessage) => {
		const answer = of.next("out");
		of.send(probe, msg);
		return answer;
	};
	const forget = () => asOwner(place, `delete from ${place.schema}.guarded`);

	it("send five horns of fifteen that are asked for at once, where five are allowed", async () => {
		const all = children.map((each) => each.collect("out"));
		const done = new Promise<void>((resolve) => {
			let count = 0;
			for (const each of children) each.collect("out", () => ++count === 15 && resolve());
		});
		for (let n = 0; n < 15; n++) children[n % 3]?.send("horn", { vehicle: { id: `v${n}` } } as FlowMessage);
		await done;
		assert.equal(api.posted.length, 5);
		const errors = all.flat().flatMap(({ error }) => (error ? [error.code] : []));
		assert.deepEqual(
			errors,
			Array.from({ length: 10 }, () => "ERR_COMMAND_LIMIT"),
		);
		await forget();
	});

	it("read on while the store is cut off, refuse new commands with ERR_STORE, and need no restart when it is back", async () => {
		wire.cut();
		const refused = await asked(A(), "horn", { vehicle: { id: "w1" } } as FlowMessage);
		assert.equal(refused.error?.code, "ERR_STORE");
		const read = await asked(A(), "read", { vehicle: { id: "w1" } } as FlowMessage);
		assert.equal(read.error, undefined);
		assert.deepEqual(read.payload, STATE);
		wire.mend();
		for (;;) {
			const answer = await asked(A(), "horn", { vehicle: { id: "w1" } } as FlowMessage);
			if (answer.error?.code === "ERR_STORE") continue;
			assert.equal((answer.payload as { status: string }).status, "Success");
			break;
		}
		await forget();
	});

	it("follow on what another has sent that was killed, and let the vehicle go only then", async () => {
		api.polls = [{ status: "SentToVehicle" }];
		const progress = B().next("progress");
		B().send("horn", { vehicle: { id: "x1" } } as FlowMessage);
		await progress;
		await B().end("SIGKILL");
		const ended = async () =>
			(
				await asOwner(
					place,
					`select 1 from ${place.schema}.journal where line like '%"event":"end"%"Success"%' and key in (select key from ${place.schema}.journal where line like '%"vehicle":"x1"%')`,
				)
			).length > 0;
		assert.equal(await ended(), false);
		await asOwner(
			place,
			`update ${place.schema}.instance set seen = seen - interval '1 hour' where id in (select holder from ${place.schema}.command)`,
		);
		api.polls = [{ status: "Success" }];
		await B().start();
		while (!(await ended())) await new Promise((resolve) => setTimeout(resolve, 50));
		const next = await asked(C(), "horn", { vehicle: { id: "x1" } } as FlowMessage);
		assert.equal((next.payload as { status: string }).status, "Success");
	});
});
