import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AccountConnection } from "../../../src/node-red/account/connection";
import { AccountNotices } from "../../../src/node-red/account/notices";
import { sendAccountNotices } from "../../../src/node-red/events/account-notices";
import { digestOf } from "../../../src/node-red/events/seen-events";
import { SharedSeen } from "../../../src/node-red/events/shared-seen";
import { SharedAccount } from "../../../src/storage/shared/shared-account";
import { asOwner, closeStores, freshPlace, storeAt } from "../../support/postgres";

describe("events that several Node-RED receive", function () {
	this.timeout(60_000);
	let folder: string;
	let place: Awaited<ReturnType<typeof freshPlace>>;
	beforeEach(async () => {
		folder = mkdtempSync(join(tmpdir(), "shared-seen-"));
		place = await freshPlace();
	});
	afterEach(async () => {
		await closeStores();
		rmSync(folder, { recursive: true, force: true });
	});
	const account = () => new SharedAccount(storeAt(place), "fleet", "customer");
	const receiver = (name: string) => new SharedSeen(account(), "node", join(folder, name));

	it("are sent by the one that asks first, which may ask again after a crash", async () => {
		const [a, b, c, d] = ["a", "b", "c", "d"].map(digestOf);
		assert.ok(a && b && c && d);
		const one = receiver("one");
		const other = receiver("other");
		const [first, second] = await Promise.all([one.claim([a, b, c]), other.claim([c, b, d])]);
		assert.ok(first.has(a) && second.has(d));
		assert.equal([...first, ...second].length, 4);
		assert.deepEqual(await receiver("one").claim([a, b, c]), first);
		assert.equal((await other.claim([a])).size, 0);
	});

	it("are sent rather twice than never while the store is away", async () => {
		const one = receiver("one");
		const other = receiver("other");
		const all = [digestOf("a")];
		await one.claim(all);
		assert.equal((await other.claim(all)).size, 0);
		await asOwner(place, `alter table ${place.schema}.seen_event rename to gone`);
		assert.equal((await other.claim(all)).size, 1);
	});

	it("of the account itself are told once, whichever of them it came up in", async () => {
		const told: unknown[] = [];
		const happened = new EventEmitter();
		const notices = [0, 1, 2].map(() => {
			const own = new AccountNotices();
			const connection = { notices: own, shared: account() } as unknown as AccountConnection;
			const node = { send: (message: unknown) => void told.push(message) } as never;
			const running = { whenRunning: async () => new AbortController().signal };
			sendAccountNotices(node, connection, running as never, () => happened.emit("sent"));
			return own;
		});
		const sent = new Promise((resolve) => happened.once("sent", resolve));
		for (const each of notices) each.tell({ what: "sign-in-lost", message: "lost" });
		await sent;
		for (const each of notices) each.command({ outcome: "Success", command: "horn" } as never);
		while (told.length < 4) await new Promise((resolve) => happened.once("sent", resolve));
		const kinds = told.map((message) => (message as { payload: { what: string } }).payload.what).toSorted();
		assert.deepEqual(kinds, ["command", "command", "command", "sign-in-lost"]);
	});
});
