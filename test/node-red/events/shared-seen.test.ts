import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import sinon from "sinon";
import type { AccountConnection } from "../../../src/node-red/account/connection";
import { type AccountNotice, AccountNotices } from "../../../src/node-red/account/notices";
import { sendAccountNotices } from "../../../src/node-red/events/account-notices";
import { digestOf } from "../../../src/node-red/events/seen-events";
import { SharedSeen } from "../../../src/node-red/events/shared-seen";
import { SharedAccount } from "../../../src/storage/shared/shared-account";
import { asOwner, closeStores, freshPlace, postgres, storeAt } from "../../support/postgres";
import { TcpProxy } from "../../support/tcp-proxy";

describe("events that several Node-RED receive", () => {
	let wire: TcpProxy;
	let place: Awaited<ReturnType<typeof freshPlace>>;
	beforeEach(async () => {
		wire = await TcpProxy.to((await postgres()).port);
		place = { ...(await freshPlace()), port: wire.port };
	});
	afterEach(async () => {
		sinon.restore();
		await closeStores();
		await wire.stop();
	});
	const account = () => new SharedAccount(storeAt(place), "fleet", "customer");
	const receiver = () => new SharedSeen(account(), "node");

	it("are told by the notification that asked first, which may ask again elsewhere after a crash", async () => {
		const [a, b, c, d] = ["a", "b", "c", "d"].map(digestOf);
		assert.ok(a && b && c && d);
		const [one, other] = [receiver(), receiver()];
		const [first, second] = await Promise.all([one.claim("n1", [a, b, c]), other.claim("n2", [c, b, d])]);
		assert.ok(first.has(a) && second.has(d));
		assert.equal([...first, ...second].length, 4);
		assert.deepEqual(await other.claim("n1", [a, b, c]), first);
		assert.equal((await other.claim("n3", [a])).size, 0);
	});

	it("of many notifications are asked for by few statements, and each told once", async () => {
		const one = receiver();
		const statements = sinon.spy(SharedAccount.prototype, "query");
		const asked = Array.from({ length: 500 }, (_, n) => one.claim(`n${n}`, [digestOf(`${n % 250}`)]));
		const told = (await Promise.all(asked)).map(({ size }) => size);
		assert.deepEqual(told, [...Array(250).fill(1), ...Array(250).fill(0)]);
		assert.ok(statements.callCount <= 3, `${statements.callCount} statements`);
	});

	it("are sent rather twice than never while the store is away, and known to the others when it is back", async () => {
		const [one, other] = [receiver(), receiver()];
		const all = [digestOf("a")];
		await one.claim("n1", all);
		assert.equal((await other.claim("n2", all)).size, 0);
		wire.cut();
		assert.equal((await other.claim("n2", all)).size, 1);
		assert.equal((await other.claim("n3", [digestOf("b")])).size, 1);
		wire.mend();
		while ((await asOwner(place, `select 1 from ${place.schema}.seen_event`)).length < 2) await pause(20);
		assert.equal((await receiver().claim("n4", [digestOf("b")])).size, 0);
	});

	it("of the account itself are told once, whichever of them it came up in", async () => {
		const told: unknown[] = [];
		const happened = new EventEmitter();
		const asked: Promise<unknown>[] = [];
		const instance = (id: string) => {
			const own = new AccountNotices();
			const shared = account();
			const query = shared.query.bind(shared);
			shared.query = (...args: Parameters<typeof query>) => {
				const answer = query(...args);
				asked.push(answer);
				return answer as never;
			};
			const connection = { notices: own, shared } as unknown as AccountConnection;
			const node = { id, send: (message: unknown) => void told.push(message) } as never;
			const { signal } = new AbortController();
			const running = { whenRunning: async () => signal };
			sendAccountNotices(node, connection, running as never, () => happened.emit("sent"), signal);
			return own;
		};
		const instances = ["node", "node", "node"].map(instance);
		const other = instance("another-node-of-the-account");
		const tell = async (notice: AccountNotice, tellers: readonly AccountNotices[], count: number) => {
			for (const teller of tellers) teller.tell(notice);
			// Those that tell nothing have heard of it, too, before the next thing happens.
			await nextTurn();
			await Promise.all(asked);
			while (told.length < count) await new Promise((resolve) => happened.once("sent", resolve));
		};
		const aged = () =>
			asOwner(
				place,
				`update ${place.schema}.value set changed = changed - interval '80 minutes' where scope like 'notices%'`,
			);
		await tell({ what: "sign-in-lost", message: "lost" }, instances, 1);
		// Another one finds out at its hourly look; each node of the account tells it.
		await aged();
		await tell({ what: "sign-in-lost", message: "lost" }, [...instances.slice(1), other], 2);
		await tell({ what: "sign-in-back", message: "back" }, instances, 3);
		await tell({ what: "sign-in-lost", message: "lost again" }, instances, 4);
		const until = (seconds: number) => new Date(Date.UTC(2026, 10, 29, 23, 30, seconds)).toISOString();
		await tell({ what: "quota-low", message: "low", until: until(-2) }, instances.slice(0, 1), 5);
		await tell({ what: "quota-low", message: "low", until: until(1) }, instances.slice(1), 5);
		for (const each of instances) each.command({ outcome: "Success", command: "horn" } as never);
		while (told.length < 8) await new Promise((resolve) => happened.once("sent", resolve));
		const kinds = told.map((message) => (message as { payload: { what: string } }).payload.what).toSorted();
		assert.deepEqual(kinds, [
			...["command", "command", "command", "quota-low"],
			...["sign-in-back", "sign-in-lost", "sign-in-lost", "sign-in-lost"],
		]);
	});
});
