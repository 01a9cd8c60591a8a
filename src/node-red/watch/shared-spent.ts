import { randomUUID } from "node:crypto";
import type { SharedAccount } from "../../storage/shared/shared-account";
import type { SpentStore } from "./account-watch";

/** Hours after which what was spent counts no more. */
const COUNTS = 26;

/** The calls of the last day in the store, of each that watches by itself: the share of the quota is that of all together. */
export class SharedSpent implements SpentStore {
	readonly #account: SharedAccount;
	readonly #scope: string;
	/** Not the instance's: what its watches had spent before they were deployed anew counts on. */
	readonly #key = randomUUID();
	#saved = "[]";

	constructor(account: SharedAccount) {
		this.#account = account;
		this.#scope = `watch-calls ${account.name}`;
	}

	/** What was spent before counts with what others have. */
	async load(): Promise<unknown> {
		return [];
	}

	async save(spent: unknown): Promise<void> {
		const data = JSON.stringify(spent);
		if (data === this.#saved) return;
		const { store } = this.#account;
		await this.#account.ready();
		await store.write(this.#scope, this.#key, spent);
		this.#saved = data;
	}

	async byOthers(): Promise<readonly unknown[]> {
		const rows = await this.#account.query<{ data: string }>(
			(table) => `with gone as (
					delete from ${table("value")} where scope = $1 and changed < clock_timestamp() - interval '${COUNTS} hours'
				) select data from ${table("value")} where scope = $1 and key <> $2`,
			[this.#scope, this.#key],
		);
		return rows.map(({ data }) => JSON.parse(data));
	}
}
