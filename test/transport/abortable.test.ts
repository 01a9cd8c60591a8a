import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { abortable } from "../../src/transport/abortable";

describe("waiting for shared work", () => {
	it("gives its outcome, and leaves no listener behind", async () => {
		const { signal } = new AbortController();
		assert.equal(await abortable(Promise.resolve(1), signal), 1);
		await assert.rejects(abortable(Promise.reject(new Error("broken")), signal), /broken/);
		await nextTurn();
		assert.equal(getEventListeners(signal, "abort").length, 0);
	});

	it("ends with the signal's reason while the work goes on", async () => {
		const controller = new AbortController();
		const waiting = abortable(new Promise(() => {}), controller.signal);
		controller.abort(new Error("redeployed"));
		await assert.rejects(waiting, /redeployed/);
	});

	it("takes the failure of work that nobody waits for any more, so that it ends no process", async () => {
		const unhandled: unknown[] = [];
		const listeners = process.listeners("unhandledRejection");
		process.removeAllListeners("unhandledRejection");
		process.on("unhandledRejection", (error) => unhandled.push(error));
		try {
			const failing = nextTurn().then(() => Promise.reject(new Error("too late")));
			await assert.rejects(abortable(failing, AbortSignal.abort(new Error("reset"))), /reset/);
			await nextTurn();
			await nextTurn();
		} finally {
			process.removeAllListeners("unhandledRejection");
			for (const listener of listeners) process.on("unhandledRejection", listener);
		}
		assert.deepEqual(unhandled, []);
	});
});
