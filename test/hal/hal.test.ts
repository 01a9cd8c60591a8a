import assert from "node:assert/strict";
import { countOf, embeddedItems, isCollection, linkOf, linksOf, relationsOf } from "../../src/hal/document";
import { expandLink, lastSegment, linkFrom, requiredVariables, resolveHref } from "../../src/hal/link";

describe("links", () => {
	const document = {
		_links: {
			self: { href: "/me" },
			groups: [{ href: "/g/1" }, { nothing: true }, { href: "/g/2" }],
			remotes: { href: "/cb/{cbid}/remotes", templated: true },
			wayPoints: { href: "/w" },
			bare: "/bare",
			broken: [null, 7, { href: 7 }, { href: "" }],
		},
	};
	const table: [relation: string, hrefs: string[]][] = [
		["self", ["/me"]],
		["groups", ["/g/1", "/g/2"]],
		["waypoints", ["/w"]],
		["bare", ["/bare"]],
		["broken", []],
		["missing", []],
		["constructor", []],
	];
	for (const [relation, hrefs] of table)
		it(`of ${relation}: ${hrefs.length}`, () => {
			assert.deepEqual(
				linksOf(document, relation).map(({ href }) => href),
				hrefs,
			);
			assert.equal(linkOf(document, relation)?.href, hrefs[0]);
		});

	it("are none where there is no document or no links", () => {
		for (const value of [undefined, null, "text", [], {}, { _links: [] }, { _links: "x" }]) {
			assert.deepEqual(linksOf(value, "self"), []);
			assert.deepEqual(relationsOf(value), []);
		}
	});

	it("know whether they are templates, also from servers that write it as text, and their title", () => {
		assert.deepEqual(linkFrom({ href: "/{a}", templated: "true" }), { href: "/{a}", templated: true });
		assert.deepEqual(linkFrom({ href: "/a", templated: false, title: "A" }), { href: "/a", title: "A" });
		assert.deepEqual(linkFrom({ href: "/a", title: 7 }), { href: "/a" });
	});

	const resolved: [href: string, address: string | undefined][] = [
		["https://other.example/x", "https://other.example/x"],
		["/x?y=1", "https://host.example/x?y=1"],
		["x", "https://host.example/root/x"],
		["../x", "https://host.example/x"],
		["?page=2", "https://host.example/root/list?page=2"],
		["//other.example/x", "https://other.example/x"],
		["http://[", undefined],
	];
	for (const [href, address] of resolved)
		it(`resolve ${href} to ${address ?? "nothing"}`, () => {
			assert.equal(resolveHref(href, "https://host.example/root/list?page=1")?.href, address);
		});
});

describe("templates (RFC 6570)", () => {
	const table: [template: string, required: string[], expanded: string][] = [
		["/a/{id}/b", ["id"], "/a/x%2Fy/b"],
		["/a/{+id}", ["id"], "/a/x/y"],
		["/a{/id}", ["id"], "/a/x%2Fy"],
		["/a/{id,n}", ["id", "n"], "/a/x%2Fy,5"],
		["/a/{id:1}", ["id"], "/a/x"],
		["/a{?id,n}", [], "/a?id=x%2Fy&n=5"],
		["/a?b=1{&n}", [], "/a?b=1&n=5"],
		["/a{?missing}", [], "/a"],
		["/a/{missing}/b", ["missing"], "/a//b"],
		["/plain", [], "/plain"],
	];
	for (const [href, required, expanded] of table)
		it(`${href} needs ${required.join(" and ") || "nothing"}, gives ${expanded}`, () => {
			assert.deepEqual(requiredVariables(href), required);
			assert.equal(expandLink({ href, templated: true }, { id: "x/y", n: 5 }), expanded);
		});
});

describe("the last segment of an address", () => {
	const table: [href: string, segment: string][] = [
		["https://api.example/v4/user/vehicles/abc", "abc"],
		["/vehicles/abc/?x=1#y", "abc"],
		["abc", "abc"],
		["/vehicles/abc{?locale}", "abc"],
		["/vehicles/abc?x=1{&locale,extension}", "abc"],
		["/vehicles/abc{/part}", "abc"],
		["/vehicles/abc{#top}", "abc"],
		["/vehicles/{id}", ""],
		["/vehicles/{id}{?locale}", ""],
		["", ""],
	];
	for (const [href, segment] of table)
		it(`${href}: ${segment || "none"}`, () => assert.equal(lastSegment(href), segment));
});

describe("embedded items", () => {
	const table: [name: string, embedded: unknown, expected: string | undefined, items: unknown[] | undefined][] = [
		["under the expected key", { trips: [1], other: [2] }, "trips", [1]],
		["under the key in other case", { Collisions: [1], other: [2] }, "collisions", [1]],
		["under any key, if it is the only array", { surprise: [1], note: {} }, "trips", [1]],
		["of several arrays, none expected", { vehicleIds: [1], groups: [2] }, "trips", undefined],
		["an object under the expected key", { trips: { id: 1 } }, "trips", [{ id: 1 }]],
		["an object beside", { extension: { a: 1 } }, "trips", undefined],
		["nothing", {}, "trips", undefined],
		["an array instead of an object", [1], "trips", undefined],
		["no expectation", { trips: [] }, undefined, []],
	];
	for (const [name, _embedded, expected, items] of table)
		it(name, () => assert.deepEqual(embeddedItems({ _embedded }, expected), items));

	it("come untouched", () => {
		const trips = [{ id: 1, odd: { deep: [null] } }];
		assert.equal(embeddedItems({ _embedded: { trips } }), trips);
	});
});

describe("counts", () => {
	for (const value of [0, 7]) it(`believes ${value}`, () => assert.equal(countOf({ total: value }, "total"), value));
	for (const value of [-1, 1.5, "7", null, Number.NaN, 1e300, undefined])
		it(`ignores ${String(value)}`, () => assert.equal(countOf({ total: value }, "total"), undefined));
});

describe("a page of a collection", () => {
	const yes: [string, unknown][] = [
		["embeds one array", { _embedded: { trips: [] } }],
		["has counts and embeds nothing", { total: 0, _links: {} }],
		["has a next page and embeds nothing", { _links: { next: { href: "/2" } } }],
		["says more than the API does today", { total: 1, pageSize: 60, _embedded: { trips: [{}] } }],
		["says more, and has a next page", { at: "now", _links: { next: { href: "/2" } }, _embedded: { trips: [] } }],
	];
	const no: [string, unknown][] = [
		["a resource with links", { id: 1, _links: { self: { href: "/1" } } }],
		["a vehicle with an embedded object", { id: 1, _embedded: { extension: {} } }],
		["a monitor's handles, with two arrays", { _embedded: { vehicleIds: [], groups: [] }, total: 2 }],
		["a user with vehicles", { email: "a@example.com", _links: {}, _embedded: { Vehicles: [{ id: "v1" }] } }],
		["a resource with neighbours", { distance: 5, _links: { prev: { href: "/1" }, next: { href: "/3" } } }],
		["a trip with neighbours and alerts", { id: "t2", _links: { next: { href: "/3" } }, _embedded: { alerts: [] } }],
		["a resource that counts something", { total: 12, answer: 42, _links: {} }],
		["an array", []],
		["nothing", undefined],
	];
	for (const [name, value] of yes) it(name, () => assert.equal(isCollection(value), true));
	for (const [name, value] of no) it(`is not ${name}`, () => assert.equal(isCollection(value), false));
});
