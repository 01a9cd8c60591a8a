import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import got from "got";
import type { AccountNode } from "../../src/node-red/account/connection";
import { AT_BEST } from "../support/takes-less";
import { type Exchange, FaultApi } from "./api";
import { accountAt, assertNothingLeaked, assertWhole, credentialsWith, errorOf, idsOf, listNode } from "./flows";
import { Runtime } from "./runtime";

describe("limits of an account, shared by all its nodes", () => {
	let api: FaultApi;
	let runtime: Runtime;
	const start = (changes: object = {}, more: Parameters<Runtime["start"]>[0] = []) =>
		runtime.start([accountAt(api, { timeout: 5, ...changes }), listNode(), ...more], credentialsWith());
	/** Sends messages at once and waits until all have come to an end. */
	function flood(ids: string[]): Promise<{ items: number; errors: number }> {
		return new Promise((resolve) => {
			const count = { items: 0, errors: 0 };
			let ends = 0;
			const end = () => {
				if (++ends === ids.length) setImmediate(resolve, count);
			};
			runtime.node("items").on("input", () => count.items++);
			runtime.node("completion").on("input", end);
			runtime.node("caught").on("input", () => {
				count.errors++;
				end();
			});
			ids.forEach((id, n) => {
				runtime.node(id).receive({ _msgid: `${id}-${n}`, query: { tag: id } } as never);
			});
		});
	}
	const lists = (count: number) => Array.from({ length: count }, (_, n) => listNode(`list-${n}`));

	beforeEach(async () => {
		api = await new FaultApi().start();
		runtime = new Runtime();
	});
	afterEach(async () => {
		await runtime.stop();
		await api.stop();
		assertNothingLeaked(runtime, api);
	});

	for (const concurrency of [1, 3])
		it(`has ${concurrency} in flight at most, whatever ten nodes ask`, async () => {
			await start({ concurrency }, lists(10));
			api.plan("any", ({ serve }) => setTimeout(serve, 10), 1000);
			const { items, errors } = await flood(lists(10).map(({ id }) => id));
			assert.deepEqual({ items, errors }, { items: 50, errors: 0 });
			assert.equal(api.mostAtOnce, concurrency);
		});

	it("starts no more requests a second than allowed, evenly spaced", async () => {
		await start({ requestsPerSecond: 20 }, lists(4));
		const ids = lists(4).map(({ id }) => id);
		// Opens the connections: what that takes is no spacing.
		await flood(ids);
		const before = api.seen.length;
		const delay = monitorEventLoopDelay({ resolution: 1 });
		delay.enable();
		await flood(ids);
		delay.disable();
		const times = api.seen.slice(before).map(({ at }) => at);
		assert.equal(times.length, 12);
		// What a busy machine holds up is made up for; a punctual one is held to the letter.
		const late = delay.max / 1e6;
		const took = (times.at(-1) ?? 0) - (times[0] ?? 0);
		assert.ok(took >= 11 * 50 - 30 - late, `12 requests in ${Math.round(took)} ms`);
		const gaps = times.slice(1).map((time, n) => time - (times[n] ?? 0));
		assert.ok(Math.min(...gaps) > 20 - late, `two requests within ${Math.round(Math.min(...gaps))} ms`);
	});

	it("pauses the whole account when ten flows run into the limit, and loses nothing", async () => {
		await start({ retries: 3 }, lists(10));
		const refused: number[] = [];
		api.plan(
			"any",
			({ json }) => {
				refused.push(performance.now());
				json(429, { httpCode: "429" }, { "retry-after": "1" });
			},
			4,
		);
		const { items, errors } = await flood(lists(10).map(({ id }) => id));
		assert.deepEqual({ items, errors }, { items: 50, errors: 0 });
		const [first = 0] = refused;
		const duringPause = api.seen.filter(({ at }) => at > (refused.at(-1) ?? 0) + 1 && at < first + 990);
		assert.equal(duringPause.length, 0, "requests while the server had asked for a pause");
		assert.equal(api.seen.length, 30 + refused.length);
	});

	it("tells flows at once when the pause is longer than anybody waits, without a request", async () => {
		await start({ retries: 3 });
		api.plan("any", ({ json }) => json(429, {}, { "retry-after": "3600" }));
		for (const _ of [1, 2]) {
			const { errors } = await runtime.send("list");
			assert.equal(errorOf(errors[0] ?? {}).code, "ERR_RATE_LIMITED");
			assert.ok(Number(errors[0]?.retryAfter) > 3590);
		}
		assert.equal(api.seen.length, 1);
		assert.match(runtime.statuses.findLast(({ id }) => id === "list")?.text ?? "", /rate limit · wait 3,\d{3} s/);
	});

	it("serves commands first, then the editor, single reads, and sweeps, fairly between nodes", async () => {
		const status = {
			id: "status",
			type: "stellantis-status",
			account: "acc",
			vehicle: "v1",
			vehicleType: "str",
			wires: [["items"]],
		};
		await start({ concurrency: 1 }, [listNode("a"), listNode("b"), status]);
		// The first request stays open until all others wait.
		let release: () => void = () => {};
		const blocked = new Promise<Exchange>((resolve) => {
			api.plan("any", (exchange) => {
				release = exchange.serve;
				resolve(exchange);
			});
		});
		const { connection } = runtime.node("acc") as unknown as AccountNode;
		const { client } = await connection.connected();
		const url = (tag: string) => new URL(`${client.root}/user/vehicles?tag=${tag}`);
		const first = client.send({ url: url("first"), claim: { priority: "single", owner: "x" } });
		await blocked;
		const done = flood(["a", "a", "a", "b", "b", "b"]);
		runtime.node("status").receive({ _msgid: "s", query: { tag: "single" } } as never);
		await new Promise(setImmediate);
		const server = createServer(runtime.admin).listen(0, "127.0.0.1");
		await new Promise((resolve) => server.once("listening", resolve));
		const { port } = server.address() as AddressInfo;
		const tested = got.post(`http://127.0.0.1:${port}/stellantis/account/acc/test`, { json: {} });
		tested.catch(() => {});
		// The editor's question is on its way until its probe stands in the queue; the command comes after it.
		await new Promise((resolve) => server.once("request", () => setTimeout(resolve, 50)));
		const command = client.send({ url: url("command"), claim: { priority: "command", owner: "y" } });
		release();
		await Promise.all([first, command, tested, done]);
		server.closeAllConnections();
		server.close();
		const order = api.seen.map(({ url: path }) => {
			const tag = new URL(path, api.url).searchParams.get("tag");
			return tag ?? (path.includes("pageToken") ? "next" : "editor");
		});
		assert.deepEqual(order.slice(0, 2), ["first", "command"]);
		assert.equal(order[2], "editor");
		assert.ok(order.indexOf("single") < order.indexOf("a"), order.join(" "));
		const sweeps = order.filter((tag) => tag === "a" || tag === "b").join("");
		assert.match(sweeps.slice(0, 4), /^(ab|ba){2}$/, order.join(" "));
	});

	it("gives the server's budget to flows, and shows what is left of the day", async () => {
		await start();
		api.headers = {
			"x-ratelimit-limit-1": "5000",
			"x-ratelimit-remaining-1": "4711",
			"x-ratelimit-limit-2": "10",
			"x-ratelimit-remaining-2": "9",
		};
		const outcome = await runtime.send("list");
		assertWhole(outcome);
		for (const msg of [...outcome.items, ...outcome.completions])
			assert.deepEqual(msg.rateLimit, { day: { limit: 5000, remaining: 4711 }, burst: { limit: 10, remaining: 9 } });
		const shown = () => runtime.statuses.findLast(({ id }) => id === "acc");
		assert.deepEqual([shown()?.text, shown()?.fill], ["4,711 of 5,000 requests left today", "green"]);
		api.headers["x-ratelimit-remaining-1"] = "12";
		await runtime.send("list");
		assert.deepEqual([shown()?.text, shown()?.fill], ["12 of 5,000 requests left today", "yellow"]);
	});

	it("stops at once with a deploy, whatever waits", async function () {
		this.retries(AT_BEST);
		await start({ retries: 20, concurrency: 1 }, lists(5));
		api.plan("any", ({ json }) => json(503, {}), 1000);
		const begun = new Promise<void>((resolve) => api.plan("any", () => resolve()));
		for (const { id } of lists(5)) runtime.node(id).receive({ _msgid: id } as never);
		api.heal();
		void begun;
		await new Promise(setImmediate);
		const before = performance.now();
		await runtime.redeploy([accountAt(api), listNode()], credentialsWith());
		assert.ok(performance.now() - before < 2_000);
		api.heal();
		assert.equal(idsOf(await runtime.send("list")).length, 5);
	});
});
