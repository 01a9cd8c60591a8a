import assert from "node:assert/strict";
import { FakeApi, gate, liveAccount, liveCredentials, SECRETS } from "../support/fake-api";
import {
	badges,
	type FlowMessage,
	load,
	node,
	type Outcome,
	run,
	start,
	stopFlows,
	useRuntime,
	withoutTicket,
} from "../support/runtime";

const PATH = "/user/vehicles/v1/trips";
const THINGS = Array.from({ length: 5 }, (_, n) => ({
	id: `t${n}`,
	startedAt: `2026-01-0${n + 1}T08:00:00Z`,
	extra: { n },
}));
const MODES = ["item", "page", "array"] as const;

/** Ids of what was sent, whatever the mode. */
const ids = (messages: FlowMessage[]): unknown[] =>
	messages.flatMap(({ payload }) => payload).map((each) => (each as { id?: unknown }).id);
const idsOf = (from: number, to = THINGS.length): string[] => THINGS.slice(from, to).map(({ id }) => id);

describe("a collection", () => {
	useRuntime();
	let api: FakeApi;
	before(async () => {
		api = await FakeApi.start();
	});
	beforeEach(() => api.clear());
	after(() => api.stop());

	/** Loads a trips node, oldest first unless told otherwise. */
	const trips = (properties: Record<string, unknown> = {}, more: Record<string, unknown>[] = []) =>
		load(
			[
				liveAccount(api),
				{
					id: "trips",
					type: "stellantis-trips",
					account: "account",
					vehicle: "v1",
					vehicleType: "str",
					order: "ascending",
					...properties,
				},
				...(more as { id: string; type: string }[]),
			],
			liveCredentials,
		);

	describe("leaves the node", () => {
		for (const links of ["absolute", "relative", "query"] as const)
			for (const total of [undefined, 3, 500, "none"] as const)
				for (const emptyLast of [false, true])
					it(`whole with ${links} links, a total of ${total ?? 5} and ${emptyLast ? "an" : "no"} empty last page`, async () => {
						api.collection(PATH, THINGS, { links, emptyLast, ...(total === undefined ? {} : { total }) });
						await trips();
						const { items, done } = await run("trips");
						assert.deepEqual(
							items.map(({ payload }) => payload),
							THINGS,
						);
						assert.deepEqual(
							items.map(({ parts }) => parts?.count),
							[undefined, undefined, undefined, undefined, 5],
						);
						assert.equal(done.items, 5);
						assert.equal(done.pages, emptyLast ? 4 : 3);
						assert.equal(done.complete, true);
						assert.equal(done.total, total === "none" ? undefined : (total ?? 5));
					});

		it("an item a message, with parts that nest those of the incoming message", async () => {
			api.collection(PATH, THINGS);
			await trips();
			const outer = { id: "outer", index: 3, count: 9 };
			const { items, completions, completed } = await run("trips", { parts: outer as never, topic: "mine", kept: [1] });
			const { id } = items[0]?.parts ?? {};
			assert.deepEqual(
				items.map(({ parts }) => parts),
				THINGS.map((_, index) => ({
					id,
					index,
					type: "array",
					...(index === 4 ? { count: 5 } : {}),
					parts: outer,
				})),
			);
			assert.deepEqual(
				items.map(({ page }) => page),
				[1, 1, 2, 2, 3].map((index) => ({ index, count: 3 })),
			);
			for (const msg of items) {
				assert.deepEqual(msg.kept, [1]);
				assert.deepEqual(msg.vehicle, { id: "v1" });
				assert.equal(msg.topic, "v1");
				assert.equal(msg.statusCode, 200);
			}
			const [completion] = completions;
			assert.deepEqual(completion?.payload, { items: 5, pages: 3, total: 5, complete: true });
			assert.deepEqual(completion?.parts, outer);
			assert.equal(completed.length, 1);
		});

		it("a page a message, with its length", async () => {
			api.collection(PATH, THINGS);
			await trips({ output: "page" });
			const { items, done } = await run("trips", { parts: { id: "outer", index: 0, type: "array" } });
			assert.deepEqual(
				items.map(({ payload }) => payload),
				[THINGS.slice(0, 2), THINGS.slice(2, 4), THINGS.slice(4)],
			);
			assert.deepEqual(
				items.map(({ parts: { index, len, count } = {} as never }) => ({ index, len, count })),
				[
					{ index: 0, len: 2, count: undefined },
					{ index: 1, len: 2, count: undefined },
					{ index: 2, len: 1, count: 3 },
				],
			);
			assert.deepEqual(items[0]?.parts?.parts, { id: "outer", index: 0, type: "array" });
			assert.deepEqual(
				items.map(({ page }) => page?.index),
				[1, 2, 3],
			);
			assert.equal(done.items, 5);
		});

		it("as one array that leaves parts alone", async () => {
			api.collection(PATH, THINGS);
			await trips({ output: "array" });
			const parts = { id: "outer", index: 7, type: "array" };
			const { items, done } = await run("trips", { parts });
			assert.deepEqual(
				items.map(({ payload }) => payload),
				[THINGS],
			);
			assert.deepEqual(items[0]?.parts, parts);
			assert.equal((items[0]?.summary as unknown[] | undefined)?.length, 5);
			assert.equal(done.items, 5);
		});

		for (const output of MODES)
			it(`as nothing but a completion when it is empty (${output})`, async () => {
				api.collection(PATH, []);
				await trips({ output });
				const { items, done } = await run("trips");
				assert.deepEqual(
					items.map(({ payload }) => payload),
					output === "array" ? [[]] : [],
				);
				assert.deepEqual(done, { items: 0, pages: 1, total: 0, complete: true });
			});

		it("with a summary of the same shape in all modes", async () => {
			api.collection(PATH, THINGS);
			const summaries: unknown[] = [];
			for (const output of MODES) {
				await trips({ output });
				const { items } = await run("trips");
				summaries.push(items.flatMap(({ summary }) => summary));
				await stopFlows();
			}
			assert.deepEqual(summaries[0], summaries[1]);
			assert.deepEqual(summaries[0], summaries[2]);
			const [first] = summaries[0] as Record<string, unknown>[];
			assert.equal(first?.id, "t0");
			assert.equal(first?.distance, null);
		});

		it("page by page: the first one's items are out before the second answers, the last of them held", async () => {
			const second = gate();
			api.collection(PATH, THINGS, { size: 3 });
			const page2 = api.fault(
				PATH,
				async () => {
					await second.opened;
					return { body: { _links: {}, _embedded: { trips: THINGS.slice(3) } } };
				},
				{ page: 2 },
			);
			assert.ok(page2);
			await trips();
			const running = start("trips");
			await running.atLeast(2);
			assert.deepEqual(ids(running.items), idsOf(0, 2));
			second.open();
			assert.deepEqual(ids((await running.end).items), idsOf(0));
		});

		it("as clones: what a flow does to one message shows in no other, and not in the incoming one", async () => {
			api.collection(PATH, THINGS, { size: 5 });
			api.on(PATH, () => ({
				headers: { "x-ratelimit-limit-1": "10", "x-ratelimit-remaining-1": "9" },
				body: { _links: {}, totalPage: 1, _embedded: { trips: THINGS } },
			}));
			await trips({ vehicle: "vehicle", vehicleType: "msg" });
			const msg = { kept: { deep: [1] }, vehicle: { id: "v1", _links: { extra: { href: "/x" } } } };
			const { items, completions } = await run("trips", msg);
			const objects = [msg, ...items, ...completions].flatMap((each: FlowMessage) =>
				[each, each.kept, each.vehicle, each.vehicle?._links, each.parts, each.page, each.rateLimit].filter(Boolean),
			);
			assert.equal(new Set(objects).size, objects.length);
			assert.deepEqual(items[0]?.rateLimit, { day: { limit: 10, remaining: 9 } });
		});

		it("without the properties that were for this node only, and without stale ones", async () => {
			api.collection(PATH, THINGS);
			await trips();
			const stale = {
				apiError: { code: 1 },
				retryAfter: 5,
				statusCode: 404,
				error: { message: "old" },
				rateLimit: "old",
			};
			const orders = { query: { a: 1 }, params: { b: 2 }, forget: true, reset: false };
			const { items, completions } = await run("trips", { ...stale, ...orders });
			for (const msg of [...items, ...completions]) {
				for (const name of ["query", "params", "forget", "reset", "resume", "apiError", "retryAfter", "error"])
					assert.equal(name in msg, false, name);
				assert.equal(msg.statusCode, 200);
				assert.equal("rateLimit" in msg, false);
			}
		});

		it("for every one of several messages that come at once", async () => {
			api.collection(PATH, THINGS);
			await trips();
			const outcomes = await Promise.all(Array.from({ length: 4 }, () => run("trips")));
			for (const { items, done } of outcomes) {
				assert.deepEqual(ids(items), idsOf(0));
				assert.equal(done.complete, true);
			}
			assert.equal(new Set(outcomes.map(({ items }) => items[0]?.parts?.id)).size, 4);
		});

		it("with credentials on every request and in no message", async () => {
			api.collection(PATH, THINGS);
			await trips({ maxItems: 3 });
			const outcome = await run("trips");
			for (const { headers, query } of api.requests) {
				assert.equal(headers.authorization, `Bearer ${SECRETS.accessToken}`);
				assert.deepEqual(query.getAll("client_id"), [SECRETS.clientId]);
			}
			const sent = JSON.stringify([outcome.items, outcome.completions]);
			assert.equal(sent.includes(SECRETS.accessToken), false);
			assert.equal(sent.includes(SECRETS.clientId), false);
		});

		it("asking for the largest pages, or for those the node names", async () => {
			api.collection(PATH, THINGS);
			await trips();
			await run("trips");
			assert.equal(api.requests[0]?.query.get("pageSize"), "60");
		});

		it("in both directions, newest first for the price of two requests to the newest", async () => {
			api.collection(PATH, THINGS);
			await trips({ order: "descending", maxItems: 1 });
			const { items } = await run("trips");
			assert.deepEqual(ids(items), ["t4"]);
			assert.equal(api.requests.length, 2);
		});
	});

	describe("stopped by maxItems", () => {
		const COUNT = THINGS.length;
		for (const output of MODES)
			for (const maxItems of [1, 2, 3, 4, "5", 6])
				it(`of ${maxItems} sends that many (${output}), and the rest as a sequence of its own when resumed`, async () => {
					api.collection(PATH, THINGS);
					await trips({ output, maxItems });
					const taken = Math.min(Number(maxItems), COUNT);
					const { items, done, completions } = await run("trips", { parts: { id: "o", index: 1, type: "array" } });
					assert.deepEqual(ids(items), idsOf(0, taken));
					assert.equal(done.items, taken);
					assert.equal(done.complete, taken === COUNT);
					if (output !== "array") {
						assert.equal(items.at(-1)?.parts?.count, items.length);
						assert.equal(items.filter(({ parts }) => parts?.count !== undefined).length, 1);
					}
					assert.equal(api.count(PATH), Math.ceil(taken / 2));
					const resume = completions[0]?.resume;
					assert.equal(resume !== undefined, taken < COUNT);
					if (resume === undefined) return;

					const plain = JSON.parse(JSON.stringify(resume));
					const rest: FlowMessage[] = [];
					let next: unknown = plain;
					let last: Outcome | undefined;
					while (next !== undefined) {
						last = await run("trips", { resume: next });
						rest.push(...last.items);
						next = last.completions[0]?.resume;
						if (output !== "array") {
							assert.equal(last.items[0]?.parts?.index, 0);
							assert.notEqual(last.items[0]?.parts?.id, items[0]?.parts?.id);
							assert.equal(last.items.at(-1)?.parts?.count, last.items.length);
						}
					}
					assert.deepEqual(ids(rest), idsOf(taken));
					assert.equal(last?.done.complete, true);
				});

		for (const maxItems of [0, -1, 1.5, "many", Number.NaN])
			it(`refuses ${maxItems}`, async () => {
				await trips({ maxItems });
				const { error } = await run("trips");
				assert.equal(error.error?.code, "ERR_BAD_INPUT");
				assert.equal(api.requests.length, 0);
			});
	});

	describe("that breaks off", () => {
		for (const output of MODES)
			for (const page of [1, 2, 3])
				for (const order of ["ascending", "descending"])
					it(`on page ${page} goes on where it was (${output}, ${order}), and a join gets everything`, async () => {
						api.collection(PATH, THINGS);
						const expected = order === "ascending" ? idsOf(0) : idsOf(0).reverse();
						await trips({ output, order });
						api.fault(PATH, { status: 503, body: { code: 50399, message: "down", uuid: "u-1" } }, { page });
						const parts = { id: "outer", index: 2, type: "array" };
						const first = await run("trips", { parts, note: "kept" });
						assert.equal(first.completions.length, 0);
						const { error } = first;
						assert.equal(error.error?.code, "ERR_SERVER");
						assert.equal(error.statusCode, 503);
						assert.deepEqual(error.apiError, { code: 50399, message: "down", id: "u-1" });
						assert.deepEqual(error.parts, parts);
						assert.equal(error.note, "kept");
						assert.equal(
							first.items.some((msg) => msg.parts?.count !== undefined),
							false,
						);
						assert.equal(JSON.stringify(error.resume).includes(SECRETS.clientId), false);

						// Through JSON, as a file or a broker would carry it.
						const again = await run("trips", JSON.parse(JSON.stringify(withoutTicket(error))));
						const sent = [...first.items, ...again.items];
						assert.deepEqual(ids(sent), expected);
						assert.deepEqual(again.done, { items: 5, pages: 3, total: 5, complete: true });
						for (const msg of again.items) assert.equal("resume" in msg, false);
						if (output === "array") return;
						assert.equal(new Set(sent.map((msg) => msg.parts?.id)).size, 1);
						assert.deepEqual(
							sent.map((msg) => msg.parts?.index),
							[...sent.keys()],
						);
						assert.deepEqual(
							sent.map((msg) => msg.parts?.count),
							sent.map((_, index) => (index === sent.length - 1 ? sent.length : undefined)),
						);
						if (order === "ascending")
							assert.deepEqual(
								sent.map((msg) => msg.page?.index),
								output === "item" ? [1, 1, 2, 2, 3] : [1, 2, 3],
							);
					});

		for (const output of MODES)
			it(`sends no more than maxItems in all (${output}), and the rest as a sequence of its own`, async () => {
				api.collection(PATH, THINGS);
				api.fault(PATH, { status: 500 }, { page: 2 });
				await trips({ output, maxItems: 3 });
				const first = await run("trips");
				const again = await run("trips", withoutTicket(first.error));
				assert.deepEqual(ids([...first.items, ...again.items]), idsOf(0, 3));
				assert.deepEqual(again.done, { items: 3, pages: 2, total: 5, complete: false });
				const rest = await run("trips", { resume: again.completions[0]?.resume });
				assert.deepEqual(ids(rest.items), idsOf(3));
				assert.equal(rest.done.complete, true);
			});

		it("keeps no credential in msg.resume that the server repeats in its links", async () => {
			const next = `${api.root}${PATH}?pageToken=2&client_id=${SECRETS.clientId}`;
			api.on(PATH, ({ query }) =>
				query.get("pageToken")
					? { body: { _links: {}, _embedded: { trips: [{ id: "b" }] } } }
					: { body: { _links: { next: { href: next } }, _embedded: { trips: [{ id: "a" }] } } },
			);
			for (const how of ["error", "completion"]) {
				await trips(how === "error" ? { order: "ascending" } : { order: "ascending", maxItems: 1 });
				if (how === "error") api.fault(PATH, { status: 500 }, { page: 2 });
				const first = await run("trips");
				const { resume } = how === "error" ? first.error : (first.completions[0] ?? {});
				assert.ok(resume);
				assert.equal(JSON.stringify(resume).includes(SECRETS.clientId), false);
				assert.deepEqual(ids((await run("trips", { resume })).items), ["b"]);
				assert.deepEqual(api.requests.at(-1)?.query.getAll("client_id"), [SECRETS.clientId]);
				await stopFlows();
			}
		});

		it("loses and repeats nothing when it breaks off on every page in turn, fed back by the flow itself", async () => {
			const many = Array.from({ length: 30 }, (_, n) => ({ id: `m${n}` }));
			api.collection(PATH, many);
			for (let page = 1; page <= 15; page++) api.fault(PATH, { drop: true }, { page });
			await trips();
			const sent: FlowMessage[] = [];
			let outcome = await run("trips");
			let turns = 0;
			while (outcome.errors.length > 0) {
				sent.push(...outcome.items);
				assert.equal(outcome.error.error?.code, "ERR_NETWORK");
				outcome = await run("trips", withoutTicket(outcome.error));
				turns++;
			}
			sent.push(...outcome.items);
			assert.equal(turns, 15);
			assert.deepEqual(
				ids(sent),
				many.map(({ id }) => id),
			);
			assert.equal(sent.at(-1)?.parts?.count, 30);
		});

		it("keeps its place when the next try fails before it gets there", async () => {
			api.collection(PATH, THINGS);
			api.collection("/user/vehicles", [{ id: "v1", vin: "VR3TESTTEST000001" }], { size: 9, key: "vehicles" });
			await trips({ vehicle: "vin", vehicleType: "msg" });
			api.fault(PATH, { status: 500 }, { page: 2 });
			const first = await run("trips", { vin: "VR3TESTTEST000001" });
			const place = first.error.resume;
			assert.ok(place);
			await stopFlows();
			await trips({ vehicle: "vin", vehicleType: "msg" });
			api.fault("/user/vehicles", { status: 500 });
			const second = await run("trips", { ...withoutTicket(first.error) });
			assert.equal(second.error.error?.code, "ERR_SERVER");
			assert.deepEqual(second.error.resume, place);
		});

		it("refuses a resume of another vehicle, of another family, or one that is damaged", async () => {
			api.collection(PATH, THINGS);
			api.collection("/user/vehicles/v2/trips", THINGS);
			await trips({ vehicle: "car", vehicleType: "msg", maxItems: 1 });
			const { completions } = await run("trips", { car: "v1" });
			const resume = completions[0]?.resume as Record<string, unknown>;
			api.requests.length = 0;
			const position = resume.position as Record<string, unknown>;
			const bad: unknown[] = [
				"x",
				7,
				true,
				[],
				{},
				{ ...resume, version: 2 },
				{ ...resume, resource: undefined },
				{ ...resume, position: undefined },
				{ ...resume, position: { ...position, address: "http://other.example/x" } },
				{ ...resume, position: { ...position, address: "/connectedcar/v4/user/vehicles/v2/trips?pageToken=x" } },
				{
					...resume,
					position: { ...position, address: String(position.address).replace("/trips", "/trips/../alerts") },
				},
				{ ...resume, position: { ...position, before: "/connectedcar/v4/user" } },
				{ ...resume, position: { ...position, way: "sideways" } },
				{ ...resume, position: { ...position, skip: -1 } },
				{ ...resume, position: { ...position, handled: [1] } },
				{ ...resume, sequence: { id: "", index: 0, items: 0, pages: 0 } },
				{ ...resume, sequence: { id: "x", index: -1, items: 0, pages: 0 } },
			];
			for (const each of bad) {
				const { error } = await run("trips", { car: "v1", resume: each });
				assert.equal(error.error?.code, "ERR_BAD_INPUT", JSON.stringify(each));
			}
			const other = await run("trips", { car: "v2", resume });
			assert.equal(other.error.error?.code, "ERR_BAD_INPUT");
			assert.equal("resume" in other.error, false);
			assert.equal(api.requests.length, 0);
		});

		it("says so of a pager that goes in circles, with the items it got", async () => {
			api.on(PATH, ({ query }) => ({
				body: {
					_links: { next: { href: `?pageToken=${query.get("pageToken") === "2" ? 1 : 2}` } },
					_embedded: { trips: [{ id: `p${query.get("pageToken") ?? 1}` }] },
				},
			}));
			await trips();
			const { items, error } = await run("trips");
			assert.equal(error.error?.code, "ERR_PAGE_LOOP");
			assert.deepEqual(ids(items).slice(0, 2), ["p1", "p2"]);
		});
	});

	describe("reset", () => {
		it("aborts the requests under way, sends nothing more, and is done with the message", async () => {
			const never = gate();
			api.collection(PATH, THINGS, { size: 3 });
			api.fault(
				PATH,
				async () => {
					await never.opened;
					return {};
				},
				{ page: 2 },
			);
			await trips();
			const seen = badges();
			const running = start("trips");
			await running.atLeast(2);
			const reset = await run("trips", { reset: true });
			assert.deepEqual([reset.items, reset.completions, reset.errors], [[], [], []]);
			const { items, completions, errors } = await running.end;
			assert.deepEqual(ids(items), idsOf(0, 2));
			assert.deepEqual([completions, errors], [[], []]);
			await api.abortedRequests(1);
			never.open();
			assert.match(seen.at(-1) ?? "", /undefined/);
			// And the next message is worked on as ever.
			assert.deepEqual(ids((await run("trips")).items), idsOf(0));
		});

		it("ends all of several messages", async () => {
			const never = gate();
			api.on(PATH, async () => {
				await never.opened;
				return {};
			});
			await trips();
			const running = [start("trips"), start("trips"), start("trips")];
			await run("trips", { reset: true });
			for (const { end } of running) {
				const { items, completions, errors, completed } = await end;
				assert.deepEqual([items, completions, errors, completed.length], [[], [], [], 1]);
			}
			never.open();
		});
	});

	it("tells on its badge how far it is, what it did, and what went wrong", async () => {
		api.collection(PATH, THINGS);
		process.env.STELLANTIS_TEST_MOST = "5";
		// biome-ignore lint/suspicious/noTemplateCurlyInString: Node-RED replaces it by the variable
		await trips({ maxItems: "${STELLANTIS_TEST_MOST}", pageSize: "${STELLANTIS_TEST_MOST}" });
		delete process.env.STELLANTIS_TEST_MOST;
		const seen = badges();
		await run("trips");
		api.fault(PATH, { status: 503 });
		await run("trips");
		assert.ok(seen.some((text) => /^blue dot/.test(text)));
		assert.ok(seen.includes("green dot 5 trips"), seen.join());
		assert.equal(seen.at(-1), "red ring API fails, try later");
		for (const text of seen) assert.ok(text.length <= 75);
	});

	it("counts one as one on its badge", async () => {
		api.collection(PATH, THINGS.slice(0, 1));
		await trips();
		const seen = badges();
		await run("trips");
		assert.equal(seen.at(-1), "green dot 1 trip");
	});

	it("keeps the event loop turning while 20,000 messages leave", async () => {
		const many = Array.from({ length: 20_000 }, (_, n) => ({ id: `m${n}` }));
		api.collection(PATH, many, { size: 20_000 });
		await trips();
		let sending = true;
		let turns = 0;
		const count = () => {
			turns++;
			if (sending) setImmediate(count);
		};
		const running = start("trips");
		await running.atLeast(1);
		count();
		const { done } = await running.end;
		sending = false;
		assert.equal(done.items, 20_000);
		assert.ok(turns >= 150, `${turns} turns`);
		assert.ok(node("trips"));
	});
});
