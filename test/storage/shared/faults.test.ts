import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { GENESIS, hashOf } from "../../../src/commands/journal";
import { SharedGuards } from "../../../src/commands/shared/guards";
import { SharedJournal } from "../../../src/commands/shared/journal";
import { type PoolOptions, StorePool } from "../../../src/storage/shared/pool";
import type { PostgresStore } from "../../../src/storage/shared/postgres-store";
import { workingRights } from "../../../src/storage/shared/schema";
import { SharedAccount } from "../../../src/storage/shared/shared-account";
import { Limiter } from "../../../src/transport/limiter";
import { SharedPace } from "../../../src/transport/shared-pace";
import { asOwner, closeStores, freshName, freshPlace, pooler, postgres, storeAt } from "../../support/postgres";
import { OWNER, type PostgresServer, startPostgres } from "../../support/postgres-server";
import { AT_BEST } from "../../support/takes-less";
import { TcpProxy } from "../../support/tcp-proxy";

const INTENT = { event: "intent", account: "fleet", vehicle: "v1", command: "horn" } as const;
const command = (id: string) => ({
	account: "fleet",
	vehicle: { id },
	wakes: false,
	limits: { commandLimit: 5, wakeupInterval: 60, wakeupsPerDay: 6 },
});

/** The statement as PostgreSQL's protocol ends it: "read committed" is none. */
const COMMIT = "commit\0";

describe("A store with something in the way", () => {
	let wire: TcpProxy;
	let direct: PoolOptions;
	let store: PostgresStore;
	let account: SharedAccount;
	let folder: string;
	beforeEach(async () => {
		wire = await TcpProxy.to((await postgres()).port);
		direct = await freshPlace();
		store = storeAt({ ...direct, port: wire.port });
		account = new SharedAccount(store, "fleet", "customer");
		folder = mkdtempSync(join(tmpdir(), "store-faults-"));
		await account.ready();
	});
	afterEach(async () => {
		await closeStores();
		await wire.stop();
		rmSync(folder, { recursive: true, force: true });
	});

	const files = () => ({ folder, node: "account" });
	const state = (isAway: boolean) =>
		new Promise<void>((resolve) => {
			const stop = store.onState((away) => {
				if ((away !== undefined) !== isAway) return;
				stop();
				resolve();
			});
		});
	const mended = async () => {
		const back = state(false);
		wire.mend();
		await back;
	};
	const sql = (text: string) => asOwner(direct, text.replaceAll("$", direct.schema));
	/** What the journal holds, whose chain is whole. */
	const journalled = async () => {
		let last = GENESIS;
		return (await sql("select line from $.journal order by seq")).map(({ line }) => {
			const { prev, key, event, outcome, status } = JSON.parse(String(line));
			assert.equal(prev, last);
			last = hashOf(String(line));
			return [key, event, outcome ?? status].filter(Boolean).join(" ");
		});
	};
	/** Requests of 40 a second; resolves when so many have started. @returns milliseconds */
	const requests = async (limiter: Limiter, count: number) => {
		const begun = performance.now();
		const claim = { priority: "sweep", owner: "n" } as const;
		await Promise.all(Array.from({ length: count }, () => limiter.run(claim, undefined, async () => {})));
		return performance.now() - begun;
	};
	const limiterOf = () =>
		new Limiter({ concurrency: 20, requestsPerSecond: 40, shared: new SharedPace(store, "gate", 40) });

	it("works when every answer is late", async () => {
		wire.delay = 100;
		const guards = new SharedGuards(account, files());
		const journal = new SharedJournal(account, files());
		await guards.ready();
		assert.equal(await guards.takeNow({ id: "v1" }, "k"), true);
		await guards.admit(command("v1"));
		await journal.append({ key: "k", ...INTENT });
		assert.deepEqual(await journalled(), ["k intent"]);
		assert.equal(store.away, undefined);
	});

	for (const late of [200, 600])
		it(`holds no request up when every answer is ${late} ms late`, async function () {
			this.retries(AT_BEST);
			const limiter = limiterOf();
			await requests(limiter, 1);
			wire.delay = late / 2;
			const took = await requests(limiter, 81);
			assert.ok(took > 1_800 && took < 4_000, `40 a second: ${took} ms`);
			limiter.close();
		});

	it("that never answers holds nobody up for ever, and is used again when it does", async function () {
		this.retries(AT_BEST);
		const limiter = limiterOf();
		await requests(limiter, 1);
		const guards = new SharedGuards(account, files());
		await guards.ready();
		wire.hangs = true;
		const away = state(true);
		const checked = assert.rejects(guards.check(command("v1")), { code: "ERR_STORE" });
		const took = await requests(limiter, 41);
		assert.ok(took > 900 && took < 4_000, `40 a second meanwhile: ${took} ms`);
		await checked;
		await away;
		limiter.close();
		wire.hangs = false;
		wire.cut();
		await mended();
		await guards.check(command("v1"));
	});

	it("that is cut off before its answer counts a command that is not sent, and no other twice", async () => {
		const guards = new SharedGuards(account, files());
		await guards.ready();
		wire.cutBehind = COMMIT;
		await assert.rejects(guards.admit(command("v1")), { code: "ERR_STORE" });
		await mended();
		assert.equal((await sql("select 1 from $.guarded where sent is not null")).length, 1);
		await guards.admit(command("v1"));
		assert.equal((await sql("select 1 from $.guarded where sent is not null")).length, 1);
	});

	it("that is cut off before its answer leaves no vehicle busy and no name taken for ever", async () => {
		const guards = new SharedGuards(account, files());
		await guards.ready();
		wire.cutBehind = COMMIT;
		await assert.rejects(guards.takeNow({ id: "v1" }, "first"), { code: "ERR_STORE" });
		await mended();
		const never = new AbortController().signal;
		await guards.take({ id: "v1" }, "second", AbortSignal.timeout(3_000));
		for (const when of ["taken", "given back"]) {
			if (when === "taken") wire.cutBehind = "held";
			const free = await store.lock("mark", never).catch((error: unknown) => {
				assert.equal((error as { code: unknown }).code, "ERR_STORE");
			});
			if (when === "given back") wire.cut();
			await free?.().catch(() => {});
			await mended();
			const again = await store.lock("mark", AbortSignal.timeout(3_000));
			await again();
		}
	});

	it("that is cut off before its answer has each step of a command once, and an end for what was not sent", async () => {
		const journal = new SharedJournal(account, files());
		await journal.append({ key: "one", ...INTENT });
		wire.cutBehind = COMMIT;
		await journal.append({ key: "one", event: "status", status: "SentToVehicle" });
		await mended();
		await journal.append({ key: "one", event: "end", outcome: "Success" });
		wire.cutBehind = COMMIT;
		await assert.rejects(journal.append({ key: "two", ...INTENT }), { code: "ERR_STORE" });
		await mended();
		wire.cutBehind = "insert into";
		await assert.rejects(journal.append({ key: "three", ...INTENT }), { code: "ERR_STORE" });
		await assert.rejects(journal.append({ key: "four", ...INTENT }), { code: "ERR_STORE" });
		await mended();
		await journal.append({ key: "five", ...INTENT });
		assert.deepEqual(await journalled(), [
			"one intent",
			"one status SentToVehicle",
			"one end Success",
			"two intent",
			"two end not sent",
			"five intent",
		]);
		assert.deepEqual(await sql("select key from $.command"), [{ key: "five" }]);
	});

	it("that has become read-only is away, and says so, until it can be written again", async () => {
		const role = freshName();
		await asOwner(direct, `create role ${role} login password 'cnry-role'`, workingRights(direct.schema, role));
		const other = storeAt({ ...direct, user: role, password: "cnry-role" });
		await other.ready();
		const leave = `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`;
		await asOwner(direct, `alter role ${role} set default_transaction_read_only = on`, leave);
		while (other.away?.message.includes("read-only") !== true)
			await assert.rejects(other.write("scope", "key", 1), { code: "ERR_STORE" });
		await asOwner(direct, `alter role ${role} reset default_transaction_read_only`);
		await new Promise<void>((resolve) => other.onState((away) => away ?? resolve()));
		assert.equal(await other.write("scope", "key", 1, 0), 1);
	});

	it("that is read-only stays away, though it can still be read, until it can be written again", async () => {
		const role = freshName();
		await asOwner(direct, `create role ${role} login password 'cnry-role'`, workingRights(direct.schema, role));
		const other = storeAt({ ...direct, user: role, password: "cnry-role" });
		await other.ready();
		const leave = `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`;
		const told: boolean[] = [];
		other.onState((away) => told.push(away?.message.includes("read-only") === true));
		await asOwner(direct, `alter role ${role} set default_transaction_read_only = on`, leave);
		while (other.away?.message.includes("read-only") !== true)
			await assert.rejects(other.write("scope", "key", 1), { code: "ERR_STORE" });
		told.length = 0;
		const isBack = new Promise<void>((resolve) => other.onState((away) => away ?? resolve()));
		for (let asked = 0; asked < 20; asked++) {
			// Behind its pauses, too.
			await sql("select pg_sleep(0.1)");
			await other.read("scope", "key").catch(() => {});
		}
		assert.deepEqual(told, []);
		await asOwner(direct, `alter role ${role} reset default_transaction_read_only`);
		await isBack;
		assert.equal(await other.write("scope", "key", 1, 0), 1);
	});

	it("whose table somebody locks has no more waiting for it the longer that lasts, behind a pooler, too", async () => {
		const pool = new StorePool({ ...direct, port: (await pooler()).port });
		const other = new Client({ ...direct, port: (await postgres()).port });
		await other.connect();
		/** Asks until the server was asked, behind the pauses of one that is away. */
		const asked = async (ask: () => Promise<unknown>) => {
			for (;;) {
				const began = performance.now();
				const hasWorked = await ask().then(
					() => true,
					() => false,
				);
				if (hasWorked || performance.now() - began > 1_000) return hasWorked;
				await sql("select pg_sleep(0.05)");
			}
		};
		const look = () => asked(() => pool.query("select 1"));
		const write = () => asked(() => pool.write(`insert into ${pool.table("lane")} values ($1)`, ["name"]));
		try {
			await other.query("begin");
			await other.query(`lock table ${pool.table("lane")} in access exclusive mode`);
			const attempts = [await write(), await look(), await write(), await look(), await write()];
			assert.deepEqual(attempts, [false, true, false, true, false]);
			const waiting = await sql(
				`select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%"$"."lane"%'`,
			);
			assert.ok(waiting.length <= 1, `${waiting.length} wait`);
		} finally {
			await other.end();
		}
		await asked(() => pool.write(`delete from ${pool.table("lane")}`, []));
		assert.equal(await write(), true);
		await pool.close();
	});

	it("that can't be one is closed all the same", async () => {
		const store = storeAt({ ...(await freshPlace()), port: 99_999 });
		await assert.rejects(store.ready(), { code: "ERR_STORE" });
		await store.close();
	});

	it("that was restarted ends no Node-RED, and what was under way in it holds nobody up", async () => {
		const guards = new SharedGuards(account, files());
		await guards.ready();
		const away = state(true);
		const broken = assert.rejects(
			store.alone("guards", async (inside) => {
				await sql(
					`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'node-red-contrib-stellantis' and query like '%"$"%'`,
				);
				await inside.query("select 1");
			}),
			{ code: "ERR_STORE" },
		);
		await Promise.all([broken, away]);
		await state(false);
		await guards.admit(command("v1"));
	});
});

describe("A store whose server is stopped and started again", () => {
	let server: PostgresServer;
	let folder: string;
	before(async () => {
		server = await startPostgres();
		folder = mkdtempSync(join(tmpdir(), "store-restart-"));
	});
	after(async () => {
		await closeStores();
		await server.stop();
		rmSync(folder, { recursive: true, force: true });
	});

	it("refuses commands meanwhile, is used again by itself, and knows what it knew", async () => {
		const store = storeAt({
			host: "127.0.0.1",
			port: server.port,
			database: "postgres",
			schema: freshName(),
			...OWNER,
		});
		const account = new SharedAccount(store, "fleet", "customer");
		await account.ready();
		const files = { folder, node: "account" };
		const [guards, journal] = [new SharedGuards(account, files), new SharedJournal(account, files)];
		await guards.ready();
		await guards.admit(command("v1"));
		await journal.append({ key: "one", ...INTENT });
		const back = new Promise<void>((resolve) => {
			store.onState((away) => away === undefined && resolve());
		});
		await server.restart(async () => {
			await assert.rejects(guards.admit(command("v2")), { code: "ERR_STORE" });
			await assert.rejects(journal.append({ key: "two", ...INTENT }), { code: "ERR_STORE" });
			assert.notEqual(store.away, undefined);
		});
		await back;
		const one = { ...command("v2"), limits: { ...command("v2").limits, commandLimit: 1 } };
		await assert.rejects(guards.admit(one), { code: "ERR_COMMAND_LIMIT" });
		await journal.append({ key: "one", event: "end", outcome: "Success" });
		const lines = (await Promise.all(["one", "two"].map((key) => journal.linesOf(key)))).flat();
		assert.deepEqual(
			lines.map(({ key, event }) => `${key} ${event}`),
			["one intent", "one end"],
		);
	});
});
