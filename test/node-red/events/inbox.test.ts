import assert from "node:assert/strict";
import type { ApiEvent } from "../../../src/api/notifications";
import { Inbox } from "../../../src/node-red/events/inbox";

const monitor = (id: string) => ({ type: "Monitor", id, monitorEvent: {} });
const remote = (id: string) => ({ type: "Remote", id, remoteEvent: { remoteActionId: "r" } });

describe("inbox of events", () => {
	let sent: string[];
	let heard: string[];
	let complaints: unknown[];
	let deliver: (event: ApiEvent) => Promise<void>;
	const open = () => {
		const seen = new Set<string>();
		return new Inbox({
			seen: { isNew: (id) => !seen.has(id) && seen.add(id).has(id) },
			wants: () => true,
			hear: ({ id }) => {
				if (id === "unheard") throw new Error("no account");
				heard.push(id);
			},
			deliver: (event) => deliver(event),
			onError: (error) => void complaints.push(error),
		});
	};

	beforeEach(() => {
		[sent, heard, complaints] = [[], [], []];
		deliver = async ({ id }) => void sent.push(id);
	});

	it("does no work before the requests that came together are answered", async () => {
		const inbox = open();
		for (const id of ["1", "2", "3"]) inbox.take(monitor(id), undefined);
		assert.deepEqual(heard, []);
		await new Promise(setImmediate);
		assert.deepEqual(heard, ["1", "2", "3"]);
		await inbox.settled();
		assert.deepEqual(sent, ["1", "2", "3"]);
	});

	it("sends what was taken just before the node closes", async () => {
		const inbox = open();
		inbox.take(monitor("1"), undefined);
		inbox.take(monitor("2"), undefined);
		await inbox.settled();
		inbox.close();
		await new Promise(setImmediate);
		assert.deepEqual(sent, ["1", "2"]);
	});

	it("tells the news of a command at once, however many events wait to be sent", async () => {
		let release = () => {};
		const held = new Promise<void>((resolve) => {
			release = resolve;
		});
		deliver = async ({ id }) => {
			await held;
			sent.push(id);
		};
		const inbox = open();
		for (let n = 0; n < 100; n++) inbox.take(monitor(`${n}`), undefined);
		await new Promise(setImmediate);
		inbox.take(remote("news"), undefined);
		await new Promise(setImmediate);
		assert.deepEqual([heard.at(-1), sent], ["news", []]);
		release();
		await inbox.settled();
		assert.equal(sent.length, 101);
	});

	it("goes on after an event that can't be sent, and after a notification that can't be read", async () => {
		deliver = async ({ id }) => {
			if (id === "bad") throw new Error("no");
			sent.push(id);
		};
		let deep: unknown = [];
		for (let n = 0; n < 100_000; n++) deep = [deep];
		const inbox = open();
		inbox.take({ type: "Monitor", deep }, undefined);
		inbox.take([monitor("bad"), monitor("good")], undefined);
		await inbox.settled();
		assert.deepEqual(sent, ["good"]);
		assert.equal(complaints.length, 2);
	});

	it("sends an event, and those behind it, though the account can't be told of it any more", async () => {
		const inbox = open();
		inbox.take([remote("unheard"), remote("next")], undefined);
		await inbox.settled();
		assert.deepEqual([sent, heard, complaints.length], [["unheard", "next"], ["next"], 1]);
	});

	it("asks the server to come again once too many wait", async () => {
		const inbox = open();
		for (let n = 0; n < 50_000; n++) {
			assert.ok(inbox.hasRoom);
			inbox.take(monitor(`${n}`), undefined);
		}
		assert.ok(!inbox.hasRoom);
		await inbox.settled();
		assert.ok(inbox.hasRoom);
	});
});
