import assert from "node:assert/strict";
import fc from "fast-check";
import { assertDocument, ConnectedCar, isSegment } from "../../src/api/connected-car";
import { FAMILIES, type FamilyId } from "../../src/api/families";

const ROOT = "https://api.example/connectedcar/v4";
const noClient = { send: () => Promise.reject(new Error("nothing is sent here")) };
const carOf = (family: FamilyId = "user-v4", root = ROOT, variables: Record<string, string> = { fid: "f1" }) =>
	new ConnectedCar({ family: FAMILIES[family], client: noClient, root: new URL(root), variables, locale: "fr-FR" });
const car = carOf();
const BAD_INPUT = { code: "ERR_BAD_INPUT" };

describe("the path that a user wrote", () => {
	const good: [path: string, params: Record<string, string>, address: string][] = [
		["/user/vehicles", {}, "/user/vehicles"],
		["user/vehicles", {}, "/user/vehicles"],
		[" /user ", {}, "/user"],
		["/user/vehicles?pageSize=2", {}, "/user/vehicles?pageSize=2"],
		["/user/vehicles/{id}/trips", { id: "v 1".replace(" ", "") }, "/user/vehicles/v1/trips"],
		["/user/vehicles{?vinPrefix}", { vinPrefix: "V/R" }, "/user/vehicles?vinPrefix=V%2FR"],
		[`${ROOT}/user`, {}, "/user"],
		["/user/vehicles{?toString,valueOf*}", {}, "/user/vehicles"],
		["/user/..x/.y", {}, "/user/..x/.y"],
		["/user?next=https://elsewhere.example/../x", {}, "/user?next=https://elsewhere.example/../x"],
	];
	for (const [path, params, address] of good)
		it(`${path} is ${address}`, () => assert.equal(car.addressOfPath(path, params).href, ROOT + address));

	const bad: [path: string, params?: Record<string, string>][] = [
		["/../admin"],
		["/user/../../admin"],
		["/user/%2e%2e/admin"],
		["/user/%2E./admin"],
		["/user/.%2e/admin"],
		["/user/."],
		["/user\\..\\admin"],
		["/user%5c..%5cadmin"],
		["/user/%2fadmin"],
		["/user/a b"],
		["/user/a\tb"],
		["https://evil.example/user"],
		["HTTPS://evil.example"],
		["https://api.example.evil.example/connectedcar/v4/user"],
		["https://api.example/connectedcar/v4x/user"],
		["https://api.example/other/user"],
		["javascript:alert(1)"],
		["file:///etc/passwd"],
		["/user/vehicles/{id}"],
		["/user/vehicles/{constructor}"],
		["/user/vehicles/{id}", { id: "" }],
		["/user/vehicles/{id}", { id: "a/b" }],
		["/user/vehicles/{id}", { id: ".." }],
		["/user/vehicles/{id}", { id: "%2e%2e" }],
		["/user/vehicles/{id}", { id: "a?b" }],
		["/user/vehicles/{id}", { id: "a#b" }],
		["/user/vehicles/{+id}", { id: "../../x" }],
		["/user/vehicles{/id}/x", { id: "a\\b" }],
		["/user/{a}{b}/x", { a: ".", b: "." }],
	];
	for (const [path, params = {}] of bad)
		it(`refuses ${JSON.stringify(path)} ${JSON.stringify(params)}`, () => {
			assert.throws(() => car.addressOfPath(path, params), BAD_INPUT);
		});

	it("stays on the host and below the root, whatever it is", () => {
		const nasty = fc.array(
			fc.constantFrom("/", "//", "\\", "..", ".", "%2e", "@", ":", "evil.example", "?", "#", "{id}", "a"),
		);
		for (const root of [ROOT, "https://api.example", "https://api.example/base/"])
			fc.assert(
				fc.property(nasty, (parts) => {
					let address: URL;
					try {
						address = carOf("user-v4", root).addressOfPath(parts.join(""), { id: "x" });
					} catch (error) {
						assert.equal((error as { code?: string }).code, "ERR_BAD_INPUT");
						return;
					}
					assert.equal(address.origin, "https://api.example");
					assert.equal(address.username, "");
					assert.ok(`${address.pathname}/`.startsWith(new URL(root).pathname));
				}),
			);
	});
});

describe("the address of a route", () => {
	it("fills in vehicle and fleet", () => {
		const fleet = carOf("fleet-v3");
		assert.equal(fleet.address(fleet.route("trips"), { id: "v1" }).href, `${ROOT}/fleets/f1/vehicles/v1/trips`);
	});
	it("says where a missing value belongs", () => {
		const fleet = carOf("fleet-v3", ROOT, { fid: "" });
		assert.throws(() => fleet.address(fleet.route("fleet-trips")), { ...BAD_INPUT, message: /in the account/ });
		assert.throws(() => car.address(car.route("trip"), { id: "v1" }), { ...BAD_INPUT, message: /msg\.params\.tid/ });
	});
	it("goes without a double slash where the root ends in one", () => {
		const slash = carOf("user-v4", `${ROOT}/`);
		assert.equal(slash.address(slash.route("user")).href, `${ROOT}/user`);
	});
	it("tells that a family has no such thing", () => {
		for (const name of ["charging-sessions", "nonsense", "constructor", "toString"])
			assert.throws(() => car.route(name), { code: "ERR_NOT_SUPPORTED" });
	});
	it("is a vehicle's own link where it has one that needs nothing more", () => {
		const trips = car.route("trips");
		const own = { id: "v1", _links: { trips: { href: "/connectedcar/v4/own/trips" } } };
		assert.equal(car.addressOfVehicle(trips, own).pathname, "/connectedcar/v4/own/trips");
		const template = { id: "v1", _links: { trips: { href: "/{x}/trips", templated: true } } };
		assert.equal(car.addressOfVehicle(trips, template).href, `${ROOT}/user/vehicles/v1/trips`);
		assert.equal(car.addressOfVehicle(trips, { id: "v1", _links: null }).href, `${ROOT}/user/vehicles/v1/trips`);
	});
	for (const href of ["user/vehicles/v1/trips", "vehicles/v1/trips", "v1/trips{?locale}", "trips", "?trips"])
		it(`is that of the table where its own link, ${href}, is relative to a document that is not at hand`, () => {
			const vehicle = { id: "v1", _links: { trips: { href } } };
			assert.equal(car.addressOfVehicle(car.route("trips"), vehicle).href, `${ROOT}/user/vehicles/v1/trips`);
		});
});

describe("the address of a link", () => {
	const document = {
		_links: {
			relative: { href: "/connectedcar/v4/x" },
			foreign: { href: "https://evil.example/x" },
			remotes: { href: "/connectedcar/v4/callbacks/{cbid}/remotes", templated: true },
			broken: { href: "http://[" },
		},
	};
	it("is resolved, foreign ones as they are: the door to the network refuses them", () => {
		assert.equal(car.addressOfLink(document, "relative", {}).href, "https://api.example/connectedcar/v4/x");
		assert.equal(car.addressOfLink(document, "foreign", {}).href, "https://evil.example/x");
		assert.equal(
			car.addressOfLink(document, "remotes", { cbid: "c1" }).pathname,
			"/connectedcar/v4/callbacks/c1/remotes",
		);
	});
	for (const [href, path] of [
		["v1/obj", "/user/vehicles/v1/obj"],
		["v1/trips", "/user/vehicles/v1/trips"],
		["user/vehicles/v1/trips", "/user/vehicles/v1/trips"],
		["/connectedcar/v4/x", "/x"],
	] as const)
		it(`is relative to its document, or to the root where only that leads anywhere: ${href}`, () => {
			const holder = { _links: { it: { href } } };
			const at = new URL(`${ROOT}/user/vehicles/v1`);
			assert.equal(car.addressOfLink(holder, "it", {}, at).href, ROOT + path);
		});
	for (const [relation, params] of [
		["missing", {}],
		["broken", {}],
		["remotes", {}],
		["remotes", { cbid: "a/b" }],
		["remotes", { cbid: ".." }],
	] as const)
		it(`refuses ${relation} with ${JSON.stringify(params)}`, () => {
			assert.throws(() => car.addressOfLink(document, relation, params), BAD_INPUT);
		});
});

describe("the query of a request", () => {
	const address = new URL(`${ROOT}/x?a=1&a=2&keep=1`);
	it("sets each parameter once, the later list over the earlier, lists repeated, nothing for null", () => {
		const complete = car.withQuery(address, { a: 3, b: [1, 2], c: "x" }, { c: null, d: undefined, e: "ü+&" });
		assert.equal(complete.search, "?keep=1&a=3&b=1&b=2&e=%C3%BC%2B%26");
		assert.equal(address.search, "?a=1&a=2&keep=1");
	});
	it("leaves away what a page token has fixed", () => {
		const token = new URL(`${ROOT}/x?pageToken=t&pageSize=5`);
		assert.equal(
			car.withQuery(token, { pageSize: 60, indexRange: "0-9", timestamps: "a/" }).search,
			"?pageToken=t&timestamps=a%2F",
		);
	});
	it("adds what a route always gets", () => {
		assert.deepEqual(car.standingQuery(car.route("vehicles")), { locale: "fr-FR" });
		assert.deepEqual(car.standingQuery(car.route("trips")), {});
		assert.deepEqual(car.standingQuery(undefined), {});
		const partner = carOf("accounts-v1");
		assert.deepEqual(partner.standingQuery(partner.route("trips")), { type: "Normal" });
	});
});

describe("the route behind an address", () => {
	for (const family of ["user-v4", "accounts-v1", "fleet-v3"] as const)
		it(`is found again, with its variables: ${family}`, () => {
			const api = carOf(family);
			for (const route of Object.values(api.family.routes)) {
				const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
				const values = Object.fromEntries(names.map((name) => [name, `${name}-1`]));
				const address = api.address(route, values);
				assert.equal(api.match(address)?.path, route.path);
				assert.deepEqual(api.variablesOf(route, address), values);
			}
		});
	it("is none for a path the table does not know", () => {
		for (const path of ["/nowhere", "/user/vehicles/1/nowhere", ""])
			assert.equal(car.match(new URL(ROOT + path)), undefined);
	});
	it("survives an encoding that is broken", () => {
		const route = car.route("vehicle");
		assert.deepEqual(car.variablesOf(route, new URL(`${ROOT}/user/vehicles/%zz`)), { id: "%zz" });
	});
	it("is told without root and query", () => {
		assert.equal(car.pathOf(new URL(`${ROOT}/user?client_id=x`)), "/user");
		assert.equal(car.pathOf(new URL("https://api.example/other")), "/other");
		assert.equal(car.resolve("/connectedcar/v4/user?a=1").href, `${ROOT}/user?a=1`);
	});
});

it("isSegment lets through nothing that could leave its place in a path", () => {
	for (const good of ["1", "abc-DEF_~", "VR3XXXXXXXX000001", "a.b", "...", "ü"])
		assert.equal(isSegment(good), true, good);
	for (const bad of ["", ".", "..", "a/b", "a\\b", "%2e", "a b", "a?", "a#", "a\n", "a\0", "x".repeat(513)])
		assert.equal(isSegment(bad), false, JSON.stringify(bad));
});

it("assertDocument refuses a body that is no object", () => {
	const url = new URL(`${ROOT}/user`);
	assert.deepEqual(assertDocument({ statusCode: 200, url, body: { a: 1 } }), { a: 1 });
	for (const body of [undefined, null, "x", 1, []])
		assert.throws(() => assertDocument({ statusCode: 200, url, body }), { code: "ERR_BAD_RESPONSE", statusCode: 200 });
});
