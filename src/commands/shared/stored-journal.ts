import { isNoRight } from "../../storage/shared/errors";
import { type PoolOptions, StorePool } from "../../storage/shared/pool";

/** The end of an account's chain, as the store knows it. */
export interface Head {
	/** What the account is shared as. */
	account: string;
	/** Number of its last entry, from 1. */
	seq: number;
	hash: string;
}

/** An entry as it stands in the store. */
export interface StoredLine {
	seq: number;
	line: string;
}

/** Entries that are read, or deleted, at a time. */
const BATCH = 5_000;

/** The journals of a store, for the command that checks them. */
export class StoredJournal {
	readonly #pool: StorePool;

	/** @param place of the store */
	constructor(readonly place: PoolOptions) {
		this.#pool = new StorePool(place);
	}

	/** The accounts that have a journal, with its end. @throws ERR_STORE */
	heads(): Promise<Head[]> {
		return this.#pool.query<Head>(
			`select account, seq::float8, hash from ${this.#pool.table("journal_head")} order by account`,
		);
	}

	/** The entries of an account up to an end, oldest first. @throws ERR_STORE */
	async *lines({ account, seq: end }: Head): AsyncGenerator<StoredLine> {
		for (let from = 0; ; ) {
			const lines = await this.#pool.query<StoredLine>(
				`select seq::float8, line from ${this.#pool.table("journal")}
				where account = $1 and seq > $2 and seq <= $3 order by seq limit ${BATCH}`,
				[account, from, end],
			);
			yield* lines;
			from = lines.at(-1)?.seq ?? end;
			if (lines.length < BATCH) return;
		}
	}

	/**
	 * Deletes the oldest entries of an account: those of before so many days, up to the first of a command that is under
	 * way. The last one stays whatever its age, so that the chain goes on from something.
	 *
	 * @returns how many
	 * @throws an error with a sentence for people where the user may not; ERR_STORE
	 */
	async prune({ account, seq }: Head, days: number): Promise<number> {
		const [journal, command] = [this.#pool.table("journal"), this.#pool.table("command")];
		const [kept] = await this.#pool.query<{ first: number }>(
			`select least(min(seq), $3)::float8 as first from ${journal}
			where account = $1 and (at >= clock_timestamp() - $2 * interval '1 day' or key in (select key from ${command}))`,
			[account, days, seq],
		);
		for (let count = 0; ; ) {
			const gone = await this.#deleted(
				`delete from ${journal} where account = $1 and seq in
				(select seq from ${journal} where account = $1 and seq < $2 order by seq limit ${BATCH}) returning 1`,
				[account, kept?.first ?? seq],
			);
			count += gone;
			if (gone < BATCH) return count;
		}
	}

	close(): Promise<void> {
		return this.#pool.close();
	}

	async #deleted(text: string, values: readonly unknown[]): Promise<number> {
		try {
			return (await this.#pool.query(text, values)).length;
		} catch (error) {
			if (!isNoRight(error)) throw error;
			throw new Error(
				`${this.place.user} may not delete entries of the journal: only the owner of the schema ${this.place.schema} may, so set PGUSER to that.`,
			);
		}
	}
}
