import { EventEmitter } from "node:events";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { ConnectionOptions } from "node:tls";
import type { Pool, PoolClient } from "pg";
import { StellantisError } from "../../error";
import { stored } from "../../telemetry";
import { storable } from "../../text";
import { errorName } from "../storage-error";
import { isAway, isConflict, isReadable, type StorePlace, storeError, storeErrorOf } from "./errors";
import { identifier, type Sql } from "./sql";

/** Where a store is, and how to get in. */
export interface PoolOptions extends StorePlace {
	user: string;
	password: string;
	/** Certificates; undefined: no TLS. */
	tls?: ConnectionOptions | undefined;
	/** Node-RED's user directory, where `pg` may be installed. */
	userDir?: string | undefined;
}

/** Connections of one instance; a fleet's poolers give each only a few. */
const CONNECTIONS = 4;
/** Milliseconds: until a connection stands, a statement is given up here, and at the server (whose answer is better). */
const CONNECT = 5_000;
const QUERY = 8_000;
const STATEMENT = 6_000;
/** Milliseconds between tries while the store is away: at first, and at most. */
const AGAIN = 250;
const AGAIN_MOST = 5_000;
/** Milliseconds for which single statements are asked with more care once one was held up. */
const CARE = 600_000;

/** How often a statement is tried that others come before, as a database refuses it whose default is more isolation. */
const TRIES = 20;

/**
 * The settings of one transaction, whatever the database's defaults are: session settings would be another client's behind a pooler. An instance that was
 * stopped in the midst of one lets go of its rows.
 */
const BEGIN = `begin isolation level read committed; set local statement_timeout = ${STATEMENT}; set local idle_in_transaction_session_timeout = ${QUERY}`;

/** The connections to a store. While it is away it fails at once and looks again now and then. */
export class StorePool implements Sql {
	/** Emits "state" with why the store is away, or undefined when it is back. */
	readonly changes = new EventEmitter<{ state: [StellantisError | undefined] }>().setMaxListeners(0);
	readonly #options: PoolOptions;
	#pool: Pool | undefined;
	/** `isReadable`: nothing but writing fails. */
	#away: { error: StellantisError; until: number; tries: number; isReadable: boolean } | undefined;
	#isClosed = false;
	/** When a statement was held up last, on a clock that never jumps. */
	#heldUpAt = Number.NEGATIVE_INFINITY;

	constructor(options: PoolOptions) {
		this.#options = options;
	}

	/** Why the store can't be used; undefined where it can, as far as is known. */
	get away(): StellantisError | undefined {
		return this.#away?.error;
	}

	table(name: string): string {
		return `${identifier(this.#options.schema)}.${identifier(name)}`;
	}

	/** One statement, mostly in one round trip. For those that may be given up halfway: it may still have worked. */
	query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
		return timed("query", () => this.#single<Row>(text, values));
	}

	/** As {@link query}, for what writes: where that works, a store is back that could only be read. */
	write(text: string, values: readonly unknown[]): Promise<unknown> {
		return timed("query", () => this.#single(text, values, true));
	}

	/**
	 * One that is only given up here waits on in the server, with its connection, as long as somebody locks a table there:
	 * once one was held up, the server is told to give them up by itself.
	 */
	#single<Row extends object>(text: string, values: readonly unknown[], isWrite = false): Promise<Row[]> {
		return this.#with(
			(sql) =>
				repeated(() => {
					const isHeldUp = performance.now() - this.#heldUpAt < CARE;
					return isHeldUp ? inTransaction(sql, () => sql.query<Row>(text, values)) : sql.query<Row>(text, values);
				}),
			isWrite,
		);
	}

	/**
	 * Runs a task in one transaction: all of it, or nothing when it throws.
	 *
	 * @throws ERR_STORE; what the task throws
	 */
	transaction<T>(task: (sql: Sql) => Promise<T>): Promise<T> {
		return timed("transaction", () => this.#with((sql) => inTransaction(sql, task)));
	}

	/** Ends all connections; nothing is asked any more. It takes no longer than a statement may. */
	async close(): Promise<void> {
		this.#isClosed = true;
		const pool = this.#pool;
		this.#pool = undefined;
		if (!pool) return;
		// The driver waits for ever for a connection that failed before it was tried: a port or a host that can't be one.
		const isOver = new AbortController();
		const patience = wait(QUERY, undefined, { signal: isOver.signal, ref: false }).catch(() => {});
		await Promise.race([pool.end().catch(() => {}), patience]);
		isOver.abort();
	}

	/** Refuses until somebody has looked again, because of what is in the store. */
	refuse(error: StellantisError): void {
		// Who is only told why it is away has not looked again: the next look must not be put off by it.
		if (error !== this.#away?.error) this.#noteAway(error);
	}

	/**
	 * Lends a connection to a task; one that broke is given up.
	 *
	 * @param isWrite true where it writes for sure
	 */
	async #with<T>(task: (sql: Sql) => Promise<T>, isWrite = false): Promise<T> {
		const client = await this.#connect();
		let isBroken = false;
		const query = async <Row extends object>(text: string, values: readonly unknown[] = []) => {
			const began = performance.now();
			try {
				// Without values the simple protocol, which takes several statements.
				const { rows } = await (values.length > 0
					? client.query<Row>(text, values.map(storableValue))
					: client.query<Row>(text));
				return rows;
			} catch (error) {
				isBroken ||= isAway(error);
				if (performance.now() - began >= STATEMENT) this.#heldUpAt = performance.now();
				throw this.#failed(error);
			}
		};
		try {
			const result = await task({ query, table: (name) => this.table(name) });
			if (!isBroken && (isWrite || !this.#away?.isReadable)) this.#noteBack();
			return result;
		} finally {
			client.release(isBroken);
		}
	}

	async #connect(): Promise<PoolClient> {
		if (this.#isClosed) throw storeError("The store's node is closed.");
		if (this.#away && Date.now() < this.#away.until) throw this.#away.error;
		try {
			this.#pool ??= this.#open();
			return await this.#pool.connect();
		} catch (error) {
			throw this.#failed(error);
		}
	}

	#failed(error: unknown): StellantisError {
		const told = storeErrorOf(error, this.#options);
		if (isAway(error)) this.#noteAway(told);
		return told;
	}

	#open(): Pool {
		const { host, port, database, user, password, tls, userDir } = this.#options;
		const { Pool } = driver(userDir);
		const pool = new Pool({
			host,
			port,
			database,
			user,
			password,
			ssl: tls ?? false,
			max: CONNECTIONS,
			connectionTimeoutMillis: CONNECT,
			query_timeout: QUERY,
			idleTimeoutMillis: 30_000,
			keepAlive: true,
			application_name: "node-red-contrib-stellantis",
		});
		// An idle connection that breaks is no reason to end Node-RED: whoever needs one makes another.
		pool.on("error", () => {});
		pool.on("connect", (client) => client.on("error", () => {}));
		return pool;
	}

	#noteAway(error: StellantisError): void {
		const tries = (this.#away?.tries ?? 0) + 1;
		const pause = Math.min(AGAIN_MOST, AGAIN * 2 ** (tries - 1)) * (0.5 + Math.random() / 2);
		const isNews = this.#away?.error.message !== error.message;
		this.#away = { error, tries, until: Date.now() + pause, isReadable: isReadable(error) };
		if (isNews) this.changes.emit("state", error);
	}

	#noteBack(): void {
		if (!this.#away) return;
		this.#away = undefined;
		this.changes.emit("state", undefined);
	}
}

async function inTransaction<T>(sql: Sql, task: (sql: Sql) => Promise<T>): Promise<T> {
	await sql.query(BEGIN);
	try {
		const result = await task(sql);
		await sql.query("commit");
		return result;
	} catch (error) {
		await sql.query("rollback").catch(() => {});
		throw error;
	}
}

/** Runs a statement again that nothing is wrong with but that another was first: nothing of it was done. */
async function repeated<T>(statement: () => Promise<T>): Promise<T> {
	for (let tries = 1; ; tries++)
		try {
			return await statement();
		} catch (error) {
			if (tries === TRIES || !isConflict(error)) throw error;
		}
}

/** The database takes no NUL, in no text; half a character the driver replaces by itself. */
function storableValue(value: unknown): unknown {
	if (typeof value === "string") return value.includes("\0") ? storable(value) : value;
	return Array.isArray(value) ? value.map(storableValue) : value;
}

/** Does some work with the store, and tells whoever measures how long that took. */
async function timed<T>(operation: string, work: () => Promise<T>): Promise<T> {
	const began = performance.now();
	const tell = (isFailed: boolean) =>
		stored.tell(() => ({ operation, isFailed, seconds: (performance.now() - began) / 1000 }));
	try {
		const result = await work();
		tell(false);
		return result;
	} catch (error) {
		// What a task has decided against is no failure of the store.
		tell(error instanceof StellantisError && error.code === "ERR_STORE");
		throw error;
	}
}

/**
 * The driver, which is installed by who uses a store.
 *
 * @throws ERR_STORE where it is not
 */
function driver(userDir: string | undefined): { Pool: typeof Pool } {
	try {
		const paths = [__dirname, ...(userDir === undefined ? [] : [join(userDir, "node_modules")])];
		return require(require.resolve("pg", { paths }));
	} catch (error) {
		const where = userDir === undefined ? "Node-RED's user directory" : userDir;
		if (errorName(error) === "MODULE_NOT_FOUND")
			throw storeError(`A shared store needs the package pg: run "npm install pg" in ${where} and restart Node-RED.`);
		throw error;
	}
}
