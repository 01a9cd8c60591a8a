import assert from "node:assert/strict";
import { ConnectedCar } from "../../src/api/connected-car";
import { FAMILIES } from "../../src/api/families";
import { VehicleDirectory, vehicleOfItem, vehicleRefOf } from "../../src/api/vehicles";
import { StellantisError } from "../../src/error";
import type { ApiRequest } from "../../src/transport/client";
import type { Claim } from "../../src/transport/limiter";

const ROOT = "https://api.example/v";
const CLAIM: Claim = { priority: "single", owner: "n1" };
const vin = (number: number) => `VR3TEST${String(number).padStart(10, "0")}`;
const vehicle = (number: number) => ({
	id: `v${number}`,
	vin: vin(number),
	_links: { self: { href: `/v/user/vehicles/v${number}` } },
});

/** A directory over an account with so many vehicles, two on a page. */
function directory(count: number, { failures = 0, filter = "works" } = {}) {
	const asked: string[] = [];
	let left = failures;
	const clock = { time: 1_000_000 };
	let isNone = false;
	const ids = new Map<string, string | undefined>();
	const all = () =>
		Array.from({ length: count }, (_, number) => vehicle(number)).flatMap((each) => {
			const id = ids.has(each.id) ? ids.get(each.id) : each.id;
			return id === undefined ? [] : [{ ...each, id }];
		});
	const client = {
		send: async ({ url }: ApiRequest) => {
			asked.push(url.pathname + url.search);
			await Promise.resolve();
			if (left-- > 0) throw new StellantisError("ERR_SERVER", "not now");
			if (isNone) throw new StellantisError("ERR_NOT_FOUND", "none", { statusCode: 404, apiError: { code: 40400 } });
			const single = /vehicles\/(\w+)$/.exec(url.pathname);
			if (single) {
				if (Number(single[1]?.slice(1)) >= count) throw new StellantisError("ERR_NOT_FOUND", "no");
				return { statusCode: 200, url, body: vehicle(0) };
			}
			const prefix = url.searchParams.get("vinPrefix");
			if (prefix && filter === "works") {
				const vehicles = all().filter((each) => each.vin.startsWith(prefix));
				return { statusCode: 200, url, body: { _links: {}, _embedded: { vehicles } } };
			}
			if (prefix && filter === "refused") throw new StellantisError("ERR_REJECTED", "no such parameter");
			const page = Number(url.searchParams.get("page") ?? 1);
			const next = page * 2 < count ? { next: { href: `?page=${page + 1}` } } : {};
			return {
				statusCode: 200,
				url,
				body: { _links: next, _embedded: { vehicles: all().slice(page * 2 - 2, page * 2) } },
			};
		},
	};
	const car = new ConnectedCar({ family: FAMILIES["user-v4"], client, root: new URL(ROOT), variables: {} });
	return {
		asked,
		clock,
		vehicles: new VehicleDirectory(car, new AbortController().signal, () => clock.time),
		/** The car comes back under another id. */
		rename: (id: string, now: string) => ids.set(id, now),
		leave: (id: string) => ids.set(id, undefined),
		fail: (times: number) => {
			left = times;
		},
		/** The list answers 404. */
		none: () => {
			isNone = true;
		},
	};
}

describe("the vehicle that a flow means", () => {
	it("is taken at its id, without a request", async () => {
		const { vehicles, asked } = directory(3);
		assert.deepEqual(await vehicles.find(" abc-1 ", CLAIM), { id: "abc-1" });
		assert.deepEqual(await vehicles.find(108, CLAIM), { id: "108" });
		assert.deepEqual(asked, []);
	});

	it("is found by its VIN, in any case, with one reading of the list for many", async () => {
		const { vehicles, asked } = directory(5);
		const found = await Promise.all([0, 4, 2, 3].map((number) => vehicles.find(vin(number).toLowerCase(), CLAIM)));
		assert.deepEqual(found, [0, 4, 2, 3].map(vehicle));
		assert.deepEqual(await vehicles.find({ vin: vin(1) }, CLAIM), vehicle(1));
		assert.equal(asked.length, 3);
	});

	it("is found by its VIN in a large fleet without reading the whole list", async () => {
		const { vehicles, asked } = directory(5_000);
		const wanted = [4_999, 3_100, 3_100];
		const found = await Promise.all(wanted.map((number) => vehicles.find(vin(number), CLAIM)));
		assert.deepEqual(found, wanted.map(vehicle));
		assert.deepEqual(await vehicles.find(vin(3_100), CLAIM), vehicle(3_100));
		const filtered = asked.filter((url) => url.includes("vinPrefix"));
		assert.equal(filtered.length, 2, "one request a VIN");
		assert.ok(asked.length - filtered.length <= 52, "as many of two as tell that it is long");
	});

	it("is found by its VIN with one reading of the whole list, where many are wanted", async () => {
		const { vehicles, asked } = directory(400);
		for (let number = 200; number < 300; number++)
			assert.deepEqual(await vehicles.find(vin(number), CLAIM), vehicle(number));
		assert.ok(asked.length <= 52 + 20 + 200, `${asked.length} requests`);
	});

	for (const filter of ["refused", "ignored"])
		it(`is found by its VIN where the server's filter is ${filter}`, async () => {
			const { vehicles } = directory(300, { filter });
			assert.deepEqual(await vehicles.find(vin(299), CLAIM), vehicle(299));
			await assert.rejects(vehicles.find(vin(999), CLAIM), { code: "ERR_NOT_FOUND" });
		});

	it("is looked for again when the VIN is unknown, but not at once", async () => {
		const { vehicles, asked, clock } = directory(1);
		for (const wait of [0, 1_000, 31_000]) {
			clock.time += wait;
			await assert.rejects(vehicles.find(vin(9), CLAIM), { code: "ERR_NOT_FOUND" });
		}
		assert.equal(asked.length, 2);
	});

	it("is found once the list can be read again", async () => {
		const { vehicles } = directory(1, { failures: 1 });
		await assert.rejects(vehicles.find(vin(0), CLAIM), { code: "ERR_SERVER" });
		assert.deepEqual(await vehicles.find(vin(0), CLAIM), vehicle(0));
	});

	const resources: [name: string, value: unknown, ref: unknown][] = [
		["a vehicle of a list", vehicle(1), vehicle(1)],
		["msg.vehicle of another node", { id: "v1" }, { id: "v1" }],
		["a vehicle without id", { _links: { self: { href: "https://h/a/v7?locale=x" } } }, "v7"],
		["a vehicle with a slash at its end", { _links: { self: { href: "/a/v7/" } } }, "v7"],
		["a vehicle with a number", { id: 7 }, "7"],
	];
	for (const [name, value, ref] of resources)
		it(`is read from ${name}`, async () => {
			const { vehicles, asked } = directory(3);
			const found = await vehicles.find(value, CLAIM);
			if (typeof ref === "string") assert.equal(found.id, ref);
			else assert.deepEqual(found, ref);
			assert.deepEqual(asked, []);
		});

	for (const nothing of [undefined, null, "", "  "])
		it(`is the account's only one for ${JSON.stringify(nothing) ?? "nothing"}`, async () => {
			const { vehicles, asked, clock } = directory(1);
			const found = await Promise.all([vehicles.find(nothing, CLAIM), vehicles.find(nothing, CLAIM)]);
			assert.deepEqual(found, [vehicle(0), vehicle(0)]);
			await vehicles.find(nothing, CLAIM);
			assert.equal(asked.length, 1);
			clock.time += 11 * 60_000;
			await vehicles.find(nothing, CLAIM);
			assert.equal(asked.length, 2);
		});

	for (const count of [0, 2, 9])
		it(`is not guessed among ${count}, and no more than a page is read`, async () => {
			const { vehicles, asked } = directory(count);
			await assert.rejects(vehicles.find(undefined, CLAIM), { code: "ERR_NO_VEHICLE" });
			assert.equal(asked.length, 1);
		});

	const bad: unknown[] = [
		"../x",
		"a/b",
		"a?b",
		"%2e%2e",
		"..",
		[vehicle(1)],
		[],
		true,
		{},
		{ vin: "short" },
		{ id: "a/b" },
	];
	for (const value of bad)
		it(`is not ${JSON.stringify(value)}`, async () => {
			const { vehicles, asked } = directory(1);
			await assert.rejects(vehicles.find(value, CLAIM), { code: "ERR_BAD_INPUT" });
			assert.deepEqual(asked, []);
		});

	it("that is not found is looked for again: by id where no more is known of it", async () => {
		const { vehicles, asked, clock } = directory(1);
		assert.deepEqual(await vehicles.lookAgain({ id: "v0" }, CLAIM), { id: "v0" });
		assert.equal(await vehicles.lookAgain({ id: "v9" }, CLAIM), undefined);
		assert.deepEqual(asked, ["/v/user/vehicles/v0", "/v/user/vehicles/v9"]);
		await vehicles.lookAgain({ id: "v9" }, CLAIM);
		assert.equal(asked.length, 2);
		clock.time += 16 * 60_000;
		await vehicles.lookAgain({ id: "v9" }, CLAIM);
		assert.equal(asked.length, 3);
	});

	it("is found under another id by its VIN, with one look at the list in 15 minutes", async () => {
		const { vehicles, asked, clock, rename } = directory(2);
		assert.equal((await vehicles.find(vin(1), CLAIM)).id, "v1");
		rename("v1", "w1");
		const before = asked.length;
		assert.equal((await vehicles.lookAgain({ id: "v1", vin: vin(1) }, CLAIM))?.id, "w1");
		assert.equal((await vehicles.lookAgain({ id: "v1" }, CLAIM))?.id, "w1", "whose VIN is known");
		assert.equal(asked.length, before + 1);
		for (const given of [vin(1), "v1", { id: "v1", vin: vin(1), _links: {} }, { ...vehicle(1) }])
			assert.equal((await vehicles.find(given, CLAIM)).id, "w1");
		assert.equal((await vehicles.find("v0", CLAIM)).id, "v0");
		assert.equal(asked.length, before + 1);
		rename("v1", "x1");
		assert.equal((await vehicles.lookAgain({ id: "w1", vin: vin(1) }, CLAIM))?.id, "w1", "so soon");
		clock.time += 16 * 60_000;
		assert.equal((await vehicles.lookAgain({ id: "w1", vin: vin(1) }, CLAIM))?.id, "x1");
		assert.equal((await vehicles.find(vin(1), CLAIM)).id, "x1");
	});

	it("is found under another id in a large fleet, with one request by its VIN", async () => {
		const { vehicles, asked, rename } = directory(5_000);
		await vehicles.find(vin(4_000), CLAIM);
		rename("v4000", "w4000");
		const before = asked.length;
		assert.equal((await vehicles.lookAgain({ id: "v4000", vin: vin(4_000) }, CLAIM))?.id, "w4000");
		assert.equal(asked.length, before + 1);
	});

	it("of a large fleet is not asked for one by one where there may simply be none, for it was listed a moment ago", async () => {
		const { vehicles, asked, clock } = directory(300);
		for (let number = 0; number < 300; number++) vehicles.learn(vehicle(number));
		for (let number = 0; number < 300; number++)
			assert.equal((await vehicles.lookAgain(vehicle(number), CLAIM, true))?.id, `v${number}`);
		assert.deepEqual(asked, []);
		clock.time += 16 * 60_000;
		for (let number = 0; number < 50; number++) await vehicles.lookAgain(vehicle(number), CLAIM, true);
		assert.equal(asked.length, 50, "one request a vehicle");
	});

	it("that has left the account is gone at once, and one that comes is there", async () => {
		const { vehicles, clock, leave } = directory(3);
		await vehicles.find(vin(1), CLAIM);
		leave("v1");
		assert.equal(await vehicles.lookAgain({ id: "v1", vin: vin(1) }, CLAIM), undefined);
		clock.time += 31_000;
		await assert.rejects(vehicles.find(vin(1), CLAIM), { code: "ERR_NOT_FOUND" });
	});

	it("stays known while the list can't be read", async () => {
		const { vehicles, fail } = directory(2);
		const known = await vehicles.find(vin(1), CLAIM);
		fail(1);
		await assert.rejects(vehicles.lookAgain(known, CLAIM), { code: "ERR_SERVER" });
		assert.deepEqual(await vehicles.find(vin(1), CLAIM), known);
		assert.deepEqual(await vehicles.lookAgain(known, CLAIM), known);
	});

	it("of an account whose list answers 404 does not exist, and a sentence says why", async () => {
		const { vehicles, none } = directory(1);
		none();
		const why = { code: "ERR_NO_VEHICLE", message: /none is bound to it yet.*privacy mode/ };
		await assert.rejects(vehicles.find(undefined, CLAIM), why);
		await assert.rejects(vehicles.find(vin(0), CLAIM), { code: "ERR_NOT_FOUND", message: /privacy mode/ });
	});

	it("is named as people know it, wherever a sentence has its id", async () => {
		const { vehicles } = directory(1);
		vehicles.learn({ id: "108e0000aaaa", vin: "VR3UHZKXBNT000042", brand: "Peugeot", model: "e-208" });
		vehicles.learn({ id: "208e0000aaaa", vin: "VR3UHZKXBNT000043" });
		vehicles.learn({ id: "308e0000aaaa", vin: "VR3UHZKXBNT000044", brand: "DS" });
		vehicles.learn({ id: "408e0000aaaa", label: "Anna's\nold car" });
		const rows = [
			["GET /connectedcar/v4/user/vehicles/108e0000aaaa/status (401).", "GET status of Peugeot e-208 …0042 (401)."],
			["Vehicle 108e0000aaaa: not woken.", "Vehicle Peugeot e-208 …0042: not woken."],
			["nothing at /x/208e0000aaaa.", "nothing at vehicle …0043."],
			["h answered /v/308e0000aaaa/trips/1 with", "h answered trips/1 of DS …0044 with"],
			["408e0000aaaa, 508e0000aaaa", "Anna's old car, 508e0000aaaa"],
			["", ""],
		];
		for (const [said, spoken] of rows) assert.equal(vehicles.spoken(said ?? ""), spoken);
		assert.equal(vehicles.nameOf({ id: "1", vin: "VR3UHZKXBNT000042", label: "Zoé" }), "Zoé …0042");
		assert.equal(vehicles.nameOf("unknown"), "vehicle unknown");
	});

	it("has its VIN and label where the list has told them", async () => {
		const { vehicles, asked } = directory(1);
		vehicles.learn({ id: "v7", vin: vin(7), label: "Zoé" });
		assert.deepEqual(await vehicles.find("v7", CLAIM), { id: "v7", vin: vin(7), label: "Zoé" });
		assert.deepEqual(asked, []);
	});
});

it("a vehicle reference has no key without a value", () => {
	assert.deepEqual(vehicleRefOf({ id: "a", vin: "", _links: [], brand: "DS" }), { id: "a" });
	for (const value of [undefined, null, "a", [], {}, { id: "" }, { _links: {} }])
		assert.equal(vehicleRefOf(value), undefined);
});

it("a vehicle is known by links that are templates", () => {
	assert.equal(vehicleRefOf({ vin: vin(1), _links: { self: { href: "/v/vehicles/abc{?locale}" } } })?.id, "abc");
	assert.equal(
		vehicleRefOf({ vin: vin(1), _links: { self: { href: "/v/vehicles/{id}", templated: true } } }),
		undefined,
	);
	const family = FAMILIES["user-v4"];
	const client = { send: () => Promise.reject(new Error("asks nothing")) };
	const car = new ConnectedCar({ family, client, root: new URL(ROOT), variables: {} });
	const self = { href: `${ROOT}/user/vehicles/abc/status{?extension}`, templated: true };
	assert.deepEqual(vehicleOfItem(car, { _links: { self } }), { id: "abc" });
	assert.deepEqual(vehicleOfItem(car, { _links: { vehicle: { href: `${ROOT}/user/vehicles/abc{/part}` } } }), {
		id: "abc",
	});
});
