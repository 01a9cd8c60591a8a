import assert from "node:assert/strict";
import { ShortMemory } from "../../../../src/node-red/admin/lookups/short-memory";
import { Clock } from "../later";

const MINUTE = 60_000;

describe("the short memory of what a form has asked", () => {
	let clock: Clock;
	let closing: AbortController;
	let memory: ShortMemory;
	let asked: { signal: AbortSignal; answer: (value: string) => void; fail: (error: Error) => void }[];
	const nobodyLeaves = new AbortController().signal;
	const ask = (question = "q", { signal = nobodyLeaves, keep = MINUTE } = {}) =>
		memory.once(
			question,
			keep,
			signal,
			(within) =>
				new Promise<string>((answer, fail) => {
					asked.push({ signal: within, answer, fail });
					within.addEventListener("abort", () => fail(within.reason));
				}),
		);
	const request = (n: number) => {
		const found = asked[n];
		assert.ok(found, `no request ${n}`);
		return found;
	};

	beforeEach(() => {
		clock = new Clock();
		closing = new AbortController();
		memory = new ShortMemory(closing.signal, clock.later);
		asked = [];
	});

	it("asks once for all who want to know, and no more for a minute", async () => {
		const all = [ask(), ask(), ask()];
		request(0).answer("yes");
		assert.deepEqual(await Promise.all(all), ["yes", "yes", "yes"]);
		clock.pass(MINUTE - 1);
		assert.equal(await ask(), "yes");
		assert.equal(asked.length, 1);
		clock.pass(1);
		const again = ask();
		request(1).answer("no");
		assert.equal(await again, "no");
	});

	it("keeps questions apart", async () => {
		const both = [ask("a"), ask("b")];
		request(1).answer("B");
		request(0).answer("A");
		assert.deepEqual(await Promise.all(both), ["A", "B"]);
	});

	it("forgets at once what shall not be kept", async () => {
		const first = ask("q", { keep: 0 });
		request(0).answer("1");
		assert.equal(await first, "1");
		const second = ask("q", { keep: 0 });
		request(1).answer("2");
		assert.equal(await second, "2");
	});

	it("remembers a failure for some seconds", async () => {
		const failed = ask();
		request(0).fail(new Error("refused"));
		await assert.rejects(failed, /refused/);
		await assert.rejects(ask(), /refused/);
		clock.pass(5_000);
		const again = ask();
		request(1).answer("well");
		assert.equal(await again, "well");
	});

	it("breaks off with the last who waits, and asks anew for the next", async () => {
		const [one, other] = [new AbortController(), new AbortController()];
		const both = [ask("q", { signal: one.signal }), ask("q", { signal: other.signal })];
		one.abort();
		await assert.rejects(both[0] ?? Promise.resolve(), { name: "AbortError" });
		assert.equal(request(0).signal.aborted, false);
		other.abort();
		await assert.rejects(both[1] ?? Promise.resolve(), { name: "AbortError" });
		assert.equal(request(0).signal.aborted, true);
		const next = ask();
		request(1).answer("yes");
		assert.equal(await next, "yes");
	});

	it("keeps an answer after all who waited for it have got it", async () => {
		const leaving = new AbortController();
		const first = ask("q", { signal: leaving.signal });
		request(0).answer("yes");
		await first;
		leaving.abort();
		assert.equal(await ask(), "yes");
		assert.equal(asked.length, 1);
	});

	it("asks nothing for somebody who has gone already", async () => {
		await assert.rejects(ask("q", { signal: AbortSignal.abort() }), { name: "AbortError" });
		assert.equal(asked.length, 0);
	});

	it("breaks everything off when the account closes", async () => {
		const waiting = ask();
		closing.abort();
		await assert.rejects(waiting, { name: "AbortError" });
		assert.equal(request(0).signal.aborted, true);
	});

	it("holds a hundred answers, the newest", async () => {
		for (let n = 0; n < 101; n++) {
			const one = ask(`q${n}`);
			request(n).answer(String(n));
			await one;
		}
		assert.equal(await ask("q100"), "100");
		assert.equal(await ask("q1"), "1");
		assert.equal(asked.length, 101);
		ask("q0").catch(() => {});
		assert.equal(asked.length, 102);
		closing.abort();
	});
});
