import type { SharedAccount } from "../storage/shared/shared-account";
import { jsonOf, NOW, type Sql } from "../storage/shared/sql";
import { notHeardOf } from "../storage/shared/store";
import type { Change, ListedPage, RunningSweep, SweepRecords, SweepSubject } from "./records";
import type { Moment, Sweep } from "./sweep";

/** Seconds after which an instance that was not heard of counts as gone. */
const SILENT = 30;
/** Days that a sweep which is over is remembered. */
const KEPT = 30;

interface Row {
	id: string | null;
	state: Sweep | null;
	now: number;
	alive: string[];
}

/** Keeps sweeps in the store that several Node-RED share. */
export class StoreRecords implements SweepRecords {
	readonly isLocal = false;
	readonly #store: SharedAccount;

	/** @param store of the account, under the name that it is shared as */
	constructor(store: SharedAccount) {
		this.#store = store;
	}

	get instance(): string {
		return this.#store.store.instance;
	}

	change<Result>(key: string, change: (sweep: Sweep | undefined, moment: Moment) => Change<Result>): Promise<Result> {
		return this.#store.transaction(async (sql) => {
			const row = await lockedRow(sql, key);
			const asked = change(row?.state ?? undefined, momentOf(row));
			if (row) return keep(sql, key, asked);
			if (!asked.sweep) return asked.result;
			// Two instances may begin a node's first sweep at the same time.
			await sql.query(`insert into ${sql.table("sweep")} (key) values ($1) on conflict do nothing`, [key]);
			const made = await lockedRow(sql, key);
			return keep(sql, key, change(made?.state ?? undefined, momentOf(made)));
		});
	}

	async running(node: string): Promise<RunningSweep[]> {
		const rows = await this.#store.query<SweepSubject & { key: string; state: Sweep }>(
			(table) =>
				`select key, node, account, chosen, start, state from ${table("sweep")} where node = $1 and is_open order by key`,
			[node],
		);
		return rows.map(({ key, state, ...subject }) => ({ key, subject, sweep: state }));
	}

	async next(key: string): Promise<unknown> {
		return (await this.#column(key, "next"))?.value;
	}

	async starter(key: string): Promise<unknown> {
		return (await this.#column(key, "starter"))?.value;
	}

	async page(key: string, sweep: string, number: number): Promise<ListedPage | undefined> {
		const [row] = await this.#store.query<{ listed: ListedPage }>(
			(table) =>
				`select listed from ${table("page")} page join ${table("sweep")} sweep using (key) where key = $1 and n = $2 and sweep.id = $3`,
			[key, number, sweep],
		);
		return row?.listed;
	}

	async remove(node: string): Promise<void> {
		await this.#store.transaction(async (sql) => {
			const [sweep, page] = [sql.table("sweep"), sql.table("page")];
			await sql.query(`delete from ${page} where key in (select key from ${sweep} where node = $1)`, [node]);
			await sql.query(`delete from ${sweep} where node = $1`, [node]);
		});
	}

	async #column(key: string, name: "next" | "starter"): Promise<{ value: unknown } | undefined> {
		const [row] = await this.#store.query<{ value: unknown }>(
			(table) => `select ${name} as value from ${table("sweep")} where key = $1`,
			[key],
		);
		return row;
	}
}

/** The row of a sweep, which nobody else changes until this transaction ends. */
async function lockedRow(sql: Sql, key: string): Promise<Row | undefined> {
	const instance = sql.table("instance");
	const [row] = await sql.query<Row>(
		`select id, state, ${NOW} as now, array(select id from ${instance} each where not ${notHeardOf("each.id", instance, SILENT)}) as alive
		from ${sql.table("sweep")} where key = $1 for update`,
		[key],
	);
	return row;
}

/** Before there is a row nobody holds anything, and no time counts: what is asked then is asked once more. */
function momentOf(row: Row | undefined): Moment {
	const alive = new Set(row?.alive);
	return { now: row?.now ?? 0, isAlive: (instance) => alive.has(instance) };
}

async function keep<Result>(
	sql: Sql,
	key: string,
	{ result, sweep, anew, next, page }: Change<Result>,
): Promise<Result> {
	if (!sweep) return result;
	const [sweeps, pages] = [sql.table("sweep"), sql.table("page")];
	const isOpen = sweep.state !== "closed";
	const values: unknown[] = [key, sweep.id, jsonOf(sweep), isOpen];
	const sets = ["id = $2", "state = $3", "is_open = $4", "changed = clock_timestamp()"];
	const set = (column: string, value: unknown) => sets.push(`${column} = $${values.push(value)}`);
	if (anew) {
		for (const column of ["node", "account", "chosen", "start"] as const) set(column, anew.subject[column]);
		set("starter", jsonOf(anew.starter ?? null));
	}
	if (next !== undefined) set("next", jsonOf(next));
	await sql.query(`update ${sweeps} set ${sets.join(", ")} where key = $1`, values);
	if (anew || !isOpen) await sql.query(`delete from ${pages} where key = $1`, [key]);
	if (anew)
		await sql.query(`delete from ${sweeps} where not is_open and changed < clock_timestamp() - $1 * interval '1 day'`, [
			KEPT,
		]);
	if (page)
		await sql.query(`insert into ${pages} (key, n, listed) values ($1, $2, $3)`, [
			key,
			page.number,
			jsonOf(page.listed),
		]);
	return result;
}
