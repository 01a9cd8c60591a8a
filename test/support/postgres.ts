import { randomBytes } from "node:crypto";
import { after } from "mocha";
import { Client } from "pg";
import type { PoolOptions } from "../../src/storage/shared/pool";
import { PostgresStore } from "../../src/storage/shared/postgres-store";
import { OWNER, type PostgresServer, startPostgres } from "./postgres-server";
import { TransactionPooler } from "./transaction-pooler";

let starting: Promise<PostgresServer> | undefined;

/** A real PostgreSQL, started once for all tests of this process, on a free port, in a folder of its own. */
export function postgres(): Promise<PostgresServer> {
	starting ??= startPostgres();
	return starting;
}

after(async () => {
	await (await pooling)?.stop();
	pooling = undefined;
	await (await starting)?.stop();
	starting = undefined;
});

let pooling: Promise<TransactionPooler> | undefined;

/** A pooler in transaction mode before that server, one for all tests of this process. */
export function pooler(): Promise<TransactionPooler> {
	pooling ??= postgres().then(({ port }) =>
		TransactionPooler.to({ host: "127.0.0.1", port, database: "postgres", ...OWNER }),
	);
	return pooling;
}

/** The ways to the server, for tests that go every one: what they are called, and their port. */
export const WAYS: readonly [string, () => Promise<number>][] = [
	["a store", async () => (await postgres()).port],
	["a store behind a pooler", async () => (await pooler()).port],
];

/** A place in that server that no other test uses: a schema that is not there yet. */
export async function freshPlace(way = async () => (await postgres()).port): Promise<PoolOptions> {
	const port = await way();
	return { host: "127.0.0.1", port, database: "postgres", schema: freshName(), ...OWNER };
}

/** A name that no other test uses. */
export function freshName(): string {
	return `test_${randomBytes(5).toString("hex")}`;
}

/** A store for each instance that a test plays; they are closed by {@link closeStores}. */
export function storeAt(place: PoolOptions): PostgresStore {
	const store = new PostgresStore(place, "test");
	open.add(store);
	return store;
}

const open = new Set<PostgresStore>();

/** For `afterEach`. */
export async function closeStores(): Promise<void> {
	await Promise.all([...open].map((store) => store.close()));
	open.clear();
}

/** Runs SQL as who owns the server, whatever is in the way to it. */
export async function asOwner(place: PoolOptions, ...statements: string[]): Promise<Record<string, unknown>[]> {
	const { host, database } = place;
	const { port } = await postgres();
	const client = new Client({ host, port, database, ...OWNER });
	await client.connect();
	try {
		let rows: Record<string, unknown>[] = [];
		for (const statement of statements) rows = (await client.query(statement)).rows;
		return rows;
	} finally {
		await client.end();
	}
}
