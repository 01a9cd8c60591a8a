import type { SharedAccount } from "../../storage/shared/shared-account";

/** What a message or an event asks for that reached another instance than the one that looks at the vehicle. */
export interface PassedOn {
	/** Share that it is meant for. */
	n: number;
	/** Null for all vehicles of the share. */
	vehicle: string | null;
	what: "look" | "forget";
}

/** The same as it stands in the store. */
export interface Arrived extends PassedOn {
	work: string;
	key: string;
	rev: number;
}

/** Passes on, through the store, what another instance is to do. It waits there until somebody has done it. */
export class Passing {
	readonly #account: SharedAccount;

	constructor(account: SharedAccount) {
		this.#account = account;
	}

	/** @throws ERR_STORE */
	async send(work: string, asked: readonly PassedOn[]): Promise<void> {
		if (asked.length === 0) return;
		const keys = asked.map(({ n, vehicle }) => JSON.stringify([n, vehicle]));
		await this.#account.query(
			(table) => `insert into ${table("value")} as value (scope, key, data)
				select $1, key, data from unnest($2::text[], $3::text[]) as asked(key, data) order by key
				on conflict (scope, key) do update set rev = value.rev + 1, changed = clock_timestamp(),
				data = case when value.data = 'forget' then value.data else excluded.data end`,
			[scopeOf(work), keys, asked.map(({ what }) => what)],
		);
	}

	/** What waits for any instance. @throws ERR_STORE */
	async arrived(works: readonly string[]): Promise<Arrived[]> {
		const rows = await this.#account.query<{ scope: string; key: string; data: string; rev: number }>(
			(table) => `select scope, key, data, rev::float8 from ${table("value")} where scope = any($1)`,
			[works.map(scopeOf)],
		);
		return rows.map(({ scope, key, data, rev }) => {
			const [n, vehicle] = JSON.parse(key) as [number, string | null];
			const what = data === "forget" ? data : "look";
			return { ...{ n, vehicle, what, key, rev }, work: scope.slice(scopeOf("").length) };
		});
	}

	/** Has been done; what was asked for anew meanwhile stays. @throws ERR_STORE */
	async done(work: string, arrived: readonly Arrived[]): Promise<void> {
		await this.#account.query(
			(table) => `delete from ${table("value")} value using unnest($2::text[], $3::bigint[]) as done(key, rev)
				where value.scope = $1 and value.key = done.key and value.rev = done.rev`,
			[scopeOf(work), arrived.map(({ key }) => key), arrived.map(({ rev }) => rev)],
		);
	}
}

function scopeOf(work: string): string {
	return `asked ${work}`;
}
