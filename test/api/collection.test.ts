import assert from "node:assert/strict";
import fc from "fast-check";
import { chooseWay, keyOf, type Position, readPosition, type Way } from "../../src/api/collection";
import { StellantisError } from "../../src/error";
import { ids, Pager, type PagerOptions, type ReadTestOptions, ROOT, read, type Thing, things } from "./pager";

const NETWORK = new StellantisError("ERR_NETWORK", "gone");

/** The ways to read, each as a node may come to it: what it asks for and what the pager has to offer. */
const WAYS: { name: string; read: ReadTestOptions; pager?: Partial<PagerOptions> }[] = [
	{ name: "next", read: { way: "next" } },
	{ name: "last and prev", read: { way: "last" } },
	{ name: "newest first without a last link", read: { way: "last" }, pager: { links: ["next", "prev"] } },
	{ name: "newest first without prev links", read: { way: "last" }, pager: { links: ["next", "last"] } },
	{ name: "range", read: { way: "range", parallel: 3 } },
	{ name: "range of a server that counts the range", read: { way: "range", parallel: 3 }, pager: { total: "range" } },
	{ name: "range, ignored", read: { way: "range", parallel: 3 }, pager: { indexRange: "ignored" } },
	{ name: "range, refused", read: { way: "range", parallel: 3 }, pager: { indexRange: "refused" } },
	{ name: "range, short of an item", read: { way: "range", parallel: 3 }, pager: { indexRange: "short" } },
	{ name: "range, total too large", read: { way: "range", parallel: 3 }, pager: { total: (n) => n + 7 } },
	{ name: "range, total beyond all memory", read: { way: "range", parallel: 3 }, pager: { total: () => 1e15 } },
	{ name: "range, total too small", read: { way: "range", parallel: 3 }, pager: { total: (n) => Math.ceil(n / 2) } },
	{ name: "range without total", read: { way: "range", parallel: 3 }, pager: { total: "missing" } },
	{ name: "range-reversed", read: { way: "range-reversed", parallel: 3 } },
	{ name: "range-reversed, counted", read: { way: "range-reversed", parallel: 3 }, pager: { total: "range" } },
	{ name: "range-reversed, ignored", read: { way: "range-reversed", parallel: 3 }, pager: { indexRange: "ignored" } },
	{ name: "range-reversed, refused", read: { way: "range-reversed", parallel: 3 }, pager: { indexRange: "refused" } },
	{ name: "range-reversed, too large", read: { way: "range-reversed", parallel: 3 }, pager: { total: (n) => n + 7 } },
	{ name: "range-reversed, beyond memory", read: { way: "range-reversed", parallel: 3 }, pager: { total: () => 1e15 } },
	{
		name: "range-reversed, too small",
		read: { way: "range-reversed", parallel: 3 },
		pager: { total: (n) => Math.ceil(n / 2) },
	},
];

const isReversed = (way: Way) => way === "last" || way === "range-reversed";
const expected = (items: readonly Thing[], way: Way) => (isReversed(way) ? items.toReversed() : [...items]);

describe("a collection", () => {
	for (const { name, read: options, pager: offer } of WAYS) {
		it(`comes complete, once and in order: ${name}`, async () => {
			await fc.assert(
				fc.asyncProperty(
					fc.integer({ min: 0, max: 130 }),
					fc.integer({ min: 1, max: 20 }),
					fc.boolean(),
					async (count, pageSize, asks) => {
						const pager = new Pager({ items: things(count), size: pageSize, ...offer });
						const { items, error } = await read(pager, { ...options, ...(asks ? { pageSize } : {}) });
						assert.equal(error, undefined);
						assert.deepEqual(ids(items), ids(expected(things(count), options.way)));
					},
				),
				{ numRuns: 60 },
			);
		});

		it(`goes on exactly where it broke off, however often: ${name}`, async () => {
			await fc.assert(
				fc.asyncProperty(
					fc.integer({ min: 1, max: 60 }),
					fc.integer({ min: 1, max: 9 }),
					fc.array(
						fc.oneof(
							fc.record({ most: fc.integer({ min: 1, max: 25 }) }),
							fc.record({ fail: fc.integer({ min: 1, max: 9 }) }),
						),
						{
							maxLength: 4,
						},
					),
					async (count, pageSize, stops: { most?: number; fail?: number }[]) => {
						const got: Thing[] = [];
						let resume: ReadTestOptions["resume"];
						for (const { most, fail } of [...stops, {} as { most?: number; fail?: number }]) {
							const pager = new Pager({
								items: things(count),
								size: pageSize,
								...offer,
								onRequest: (request) => {
									if (request === fail) throw NETWORK;
								},
							});
							const { items, error, position } = await read(pager, {
								...options,
								resume,
								...(most === undefined ? {} : { most }),
							});
							if (error !== undefined) assert.equal(error, NETWORK);
							got.push(...items);
							resume = position && readPosition(position);
							if (!resume) break;
						}
						assert.deepEqual(ids(got), ids(expected(things(count), options.way)));
					},
				),
				{ numRuns: 120 },
			);
		});
	}

	it("goes on exactly where it broke off where items have no id", async () => {
		for (const way of ["next", "range", "last", "range-reversed"] as const)
			for (let most = 1; most < 23; most++) {
				const items = Array.from({ length: 23 }, (_, n) => ({ n }));
				const first = await read(new Pager({ items }), { way, parallel: 2, most });
				const rest = first.position
					? await read(new Pager({ items }), { way, parallel: 2, resume: first.position })
					: { items: [] };
				assert.deepEqual([...first.items, ...rest.items], expected(items, way), `${way} after ${most}`);
			}
	});

	it("takes a server that ignores indexRange for what it is, even where items have no id", async () => {
		const items = Array.from({ length: 23 }, (_, n) => ({ n }));
		const result = await read(new Pager({ items, indexRange: "ignored" }), { way: "range", parallel: 3 });
		assert.deepEqual(result.items.slice(-8), items.slice(-8));
		assert.equal(new Set(result.items.map(({ n }) => n)).size, 23);
	});

	it("goes on within the largest page without repeating what came before", async () => {
		const all = things(4000);
		const first = await read(new Pager({ items: all, size: 2000 }), { way: "next", most: 1999 });
		const rest = await read(new Pager({ items: all, size: 2000 }), { way: "next", resume: first.position });
		assert.deepEqual(ids([...first.items, ...rest.items]), ids(all));
	});

	it("starts over after thousands of items without sending any of them again", async () => {
		const all = things(6000);
		for (const way of ["range", "range-reversed"] as const) {
			const first = await read(new Pager({ items: all, size: 60 }), { way, parallel: 4, most: 4321 });
			const pager = new Pager({ items: all, size: 60, indexRange: "refused" });
			const rest = await read(pager, { way, parallel: 4, resume: first.position });
			assert.equal(rest.error, undefined);
			assert.deepEqual(ids([...first.items, ...rest.items]), ids(expected(all, way)), way);
		}
	});

	describe("that moves while it is read", () => {
		/** Changes at a request: where (as a share of the length), and whether an item comes or goes. */
		const changes = fc.dictionary(
			fc.integer({ min: 1, max: 40 }).map(String),
			fc.record({ where: fc.double({ min: 0, max: 1, noNaN: true }), count: fc.integer({ min: 1, max: 4 }) }),
			{ maxKeys: 4 },
		);
		const plain = WAYS.filter(({ pager }) => typeof pager?.total !== "function" && pager?.total !== "missing");
		for (const { name, read: options, pager: offer } of plain) {
			for (const kind of ["come", "go"] as const) {
				// Where only the range is counted, nothing tells that the items before it have moved.
				if (offer?.total === "range" && options.way === "range-reversed") continue;
				it(`loses nothing and repeats nothing when items ${kind}: ${name}`, async () => {
					await fc.assert(
						fc.asyncProperty(
							fc.integer({ min: 0, max: 40 }),
							fc.integer({ min: 1, max: 9 }),
							changes,
							fc.option(fc.integer({ min: 1, max: 30 }), { nil: Infinity }),
							async (count, size, plan, most) => {
								const all = things(count);
								const gone = new Set<string | undefined>();
								let fresh = 0;
								let request = 0;
								const pager = new Pager({
									items: [...all],
									size,
									...offer,
									onRequest: (_, items) => {
										const change = plan[String(++request)];
										if (!change) return;
										const place = Math.floor(change.where * items.length);
										if (kind === "go") for (const { id } of items.splice(place, change.count)) gone.add(id);
										else
											items.splice(place, 0, ...Array.from({ length: change.count }, () => ({ id: `new ${fresh++}` })));
									},
								});
								const first = await read(pager, {
									...options,
									// The same once more when a reading goes on.
									...(offer?.total === "range" ? {} : { most }),
								});
								assert.equal(first.error, undefined);
								const rest = first.position
									? await read(pager, { ...options, resume: first.position })
									: { items: [], error: undefined };
								assert.equal(rest.error, undefined);
								const got = ids([...first.items, ...rest.items]);
								assert.equal(new Set(got).size, got.length, "none comes twice");
								const stayed = ids(expected(all, options.way)).filter((id) => !gone.has(id));
								const old = got.filter((id) => !id?.startsWith("new") && !gone.has(id));
								assert.deepEqual(new Set(old), new Set(stayed), "none is lost");
								// What is found missing at the end can come then only.
								if (offer?.total !== "range" && (kind === "go" || most === Infinity))
									assert.deepEqual(old, stayed, "the order holds");
							},
						),
						{ numRuns: 100 },
					);
				});
			}
		}
	});

	it("keeps two items of one page that share an id, and drops one that comes again on another", async () => {
		const items = ["a", "b", "a", "c", "b", "d"].map((id) => ({ id }));
		const whole = await read(new Pager({ items, size: 3 }), { way: "next" });
		assert.deepEqual(ids(whole.items), ["a", "b", "a", "c", "d"]);
		for (let most = 1; most < 5; most++) {
			const first = await read(new Pager({ items, size: 3 }), { way: "next", most });
			const rest = await read(new Pager({ items, size: 3 }), { way: "next", resume: first.position });
			assert.deepEqual(ids([...first.items, ...rest.items]), ["a", "b", "a", "c", "d"], `after ${most}`);
		}
	});

	it("takes two requests to the newest item", async () => {
		const pager = new Pager({ items: things(500) });
		const { items } = await read(pager, { way: "last", most: 3 });
		assert.deepEqual(ids(items), ["499", "498", "497"]);
		assert.equal(pager.requests.length, 2);
	});

	it("asks once for each of two pages", async () => {
		const pager = new Pager({ items: things(8) });
		const { items } = await read(pager, { way: "last" });
		assert.deepEqual(ids(items), ids(things(8).toReversed()));
		assert.equal(pager.requests.length, 2);
	});

	it("loses nothing when an item moves into the first of two pages", async () => {
		const pager = new Pager({ items: things(8), onRequest: (request, items) => void (request === 2 && items.shift()) });
		const { items } = await read(pager, { way: "last" });
		assert.deepEqual(ids(items), ["7", "6", "5", "4", "3", "2", "1"]);
	});

	it("does not believe a last link that leads nowhere or not to the end", async () => {
		for (const total of [3, 99]) {
			const all = things(23);
			const pager = new Pager({ items: all });
			const fetch = async (url: URL) => {
				if (url.searchParams.get("page") === "99") throw new StellantisError("ERR_NOT_FOUND", "no such page");
				const fetched = await pager.fetch(url);
				const links = (fetched.document as { _links: Record<string, unknown> })._links;
				links.last = { href: `/things?page=${total}` };
				return fetched;
			};
			const lying = new Pager({ items: all });
			Object.defineProperty(lying, "fetch", { value: fetch });
			assert.deepEqual(ids((await read(lying, { way: "last" })).items), ids(all.toReversed()));
		}
	});

	it("loses nothing of a server whose pages are larger at one time and smaller at another", async () => {
		const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 30 });
		await fc.assert(
			fc.asyncProperty(
				fc.integer({ min: 0, max: 60 }),
				sizes,
				fc.integer({ min: 1, max: 60 }),
				async (count, each, most) => {
					const all = things(count);
					let requests = 0;
					const fetch = async (url: URL) => {
						const size = each[requests++ % each.length] ?? 1;
						const start = Number(url.searchParams.get("from") ?? 0);
						const next = start + size < count ? { next: { href: `/things?from=${start + size}` } } : {};
						const document = { total: count, _links: next, _embedded: { things: all.slice(start, start + size) } };
						return { document, url, answer: requests };
					};
					const sent: Thing[] = [];
					let position: Position | undefined;
					do {
						const part = await read({ fetch }, { way: "last", most, resume: position });
						assert.equal(part.error, undefined);
						sent.push(...part.items);
						position = part.position;
					} while (position);
					assert.deepEqual(ids(sent), ids(all.toReversed()));
				},
			),
			{ numRuns: 200 },
		);
	});

	for (const way of ["next", "last", "range", "range-reversed"] as const)
		it(`fetches no page that is not needed: ${way}`, async () => {
			for (let most = 1; most <= 30; most++) {
				const pager = new Pager({ items: things(30) });
				const { items } = await read(pager, { way, parallel: 4, most });
				assert.equal(items.length, most);
				const toStart = isReversed(way) ? (most > 25 && way === "range-reversed" ? 0 : 1) : 0;
				assert.equal(pager.requests.length, Math.ceil(most / 5) + toStart, `${most} items`);
			}
		});

	it("never has more pages under way than it may", async () => {
		let busy = 0;
		let most = 0;
		const pager = new Pager({ items: things(100) });
		const { fetch } = pager;
		Object.defineProperty(pager, "fetch", {
			value: async (url: URL) => {
				most = Math.max(most, ++busy);
				await new Promise((resolve) => setImmediate(resolve));
				busy--;
				return fetch(url);
			},
		});
		const { items } = await read(pager, { way: "range", parallel: 4 });
		assert.deepEqual([items.length, most], [100, 4]);
	});

	it("asks for pages by index with everything else that was asked", async () => {
		const pager = new Pager({ items: things(12) });
		await read(pager, { way: "range", parallel: 9, pageSize: 5 });
		assert.deepEqual(pager.requests, ["?pageSize=5", "?pageSize=5&indexRange=5-9", "?pageSize=5&indexRange=10-"]);
	});

	it("ends with ERR_PAGE_LOOP when endless pages repeat the same items", async () => {
		let page = 0;
		const pager = new Pager({ items: [] });
		Object.defineProperty(pager, "fetch", {
			value: async (url: URL) => ({
				url,
				answer: 0,
				document: { _links: { next: { href: `/things?pageToken=${++page}` } }, _embedded: { things: things(5) } },
			}),
		});
		const { items, error } = await read(pager, { way: "next" });
		assert.equal((error as StellantisError).code, "ERR_PAGE_LOOP");
		assert.equal(items.length, 5);
		assert.ok(page < 30);
	});

	it("keeps everything before the page that failed", async () => {
		for (const way of ["next", "range"] as const) {
			const pager = new Pager({
				items: things(30),
				onRequest: (request) => {
					if (request === 4) throw NETWORK;
				},
			});
			const { items, error } = await read(pager, { way, parallel: 2 });
			assert.equal(error, NETWORK);
			assert.equal(items.length, 15);
		}
	});

	it("throws what a page in the middle is no page of", async () => {
		const pager = new Pager({ items: things(30) });
		const { fetch } = pager;
		Object.defineProperty(pager, "fetch", {
			value: async (url: URL) => {
				const fetched = await fetch(url);
				return url.search.includes("page=3") ? { ...fetched, document: ["no", "page"] } : fetched;
			},
		});
		const { items, error } = await read(pager, { way: "next" });
		assert.equal((error as StellantisError).code, "ERR_BAD_RESPONSE");
		assert.equal(items.length, 10);
	});
});

describe("chooseWay", () => {
	const table: [order: "ascending" | "descending" | undefined, natural: "ascending" | "descending", boolean, Way][] = [
		[undefined, "ascending", false, "next"],
		["ascending", "ascending", false, "next"],
		["descending", "ascending", false, "last"],
		["descending", "descending", false, "next"],
		["ascending", "descending", false, "last"],
		["descending", "ascending", true, "range-reversed"],
		[undefined, "descending", true, "range"],
	];
	for (const [order, natural, byIndex, way] of table)
		it(`${order ?? "any order"} of what comes ${natural}${byIndex ? " by index" : ""}: ${way}`, () => {
			assert.equal(chooseWay(order, natural, byIndex), way);
		});
});

describe("keyOf", () => {
	const table: [name: string, item: unknown, key: string | undefined][] = [
		["an id", { id: "t1" }, "t1"],
		["a number", { id: 0 }, "0"],
		["a charging session's sid", { sid: "s1" }, "s1"],
		["an id within its vehicle", { id: "t1", _links: { vehicle: { href: "/v/1" } } }, "/v/1 t1"],
		["a vehicle's self link", { vin: "V", _links: { self: { href: "/v/1" } } }, "/v/1"],
		["an empty id", { id: "" }, undefined],
		["a waypoint", { type: "Feature" }, undefined],
		["no object", "t1", undefined],
	];
	for (const [name, item, key] of table) it(`${name}: ${key ?? "none"}`, () => assert.equal(keyOf(item), key));
});

describe("readPosition", () => {
	const good = { address: "/things?pageSize=5", way: "next", skip: 2, handled: ["abc"] };
	it("takes what was given out, and nothing more", () => {
		assert.deepEqual(readPosition({ ...good, extra: 1 }), good);
		assert.deepEqual(readPosition({ ...good, offset: 5, total: 9, before: "/things" }), {
			...good,
			offset: 5,
			total: 9,
			before: "/things",
		});
	});
	const bad: [string, unknown][] = [
		["nothing", undefined],
		["a text", "next"],
		["another address", { ...good, address: `${ROOT}/things` }],
		["another way", { ...good, way: "up" }],
		["a negative skip", { ...good, skip: -1 }],
		["half a skip", { ...good, skip: 1.5 }],
		["a foreign page before", { ...good, before: "https://evil.example/" }],
		["a total in words", { ...good, total: "9" }],
		["too many hashes", { ...good, handled: Array(2001).fill("x") }],
		["hashes that are none", { ...good, handled: [1] }],
	];
	for (const [name, value] of bad)
		it(`refuses ${name}`, () => assert.throws(() => readPosition(value), { code: "ERR_BAD_INPUT" }));
});
