import assert from "node:assert/strict";
import { ConnectedCar } from "../../src/api/connected-car";
import { FAMILIES } from "../../src/api/families";
import { VehicleDirectory, vehicleRefOf } from "../../src/api/vehicles";
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
	const client = {
		send: async ({ url }: ApiRequest) => {
			asked.push(url.pathname + url.search);
			await Promise.resolve();
			if (left-- > 0) throw new StellantisError("ERR_SERVER", "not now");
			const single = /vehicles\/(\w+)$/.exec(url.pathname);
			if (single) {
				if (Number(single[1]?.slice(1)) >= count) throw new StellantisError("ERR_NOT_FOUND", "no");
				return { statusCode: 200, url, body: vehicle(0) };
			}
			const prefix = url.searchParams.get("vinPrefix");
			if (prefix && filter === "works") {
				const vehicles = Array.from({ length: count }, (_, number) => vehicle(number)).filter((each) =>
					each.vin.startsWith(prefix),
				);
				return { statusCode: 200, url, body: { _links: {}, _embedded: { vehicles } } };
			}
			if (prefix && filter === "refused") throw new StellantisError("ERR_REJECTED", "no such parameter");
			const page = Number(url.searchParams.get("page") ?? 1);
			const all = Array.from({ length: count }, (_, number) => vehicle(number));
			const next = page * 2 < count ? { next: { href: `?page=${page + 1}` } } : {};
			return {
				statusCode: 200,
				url,
				body: { _links: next, _embedded: { vehicles: all.slice(page * 2 - 2, page * 2) } },
			};
		},
	};
	const car = new ConnectedCar({ family: FAMILIES["user-v4"], client, root: new URL(ROOT), variables: {} });
	return { asked, clock, vehicles: new VehicleDirectory(car, new AbortController().signal, () => clock.time) };
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

	it("exists if a list or the API says so", async () => {
		const { vehicles, asked } = directory(1);
		assert.equal(await vehicles.exists(vehicle(5), CLAIM), true);
		assert.deepEqual(asked, []);
		assert.equal(await vehicles.exists({ id: "v0" }, CLAIM), true);
		assert.equal(await vehicles.exists({ id: "v9" }, CLAIM), false);
		assert.equal(asked.length, 2);
	});
});

it("a vehicle reference has no key without a value", () => {
	assert.deepEqual(vehicleRefOf({ id: "a", vin: "", _links: [], brand: "DS" }), { id: "a" });
	for (const value of [undefined, null, "a", [], {}, { id: "" }, { _links: {} }])
		assert.equal(vehicleRefOf(value), undefined);
});
