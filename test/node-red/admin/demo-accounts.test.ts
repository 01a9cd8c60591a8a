import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import got from "got";
import type { NodeAPI } from "node-red";
import type { AccountConnection } from "../../../src/node-red/account/connection";
import { DemoAccounts } from "../../../src/node-red/admin/demo-accounts";
import { gate } from "../../support/fake-api";
import { Clock } from "./later";

const IDLE = 5 * 60_000;

describe("the demo API for accounts that are not deployed yet", () => {
	let clock: Clock;
	let events: EventEmitter;
	let demos: DemoAccounts;

	beforeEach(() => {
		clock = new Clock();
		events = new EventEmitter();
		const RED = { events, settings: {}, nodes: { getNode: () => null } } as unknown as NodeAPI;
		demos = new DemoAccounts(RED, clock.later);
	});
	afterEach(async () => {
		events.emit("flows:stopping");
		await demos.settled();
	});

	const rootOf = async (connection: AccountConnection) => (await connection.connected()).client.root;
	/** Whether anything listens there. */
	const isUp = (root: URL) =>
		got(root, { throwHttpErrors: false, retry: { limit: 0 } }).then(
			() => true,
			() => false,
		);

	it("answers for the three families and nobody else", () => {
		for (const id of ["demo.user-v4", "demo.accounts-v1", "demo.fleet-v3"]) assert.ok(DemoAccounts.isDemo(id), id);
		for (const id of ["demo", "demo.", "demo.x", "user-v4", "demo.toString", "demo.__proto__", "xdemo.user-v4"])
			assert.ok(!DemoAccounts.isDemo(id), id);
	});

	it("is one server for all families and questions, as long as there are any", async () => {
		const roots = [];
		for (const id of ["demo.user-v4", "demo.user-v4", "demo.fleet-v3"]) {
			roots.push(await demos.use(id, rootOf));
			clock.pass(IDLE - 1);
		}
		assert.equal(roots[0]?.href, roots[1]?.href);
		assert.equal(roots[2]?.origin, roots[0]?.origin);
		assert.equal(await isUp(roots[0] as URL), true);
	});

	it("stops some minutes after the last question, and starts again for the next", async () => {
		const root = await demos.use("demo.user-v4", rootOf);
		clock.pass(IDLE);
		await demos.settled();
		assert.equal(await isUp(root), false);
		assert.equal(events.listenerCount("flows:stopping"), 0);
		assert.equal(clock.waiting, 0);
		assert.equal(await isUp(await demos.use("demo.user-v4", rootOf)), true);
	});

	it("stays while a question is being answered, however long that takes", async () => {
		const asking = gate();
		const long = demos.use("demo.user-v4", async (connection) => {
			await asking.opened;
			return rootOf(connection);
		});
		await demos.use("demo.user-v4", rootOf);
		clock.pass(10 * IDLE);
		asking.open();
		assert.equal(await isUp(await long), true);
	});

	it("stays for as long after a question that failed", async () => {
		const root = await demos.use("demo.user-v4", rootOf);
		clock.pass(IDLE - 1);
		await assert.rejects(
			demos.use("demo.user-v4", () => Promise.reject(new Error("no"))),
			/no/,
		);
		clock.pass(IDLE - 1);
		assert.equal(await isUp(root), true);
		clock.pass(1);
		await demos.settled();
		assert.equal(await isUp(root), false);
	});

	it("stops with the flows, questions under way too, so that it outlives nothing", async () => {
		const root = await demos.use("demo.user-v4", rootOf);
		const broken = demos.use(
			"demo.fleet-v3",
			({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
		);
		events.emit("flows:stopping");
		await assert.rejects(broken, { name: "AbortError" });
		await demos.settled();
		assert.equal(await isUp(root), false);
		assert.equal(clock.waiting, 0);
		assert.equal(events.listenerCount("flows:stopping"), 0);
	});
});
