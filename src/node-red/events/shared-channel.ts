import { z } from "zod";
import { storeError } from "../../storage/shared/errors";
import type { SharedAccount } from "../../storage/shared/shared-account";
import { notHeardOf } from "../../storage/shared/store";
import { fingerprint, seal, sealingKey, unseal } from "../../transport/auth/seal";

/** Minutes between two looks at a channel, by whichever instance. */
const LOOK = 55;
/** Seconds after which an instance that was not heard of does not use a channel any more. */
const GONE = 60;

const shape = z.object({ sealed: z.string(), key: z.string() });

/**
 * The one channel of an events node that several Node-RED with one store keep: its secret, sealed with a key that only
 * they know, and who looks after it.
 */
export class SharedChannel {
	readonly #account: SharedAccount;
	readonly #key: string | undefined;
	readonly #node: string;

	/**
	 * @param key of the store's form; undefined where the secret comes from elsewhere
	 * @param node id of the events node, which is the same on every Node-RED
	 */
	constructor(account: SharedAccount, key: string | undefined, node: string) {
		this.#account = account;
		this.#key = key;
		this.#node = node;
	}

	/**
	 * The secret that all instances have.
	 *
	 * @param own what enters a store that has none
	 * @throws ERR_STORE; also where it is sealed with another key, which leaves it as it is
	 */
	async secret(own: string): Promise<string> {
		const { store, name } = this.#account;
		if (this.#key === undefined) return own;
		const key = await sealingKey(this.#key, name);
		const about = `channel ${this.#node}`;
		await this.#account.ready();
		const found = await store.read(this.#scope, this.#node);
		if (!found) {
			const sealed = { sealed: seal(key, about, own), key: fingerprint(key, name) };
			const isFirst = (await store.write(this.#scope, this.#node, sealed, 0)) !== undefined;
			return isFirst ? own : this.secret(own);
		}
		const kept = shape.safeParse(found.data).data;
		if (kept?.key !== fingerprint(key, name))
			throw storeError(
				"The secret of the shared channel is sealed with another key: enter the same key in the store of every Node-RED. It was left as it is.",
			);
		try {
			return unseal(key, about, kept.sealed);
		} catch (error) {
			throw storeError(
				"The secret of the shared channel is damaged in the store: enter a secret in the events node, the same on every Node-RED.",
				error,
			);
		}
	}

	/** Runs a task while no other instance changes the channel. @throws ERR_STORE */
	async alone<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
		await this.#account.ready();
		const release = await this.#account.store.lock(`${this.#scope} ${this.#node}`, signal);
		try {
			return await task();
		} finally {
			await release();
		}
	}

	/**
	 * True where it is this instance's turn to look at the channel: nobody has within an hour.
	 *
	 * @param always takes the turn whoever has looked
	 */
	async takeTurn(always: boolean): Promise<boolean> {
		const rows = await this.#account.query(
			(table) => `insert into ${table("value")} as value (scope, key, data) values ($1, $2, 'null')
				on conflict (scope, key) do update set rev = value.rev + 1, changed = clock_timestamp()
				where $3 or value.changed < clock_timestamp() - interval '${LOOK} minutes' returning 1`,
			[`${this.#scope} look`, this.#node, always],
		);
		return rows.length > 0;
	}

	/** True where no other instance uses the store: nobody else needs the channel. */
	async isLast(): Promise<boolean> {
		const { store } = this.#account;
		const others = await this.#account.query(
			(table) =>
				`select 1 from ${table("instance")} other where id <> $1 and not ${notHeardOf("other.id", table("instance"), GONE)}`,
			[store.instance],
		);
		return others.length === 0;
	}

	/** Forgets the secret, with the channel. */
	async forget(): Promise<void> {
		await this.#account.store.remove(this.#scope, this.#node);
		await this.#account.store.remove(`${this.#scope} look`, this.#node);
	}

	get #scope(): string {
		return `channel ${this.#account.name}`;
	}
}
