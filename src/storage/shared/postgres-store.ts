import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { type PoolOptions, StorePool } from "./pool";
import { prepareSchema } from "./schema";
import { NOW, type Sql } from "./sql";
import { heardOfLately, justBefore, notHeardOf, type Revised, type SharedStore, type Slots } from "./store";
import { WhenBack } from "./when-back";

/** Milliseconds between two signs of life; others take over after 30 s and more without one. */
const BEAT = 5_000;
/** Milliseconds between two looks whether the store is back; the pool spaces them out when it stays away. */
const LOOK = 1_000;
/** Seconds without a sign of life after which what an instance holds is another's. */
const GONE = 60;
/** Hours after which one is forgotten that was killed. */
const FORGOTTEN = 24;
/** Milliseconds between two looks whether a name is free. */
const AGAIN = 300;
/** Milliseconds for which nodes that close may still write. */
const LAST_WISH = 6_000;
/** Milliseconds: a slot further ahead than this comes from a clock that has jumped. */
const FURTHEST = 60_000;

/** A store in PostgreSQL. */
export class PostgresStore implements SharedStore {
	readonly instance = randomUUID();
	readonly #pool: StorePool;
	readonly #later: WhenBack;
	readonly #options: PoolOptions;
	readonly #package: string;
	#ready: Promise<void> | undefined;
	#beating: NodeJS.Timeout | undefined;
	#isClosed = false;
	readonly #ending = new Set<Promise<unknown>>();
	/** On a clock that never jumps; undefined while it is away. */
	#availableSince: number | undefined;

	/** @param version of the package, for people who look into the store */
	constructor(options: PoolOptions, version: string) {
		this.#options = options;
		this.#package = version;
		this.#pool = new StorePool(options);
		this.#pool.changes.on("state", (away) => {
			this.#availableSince = away ? undefined : performance.now();
		});
		this.#later = new WhenBack(this);
	}

	availableFor(): number {
		return this.#availableSince === undefined ? 0 : performance.now() - this.#availableSince;
	}

	get away() {
		return this.#pool.away;
	}

	onState(listener: Parameters<SharedStore["onState"]>[0]): () => void {
		this.#pool.changes.on("state", listener);
		return () => this.#pool.changes.off("state", listener);
	}

	ready(): Promise<void> {
		this.#ready ??= this.#begin().catch((error: unknown) => {
			this.#ready = undefined;
			throw error;
		});
		return this.#ready;
	}

	async query<Row extends object>(text: (table: Sql["table"]) => string, values: readonly unknown[] = []) {
		await this.ready();
		return this.#pool.query<Row>(
			text((name) => this.#pool.table(name)),
			values,
		);
	}

	async transaction<T>(task: (sql: Sql) => Promise<T>): Promise<T> {
		await this.ready();
		return this.#pool.transaction(task);
	}

	alone<T>(name: string, task: (sql: Sql) => Promise<T>): Promise<T> {
		return this.transaction(async (sql) => {
			const lane = sql.table("lane");
			await sql.query(`insert into ${lane} values ($1) on conflict do nothing`, [name]);
			await sql.query(`select 1 from ${lane} where name = $1 for update`, [name]);
			return task(sql);
		});
	}

	async read(scope: string, key: string): Promise<Revised | undefined> {
		const [row] = await this.query<{ data: string; rev: number }>(
			(table) => `select data, rev::float8 from ${table("value")} where scope = $1 and key = $2`,
			[scope, key],
		);
		return row && { data: JSON.parse(row.data), rev: row.rev };
	}

	async write(scope: string, key: string, data: unknown, rev?: number): Promise<number | undefined> {
		const values = [scope, key, JSON.stringify(data)];
		const changed = "rev = value.rev + 1, data = excluded.data, changed = clock_timestamp()";
		const [row] = await this.query<{ rev: number }>(
			(table) => {
				const insert = `insert into ${table("value")} as value (scope, key, data) values ($1, $2, $3)`;
				if (rev === undefined)
					return `${insert} on conflict (scope, key) do update set ${changed} returning rev::float8`;
				if (rev === 0) return `${insert} on conflict (scope, key) do nothing returning rev::float8`;
				return `update ${table("value")} set rev = rev + 1, data = $3, changed = clock_timestamp() where scope = $1 and key = $2 and rev = $4 returning rev::float8`;
			},
			rev ? [...values, rev] : values,
		);
		return row?.rev;
	}

	async remove(scope: string, key: string): Promise<void> {
		await this.query((table) => `delete from ${table("value")} where scope = $1 and key = $2`, [scope, key]);
	}

	async lock(name: string, signal: AbortSignal): Promise<() => Promise<void>> {
		const token = randomUUID();
		const free = () =>
			this.query((table) => `delete from ${table("held")} where name = $1 and token = $2`, [name, token]);
		try {
			for (;;) {
				signal.throwIfAborted();
				const [taken] = await this.query(
					(table) => `insert into ${table("held")} as held (name, holder, token) values ($1, $2, $3)
						on conflict (name) do update set holder = excluded.holder, token = excluded.token
						where ${notHeardOf("held.holder", table("instance"), GONE)} returning 1`,
					[name, this.instance, token],
				);
				if (taken) break;
				await wait(AGAIN * (0.75 + Math.random() / 2), undefined, { signal });
			}
		} catch (error) {
			// The store may have given it all the same, when only its answer was lost.
			this.#later.add(free);
			throw error;
		}
		return async () => {
			await free().catch(() => this.#later.add(free));
		};
	}

	async slots(gate: string, count: number, perSecond: number): Promise<Slots> {
		const apart = perSecond > 0 ? 1000 / perSecond : 0;
		const [row] = await this.query<{ first: number; held: number; instances: number }>(
			(table) => `insert into ${table("gate")} as gate (client, next) values ($1, ${NOW} + $2::float8)
				on conflict (client) do update set next = case when gate.next > ${NOW} + ${FURTHEST} then ${NOW} else greatest(gate.next, ${NOW}) end + $2::float8
				returning next - $2::float8 - ${NOW} as first, greatest(0, held_until - ${NOW}) as held,
				(select count(*)::int from ${table("instance")} where seen > clock_timestamp() - interval '30 seconds') as instances`,
			[gate, count * apart],
		);
		const first = Math.max(0, row?.first ?? 0);
		return {
			waits: Array.from({ length: count }, (_, index) => first + index * apart),
			held: row?.held ?? 0,
			instances: row?.instances ?? 1,
		};
	}

	async hold(gate: string, milliseconds: number): Promise<void> {
		await this.query(
			(table) => `insert into ${table("gate")} as gate (client, held_until) values ($1, ${NOW} + $2::float8)
				on conflict (client) do update set held_until = greatest(gate.held_until, excluded.held_until)`,
			[gate, milliseconds],
		);
	}

	closeAfter(work: Promise<unknown>): void {
		this.#ending.add(work);
		const isOver = () => this.#ending.delete(work);
		work.then(isOver, isOver);
	}

	async close(): Promise<void> {
		this.#isClosed = true;
		clearTimeout(this.#beating);
		const isOver = new AbortController();
		const patience = wait(LAST_WISH, undefined, { signal: isOver.signal }).catch(() => {});
		await Promise.race([Promise.allSettled(this.#ending), patience]);
		isOver.abort();
		if (this.#ready && !this.away)
			await this.#pool
				.query(`delete from ${this.#pool.table("instance")} where id = $1`, [this.instance])
				.catch(() => {});
		await this.#pool.close();
	}

	async #begin(): Promise<void> {
		if (this.#beating === undefined) this.#beatAgain();
		await prepareSchema(this.#pool, this.#options);
		await this.#beat();
		await this.#pool.write(
			`delete from ${this.#pool.table("instance")} where seen < clock_timestamp() - $1 * interval '1 hour'`,
			[FORGOTTEN],
		);
		this.#availableSince ??= performance.now();
	}

	/** Looks whether the store is there while nobody asks, too, so that badges and waiting work hear that it is back. */
	#beatAgain(): void {
		if (this.#isClosed) return;
		this.#beating = setTimeout(
			() => {
				const beating = this.#ready ? this.#ready.then(() => this.#beat()) : this.ready();
				beating.catch(() => {}).finally(() => this.#beatAgain());
			},
			(this.away ? LOOK : BEAT) * (0.8 + Math.random() * 0.2),
		).unref();
	}

	/**
	 * A sign of life. The first one after an outage of the store gives those time for theirs who were there when it began:
	 * else whoever is back first would take their work away.
	 */
	async #beat(): Promise<void> {
		const instance = this.#pool.table("instance");
		await this.#pool.write(
			`with own as (select seen from ${instance} own where id = $1 and not ${heardOfLately("own")}),
			others as (update ${instance} other set seen = clock_timestamp() from own where other.id <> $1 and other.seen > ${justBefore("own.seen")}
				and not exists (select 1 from ${instance} lately where ${heardOfLately("lately")}))
			insert into ${instance} (id, name, package) values ($1, $2, $3)
			on conflict (id) do update set seen = clock_timestamp()`,
			[this.instance, `${hostname()} ${process.pid}`, this.#package],
		);
	}
}
