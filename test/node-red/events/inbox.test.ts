import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApiEvent } from "../../../src/api/notifications";
import { Inbox, type Waiting, waitingShape } from "../../../src/node-red/events/inbox";
import { type Digest, digestOf } from "../../../src/node-red/events/seen-events";
import { FlowsState } from "../../../src/node-red/flows-state";
import { LogFull } from "../../../src/storage/durable-log";
import { DurableQueue } from "../../../src/storage/durable-queue";

const monitor = (id: string) => ({ type: "Monitor", id, monitorEvent: {} });
const remote = (id: string) => ({
	type: "Remote",
	id,
	remoteEvent: { remoteActionId: "r", eventStatus: { status: "Success" } },
});

describe("inbox of events", () => {
	let folder: string;
	let events: EventEmitter;
	let flows: FlowsState;
	let seen: Set<Digest>;
	let sent: string[];
	let heard: string[];
	let named: string[];
	let complaints: unknown[];
	let deliver: (event: ApiEvent) => Promise<void>;
	let mostBytes: number;
	const happened = new EventEmitter().setMaxListeners(0);
	const open: Inbox[] = [];

	const opened = (): Inbox => {
		const queue = new DurableQueue<Waiting>({ folder, name: "log", schema: waitingShape, mostBytes, gather: 5 });
		const inbox = new Inbox({
			queue,
			seen: { has: (digest) => seen.has(digest), add: (digest) => void seen.add(digest), flush: async () => {} },
			flows,
			wants: () => true,
			hear: ({ id }) => {
				if (id === "unheard") throw new Error("no account");
				heard.push(id);
				happened.emit("something");
			},
			name: async ({ id }) => {
				named.push(id);
				return undefined;
			},
			deliver: (event) => deliver(event),
			onError: (error) => {
				complaints.push(error);
				happened.emit("something");
			},
			onOutage: (error) => complaints.push(error),
		});
		inbox.start();
		open.push(inbox);
		return inbox;
	};
	const take = (inbox: Inbox, body: unknown, text = JSON.stringify(body)) => inbox.take(text, body, undefined);
	const until = async (condition: () => boolean) => {
		while (!condition()) await once(happened, "something", { signal: AbortSignal.timeout(30_000) });
	};
	const start = () => events.emit("flows:started");
	const stop = () => events.emit("flows:stopping");

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "inbox-"));
		events = new EventEmitter();
		flows = new FlowsState(events);
		[seen, sent, heard, named, complaints] = [new Set(), [], [], [], []];
		mostBytes = 64 * 1024 * 1024;
		deliver = async ({ id }) => {
			sent.push(id);
			happened.emit("something");
		};
		start();
	});
	afterEach(async () => {
		await Promise.all(open.splice(0).map((inbox) => inbox.close()));
		rmSync(folder, { recursive: true, force: true });
	});

	it("does no work before the requests that came together are answered", async () => {
		const inbox = opened();
		const first = take(inbox, remote("1"));
		// Those come together: they share a sync.
		await Promise.all(["2", "3"].map((id) => take(inbox, remote(id))));
		assert.deepEqual(
			heard.filter((id) => id !== "1"),
			[],
		);
		await first;
		await until(() => heard.length === 3);
		assert.deepEqual(heard, ["1", "2", "3"]);
		await until(() => sent.length === 3);
		assert.deepEqual(sent, ["1", "2", "3"]);
	});

	it("leaves to the next one what was taken just before it closes", async () => {
		stop();
		const inbox = opened();
		await take(inbox, monitor("1"));
		const last = take(inbox, monitor("2"));
		await inbox.close();
		await last;
		start();
		opened();
		await until(() => sent.length === 2);
		assert.deepEqual(sent, ["1", "2"]);
	});

	it("sends nothing while flows don't run, and what they may not have got when they stopped once more", async () => {
		const inbox = opened();
		deliver = async ({ id }) => {
			sent.push(id);
			if (id === "2" && sent.length === 2) stop();
			happened.emit("something");
		};
		await take(inbox, [monitor("1"), monitor("2"), monitor("3")]);
		await until(() => sent.length === 2);
		await take(inbox, monitor("4"));
		assert.deepEqual(sent, ["1", "2"]);
		start();
		await until(() => sent.length === 6);
		assert.deepEqual(sent, ["1", "2", "1", "2", "3", "4"]);
	});

	it("drops what has come before, in one notification, in another and before a restart", async () => {
		seen.add(digestOf("before"));
		const inbox = opened();
		await take(inbox, [monitor("1"), monitor("1"), monitor("before")]);
		await take(inbox, [monitor("1"), monitor("2")]);
		await until(() => sent.length === 2);
		await inbox.close();
		await take(opened(), [monitor("2"), monitor("3")]);
		await until(() => sent.length === 3);
		assert.deepEqual(sent, ["1", "2", "3"]);
	});

	it("tells the news of a command at once, however many events wait to be sent", async () => {
		let release = () => {};
		const held = new Promise<void>((resolve) => {
			release = resolve;
		});
		deliver = async ({ id }) => {
			await held;
			sent.push(id);
			happened.emit("something");
		};
		const inbox = opened();
		await Promise.all(Array.from({ length: 100 }, (_, n) => take(inbox, monitor(`${n}`))));
		await take(inbox, remote("news"));
		await until(() => heard.length > 0);
		assert.deepEqual([heard, sent], [["news"], []]);
		release();
		await until(() => sent.length === 101);
		assert.deepEqual(heard, ["news"]);
	});

	it("leaves other flows their turn, however many events a notification holds", async () => {
		const inbox = opened();
		const most = { heard: 0, named: 0 };
		const before = { heard: 0, named: 0 };
		let isOver = false;
		const look = () => {
			most.heard = Math.max(most.heard, heard.length - before.heard);
			most.named = Math.max(most.named, named.length - before.named);
			[before.heard, before.named] = [heard.length, named.length];
			if (!isOver) setImmediate(look);
		};
		look();
		const ids = Array.from({ length: 1_000 }, (_, n) => `e${n}`);
		await take(inbox, ids.map(remote));
		await until(() => sent.length === ids.length && heard.length === ids.length);
		isOver = true;
		assert.deepEqual([heard, sent], [ids, ids]);
		assert.ok(most.heard < 100 && most.named < 100, `${most.heard} were heard, ${most.named} named in one turn`);
	});

	it("tells the news that came just before Node-RED was killed, when it runs again", async () => {
		const queue = new DurableQueue<Waiting>({ folder, name: "log", schema: waitingShape });
		await queue.append([{ at: Date.now() - 1000, text: JSON.stringify(remote("old news")) }]);
		opened();
		await until(() => sent.length === 1);
		assert.deepEqual(heard, ["old news"]);
	});

	it("goes on after an event that can't be sent, and after one that can't be read", async () => {
		deliver = async ({ id }) => {
			if (id === "bad") throw new Error("no");
			sent.push(id);
			happened.emit("something");
		};
		const deep = `{"type":"Monitor","deep":${"[".repeat(50_000)}${"]".repeat(50_000)}}`;
		const inbox = opened();
		await take(inbox, [], `[${deep},${JSON.stringify(monitor("first"))}]`);
		await take(inbox, [monitor("bad"), monitor("good")]);
		await until(() => sent.length === 2);
		assert.deepEqual(sent, ["first", "good"]);
		assert.equal(complaints.length, 2);
	});

	it("says once that what waits can't be read, and sends it when it can", async () => {
		let failures = 0;
		const read = DurableQueue.prototype.read;
		DurableQueue.prototype.read = () => {
			failures++;
			happened.emit("something");
			throw new Error("no right");
		};
		try {
			const inbox = opened();
			await take(inbox, monitor("1"));
			await until(() => failures === 2);
		} finally {
			DurableQueue.prototype.read = read;
		}
		await until(() => sent.length === 1);
		assert.equal(complaints.length, 1);
	});

	it("sends an event, and those behind it, though the account can't be told of it any more", async () => {
		const inbox = opened();
		await take(inbox, [remote("unheard"), remote("next")]);
		await until(() => sent.length === 2 && heard.length === 1);
		assert.deepEqual([sent, heard, complaints.length], [["unheard", "next"], ["next"], 1]);
	});

	it("asks the server to come again once too many wait, and takes the next when some have left", async () => {
		mostBytes = 2_000;
		stop();
		const inbox = opened();
		let taken = 0;
		const fill = async () => {
			for (;;) await take(inbox, monitor(`${taken++}`));
		};
		await assert.rejects(fill(), LogFull);
		start();
		await until(() => sent.length === taken - 1);
		// What has left is erased a moment later.
		for (;;)
			try {
				await take(inbox, monitor("next"));
				break;
			} catch (error) {
				assert.ok(error instanceof LogFull);
			}
		await until(() => sent.includes("next"));
	});
});
