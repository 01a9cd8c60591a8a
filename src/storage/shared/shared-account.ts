import { badInput, StellantisError } from "../../error";
import { storable } from "../../text";
import type { Sql } from "./sql";
import type { SharedStore } from "./store";

/** An account as it stands in a store, under the name that several Node-RED share. */
export class SharedAccount {
	/** What it is shared as, as the store has it. */
	readonly name: string;
	readonly #bound: string;
	#ready: Promise<void> | undefined;

	/**
	 * @param name what it is shared as
	 * @param bound a hash of the server and the customer; what is shared is theirs only
	 */
	constructor(
		readonly store: SharedStore,
		name: string,
		bound: string,
	) {
		this.name = storable(name);
		this.#bound = bound;
	}

	/**
	 * Resolves when it is sure that the name is this customer's.
	 *
	 * @throws ERR_BAD_INPUT where it is another's; ERR_STORE
	 */
	ready(): Promise<void> {
		this.#ready ??= this.#bind().catch((error: unknown) => {
			this.#ready = undefined;
			throw error;
		});
		return this.#ready;
	}

	/** As {@link ready}, but a store that is away is no error: what needs it fails then. */
	async check(): Promise<void> {
		await this.ready().catch((error: unknown) => {
			if (!(error instanceof StellantisError && error.code === "ERR_STORE")) throw error;
		});
	}

	/** As `SharedStore.query`, once the name is known to be this customer's. */
	async query<Row extends object>(text: (table: Sql["table"]) => string, values: readonly unknown[] = []) {
		await this.ready();
		return this.store.query<Row>(text, values);
	}

	/** As `SharedStore.transaction`, once the name is known to be this customer's. */
	async transaction<T>(task: (sql: Sql) => Promise<T>): Promise<T> {
		await this.ready();
		return this.store.transaction(task);
	}

	/** As `SharedStore.alone`, once the name is known to be this customer's. */
	async alone<T>(lane: string, task: (sql: Sql) => Promise<T>): Promise<T> {
		await this.ready();
		return this.store.alone(lane, task);
	}

	async #bind(): Promise<void> {
		const [row] = await this.store.query<{ bound: string }>(
			(table) =>
				`insert into ${table("account")} as account (id, bound) values ($1, $2) on conflict (id) do update set id = account.id returning bound`,
			[this.name, this.#bound],
		);
		if (row?.bound !== this.#bound)
			throw badInput(
				`The name "${this.name}" is another customer's in the store: root address, token address, client id, realm, fleet or secret headers differ. Enter another name in "Shared as".`,
			);
	}
}
