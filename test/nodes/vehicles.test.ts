import assert from "node:assert/strict";
import { FakeApi, liveAccount, liveCredentials } from "../support/fake-api";
import { load, node, run, stopFlows, useRuntime } from "../support/runtime";

const VIN = "VR3TESTTEST000001";
const CAR = {
	id: "v1",
	vin: VIN,
	_links: {
		self: { href: "/connectedcar/v4/user/vehicles/v1" },
		status: { href: "/connectedcar/v4/user/vehicles/v1/status" },
	},
};

describe("the vehicle of a message", () => {
	useRuntime();
	let api: FakeApi;
	before(async () => {
		api = await FakeApi.start();
	});
	beforeEach(() => {
		api.clear();
		api.on("/user/vehicles/v1/status", { body: { _links: {}, odometer: { mileage: 7 } } });
		api.collection("/user/vehicles", [CAR], { key: "vehicles" });
	});
	after(() => api.stop());

	const status = (properties: Record<string, unknown> = {}, account: Record<string, unknown> = {}) =>
		load(
			[liveAccount(api, account), { id: "status", type: "stellantis-status", account: "account", ...properties }],
			liveCredentials,
		);

	const given: [string, unknown, unknown][] = [
		["id", "v1", { id: "v1" }],
		["VIN", VIN, CAR],
		["VIN in small letters", VIN.toLowerCase(), CAR],
		["vehicle resource", { ...CAR, brand: "Peugeot" }, CAR],
		["vehicle of another node", { id: "v1", vin: VIN }, { id: "v1", vin: VIN }],
		[
			"resource without an id",
			{ _links: { self: { href: "/x/vehicles/v1?locale=fr" } } },
			{ id: "v1", _links: { self: { href: "/x/vehicles/v1?locale=fr" } } },
		],
		["object with nothing but a VIN", { vin: VIN }, CAR],
		["nothing at all", undefined, CAR],
		["empty text", "", CAR],
		["null", null, CAR],
	];
	for (const [what, vehicle, expected] of given)
		it(`may be given as ${what}`, async () => {
			await status();
			const { items } = await run("status", { vehicle } as never);
			assert.deepEqual(items[0]?.vehicle, expected);
			assert.equal(items[0]?.topic, "v1");
			assert.deepEqual(items[0]?.payload, { _links: {}, odometer: { mileage: 7 } });
			assert.equal((items[0]?.summary as { odometer: number } | undefined)?.odometer, 7);
		});

	it("may be given by every kind of typed input", async () => {
		process.env.STELLANTIS_TEST_CAR = "v1";
		const kinds: [string, string][] = [
			["str", "v1"],
			["msg", "data.car"],
			["flow", "car"],
			["global", "cars.mine"],
			["env", "STELLANTIS_TEST_CAR"],
			["jsonata", "$substringBefore(data.text, ';')"],
			["jsonata", '{"vin": data.vin}'],
		];
		for (const [vehicleType, vehicle] of kinds) {
			await status({ vehicle, vehicleType });
			node("status").context().flow.set("car", "v1");
			node("status").context().global.set("cars", { mine: CAR });
			const { items } = await run("status", { data: { car: "v1", text: "v1;x", vin: VIN } });
			assert.equal(items[0]?.topic, "v1", vehicleType);
			await stopFlows();
		}
		delete process.env.STELLANTIS_TEST_CAR;
	});

	it("says which field is broken when it can't be evaluated", async () => {
		await status({ vehicle: "$broken(", vehicleType: "jsonata" });
		const { error } = await run("status");
		assert.equal(error.error?.code, "ERR_BAD_INPUT");
		assert.match(error.error?.message ?? "", /vehicle/);
		assert.match(error.error?.message ?? "", /evaluated: \w+/);
	});

	for (const bad of [
		"../user",
		"v1/../v2",
		"a b",
		".",
		"v1?x=y",
		"%2e%2e",
		7.5e30,
		true,
		[],
		{ id: {} },
		{ id: "../../user" },
	])
		it(`is ERR_BAD_INPUT for ${JSON.stringify(bad)}, or finds nothing, and never leaves its place`, async () => {
			await status();
			const { error } = await run("status", { vehicle: bad as never });
			assert.match(error.error?.code ?? "", /^ERR_(BAD_INPUT|NOT_FOUND)$/);
			for (const { path } of api.requests) assert.match(path, /^\/user\/vehicles(\/[^/]+\/status)?$/);
		});

	it("is ERR_NOT_FOUND for an unknown VIN", async () => {
		await status();
		const { error } = await run("status", { vehicle: "VR3TESTTEST999999" } as never);
		assert.equal(error.error?.code, "ERR_NOT_FOUND");
	});

	it("is ERR_NO_VEHICLE when none is given and there are several, or none", async () => {
		await status();
		api.collection("/user/vehicles", [CAR, { id: "v2" }], { key: "vehicles" });
		const several = await run("status");
		assert.equal(several.error.error?.code, "ERR_NO_VEHICLE");
		api.collection("/user/vehicles", [], { key: "vehicles" });
		const none = await run("status");
		assert.equal(none.error.error?.code, "ERR_NO_VEHICLE");
	});

	it("is asked for once, however many messages need it", async () => {
		await status();
		await Promise.all(Array.from({ length: 5 }, () => run("status", { vehicle: VIN } as never)));
		assert.equal(api.count("/user/vehicles"), 1);
	});

	it("stays right whatever a flow does to the messages", async () => {
		await status();
		for (let turn = 0; turn < 2; turn++) {
			const { items } = await run("status");
			assert.deepEqual(items[0]?.vehicle, CAR);
			const links = items[0]?.vehicle?._links as { status: { href: string } };
			links.status.href = "http://127.0.0.2:9/stolen";
		}
	});

	it("is read over its own link, and a link that leaves the API is ERR_FOREIGN_LINK", async () => {
		api.on("/elsewhere/state", { body: { _links: {}, own: true } });
		await status();
		const own = await run("status", {
			vehicle: { id: "v1", _links: { status: { href: `${api.root}/elsewhere/state` } } },
		});
		assert.deepEqual(own.items[0]?.payload, { _links: {}, own: true });
		const foreign = await run("status", {
			vehicle: { id: "v1", _links: { status: { href: "http://127.0.0.2:9/x" } } },
		});
		assert.equal(foreign.error.error?.code, "ERR_FOREIGN_LINK");
	});

	it("is each item's own in a vehicle list, and removed where several are meant", async () => {
		const account = { id: "account", type: "stellantis-account", server: "demo", api: "accounts-v1" };
		const stale = { vehicle: { id: "old" }, topic: "old" };
		for (const output of ["item", "page", "array"]) {
			await load([account, { id: "list", type: "stellantis-vehicle-list", account: "account", output }]);
			const { items, done } = await run("list", stale);
			assert.equal(done.items, 12);
			for (const msg of items) {
				if (output === "item") {
					const { vin, _links } = msg.payload as { vin: string; _links: { self: { href: string } } };
					const id = _links.self.href.split("/").at(-1);
					const { label, ...vehicle } = msg.vehicle ?? {};
					assert.deepEqual(vehicle, { id, vin, _links });
					assert.match(String(label), /^\p{L}+ \S/u);
					assert.equal(msg.topic, id);
				} else assert.deepEqual(["vehicle" in msg, "topic" in msg], [false, false]);
			}
			await stopFlows();
		}
	});
});
