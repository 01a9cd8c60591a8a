import assert from "node:assert/strict";
import { FakeApi, gate, liveAccount, SECRETS } from "../support/fake-api";
import {
	badges,
	type FlowMessage,
	type FlowNode,
	load,
	logText,
	redeploy,
	run,
	start,
	useRuntime,
} from "../support/runtime";
import { AT_BEST } from "../support/takes-less";

const STATUS = "/user/vehicles/v1/status";
const VEHICLES = "/user/vehicles";

describe("msg.account", () => {
	useRuntime();
	let own: FakeApi;
	let other: FakeApi;
	before(async () => {
		own = await FakeApi.start();
		other = await FakeApi.start();
	});
	beforeEach(() => {
		for (const api of [own, other]) {
			api.clear();
			api.on(STATUS, { body: { updatedAt: "2026-05-01T00:00:00Z" } });
			api.collection(VEHICLES, [{ id: "v1" }, { id: "v2" }, { id: "v3" }], { key: "vehicles" });
		}
	});
	after(() => Promise.all([own.stop(), other.stop()]));

	const reading = (name: string, more: object = {}): FlowNode => ({
		id: name,
		type: `stellantis-${name}`,
		account: "account",
		vehicle: "v1",
		vehicleType: "str",
		...more,
	});
	const customer = (more: Record<string, unknown> = {}) =>
		liveAccount(other, { id: "customer", name: "Smith & Sons", byMessage: true, ...more });
	// Node-RED takes away what it has read.
	const credentials = () => ({ account: { ...SECRETS }, customer: { ...SECRETS, accessToken: "token-of-smith" } });
	const flow = (nodes: FlowNode[], list: object = {}) =>
		load([liveAccount(own), reading("status"), reading("vehicle-list", list), ...nodes], credentials());
	const asks = (): [number, number] => [own.requests.length, other.requests.length];

	async function refused(account: unknown): Promise<FlowMessage> {
		const { error, items } = await run("status", { account });
		assert.deepEqual(items, []);
		assert.equal(error.error?.code, "ERR_NO_ACCOUNT", error.error?.message);
		assert.deepEqual(asks(), [0, 0]);
		return error;
	}

	for (const [what, account] of [
		["id", "customer"],
		["name", "Smith & Sons"],
	])
		it(`chooses an account by its ${what}, for one message, and travels on`, async () => {
			await flow([customer()]);
			const { items } = await run("status", { account });
			assert.equal(items[0]?.account, account);
			assert.deepEqual(asks(), [0, 1]);
			assert.equal(other.requests[0]?.headers.authorization, "Bearer token-of-smith");
			await run("status");
			assert.deepEqual(asks(), [1, 1]);
		});

	it("is not there in null or an empty text", async () => {
		await flow([customer()]);
		for (const account of [null, "", undefined]) await run("status", { account });
		assert.deepEqual(asks(), [3, 0]);
	});

	it("may always name the node's own account", async () => {
		await load([liveAccount(own, { name: "Ours" }), reading("status"), customer()], credentials());
		for (const account of ["account", "Ours"]) await run("status", { account });
		assert.deepEqual(asks(), [2, 0]);
	});

	it("reaches no account that does not allow it", async () => {
		await flow([customer({ byMessage: false }), customer({ id: "silent", name: "Silent", byMessage: undefined })]);
		for (const account of ["customer", "Smith & Sons", "silent", "Silent"]) await refused(account);
	});

	it("reaches none of another family, and none that does not run", async () => {
		const off = { id: "off", type: "tab", label: "off", disabled: true };
		await flow([
			customer({ api: "fleet-v3", fleetId: "f" }),
			customer({ id: "disabled", name: "Disabled", d: true }),
			off,
			customer({ id: "hidden", name: "Hidden", z: "off" }),
		]);
		for (const account of ["customer", "disabled", "Disabled", "hidden", "Hidden"]) await refused(account);
	});

	it("reaches none by a name that several have, whichever of them allow it", async () => {
		await flow([customer(), customer({ id: "c2", byMessage: false })]);
		assert.match((await refused("Smith & Sons")).error?.message ?? "", /2 accounts/);
		await run("status", { account: "customer" });
		assert.deepEqual(asks(), [0, 1]);
	});

	it("reaches none by a name that is the id of another", async () => {
		await flow([customer({ name: "account" }), customer({ id: "c2", name: "customer" })]);
		for (const account of ["account", "customer"]) await refused(account);
	});

	const strange: unknown[] = [
		"__proto__",
		"constructor",
		"toString",
		"hasOwnProperty",
		"status",
		"tab",
		"items",
		"customer ​",
		"CUSTOMER",
		"*",
		7,
		0,
		true,
		false,
		{},
		{ id: "customer" },
		{ toString: () => "customer" },
		["customer"],
		[],
		Object.create({ id: "customer" }),
		"x".repeat(1_000_000),
	];
	for (const account of strange)
		it(`reaches none by ${String(JSON.stringify(account)).slice(0, 40)}`, async () => {
			await flow([customer({ id: "c7", name: "7" }), customer(), customer({ id: "c0", name: "true" })]);
			const error = await refused(account);
			assert.ok((error.error?.message ?? "").length < 400);
		});

	it("reaches none of a node without an account", async () => {
		await load([customer(), reading("status", { account: "" }), reading("vehicle-list", { account: "gone" })]);
		for (const id of ["status", "vehicle-list"]) {
			const { error } = await run(id, { account: "customer" });
			assert.equal(error.error?.code, "ERR_NO_ACCOUNT");
		}
		assert.deepEqual(asks(), [0, 0]);
	});

	it("follows a deploy: what is forbidden, renamed or deleted is out of reach at once", async () => {
		const nodes = [liveAccount(own), reading("status")];
		await load([...nodes, customer()], credentials());
		await run("status", { account: "customer" });
		for (const next of [[customer({ byMessage: false })], [], [customer({ name: "Jones" })]]) {
			await redeploy([...nodes, ...next], "nodes", credentials());
			const { errors } = await run("status", { account: "Smith & Sons" });
			assert.equal(errors[0]?.error?.code, "ERR_NO_ACCOUNT");
		}
		assert.deepEqual(asks(), [0, 1]);
	});

	it("hears of a deploy that closes its account while it is under way or waits for its turn, and where to go on", async () => {
		const { opened, open } = gate();
		other.on(STATUS, async () => {
			await opened;
			return { body: {} };
		});
		other.fault(
			VEHICLES,
			async () => {
				await opened;
				return { body: {} };
			},
			{ page: 2, times: 9 },
		);
		await flow([customer({ concurrency: 2, retries: 3 })], { pageSize: 2 });
		const list = start("vehicle-list", { account: "customer" });
		await list.atLeast(1);
		const runs = Array.from({ length: 4 }, () => start("status", { account: "customer" }));
		await other.requested(3);
		await redeploy([liveAccount(own), reading("status"), reading("vehicle-list", { pageSize: 2 })], "nodes");
		for (const { end } of [list, ...runs]) {
			const { error } = await end;
			assert.equal(error.error?.code, "ERR_NO_ACCOUNT", error.error?.message);
			assert.match(error.error?.message ?? "", /^Account "Smith & Sons": The account was stopped or deployed anew/);
		}
		assert.ok((await list.end).error.resume, "the rest can be asked for");
		open();
	});

	it("reaches none by what the instances of a subflow have in common, only one by its own id", async () => {
		const inside = customer({ id: "inner", name: "Tenant", z: "sub" });
		const instances = ["one", "two"].map((id) => ({ id, type: "subflow:sub", x: 1, y: 1, wires: [] }));
		const subflow = { id: "sub", type: "subflow", name: "tenants", in: [], out: [] };
		await flow([subflow, inside, ...instances]);
		for (const account of ["Tenant", "inner", "one", "sub"]) await refused(account);
		// Its template has no credentials; that it was asked for is enough.
		const { error } = await run("status", { account: "one-inner" });
		assert.match(error.error?.message ?? "", /^Account "Tenant": /);
	});

	it("names the account in badges and errors, and takes its secrets out of them", async () => {
		const shown = badges();
		await flow([customer()]);
		other.on(STATUS, { status: 403, body: { code: 40300, message: "not for token-of-smith" } });
		const { error } = await run("status", { account: "customer" });
		assert.match(error.error?.message ?? "", /^Account "Smith & Sons": /);
		assert.equal(error.error?.code, "ERR_FORBIDDEN");
		assert.match(shown.at(-1) ?? "", /^red ring Smith & Sons · /);
		assert.ok(!(JSON.stringify(error) + logText()).includes("token-of-smith"));
		await run("status");
		assert.doesNotMatch(shown.at(-1) ?? "", /Smith/);
	});

	it("keeps pauses of one account away from the others", async () => {
		await flow([customer()]);
		other.on(STATUS, { status: 429, headers: { "retry-after": "3600" } });
		const { error } = await run("status", { account: "customer" });
		assert.equal(error.error?.code, "ERR_RATE_LIMITED");
		const { items } = await run("status");
		assert.equal(items.length, 1);
	});

	it("continues a collection with its own account only", async () => {
		await flow([customer()], { output: "page" });
		other.fault(VEHICLES, { status: 500 }, { page: 2 });
		const { error } = await run("vehicle-list", { account: "customer" });
		const { resume } = error;
		for (const account of [undefined, "account"]) {
			const { error: wrong } = await run("vehicle-list", { account, resume });
			assert.equal(wrong.error?.code, "ERR_BAD_INPUT", wrong.error?.message);
		}
		assert.equal(own.requests.length, 0);
		const { items } = await run("vehicle-list", { account: "customer", resume });
		assert.deepEqual(
			items.flatMap(({ payload }) => (payload as { id: string }[]).map(({ id }) => id)),
			["v3"],
		);
	});

	it("has marks of its own for each account", async () => {
		const trips = [{ id: "t1", startedAt: "2026-05-01T00:00:00Z", stoppedAt: "2026-05-01T01:00:00Z" }];
		for (const api of [own, other]) api.collection("/user/vehicles/v1/trips", trips, { key: "trips" });
		await load([liveAccount(own), reading("trips", { onlyNew: true }), customer()], credentials());
		const sent: number[] = [];
		for (const account of ["customer", undefined, "customer", undefined])
			sent.push((await run("trips", { account })).items.length);
		assert.deepEqual(sent, [1, 1, 0, 0]);
	});

	it("of two messages at the same time each is worked on with its own account", async () => {
		await flow([customer()]);
		own.on(STATUS, { body: { updatedAt: "2026-05-01T00:00:00Z", of: "own" } });
		other.on(STATUS, { body: { updatedAt: "2026-05-01T00:00:00Z", of: "customer" } });
		const both = await Promise.all(
			Array.from({ length: 20 }, (_, index) => run("status", { account: index % 2 ? "customer" : "account" })),
		);
		for (const [index, { items }] of both.entries())
			assert.equal(Object(items[0]?.payload).of, index % 2 ? "customer" : "own");
	});
});

describe("300 accounts that nobody has used yet", () => {
	useRuntime();

	/** Garbage aside. */
	const memory = () => {
		(globalThis as { gc?: () => void }).gc?.();
		return process.memoryUsage().heapUsed / 1024 / 1024;
	};

	it("cost at most 15 MB and 3 s of a deploy", async function () {
		this.retries(AT_BEST);
		const account = (index: number): FlowNode => ({
			id: `account${index}`,
			type: "stellantis-account",
			configVersion: 1,
			name: `Customer ${index}`,
			server: "live",
			api: "user-v4",
			auth: index % 2 ? "token" : "authorization-code",
			byMessage: true,
		});
		const node = { id: "status", type: "stellantis-status", account: "account0" };
		await load([account(0), node]);
		const before = memory();
		const start = performance.now();
		await redeploy([...Array.from({ length: 300 }, (_, index) => account(index)), node]);
		const seconds = (performance.now() - start) / 1000;
		const more = memory() - before;
		assert.ok(seconds < 3, `${seconds} s`);
		assert.ok(more < 15, `${more} MB`);
	});
});
