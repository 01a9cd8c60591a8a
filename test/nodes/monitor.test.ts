import assert from "node:assert/strict";
import type { FamilyId } from "../../src/api/families";
import { ChannelsApi } from "../support/channels-api";
import { FakeApi, liveAccount, liveCredentials } from "../support/fake-api";
import type { FlowMessage, FlowNode } from "../support/runtime";
import { WebhookRuntime } from "../support/webhook-runtime";

const BODY = {
	label: "battery low",
	triggerParam: {
		triggers: [{ name: "low", data: { data: "vehicle.energy.electric.level", op: "lowerThan", value: ["20"] } }],
		boolExp: "low",
	},
};
const vehicle = "VR3UPHNKSKT100001";

describe("monitor node", () => {
	let api: ChannelsApi;
	let runtime: WebhookRuntime;

	const start = async (family: FamilyId = "user-v4") => {
		api = await ChannelsApi.start(family);
		runtime = new WebhookRuntime();
		const node = { type: "stellantis-monitor", account: "account", vehicle: "vehicle", vehicleType: "msg" };
		const more = { monitor: "monitor", monitorType: "msg", body: "definition", bodyType: "msg" };
		const actions = ["create", "list", "get", "update", "pause", "resume", "delete", "vehicles"];
		const nodes = actions.map((action) => ({ id: `node-${action}`, action, ...node, ...more }));
		await runtime.load([api.account, ...nodes], api.credentials);
	};
	afterEach(async () => {
		await runtime.stop();
		await api.stop();
		runtime.dispose();
	});

	/** Sends a message to the node of an action and gives what comes out; fails the test when that is an error. */
	const act = async (action: string, msg: Record<string, unknown>): Promise<FlowMessage> => {
		const count = runtime.messages.length;
		runtime.node(`node-${action}`).receive(msg as FlowMessage);
		await runtime.until(() => runtime.messages.length > count || runtime.errors.length > 0);
		assert.deepEqual(
			runtime.errors.map(({ error }) => error?.message),
			[],
		);
		return runtime.messages.at(-1) ?? {};
	};
	const fail = async (action: string, msg: Record<string, unknown>): Promise<{ code?: string; message: string }> => {
		runtime.node(`node-${action}`).receive(msg as FlowMessage);
		await runtime.until(() => runtime.errors.length > 0);
		return runtime.errors.shift()?.error ?? { message: "" };
	};
	const idOf = ({ payload }: FlowMessage) => (payload as { monitorId: string }).monitorId;
	const changes = () =>
		api.calls.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`);

	for (const family of ["user-v4", "accounts-v1", "fleet-v3"] as const)
		it(`takes a monitor through its whole life (${family})`, async () => {
			await start(family);
			api.addChannel("kitchen", "https://home.example/stellantis/events/secret");
			const created = await act("create", { vehicle, definition: BODY, parts: { id: "p", index: 0, type: "array" } });
			assert.equal(created.statusCode, 202);
			assert.deepEqual(created.parts, { id: "p", index: 0, type: "array" });
			const msg = { vehicle, monitor: idOf(created), definition: { ...BODY, label: "changed" } };
			await act("update", msg);
			await act("pause", msg);
			const listed = await act("list", { vehicle });
			const [only, ...others] = listed.payload as { monitor: { label: string }; status: string }[];
			assert.deepEqual([only?.monitor.label, only?.status, others.length], ["changed", "Paused", 0]);
			await act("resume", { ...msg, monitor: only });
			const read = await act("get", msg);
			assert.equal((read.payload as { status: string }).status, "Running");
			assert.equal(read.topic, family === "user-v4" ? "vehicle-1" : undefined);
			const deleted = await act("delete", msg);
			assert.deepEqual([deleted.payload, deleted.statusCode], [null, 204]);
			assert.equal(api.monitors.size, 0);
			assert.equal("definition" in deleted, true);
		});

	it("tells accounts-v1 which vehicles a new monitor watches, reads them and changes them", async () => {
		await start("accounts-v1");
		api.addChannel("kitchen", "https://home.example/secret");
		const monitor = idOf(await act("create", { vehicle: [vehicle, "vehicle-2"], definition: BODY }));
		const watched = async () =>
			((await act("vehicles", { monitor })).payload as { _embedded: { vehicleIds: string[] } })._embedded.vehicleIds;
		assert.deepEqual(await watched(), ["vehicle-1", "vehicle-2"]);
		await act("vehicles", { monitor, definition: { action: "Add", vehicleIds: ["vehicle-3"] } });
		assert.deepEqual(await watched(), ["vehicle-3"]);
		assert.match(
			(await fail("vehicles", { monitor, definition: { action: "Drop" } })).message,
			/must be Add or Remove/,
		);
	});

	it("leaves no monitor behind that watches nothing", async () => {
		await start("accounts-v1");
		api.addChannel("kitchen", "https://home.example/secret");
		api.refuse = { method: "PUT", path: /handles$/, status: 403 };
		assert.equal((await fail("create", { vehicle, definition: BODY })).code, "ERR_FORBIDDEN");
		assert.equal(api.monitors.size, 0);
	});

	it("gives a fleet's monitor the webhook of the account's channel", async () => {
		await start("fleet-v3");
		api.addChannel("kitchen", "https://home.example/stellantis/events/secret");
		await act("create", { definition: BODY });
		const [monitor] = [...api.monitors.values()];
		const { callback } = (monitor?.body.subscribeParam ?? {}) as { callback?: unknown };
		const webhook = { target: "https://home.example/stellantis/events/secret", name: "kitchen" };
		assert.deepEqual(callback, { webhook });
		assert.match((await fail("vehicles", { monitor: "m" })).message, /whole fleet/);
	});

	it("refuses what can't be asked before it asks anything", async () => {
		await start();
		const wrong = await fail("create", { vehicle, definition: { label: "x" } });
		assert.equal(wrong.code, "ERR_BAD_INPUT");
		assert.match(wrong.message, /triggerParam is missing/);
		assert.match((await fail("get", { vehicle })).message, /The monitor is undefined; give its id/);
		assert.match((await fail("get", { vehicle, monitor: { _links: {} } })).message, /give its id/);
		assert.deepEqual(api.calls, []);
	});

	it("changes and deletes nothing but monitors, whatever a link names", async () => {
		await start();
		const channel = api.addChannel("kitchen", "https://home.example/secret");
		const monitors = "/root/user/vehicles/vehicle-1/callbacks/c1/monitors";
		const links = [
			`/root/user/callbacks/${channel}`,
			"/root/user/vehicles/vehicle-1",
			`${monitors}/`,
			`${monitors}/m1/status`,
			`${monitors}/m%2F..%2F..`,
			"/user/vehicles/vehicle-1/callbacks/c1/monitors/m1/..",
		];
		for (const href of links)
			for (const action of ["delete", "pause", "resume", "update", "get"]) {
				const monitor = { id: "m1", _links: { self: { href } } };
				const error = await fail(action, { vehicle, monitor, definition: BODY });
				assert.deepEqual([href, action, error.code], [href, action, "ERR_BAD_INPUT"]);
				assert.match(error.message, /where no monitor is/);
			}
		assert.deepEqual(api.calls, []);
	});

	it("takes a monitor's own link for its place, without asking for its vehicle or channel", async () => {
		await start();
		const path = "/user/vehicles/vehicle-1/callbacks/c1/monitors/m1";
		await fail("delete", { monitor: { id: "other", _links: { self: { href: `/root${path}/` } } } });
		assert.deepEqual(changes(), [`DELETE ${path}`]);
	});

	it("says how to get a channel where there is none", async () => {
		await start();
		const { code, message } = await fail("create", { vehicle, definition: BODY });
		assert.equal(code, "ERR_NO_CHANNEL");
		assert.match(message, /vehicle events node/);
		assert.deepEqual(changes(), []);
	});
});

describe("monitor node, with an API of several pages,", () => {
	const MONITORS = ["m1", "m2", "m3"].map((id) => ({ id }));
	const gone = { status: 404, body: { code: 40499, uuid: "u", message: "no such vehicle" } };
	const list = (id: string) => `/user/vehicles/${id}/callbacks/c1/monitors`;
	let api: FakeApi;
	let runtime: WebhookRuntime;
	let current: string;

	beforeEach(async () => {
		api = await FakeApi.start();
		runtime = new WebhookRuntime();
		current = "va";
		api.on("/user/vehicles", () => ({
			body: { _links: {}, _embedded: { vehicles: [{ id: current, vin: vehicle }] } },
		}));
		for (const id of ["va", "vb"]) api.collection(list(id), MONITORS, { key: "monitors" });
	});
	afterEach(async () => {
		await runtime.stop();
		await api.stop();
		runtime.dispose();
	});

	const receive = async (action: string, msg: Record<string, unknown>): Promise<void> => {
		const properties = {
			account: "account",
			vehicle: "vehicle",
			vehicleType: "msg",
			channel: "c1",
			channelType: "str",
		};
		const node: FlowNode = { id: "monitor", type: "stellantis-monitor", ...properties, action };
		await runtime.load([liveAccount(api), node], liveCredentials);
		runtime.node("monitor").receive({ vehicle, ...msg });
		await runtime.until(() => runtime.errors.length > 0 || runtime.messages.length > 1);
	};
	const monitors = () => runtime.messages.map(({ payload }) => payload);

	it("lists no monitor twice when its vehicle gets another id between two pages", async () => {
		const moves = () => {
			current = "vb";
			return gone;
		};
		api.fault(list("va"), moves, { page: 2 });
		await receive("list", {});
		assert.deepEqual(monitors(), [MONITORS.slice(0, 2)]);
		assert.equal(runtime.errors[0]?.error?.code, "ERR_NOT_FOUND");
		assert.ok(runtime.errors[0]?.resume);
	});

	it("says that nothing is there when a list goes on below an id that its vehicle has no more", async () => {
		api.fault(list("va"), { status: 503 }, { page: 2 });
		await receive("list", {});
		const { resume } = runtime.errors[0] ?? {};
		api.on(list("va"), () => {
			current = "vb";
			return gone;
		});
		runtime.node("monitor").receive({ vehicle, resume });
		await runtime.until(() => runtime.errors.length > 1);
		assert.equal(runtime.errors[1]?.error?.code, "ERR_NOT_FOUND");
		assert.deepEqual(runtime.errors[1]?.resume, resume);
	});

	for (const [what, monitor] of [
		["a number", 7],
		["a resource whose id is a number", { id: 7 }],
		[
			"a resource whose own link is a template",
			{ id: "7", _links: { self: { href: "monitors/{mid}", templated: true } } },
		],
		["a resource whose own link is relative to the list", { id: "7", _links: { self: { href: "monitors/7" } } }],
	] as const)
		it(`finds a monitor that is given as ${what}`, async () => {
			api.on(`${list("va")}/7`, { body: { id: 7, label: "low" } });
			runtime.messages.push({});
			await receive("get", { monitor });
			assert.deepEqual(runtime.errors, []);
			assert.deepEqual(monitors()[1], { id: 7, label: "low" });
		});

	for (const body of [[], {}, "monitor", null])
		it(`is told ERR_BAD_RESPONSE when the monitor is ${JSON.stringify(body)}`, async () => {
			api.on(`${list("va")}/7`, { text: JSON.stringify(body) });
			await receive("get", { monitor: "7" });
			assert.equal(runtime.errors[0]?.error?.code, "ERR_BAD_RESPONSE");
		});
});
