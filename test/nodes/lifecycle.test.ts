import assert from "node:assert/strict";
import { connect } from "node:net";
import type { AccountNode } from "../../src/node-red/account/connection";
import { FakeApi, gate, liveAccount, liveCredentials } from "../support/fake-api";
import {
	type FlowNode,
	load,
	loggedErrors,
	logText,
	node,
	redeploy,
	run,
	start,
	stopFlows,
	useRuntime,
	watch,
} from "../support/runtime";

const PATH = "/user/vehicles/v1/trips";
const THINGS = Array.from({ length: 6 }, (_, n) => ({ id: `t${n}` }));

/** True when somebody listens at a port of this machine. */
function isOpen(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, "127.0.0.1");
		socket.once("connect", () => {
			socket.destroy();
			resolve(true);
		});
		socket.once("error", () => resolve(false));
	});
}

describe("starting, stopping and deploying", () => {
	useRuntime();
	let api: FakeApi;
	const rejections: unknown[] = [];
	const note = (reason: unknown) => rejections.push(reason);
	before(async () => {
		api = await FakeApi.start();
		process.on("unhandledRejection", note);
	});
	beforeEach(() => {
		api.clear();
		rejections.length = 0;
	});
	afterEach(() => assert.deepEqual(rejections, []));
	after(async () => {
		process.off("unhandledRejection", note);
		await api.stop();
	});

	const trips: FlowNode = {
		id: "trips",
		type: "stellantis-trips",
		account: "account",
		vehicle: "v1",
		vehicleType: "str",
		order: "ascending",
	};

	for (const how of ["a stop", "a full deploy", "a deploy of the changed node", "a deploy of the changed account"])
		it(`${how} in the middle of a page ends everything without another message`, async () => {
			const never = gate();
			api.collection(PATH, THINGS, { size: 3 });
			api.fault(PATH, () => never.opened.then(() => ({ body: { _links: {}, _embedded: { trips: THINGS } } })), {
				page: 2,
				times: 9,
			});
			await load([liveAccount(api), trips], liveCredentials);
			const running = start("trips");
			const another = start("trips");
			await running.atLeast(2);
			await another.atLeast(2);
			if (how === "a stop") await stopFlows();
			else if (how === "a full deploy") await redeploy([liveAccount(api), trips], "full", liveCredentials);
			else if (how === "a deploy of the changed node")
				await redeploy([liveAccount(api), { ...trips, name: "changed" }], "nodes", liveCredentials);
			else await redeploy([liveAccount(api, { retries: 1 }), trips], "nodes", liveCredentials);
			await api.abortedRequests(2);
			never.open();
			api.clear();
			api.collection(PATH, THINGS, { size: 3 });
			if (how !== "a stop") {
				// The node's successor works, and by the time it is done nothing more has come of the old messages.
				assert.equal((await run("trips")).done.items, 6);
				assert.equal(api.requests.length, 2);
			}
			assert.deepEqual([running.items.length, another.items.length], [2, 2]);
			assert.deepEqual(loggedErrors(), []);
		});

	describe("with more messages than can be worked on at once, and a server that answers none", () => {
		const MANY = 1_200;
		const status = { id: "status", type: "stellantis-status", account: "account", vehicle: "v1", vehicleType: "str" };
		const never = gate();
		beforeEach(async () => {
			api.on("/user/vehicles/v1/status", () => never.opened.then(() => ({ body: {} })));
			await load([liveAccount(api), status], liveCredentials);
			for (let n = 0; n < MANY; n++) node("status").receive({ _msgid: `m${n}` });
			await api.requested(4);
		});
		after(() => never.open());

		it("a reset ends each with a plain done, and counts them once in the log", async () => {
			let completed = 0;
			await new Promise<void>((resolve) => {
				// The reset itself is one more.
				watch("completed", () => {
					if (++completed === MANY + 1) resolve();
				});
				node("status").receive({ _msgid: "reset", reset: true });
			});
			assert.equal(logText().split(`${MANY} messages were given up by msg.reset`).length, 2);
			assert.deepEqual(loggedErrors(), []);
			assert.equal(api.requests.length, 4);
		});

		it("a deploy tells how many were not done", async () => {
			await redeploy([liveAccount(api), { ...status, name: "changed" }], "nodes", liveCredentials);
			assert.equal(logText().split(`${MANY} messages were not done when this node closed`).length, 2);
			assert.deepEqual(loggedErrors(), []);
		});
	});

	it("stops in the middle of waiting for another try", async () => {
		api.on(PATH, { status: 503, headers: { "retry-after": "60" } });
		await load([liveAccount(api, { retries: 3 }), trips], liveCredentials);
		const asked = gate();
		api.on(PATH, () => {
			asked.open();
			return { status: 503, headers: { "retry-after": "50" } };
		});
		start("trips");
		await asked.opened;
		await stopFlows();
	});

	it("runs the demo API while an account uses it, and not longer", async () => {
		const account = (id: string, family: string) => ({ id, type: "stellantis-account", server: "demo", api: family });
		const list = (id: string, chosen: string) => ({ id, type: "stellantis-vehicle-list", account: chosen });
		await load([
			account("account", "user-v4"),
			account("second", "fleet-v3"),
			list("one", "account"),
			list("two", "second"),
		]);
		const portOf = async (id: string, chosen: string) => {
			assert.equal((await run(id)).done.items, 12);
			const { connection } = node(chosen) as unknown as AccountNode;
			return Number(new URL((await connection.connected()).car.root).port);
		};
		const port = await portOf("one", "account");
		assert.equal(await portOf("two", "second"), port);
		await redeploy([account("second", "fleet-v3"), list("two", "second")]);
		assert.equal(await isOpen(await portOf("two", "second")), true);
		await stopFlows();
		assert.equal(await isOpen(port), false);
	});

	it("lets an account be used before it is ever asked for anything, and closes it again", async () => {
		await load([{ id: "account", type: "stellantis-account" }, trips]);
		assert.ok(node("trips"));
		await stopFlows();
	});

	it("reads everything a form may leave empty as its default", async () => {
		const empty = Object.fromEntries(
			[
				"baseUrl",
				"realm",
				"locale",
				"timeout",
				"retries",
				"concurrency",
				"requestsPerSecond",
				"country",
				"proxy",
				"tls",
			].map((name) => [name, ""]),
		);
		await load([
			{ id: "account", type: "stellantis-account", ...empty, headers: [], configVersion: 1 },
			{
				...{ output: "", pageSize: "", maxItems: "", parallel: "", from: "", to: "", order: "", scope: "" },
				id: "list",
				type: "stellantis-vehicle-list",
				account: "account",
			},
		]);
		assert.equal((await run("list")).done.items, 12);
	});
});
