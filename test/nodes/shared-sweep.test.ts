import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { SharedAccount } from "../../src/storage/shared/shared-account";
import { keyOf, type Lease, newSweepId } from "../../src/sweep/lease";
import { StoreRecords } from "../../src/sweep/store-records";
import { begin, type Completion, type Sweep } from "../../src/sweep/sweep";
import { FakeApi, liveAccount, liveCredentials, SECRETS } from "../support/fake-api";
import { closeStores, freshPlace, storeAt } from "../support/postgres";
import {
	badges,
	type FlowMessage,
	type FlowNode,
	load,
	node,
	redeploy,
	run,
	stopFlows,
	useRuntime,
	watch,
} from "../support/runtime";

const PATH = "/user/vehicles";
const vehicles = (count: number) => Array.from({ length: count }, (_, n) => ({ id: `car${n}`, vin: `VIN${n}` }));
const idsOf = (messages: FlowMessage[]) =>
	messages.flatMap(({ payload }) => payload).map((each) => (each as { id: string }).id);
const leaseOf = (msg: FlowMessage) => msg.lease as Lease;

describe("a shared sweep on one machine", () => {
	const userDir = mkdtempSync(join(tmpdir(), "stellantis-sweep-"));
	useRuntime({ userDir });
	let api: FakeApi;
	before(async () => {
		api = await FakeApi.start();
	});
	beforeEach(() => {
		api.clear();
		rmSync(join(userDir, "stellantis"), { recursive: true, force: true });
	});
	after(async () => {
		await api.stop();
		rmSync(userDir, { recursive: true, force: true });
	});

	const list = (properties: Record<string, unknown> = {}): FlowNode => ({
		id: "list",
		type: "stellantis-vehicle-list",
		account: "account",
		shared: true,
		leaseTime: 0.3,
		minInterval: 60,
		...properties,
	});
	const flow = (...nodes: FlowNode[]) => load([liveAccount(api), ...nodes], liveCredentials);

	/** Everything that leaves the node, from now on. */
	const outcome = () => {
		const items: FlowMessage[] = [];
		const completions: FlowMessage[] = [];
		const events = new EventEmitter();
		watch("items", (msg) => {
			items.push(msg);
			events.emit("item");
		});
		watch("completions", (msg) => {
			completions.push(msg);
			events.emit("completion");
		});
		return {
			items,
			completions,
			async atLeast(count: number) {
				while (items.length < count) await once(events, "item");
			},
			more: () => once(events, "completion"),
			async end() {
				while (completions.length === 0) await once(events, "completion");
				return completions[0]?.payload as Completion;
			},
		};
	};
	/** Brings every item back, as a complete node at the end of the flow does. */
	const bringBack = (which: (msg: FlowMessage, n: number) => FlowMessage | undefined = (msg) => msg) => {
		let n = 0;
		watch("items", (msg) => {
			const back = which(msg, n++);
			if (back) node("list").receive({ ...back, complete: { source: { id: "items" } } });
		});
	};

	it("hands out every vehicle once, a sequence a page, and tells its end with the properties of the start", async () => {
		api.collection(PATH, vehicles(7), { size: 3, key: "vehicles" });
		await flow(list());
		const all = outcome();
		bringBack();
		node("list").receive({ payload: "go", job: 7, password: "secret" });
		const done = await all.end();
		assert.deepEqual(idsOf(all.items), idsOf([{ payload: vehicles(7) }]));
		const { sweep, ...counts } = done;
		assert.deepEqual(counts, { items: 7, pages: 3, total: 7, complete: true, unacknowledged: 0, failed: 0 });
		assert.equal(all.completions[0]?.job, 7);
		assert.deepEqual(
			all.items.map(({ parts }) => [parts?.index, parts?.count]),
			[
				[0, undefined],
				[1, undefined],
				[2, 3],
				[0, undefined],
				[1, undefined],
				[2, 3],
				[0, 1],
			],
		);
		assert.equal(new Set(all.items.map(({ parts }) => parts?.id)).size, 3);
		assert.deepEqual(
			all.items.map(leaseOf),
			[1, 1, 1, 2, 2, 2, 3].map((page, n) => ({ sweep, page, item: n % 3 })),
		);
		assert.deepEqual(
			all.items.map(({ page }) => page?.index),
			[1, 1, 1, 2, 2, 2, 3],
		);
		assert.deepEqual(
			all.items.map(({ job, topic }) => [job, topic]),
			vehicles(7).map(({ id }) => [7, id]),
		);
	});

	it("starts whatever its message brings along", async () => {
		api.collection(PATH, vehicles(2), { key: "vehicles" });
		await flow(list());
		const all = outcome();
		bringBack();
		const rows = Array.from({ length: 800 }, (_, n) => ({ id: n, name: `customer number ${n}` }));
		node("list").receive({ rows, text: 'Authorization: say "hi" now' });
		await all.end();
		assert.deepEqual(all.completions[0]?.rows, rows);
	});

	it("is never more than two pages ahead of what came back", async () => {
		api.collection(PATH, vehicles(9), { size: 3, key: "vehicles" });
		await flow(list({ leaseTime: 60 }));
		const all = outcome();
		node("list").receive({});
		await all.atLeast(6);
		for (const msg of all.items.slice(0, 2)) node("list").receive(msg);
		await new Promise((resolve) => setTimeout(resolve, 150));
		assert.equal(all.items.length, 6);
		node("list").receive(all.items[2] as FlowMessage);
		await all.atLeast(9);
		assert.equal(api.count(PATH), 3);
	});

	describe("ends with a true count, and never loops, in a flow that", () => {
		/** Brings back by real complete and catch nodes whatever arrives at the end, and this node's own ends too. */
		const wired = (...between: FlowNode[]): FlowNode[] => [
			list({ minInterval: 0, wires: [[between[0]?.id ?? "end"], ["completions"]] }),
			...between,
			fn("end", "return msg;", [["items"]]),
			{ id: "on-done", type: "complete", scope: ["end", "list"], wires: [["list"]] },
			{ id: "on-error", type: "catch", scope: null, wires: [["list"]] },
		];
		const fn = (id: string, func: string, wires: string[][] = [["end"]], outputs = 1): FlowNode => ({
			id,
			type: "function",
			func,
			outputs,
			wires,
		});
		const counts = async (all: ReturnType<typeof outcome>) => {
			const { items, complete, unacknowledged, failed } = await all.end();
			return { items, complete, unacknowledged, failed };
		};

		beforeEach(() => api.collection(PATH, vehicles(5), { size: 3, key: "vehicles" }));
		/** Nothing comes any more, and nothing was started again. */
		const isQuiet = async (all: ReturnType<typeof outcome>, items: number) => {
			await new Promise((resolve) => setTimeout(resolve, 200));
			assert.equal(all.completions.length, 1);
			assert.equal(all.items.length, items);
		};

		it("is wired back as it should be", async () => {
			await flow(...wired());
			const all = outcome();
			node("list").receive({});
			assert.deepEqual(await counts(all), { items: 5, complete: true, unacknowledged: 0, failed: 0 });
			await isQuiet(all, 5);
		});

		it("fails for some", async () => {
			await flow(...wired(fn("work", 'if (msg.topic === "car1") throw new Error("no"); return msg;')));
			const all = outcome();
			node("list").receive({});
			assert.deepEqual(await counts(all), { items: 5, complete: true, unacknowledged: 0, failed: 1 });
			await isQuiet(all, 4);
		});

		it("loses some", async () => {
			await flow(...wired(fn("work", 'if (msg.topic !== "car1") return msg;')));
			const all = outcome();
			node("list").receive({});
			assert.deepEqual(await counts(all), { items: 5, complete: false, unacknowledged: 1, failed: 0 });
			await isQuiet(all, 4);
		});

		it("sends each over two wires", async () => {
			const [sweep, ...rest] = wired();
			await flow(
				{ ...(sweep as FlowNode), wires: [["end", "also"], ["completions"]] },
				...rest,
				fn("also", "return msg;"),
			);
			const all = outcome();
			node("list").receive({});
			assert.deepEqual(await counts(all), { items: 5, complete: true, unacknowledged: 0, failed: 0 });
			await isQuiet(all, 10);
		});

		it("joins what belongs to a page, and sends all leases back in one message", async () => {
			const gather = `
				const held = context.get("held") || {};
				const list = (held[msg.parts.id] ||= []);
				list.push(msg.lease);
				context.set("held", held);
				if (msg.parts.count === undefined) return null;
				return { payload: list.length, lease: list };`;
			await flow(...wired(fn("work", gather)));
			const all = outcome();
			node("list").receive({});
			assert.deepEqual(await counts(all), { items: 5, complete: true, unacknowledged: 0, failed: 0 });
			await isQuiet(all, 2);
		});

		for (const [how, func] of [
			["takes the lease off", "delete msg.lease; return msg;"],
			["empties the lease", 'msg.lease = ""; return msg;'],
			["sends another's lease", 'msg.lease = { sweep: "other", page: 1, item: 0 }; return msg;'],
			["sends something else", "return { payload: 1 };"],
		] as const)
			it(`${how} and sends it back`, async () => {
				const [sweep, ...rest] = wired(fn("work", func));
				// What has lost every mark can't be told from a start: only the interval keeps it from being one.
				const minInterval = how === "sends something else" ? 60 : 0;
				await flow({ ...(sweep as FlowNode), minInterval }, ...rest);
				const all = outcome();
				node("list").receive({});
				assert.deepEqual(await counts(all), { items: 5, complete: false, unacknowledged: 5, failed: 0 });
				await isQuiet(all, 15);
			});
	});

	it("starts none within the interval of the last, and says from when on", async () => {
		api.collection(PATH, vehicles(2), { key: "vehicles" });
		await flow(list());
		const all = outcome();
		bringBack();
		node("list").receive({});
		await all.end();
		const texts = badges();
		await run("list");
		assert.equal(all.items.length, 2);
		assert.match(String(texts.at(-1)), /^yellow ring next from /);
	});

	it("sends pages with one lease each, and goes on with what is not back after a redeploy", async () => {
		api.collection(PATH, vehicles(8), { size: 3, key: "vehicles" });
		await flow(list({ output: "page", leaseTime: 1 }));
		const all = outcome();
		node("list").receive({ job: 7 });
		await all.atLeast(2);
		assert.deepEqual(
			all.items.map(leaseOf).map(({ page, item }) => [page, item]),
			[
				[1, undefined],
				[2, undefined],
			],
		);
		node("list").receive(all.items[0] as FlowMessage);
		await all.atLeast(3);
		await redeploy([liveAccount(api), list({ output: "page", leaseTime: 1 })], "full", liveCredentials);
		await all.atLeast(5);
		assert.deepEqual(idsOf(all.items.slice(3)), ["car3", "car4", "car5", "car6", "car7"]);
		assert.deepEqual(
			all.items.map(({ job }) => job),
			[7, 7, 7, 7, 7],
		);
		for (const msg of all.items.slice(3)) node("list").receive({ ...msg, error: { message: "no" } });
		const { items, failed, complete } = await all.end();
		assert.deepEqual([items, failed, complete], [8, 5, true]);
	});

	it("tells its end again where flows stop as it leaves, and then is over", async () => {
		const flows: EventEmitter = require("@node-red/util").events;
		api.collection(PATH, vehicles(3), { size: 3, key: "vehicles" });
		await flow(list({ minInterval: 0 }));
		const all = outcome();
		bringBack();
		const sending = node("list");
		const send = sending.send.bind(sending);
		const restarted = new Promise<void>((resolve) => {
			sending.send = (msg) => {
				send(msg);
				if (!Array.isArray(msg) || !msg[1]) return;
				sending.send = send;
				flows.emit("flows:stopping");
				setTimeout(() => {
					flows.emit("flows:started");
					resolve();
				}, 50);
			};
		});
		node("list").receive({ job: 7 });
		await restarted;
		while (all.completions.length < 2) await all.more();
		assert.deepEqual(all.completions[1]?.payload, all.completions[0]?.payload);
		node("list").receive({ job: 8 });
		while (all.completions.length < 3) await all.more();
		assert.equal(all.completions[2]?.job, 8);
	});

	it("reads a page again for what is not back, and by itself what is not on it any more", async () => {
		const all = vehicles(4);
		api.collection(PATH, () => all, { size: 4, key: "vehicles" });
		api.on(`${PATH}/car1`, { body: { id: "car1", vin: "VIN1", alone: true } });
		api.on(`${PATH}/car3`, { status: 404, body: { code: 40400, message: "none" } });
		await flow(list());
		const out = outcome();
		node("list").receive({});
		await out.atLeast(4);
		node("list").receive(out.items[2] as FlowMessage);
		all.splice(1, 1);
		all.splice(2, 1);
		await out.atLeast(6);
		assert.deepEqual(idsOf(out.items.slice(4)), ["car0", "car1"]);
		assert.deepEqual(
			out.items.slice(4).map(({ parts }) => [parts?.index, parts?.count]),
			[
				[0, undefined],
				[1, 2],
			],
		);
		for (const msg of out.items.slice(4)) node("list").receive(msg);
		const { items, unacknowledged, complete } = await out.end();
		assert.deepEqual([items, unacknowledged, complete], [4, 1, false]);
	});

	it("is read on where its list fails for a while", async () => {
		api.collection(PATH, vehicles(4), { size: 2, key: "vehicles" });
		api.fault(PATH, { status: 500, text: "" }, { page: 2 });
		await flow(list({ leaseTime: 60 }));
		const all = outcome();
		const errors: FlowMessage[] = [];
		watch("errors", (msg) => errors.push(msg));
		bringBack();
		node("list").receive({ job: 7 });
		const { items, complete } = await all.end();
		assert.deepEqual([items, complete], [4, true]);
		assert.deepEqual(
			errors.map(({ error, statusCode, job }) => [error?.code, statusCode, job]),
			[["ERR_SERVER", 500, 7]],
		);
	});

	it("is none where its list can't be read at all, and of an account without vehicles it is over at once", async () => {
		api.fault(PATH, { status: 500, text: "" });
		api.fault(PATH, { status: 404, body: { code: 40400, message: "none" } });
		await flow(list());
		const all = outcome();
		assert.equal((await run("list")).error.error?.code, "ERR_SERVER");
		await run("list");
		const { items, pages, complete } = await all.end();
		assert.deepEqual([items, pages, complete], [0, 1, true]);
	});

	it("is one of its own for each account that messages choose, and keeps it over a restart", async () => {
		api.collection(PATH, vehicles(2), { key: "vehicles" });
		const customer = { ...liveAccount(api), id: "customer", name: "Customer", byMessage: true };
		const credentials = { ...liveCredentials, customer: liveCredentials.account };
		const nodes = [liveAccount(api), customer, list({ leaseTime: 1 })];
		await load(nodes, credentials);
		const all = outcome();
		node("list").receive({});
		// So much that nothing else of the message is kept.
		node("list").receive({ text: "x".repeat(63_990), account: "Customer" });
		await all.atLeast(4);
		await redeploy(nodes, "full", credentials);
		await all.atLeast(8);
		const again = all.items.slice(4);
		assert.deepEqual(again.map(({ account }) => account).toSorted(), ["Customer", "Customer", undefined, undefined]);
		for (const msg of again) node("list").receive(msg);
		while (all.completions.length < 2) await new Promise((resolve) => watch("completions", resolve));
		assert.deepEqual(all.completions.map(({ account }) => account).toSorted(), ["Customer", undefined]);
	});

	it("is given up, and never read from another account, where the name it was started by is another's since", async () => {
		const other = await FakeApi.start();
		try {
			api.collection(PATH, vehicles(6), { size: 2, key: "vehicles" });
			other.collection(PATH, vehicles(6), { size: 2, key: "vehicles" });
			const credentials = { ...liveCredentials, a: liveCredentials.account, b: liveCredentials.account };
			const named = (a: string, b: string) => [
				liveAccount(api),
				{ ...liveAccount(api), id: "a", name: a, byMessage: true },
				{ ...liveAccount(other), id: "b", name: b, byMessage: true },
				list(),
			];
			await load(named("Smith", "Jones"), credentials);
			const all = outcome();
			node("list").receive({ account: "Smith" });
			await all.atLeast(4);
			await redeploy(named("Smith before", "Smith"), "full", credentials);
			const sweeps = join(userDir, "stellantis", "sweeps");
			const [file = ""] = readdirSync(sweeps);
			while (JSON.parse(readFileSync(join(sweeps, file), "utf8")).sweep.state !== "closed") await nextTurn();
			assert.equal(other.count(PATH), 0);
			node("list").receive({ account: "Smith" });
			await all.atLeast(8);
			assert.equal(other.count(PATH), 2, "the next is of whose name it is now");
		} finally {
			await other.stop();
		}
	});

	it("starts none while its store is away, and says why", async () => {
		const store = { id: "store", type: "stellantis-store", host: "127.0.0.1", port: 1 };
		const credentials = { ...liveCredentials, store: { user: "user", password: "password" } };
		await load([liveAccount(api, { store: "store" }), store, list()], credentials);
		assert.equal((await run("list")).error.error?.code, "ERR_STORE");
		assert.equal(api.requests.length, 0);
	});

	it("keeps no credential of the account, whoever puts it into an address", async () => {
		const odd = `client_id=${SECRETS.clientId}`;
		api.collection(PATH, vehicles(6), { size: 2, key: "vehicles" });
		api.fault(PATH, {
			body: { _links: { next: { href: `?${odd}&pageToken=2` } }, _embedded: { vehicles: vehicles(2) } },
		});
		await flow(list());
		const all = outcome();
		node("list").receive({ query: { client_id: SECRETS.clientId, extension: "own" } });
		await all.atLeast(4);
		const sweeps = join(userDir, "stellantis", "sweeps");
		const [file = ""] = readdirSync(sweeps);
		const kept = readFileSync(join(sweeps, file), "utf8");
		assert.ok(kept.includes("extension=own") && kept.includes("pageToken=2"), kept);
		for (const secret of Object.values(SECRETS)) assert.ok(!kept.includes(secret), kept);
		bringBack();
		for (const msg of all.items.slice()) node("list").receive(msg);
		assert.equal((await all.end()).complete, true);
		const refused = await run("list", { query: { access_token: SECRETS.accessToken } });
		assert.equal(refused.error.error?.code, "ERR_BAD_INPUT");
		assert.ok(!String(refused.error.error?.message).includes(SECRETS.accessToken));
	});

	it("takes no array, and no msg.resume", async () => {
		await flow(list({ output: "array" }));
		assert.equal((await run("list")).error.error?.code, "ERR_BAD_INPUT");
		await redeploy([liveAccount(api), list()], "full", liveCredentials);
		assert.equal((await run("list", { resume: {} })).error.error?.code, "ERR_BAD_INPUT");
		assert.equal(api.requests.length, 0);
	});

	it("is given up by a msg.reset that comes right behind its start, however far that is", async () => {
		api.collection(PATH, vehicles(6), { size: 3, key: "vehicles" });
		for (const turns of [0, 1, 2, 3, 5, 8, 12, 16, 20, 25, 30]) {
			await flow(list());
			const all = outcome();
			node("list").receive({ job: 1 });
			for (let turn = 0; turn < turns; turn++) await nextTurn();
			await run("list", { reset: true });
			const before = all.items.length;
			bringBack();
			node("list").receive({ job: 2 });
			await all.end();
			const after = [...all.items.slice(before), ...all.completions];
			assert.deepEqual([...new Set(after.map(({ job }) => job))], [2], `after ${turns} turns`);
			await stopFlows();
			rmSync(join(userDir, "stellantis"), { recursive: true, force: true });
		}
	});

	it("is given up by msg.reset, after which another may start; and leaves no file when its node is deleted", async () => {
		api.collection(PATH, vehicles(4), { size: 2, key: "vehicles" });
		await flow(list());
		const all = outcome();
		node("list").receive({});
		await all.atLeast(4);
		await run("list", { reset: true });
		for (const msg of all.items) node("list").receive({ ...msg, reset: true });
		await run("list");
		await all.atLeast(8);
		const sweeps = join(userDir, "stellantis", "sweeps");
		assert.equal(readdirSync(sweeps).length, 1);
		assert.equal(all.completions.length, 0);
		await redeploy([liveAccount(api)], "full", liveCredentials);
		assert.deepEqual(readdirSync(sweeps), []);
	});
});

describe("a shared sweep in a store", () => {
	useRuntime();
	let api: FakeApi;
	before(async () => {
		api = await FakeApi.start();
	});
	after(() => api.stop());
	afterEach(closeStores);

	it("goes on to its end whatever stands in its message and in the API's texts", async () => {
		api.clear();
		const odd = "a\u0000b \ud83d";
		api.collection(PATH, [{ id: odd, vin: odd }, { id: "car1" }], { key: "vehicles" });
		const { host, port, database, schema, user, password } = await freshPlace();
		const store = { id: "store", type: "stellantis-store", host, port, database, schema };
		const list = { id: "list", type: "stellantis-vehicle-list", account: "account", shared: true, leaseTime: 1 };
		await load([liveAccount(api, { store: "store" }), store, list], { ...liveCredentials, store: { user, password } });
		const done = new Promise<FlowMessage>((resolve) => watch("completions", resolve));
		const errors: FlowMessage[] = [];
		watch("errors", (msg) => errors.push(msg));
		const items: FlowMessage[] = [];
		// The first time nothing comes back, so that the page is read again, and the odd one found on it.
		watch("items", (msg) => {
			items.push(msg);
			if (items.length > 2) node("list").receive(msg);
		});
		node("list").receive({ text: odd });
		const { items: count, complete } = (await done).payload as Completion;
		assert.deepEqual([count, complete], [2, true]);
		assert.deepEqual(idsOf(items), [odd, "car1", odd, "car1"]);
		assert.deepEqual(errors, []);
	});

	describe("where another fleet has a node of the same id", () => {
		for (const [how, kept, properties] of [
			["shares itself under another name", "fleet1-customer", { store: "store", shareAs: "fleet2-customer" }],
			["does not share itself", "customer", {}],
		] as const)
			it(`neither takes part in that fleet's nor ends it, where the account that is called the same ${how}`, async () => {
				api.clear();
				api.collection(PATH, vehicles(4), { size: 3, key: "vehicles" });
				const place = await freshPlace();
				const { host, port, database, schema, user, password } = place;
				const theirs = new StoreRecords(new SharedAccount(storeAt(place), "fleet1", "another customer"));
				const subject = { node: "list", account: kept, chosen: "Customer", start: `${PATH}?pageSize=60` };
				const key = keyOf(subject.node, subject.account, subject.start);
				const order = { id: newSweepId(key), instance: theirs.instance, leaseTime: 0, minInterval: 0, maxItems: null };
				await theirs.change(key, (former, moment) => {
					const sweep = begin(former, order, moment) as Sweep;
					return { result: undefined, sweep, anew: { subject, starter: {} }, next: null };
				});
				const account = liveAccount(api, { store: "store", shareAs: "fleet2" });
				const customer = { ...liveAccount(api, properties), id: "customer", name: "Customer", byMessage: true };
				const store = { id: "store", type: "stellantis-store", host, port, database, schema };
				const list = { id: "list", type: "stellantis-vehicle-list", account: "account", shared: true, minInterval: 0 };
				const credentials = { ...liveCredentials, customer: liveCredentials.account, store: { user, password } };
				await load([account, customer, store, list], credentials);
				const items: FlowMessage[] = [];
				watch("items", (msg) => {
					items.push(msg);
					node("list").receive(msg);
				});
				const errors: FlowMessage[] = [];
				watch("errors", (msg) => errors.push(msg));
				for (let job = 1; job <= 3; job++) {
					await run("list", { reset: true });
					const done = new Promise<FlowMessage>((resolve) => watch("completions", resolve));
					node("list").receive({ account: " Customer", job });
					assert.equal((await done).job, job);
				}
				assert.equal(items.length, 12);
				assert.ok(items.every((msg) => leaseOf(msg).sweep !== order.id));
				assert.deepEqual(errors, []);
				const running = await theirs.running("list");
				assert.ok(running.some(({ sweep }) => sweep.id === order.id));
			});
	});
});
