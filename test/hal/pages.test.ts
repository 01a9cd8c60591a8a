import assert from "node:assert/strict";
import { StellantisError } from "../../src/error";
import { pageOf, type WalkOptions, walk } from "../../src/hal/pages";

const ROOT = "https://api.example";
type Documents = Record<string, unknown>;

const page = (items: unknown[], links: Record<string, string>, more: object = {}) => ({
	_links: Object.fromEntries(Object.entries(links).map(([relation, href]) => [relation, { href }])),
	_embedded: { things: items },
	...more,
});

/** Walks over documents by path; an Error among them is thrown. */
async function walked(documents: Documents, relation: "next" | "prev" = "next", options: WalkOptions = {}) {
	const asked: string[] = [];
	const pages: unknown[][] = [];
	let error: unknown;
	const fetch = async (url: URL) => {
		asked.push(url.pathname + url.search);
		if (url.origin !== ROOT) throw new StellantisError("ERR_FOREIGN_LINK", "elsewhere");
		const document = documents[url.pathname + url.search];
		if (document instanceof Error) throw document;
		return { document, url, answer: undefined };
	};
	try {
		for await (const { items } of walk(fetch, new URL(`${ROOT}/1`), relation, options)) pages.push(items);
	} catch (thrown) {
		error = thrown;
	}
	return { asked, pages, code: error instanceof StellantisError ? error.code : error };
}

describe("a walk over pages", () => {
	it("goes on as long as there is a next page, whatever the counts say", async () => {
		const { pages } = await walked({
			"/1": page([1], { next: "/2" }, { total: 1, totalPage: 1, currentPage: 9 }),
			"/2": page([], { next: `${ROOT}/3` }, { total: 0 }),
			"/3": page([3], {}, { total: 99, totalPage: 99 }),
		});
		assert.deepEqual(pages, [[1], [], [3]]);
	});

	it("goes backwards with the items in reverse", async () => {
		const { pages } = await walked({ "/1": page([3, 4], { prev: "/0" }), "/0": page([1, 2], {}) }, "prev");
		assert.deepEqual(pages, [
			[4, 3],
			[2, 1],
		]);
	});

	const loops: [name: string, documents: Documents, pages: number][] = [
		["next to itself", { "/1": page([1], { next: "/1" }) }, 1],
		["back to the first page", { "/1": page([1], { next: "/2" }), "/2": page([2], { next: "/1" }) }, 2],
		[
			"back to the first page by its self link",
			{ "/1": page([1], { self: "/1?page=1", next: "/2" }), "/2": page([2], { next: "/1?page=1" }) },
			2,
		],
		[
			"back with parameters in another order",
			{ "/1": page([1], { next: "/2?a=1&b=2" }), "/2?a=1&b=2": page([2], { next: "/2?b=2&a=1" }) },
			2,
		],
	];
	for (const [name, documents, pages] of loops)
		it(`stops at a loop: ${name}`, async () => {
			const result = await walked(documents);
			assert.equal(result.code, "ERR_PAGE_LOOP");
			assert.equal(result.pages.length, pages);
			assert.equal(result.asked.length, pages);
		});

	it("takes no loop for one where every page calls itself by the bare address", async () => {
		const { pages, code } = await walked(
			{ "/1": page([3], { self: "/0", prev: "/x" }), "/x": page([2], { self: "/0", prev: "/0" }), "/0": page([1], {}) },
			"prev",
		);
		assert.equal(code, undefined);
		assert.deepEqual(pages.flat(), [3, 2, 1]);
	});

	it("stops at a pager of which nothing comes any more", async () => {
		let number = 1;
		const fetch = async (url: URL) => ({ document: page([], { next: `/${++number}` }), url, answer: undefined });
		await assert.rejects(
			async () => {
				for await (const _ of walk(fetch, new URL(`${ROOT}/1`), "next"));
			},
			{ code: "ERR_PAGE_LOOP" },
		);
		assert.ok(number < 100);
	});

	const failures: [name: string, next: string, documents: Documents, code: string][] = [
		["a page that fails", "/2", { "/2": new StellantisError("ERR_SERVER", "no") }, "ERR_SERVER"],
		["a foreign next link", "https://evil.example/2", {}, "ERR_FOREIGN_LINK"],
		["a next link that is no address", "http://[", {}, "ERR_BAD_RESPONSE"],
		["a next page that is none", "/2", { "/2": "text" }, "ERR_BAD_RESPONSE"],
	];
	for (const [name, next, documents, code] of failures)
		it(`hands out what came before ${name}`, async () => {
			const result = await walked({ "/1": page([1], { next }), ...documents });
			assert.deepEqual(result.pages, [[1]]);
			assert.equal(result.code, code);
		});

	it("fetches the next page while one is worked on, unless it is not wanted", async () => {
		for (const wanted of [true, false]) {
			const asked: string[] = [];
			const fetch = async (url: URL) => {
				asked.push(url.pathname);
				const number = Number(url.pathname.slice(1));
				return { document: page([number], { next: `/${number + 1}` }), url, answer: undefined };
			};
			for await (const _ of walk(fetch, new URL(`${ROOT}/1`), "next", { wanted: () => wanted })) break;
			assert.deepEqual(asked, wanted ? ["/1", "/2"] : ["/1"]);
		}
	});
});

describe("pageOf", () => {
	const url = new URL(`${ROOT}/things`);
	const empty: [string, unknown][] = [
		["no body (204)", undefined],
		["an empty object", {}],
		["links without items", { _links: { self: { href: "/things" } } }],
		["counts without items", { total: 0 }],
		["an empty _embedded", { _embedded: {} }],
	];
	for (const [name, document] of empty)
		it(`reads ${name} as an empty page`, () => {
			assert.deepEqual(pageOf({ document, url, answer: 0 }).items, []);
		});
	const rare: [string, object, unknown[]][] = [
		["one item in place of a list", { _embedded: { things: { id: 1 } } }, [{ id: 1 }]],
		["one item by the name of one", { _links: {}, _embedded: { thing: { id: 1 } } }, [{ id: 1 }]],
		["one item under any name that is counted", { total: 1, _embedded: { what: { id: 1 } } }, [{ id: 1 }]],
		["a list without a name", { _links: {}, _embedded: [{ id: 1 }] }, [{ id: 1 }]],
		["a list that is not embedded", { _links: {}, things: [{ id: 1 }] }, [{ id: 1 }]],
		["a list beside an empty _embedded", { _embedded: {}, Things: [{ id: 1 }] }, [{ id: 1 }]],
		["no list", { _links: {}, _embedded: { things: null } }, []],
		["no list, whatever stands beside it", { _links: {}, _embedded: { things: null, about: { a: 1 } } }, []],
		["none, and what belongs to the page", { total: 0, _embedded: { about: { a: 1 } } }, []],
		["another list that is not embedded", { _links: {}, warnings: ["late"] }, []],
	];
	for (const [name, document, items] of rare)
		it(`reads ${name}`, () => assert.deepEqual(pageOf({ document, url, answer: 0 }, "things").items, items));
	it("knows telemetry as one of telemetries", () => {
		const document = { _embedded: { telemetry: { id: 1 } } };
		assert.equal(pageOf({ document, url, answer: 0 }, "telemetries").items.length, 1);
	});
	for (const document of [
		{ _links: {}, _embedded: { things: "x" } },
		{ _links: {}, total: 3, _embedded: { what: { id: 1 } } },
		{ _links: {}, _embedded: { one: { id: 1 }, two: { id: 2 } } },
		{ _links: {}, _embedded: { a: [1], b: [2] } },
		{ things: [{ id: 1 }] },
	])
		it(`takes ${JSON.stringify(document)} for no empty page`, () => {
			assert.throws(() => pageOf({ document, url, answer: 0 }, "things"), { code: "ERR_BAD_RESPONSE" });
		});
	for (const document of ["text", 7, null, [], { error: "x" }, { id: 1, name: "resource" }])
		it(`refuses ${JSON.stringify(document)}`, () => {
			assert.throws(() => pageOf({ document, url, answer: 0 }), { code: "ERR_BAD_RESPONSE" });
		});
});
