import type { SharedAccount } from "./shared-account";
import type { Sql } from "./sql";

/** A part of a work, and how often it has been taken: whoever writes with an older number has lost it. */
export interface Share {
	n: number;
	rev: number;
}

/** What an instance has of a work. */
export interface Holding {
	shares: Share[];
	/** How many would be its part; it gives back what it has beyond. */
	part: number;
}

/** A value to be written, or to be removed (null), and the share that it belongs to. */
export interface Change {
	n: number;
	key: string;
	data: unknown;
}

/** Values that are written in one statement. */
const AT_ONCE = 500;
/** Shares whose values are read in one statement: a fleet's may be large. */
const READ_AT_ONCE = 8;

/**
 * Work that several instances do together: it falls into shares, each of them leased by one instance at a time, together
 * with the values that belong to it. A share is free when its lease ends, or when its holder has left the store.
 */
export class Shares {
	/**
	 * @param of how many shares each work has
	 * @param duration milliseconds for which a lease lasts unless it is renewed
	 */
	constructor(
		readonly account: SharedAccount,
		readonly of: number,
		readonly duration: number,
	) {}

	/**
	 * Renews what this instance has of some works, and takes up to its part of what is free. Asking makes it one of those
	 * among whom each work is divided.
	 *
	 * @throws ERR_STORE
	 */
	lease(works: Iterable<string>): Promise<Map<string, Holding>> {
		return this.account.transaction(async (sql) => {
			const holdings = new Map<string, Holding>();
			// In one order, so that no two instances wait for each other, and both divide all works alike.
			for (const work of [...works].sort()) holdings.set(work, await this.#lease(sql, work));
			return holdings;
		});
	}

	/** Gives shares back; without any all of them, and the instance takes part no more. @throws ERR_STORE */
	async giveBack(work: string, shares?: readonly number[]): Promise<void> {
		const { instance } = this.account.store;
		await this.account.transaction(async (sql) => {
			await sql.query(
				`update ${sql.table("share")} set holder = null, until = null where node = $1 and holder = $2 and ($3::int[] is null or n = any($3))`,
				[work, instance, shares ?? null],
			);
			if (!shares)
				await sql.query(`delete from ${sql.table("sharer")} where node = $1 and instance = $2`, [work, instance]);
		});
	}

	/** How many shares of some works are free. @throws ERR_STORE */
	async free(works: Iterable<string>): Promise<number> {
		const [row] = await this.account.query<{ free: number }>(
			(table) =>
				`select count(*)::int as free from ${table("share")} share where node = any($1) and ${isFree(table("instance"))}`,
			[[...works]],
		);
		return row?.free ?? 0;
	}

	/** The values that belong to shares, by key. @throws ERR_STORE */
	async read(work: string, shares: readonly Share[]): Promise<Map<string, unknown>> {
		const values = new Map<string, unknown>();
		for (let from = 0; from < shares.length; from += READ_AT_ONCE) {
			const scopes = shares.slice(from, from + READ_AT_ONCE).map(({ n }) => scopeOf(work, n));
			const rows = await this.account.query<{ key: string; data: string }>(
				(table) => `select key, data from ${table("value")} where scope = any($1)`,
				[scopes],
			);
			for (const { key, data } of rows) values.set(key, JSON.parse(data));
		}
		return values;
	}

	/**
	 * Writes values of shares that this instance still has, as it took them, and lets their leases begin anew; others are
	 * left alone. What was written lasts.
	 *
	 * @returns the shares that it still has
	 * @throws ERR_STORE; it may have worked all the same, and may be tried again
	 */
	async write(work: string, shares: readonly Share[], changes: readonly Change[]): Promise<Set<number>> {
		const held = new Set<number>();
		// Without a change it still tells which shares are this instance's.
		for (let from = 0; from === 0 || from < changes.length; from += AT_ONCE) {
			const some = changes.slice(from, from + AT_ONCE);
			const rows = await this.account.query<{ n: number }>(
				(table) => `with held as (
						select share.n from ${table("share")} share
						join unnest($3::int[], $4::bigint[]) as known(n, rev) on share.n = known.n and share.rev = known.rev
						where share.node = $1 and share.holder = $2 order by share.n for update of share
					), renewed as (
						update ${table("share")} share set until = ${untilIn("$5")} from held where share.node = $1 and share.n = held.n
					), change as (
						select $1 || ' ' || asked.n as scope, asked.key, asked.data
						from unnest($6::int[], $7::text[], $8::text[]) as asked(n, key, data) join held using (n)
					), written as (
						insert into ${table("value")} as value (scope, key, data) select scope, key, data from change where data is not null
						on conflict (scope, key) do update set rev = value.rev + 1, data = excluded.data, changed = clock_timestamp()
					), gone as (
						delete from ${table("value")} value using change
						where value.scope = change.scope and value.key = change.key and change.data is null
					) select n from held`,
				[
					...[work, this.account.store.instance, shares.map(({ n }) => n), shares.map(({ rev }) => rev), this.duration],
					...columnsOf(some),
				],
			);
			for (const { n } of rows) held.add(n);
		}
		return held;
	}

	/** Values for keys that have none yet, whoever holds their shares. @throws ERR_STORE */
	async enter(work: string, changes: readonly Change[]): Promise<void> {
		for (let from = 0; from < changes.length; from += AT_ONCE)
			await this.account.query(
				(table) => `insert into ${table("value")} (scope, key, data)
					select $1 || ' ' || n, key, data from unnest($2::int[], $3::text[], $4::text[]) as entered(n, key, data)
					on conflict do nothing`,
				[work, ...columnsOf(changes.slice(from, from + AT_ONCE))],
			);
	}

	async #lease(sql: Sql, work: string): Promise<Holding> {
		const { instance } = this.account.store;
		const [share, sharer, alive] = [sql.table("share"), sql.table("sharer"), sql.table("instance")];
		const locked = () =>
			sql.query<{ n: number; own: boolean; free: boolean }>(
				`select n, coalesce(holder = $2, false) as own, ${isFree(alive)} as free from ${share} share where node = $1 order by n for update of share`,
				[work, instance],
			);
		let rows = await locked();
		if (rows.length < this.of) {
			await sql.query(
				`insert into ${share} (node, n) select $1, n from generate_series(0, $2::int - 1) n on conflict do nothing`,
				[work, this.of],
			);
			rows = await locked();
		}
		await sql.query(
			`insert into ${sharer} (node, instance, until) values ($1, $2, ${untilIn("$3")}) on conflict (node, instance) do update set until = excluded.until`,
			[work, instance, this.duration],
		);
		const isGone = `(until <= clock_timestamp() or not exists (select 1 from ${alive} alive where alive.id = sharer.instance))`;
		await sql.query(`delete from ${sharer} sharer where node = $1 and instance <> $2 and ${isGone}`, [work, instance]);
		const sharers = await sql.query<{ instance: string }>(
			`select instance from ${sharer} where node = $1 order by instance`,
			[work],
		);
		const rank = sharers.findIndex((one) => one.instance === instance);
		const part = Math.floor(this.of / sharers.length) + (rank < this.of % sharers.length ? 1 : 0);
		// What it has is its own, also after the lease: nobody has taken it meanwhile.
		const own = rows.filter((row) => row.own);
		const taken = rows.filter((row) => row.free && !row.own).slice(0, Math.max(0, part - own.length));
		const shares = await sql.query<Share>(
			`update ${share} set rev = rev + case when n = any($4::int[]) then 1 else 0 end, holder = $2, until = ${untilIn("$5")}
			where node = $1 and n = any($3::int[]) returning n, rev::float8`,
			[work, instance, [...own, ...taken].map(({ n }) => n), taken.map(({ n }) => n), this.duration],
		);
		return { shares: shares.sort((one, other) => one.n - other.n), part };
	}
}

/** SQL for when a lease ends that begins now; the placeholder stands for milliseconds. */
function untilIn(placeholder: string): string {
	return `clock_timestamp() + ${placeholder}::float8 * interval '1 millisecond'`;
}

/** SQL that is true for a share that anybody may take; `instance` is the qualified table. */
function isFree(instance: string): string {
	return `(share.holder is null or share.until <= clock_timestamp() or not exists (select 1 from ${instance} alive where alive.id = share.holder))`;
}

function scopeOf(work: string, n: number): string {
	return `${work} ${n}`;
}

function columnsOf(changes: readonly Change[]): [number[], string[], (string | null)[]] {
	return [
		changes.map(({ n }) => n),
		changes.map(({ key }) => key),
		changes.map(({ data }) => (data === null || data === undefined ? null : JSON.stringify(data))),
	];
}
