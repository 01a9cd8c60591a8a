import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import sinon from "sinon";
import { type Claim, Limiter, type LimiterOptions, type Priority } from "../../src/transport/limiter";

const claim = (owner: string, priority: Priority = "sweep"): Claim => ({ owner, priority });

/** A task that ends when it is told to. */
function task() {
	let end = () => {};
	const ended = new Promise<void>((resolve) => {
		end = resolve;
	});
	return { end, run: () => ended };
}

describe("the limiter", () => {
	let clock: sinon.SinonFakeTimers;
	beforeEach(() => {
		clock = sinon.useFakeTimers({
			now: 1_000_000,
			toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"],
		});
	});
	afterEach(() => clock.restore());
	const limiterOf = (options: Partial<LimiterOptions> = {}) =>
		new Limiter({ concurrency: 1, requestsPerSecond: 0, ...options });

	it("runs no more at once than it may, and everything in the end", async () => {
		const limiter = limiterOf({ concurrency: 3 });
		let busy = 0;
		let most = 0;
		const runs = Array.from({ length: 20 }, (_, place) =>
			limiter.run(claim("a"), undefined, async () => {
				most = Math.max(most, ++busy);
				await new Promise((resolve) => setImmediate(resolve));
				busy--;
				return place;
			}),
		);
		assert.deepEqual(
			await Promise.all(runs),
			Array.from({ length: 20 }, (_, place) => place),
		);
		assert.equal(most, 3);
	});

	it("starts no more than a few in one turn of the event loop, and the rest in the next ones", async () => {
		const limiter = limiterOf({ concurrency: 32 });
		const turns = new Map<number, number>();
		let turn = 0;
		let goesOn = true;
		const count = () => {
			turn++;
			if (goesOn) setImmediate(count);
		};
		count();
		const runs = Array.from({ length: 30 }, () =>
			limiter.run(claim("a"), undefined, async () => void turns.set(turn, (turns.get(turn) ?? 0) + 1)),
		);
		await Promise.all(runs);
		goesOn = false;
		assert.ok(Math.max(...turns.values()) <= 2, `starts a turn: ${[...turns.values()]}`);
		assert.ok(turns.size <= 17, "no turn is left out");
	});

	it("goes on after tasks that fail", async () => {
		const limiter = limiterOf();
		await assert.rejects(
			limiter.run(claim("a"), undefined, () => Promise.reject(new Error("failed"))),
			/failed/,
		);
		assert.equal(await limiter.run(claim("a"), undefined, async () => 1), 1);
	});

	it("serves commands first, then the editor, then single requests, then collections", async () => {
		const limiter = limiterOf();
		const first = task();
		const order: string[] = [];
		const runs = [limiter.run(claim("x"), undefined, first.run)];
		for (const priority of ["sweep", "single", "editor", "command"] as const)
			runs.push(limiter.run(claim("x", priority), undefined, async () => void order.push(priority)));
		first.end();
		await Promise.all(runs);
		assert.deepEqual(order, ["command", "editor", "single", "sweep"]);
	});

	it("lets a node with one request not wait behind a node with many", async () => {
		const limiter = limiterOf();
		const first = task();
		const order: string[] = [];
		const runs = [limiter.run(claim("x"), undefined, first.run)];
		for (const owner of ["a", "a", "a", "a", "b", "c", "c"])
			runs.push(limiter.run(claim(owner), undefined, async () => void order.push(owner)));
		first.end();
		await Promise.all(runs);
		assert.deepEqual(order, ["a", "b", "c", "a", "c", "a", "a"]);
	});

	it("spaces requests evenly over the second", async () => {
		const limiter = limiterOf({ concurrency: 10, requestsPerSecond: 4 });
		const starts: number[] = [];
		const runs = Array.from({ length: 9 }, () =>
			limiter.run(claim("a"), undefined, async () => void starts.push(Date.now())),
		);
		await clock.tickAsync(3_000);
		await Promise.all(runs);
		assert.equal(starts.length, 9);
		for (let place = 1; place < starts.length; place++)
			assert.ok((starts[place] as number) - (starts[place - 1] as number) >= 250, starts.join());
		assert.ok((starts[8] as number) - 1_000_000 <= 2_500, starts.join());
	});

	it("waits out a pause the server asked for, and takes the longest", async () => {
		const limiter = limiterOf();
		limiter.hold(5);
		limiter.hold(2);
		assert.equal(limiter.holdSeconds, 5);
		let started = false;
		const run = limiter.run(claim("a"), undefined, async () => {
			started = true;
		});
		await clock.tickAsync(4_900);
		assert.equal(started, false);
		await clock.tickAsync(200);
		await run;
		assert.equal(limiter.holdSeconds, 0);
	});

	it("refuses at once while the pause is longer than anybody waits, waits when it no longer is", async () => {
		const limiter = limiterOf();
		const started: number[] = [];
		const ask = () => limiter.run(claim("a"), undefined, async () => void started.push(Date.now()));
		limiter.hold(10);
		const waiting = ask();
		const refused = assert.rejects(waiting, { code: "ERR_RATE_LIMITED", retryAfter: 300 });
		limiter.hold(300);
		await refused;
		assert.equal(limiter.holdsTooLong, true);
		await assert.rejects(ask(), { code: "ERR_RATE_LIMITED" });
		await clock.tickAsync(250_000);
		assert.equal(limiter.holdsTooLong, false);
		const run = ask();
		await clock.tickAsync(49_000);
		assert.deepEqual(started, []);
		await clock.tickAsync(2_000);
		await run;
		assert.deepEqual(started, [1_300_000]);
	});

	it("is not confused by a pause longer than a timer can be", async () => {
		const limiter = limiterOf();
		limiter.hold(1e9);
		await clock.tickAsync(60_000);
		await assert.rejects(
			limiter.run(claim("a"), undefined, async () => 1),
			{ code: "ERR_RATE_LIMITED" },
		);
		limiter.close();
	});

	it("lets go at once of who no longer waits, and frees the place", async () => {
		const limiter = limiterOf();
		const first = task();
		const running = limiter.run(claim("a"), undefined, first.run);
		const controller = new AbortController();
		let ran = false;
		const waiting = limiter.run(claim("b"), controller.signal, async () => {
			ran = true;
		});
		const rejected = assert.rejects(waiting, { name: "AbortError" });
		const next = limiter.run(claim("c"), undefined, async () => "next");
		controller.abort();
		await rejected;
		first.end();
		await running;
		assert.equal(await next, "next");
		assert.equal(ran, false);
		await assert.rejects(
			limiter.run(claim("b"), controller.signal, async () => 1),
			{ name: "AbortError" },
		);
		assert.equal(await limiter.run(claim("c"), undefined, async () => "free"), "free");
	});

	it("listens once to a signal, whoever waits for it, and no longer than somebody does", async () => {
		const limiter = limiterOf();
		const first = task();
		const running = limiter.run(claim("a"), undefined, first.run);
		const { signal } = new AbortController();
		const waiting = Array.from({ length: 50 }, () => limiter.run(claim("b"), signal, async () => 1));
		assert.equal(getEventListeners(signal, "abort").length, 1);
		first.end();
		await Promise.all([running, ...waiting]);
		assert.equal(getEventListeners(signal, "abort").length, 0);
	});

	it("keeps the turns of those that stay when many in between go", async () => {
		const limiter = limiterOf();
		const first = task();
		const running = limiter.run(claim("a"), undefined, first.run);
		const leaving = new AbortController();
		const order: number[] = [];
		const runs = Array.from({ length: 300 }, (_, place) =>
			limiter.run(claim("b"), place % 3 === 0 ? undefined : leaving.signal, async () => void order.push(place)),
		);
		const outcomes = Promise.allSettled(runs);
		leaving.abort();
		first.end();
		await running;
		assert.equal((await outcomes).filter(({ status }) => status === "rejected").length, 200);
		assert.deepEqual(
			order,
			Array.from({ length: 100 }, (_, place) => 3 * place),
		);
	});

	it("ends what waits when the account closes, and starts nothing more", async () => {
		const limiter = limiterOf();
		const first = task();
		const running = limiter.run(claim("a"), undefined, first.run);
		const waiting = limiter.run(claim("b"), undefined, async () => 1);
		limiter.close();
		first.end();
		await running;
		for (const ended of [waiting, limiter.run(claim("b"), undefined, async () => 1)])
			await assert.rejects(ended, { name: "AbortError" });
	});

	it("lets go of who waits in a pause", async () => {
		const limiter = limiterOf();
		limiter.hold(30);
		const controller = new AbortController();
		const rejected = assert.rejects(
			limiter.run(claim("b"), controller.signal, async () => 1),
			{ name: "AbortError" },
		);
		controller.abort();
		await rejected;
		limiter.close();
	});
});
