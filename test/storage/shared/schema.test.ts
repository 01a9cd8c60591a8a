import assert from "node:assert/strict";
import { VERSION, workingRights } from "../../../src/storage/shared/schema";
import { stored } from "../../../src/telemetry";
import { asOwner, closeStores, freshName, freshPlace, pooler, storeAt } from "../../support/postgres";

describe("The schema of a shared store", () => {
	afterEach(closeStores);

	const tablesOf = async (place: Awaited<ReturnType<typeof freshPlace>>) =>
		(
			await asOwner(place, `select tablename from pg_tables where schemaname = '${place.schema}' order by tablename`)
		).map(({ tablename }) => tablename);

	it("is made once by several instances that start at the same moment", async () => {
		const place = await freshPlace();
		const stores = [storeAt(place), storeAt(place), storeAt(place)];
		await Promise.all(stores.map((store) => store.ready()));
		assert.deepEqual(await asOwner(place, `select * from ${place.schema}.meta`), [{ version: VERSION, works_from: 1 }]);
		assert.deepEqual(await asOwner(place, `select count(*)::int as there from ${place.schema}.instance`), [
			{ there: 3 },
		]);
	});

	it("forgets instances that were killed a day ago, when one starts", async () => {
		const place = await freshPlace();
		const one = storeAt(place);
		await one.ready();
		for (const hours of [23, 25])
			await asOwner(
				place,
				`insert into ${place.schema}.instance values ('of ${hours} hours', 'killed', 'x', clock_timestamp() - interval '${hours} hours')`,
			);
		const other = storeAt(place);
		await other.ready();
		const known = (await asOwner(place, `select id from ${place.schema}.instance`)).map(({ id }) => id);
		assert.deepEqual(new Set(known), new Set([one.instance, other.instance, "of 23 hours"]));
	});

	it("is made and used through a pooler in transaction mode, which gives each transaction any connection", async () => {
		const place = await freshPlace(async () => (await pooler()).port);
		const stores = [storeAt(place), storeAt(place), storeAt(place)];
		await Promise.all(stores.map((store) => store.ready()));
		const [store] = stores;
		assert.ok(store);
		const processes = new Set<number>();
		for (let n = 0; n < 6; n++) {
			const [found]: { pid: number; path: string }[] = await store.query<{ pid: number; path: string }>(
				() => "select pg_backend_pid() as pid, current_setting('search_path') as path",
			);
			processes.add(found?.pid ?? 0);
			assert.equal(found?.path, "nowhere");
		}
		assert.ok(processes.size > 1, "else this is no pooler");
		assert.equal(await store.write("scope", "count", 0, 0), 1);
		await Promise.all(
			stores.map((each) =>
				each.alone("count", async (sql) => {
					const [row] = await sql.query<{ data: string }>(`select data from ${sql.table("value")}`);
					await sql.query(`update ${sql.table("value")} set data = $1`, [String(Number(row?.data) + 1)]);
				}),
			),
		);
		assert.equal((await store.read("scope", "count"))?.data, 3);
		await assert.rejects(
			store.transaction(async (sql) => {
				await sql.query(`delete from ${sql.table("value")}`);
				throw new Error("no");
			}),
			/no/,
		);
		assert.equal((await store.read("scope", "count"))?.data, 3);
	});

	it("works in a database whose default is more isolation, however many are at one row", async () => {
		const place = await freshPlace();
		const role = freshName();
		await storeAt(place).ready();
		await asOwner(
			place,
			`create role ${role} login password 'cnry-role'`,
			workingRights(place.schema, role),
			`alter role ${role} set default_transaction_isolation = 'serializable'`,
		);
		const stores = [1, 2, 3].map(() => storeAt({ ...place, user: role, password: "cnry-role" }));
		await Promise.all(stores.map((store) => store.ready()));
		const times = Array.from({ length: 10 }, (_, n) => n);
		const work = stores.flatMap((store) =>
			times.map(async (n) => {
				await store.write("scope", "last", n);
				await store.alone("count", async (sql) => {
					await sql.query(
						`insert into ${sql.table("value")} (scope, key, data) values ('scope', 'count', '0') on conflict do nothing`,
					);
					const [row] = await sql.query<{ data: string }>(`select data from ${sql.table("value")} where key = 'count'`);
					await sql.query(`update ${sql.table("value")} set data = $1 where key = 'count'`, [
						String(Number(row?.data) + 1),
					]);
				});
			}),
		);
		await Promise.all(work);
		assert.equal((await stores[0]?.read("scope", "last"))?.rev, 30);
		assert.equal((await stores[0]?.read("scope", "count"))?.data, 30);
	});

	it("tells whoever measures how long it took, and when it failed", async () => {
		const told: string[] = [];
		const stop = stored.hear(({ operation, isFailed, seconds }) => {
			assert.ok(seconds >= 0 && seconds < 60);
			told.push(`${operation} ${isFailed}`);
		});
		try {
			const place = await freshPlace();
			const store = storeAt(place);
			await store.ready();
			await store.query(() => "select 1");
			await assert.rejects(store.query(() => "select nonsense"));
			await assert.rejects(storeAt({ ...place, port: 1 }).ready());
		} finally {
			stop();
		}
		for (const row of ["transaction false", "query false", "query true"]) assert.ok(told.includes(row), told.join());
	});

	it("serves a role that may only work, and lets it add to the journal but not change it", async () => {
		const place = await freshPlace();
		await storeAt(place).ready();
		const role = freshName();
		await asOwner(place, `create role ${role} login password 'cnry-worker'`, workingRights(place.schema, role));
		const worker = storeAt({ ...place, user: role, password: "cnry-worker" });
		await worker.ready();
		assert.equal(await worker.write("scope", "key", { a: 1 }, 0), 1);
		await worker.query(
			(table) =>
				`insert into ${table("journal")} (account, seq, key, line, hash) values ('a', 1, 'key', 'line', 'hash')`,
		);
		await assert.rejects(
			worker.query((table) => `delete from ${table("journal")}`),
			{ code: "ERR_STORE", message: /lacks a right/ },
		);
	});

	it("refuses a wrong password, a user without rights and a missing database, each in one sentence", async () => {
		const place = await freshPlace();
		const role = freshName();
		await asOwner(place, `create role ${role} login password 'cnry-nobody'`);
		const refused = async (change: object, message: RegExp) => {
			await assert.rejects(storeAt({ ...place, ...change }).ready(), (error: Error & { code?: string }) => {
				assert.equal(error.code, "ERR_STORE");
				assert.match(error.message, message);
				assert.doesNotMatch(error.message, /cnry/);
				return true;
			});
		};
		await refused({ password: "cnry-wrong" }, /password is wrong/);
		await refused({ user: role, password: "cnry-nobody" }, /has no schema .* may not make one/);
		await refused({ database: "nowhere" }, /no database nowhere/);
		await refused({ port: 1 }, /can't be reached/);
		assert.deepEqual(await tablesOf(place), []);
	});

	it("leaves another product's schema as it is that has no table, but something else", async () => {
		for (const there of [
			"function S.f() returns int language sql as 'select 1'",
			"sequence S.instance",
			"type S.page as enum ('a')",
			"view S.v as select 1 as a",
			"domain S.d as int",
		]) {
			const place = await freshPlace();
			await asOwner(place, `create schema ${place.schema}`, `create ${there.replace("S", place.schema)}`);
			const refused = { code: "ERR_STORE", message: /belongs to something else/ };
			await assert.rejects(storeAt(place).ready(), refused, there);
			assert.deepEqual(await tablesOf(place), []);
		}
	});

	it("heeds no right in tables that it does not know: those of a newer package, or an administrator's", async () => {
		const place = await freshPlace();
		await storeAt(place).ready();
		const role = freshName();
		await asOwner(
			place,
			`create role ${role} login password 'cnry-worker'`,
			workingRights(place.schema, role),
			`create table ${place.schema}.future (n int)`,
			`revoke all on ${place.schema}.future from ${role}`,
			`update ${place.schema}.meta set version = version + 1`,
		);
		await storeAt({ ...place, user: role, password: "cnry-worker" }).ready();
		await asOwner(place, `revoke update on ${place.schema}.page from ${role}`);
		await assert.rejects(storeAt({ ...place, user: role, password: "cnry-worker" }).ready(), {
			code: "ERR_STORE",
			message: /may not UPDATE in the table page/,
		});
	});

	it("leaves another product's schema, and one that a newer package made, as they are", async () => {
		const place = await freshPlace();
		await asOwner(place, `create schema ${place.schema}`, `create table ${place.schema}.meta (version int)`);
		await assert.rejects(storeAt(place).ready(), { code: "ERR_STORE", message: /belongs to something else/ });
		assert.deepEqual(await tablesOf(place), ["meta"]);

		const newer = await freshPlace();
		await storeAt(newer).ready();
		await asOwner(newer, `update ${newer.schema}.meta set version = 99, works_from = 99`);
		await assert.rejects(storeAt(newer).ready(), { code: "ERR_STORE", message: /newer version/ });
		await asOwner(newer, `update ${newer.schema}.meta set works_from = ${VERSION}`);
		await storeAt(newer).ready();
	});

	it("is made whole or not at all", async () => {
		const place = await freshPlace();
		const role = freshName();
		const refusal = freshName();
		await asOwner(
			place,
			`create role ${role} login password 'cnry-limited'`,
			`create schema ${place.schema} authorization ${role}`,
			// Something comes up at one of the last tables.
			`create function ${refusal}() returns event_trigger language plpgsql as $$ begin
				if exists (select 1 from pg_event_trigger_ddl_commands() where object_identity = '${place.schema}.share') then raise 'no'; end if; end $$`,
			`create event trigger ${refusal} on ddl_command_end when tag in ('CREATE TABLE') execute function ${refusal}()`,
		);
		try {
			const limited = { ...place, user: role, password: "cnry-limited" };
			await assert.rejects(storeAt(limited).ready(), { code: "ERR_STORE", message: /refused a statement/ });
			assert.deepEqual(await tablesOf(place), []);
		} finally {
			await asOwner(place, `drop event trigger ${refusal}`, `drop function ${refusal}`);
		}
	});
});
