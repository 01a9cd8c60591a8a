import type { SharedAccount } from "../../storage/shared/shared-account";
import type { Digest } from "./seen-events";

/** Hours for which events are remembered: the server repeats for three days. */
const KEEP = 78;
/** Events of one statement. */
const AT_ONCE = 2_000;
/** Most events of a time without the store that are told to the others afterwards. */
const MOST_UNTOLD = 100_000;

interface Asking {
	key: string;
	digests: readonly Digest[];
	answer(own: ReadonlySet<Digest>): void;
}

/**
 * Which notification tells an event, whichever of several receivers it came to: the one that asked first. It may ask
 * again, here or where it was taken over, when nobody can know whether the event has left.
 */
export class SharedSeen {
	readonly #account: SharedAccount;
	readonly #channel: string;
	#asking: Asking[] = [];
	#isAsking = false;
	/** The notifications that told events while the store was away, by the digests of these. */
	readonly #untold = new Map<Digest, string>();
	readonly #close: () => void;

	/** @param nodeId of the events node, which is the same on every Node-RED */
	constructor(account: SharedAccount, nodeId: string) {
		this.#account = account;
		this.#channel = `${account.name} ${nodeId}`;
		this.#close = account.store.onState((away) => {
			if (!away) void this.#tellOthers().catch(() => {});
		});
	}

	/**
	 * Those of a notification's events that it tells. While the store is away it is all: rather twice than never. Those
	 * that ask at the same time share a statement.
	 *
	 * @param key of the notification
	 */
	claim(key: string, digests: readonly Digest[]): Promise<ReadonlySet<Digest>> {
		if (digests.length === 0) return Promise.resolve(new Set());
		return new Promise((answer) => {
			this.#asking.push({ key, digests, answer });
			if (!this.#isAsking) void this.#askAll();
		});
	}

	/** Forgets what the server does not repeat any more. */
	async tidy(): Promise<void> {
		await this.#account
			.query(
				(table) =>
					`delete from ${table("seen_event")} where channel = $1 and at < clock_timestamp() - interval '${KEEP} hours'`,
				[this.#channel],
			)
			.catch(() => {});
	}

	/** Nothing is told to the others any more. */
	close(): void {
		this.#close();
	}

	async #askAll(): Promise<void> {
		this.#isAsking = true;
		while (this.#asking.length > 0) {
			const group: Asking[] = [];
			const first = new Map<Digest, string>();
			for (let next = this.#asking[0]; next && first.size < AT_ONCE; next = this.#asking[0]) {
				group.push(next);
				this.#asking.shift();
				for (const digest of next.digests) if (!first.has(digest)) first.set(digest, next.key);
			}
			const keys = await this.#firstKeys(first).catch(() => {
				this.#noteUntold(first);
				return undefined;
			});
			for (const { key, digests, answer } of group)
				answer(new Set(digests.filter((digest) => keys === undefined || keys.get(digest) === key)));
		}
		this.#isAsking = false;
	}

	/** The notifications that were first with some events, at any receiver. */
	async #firstKeys(asked: ReadonlyMap<Digest, string>): Promise<Map<Digest, string>> {
		const rows = await this.#account.query<{ digest: string; holder: string }>(
			(table) => `insert into ${table("seen_event")} as seen (channel, digest, holder)
				select $1, digest, holder from unnest($2::text[], $3::text[]) asked (digest, holder) order by digest
				on conflict (channel, digest) do update set holder = seen.holder returning digest, holder`,
			[this.#channel, [...asked.keys()].map(hexOf), [...asked.values()]],
		);
		return new Map(rows.map(({ digest, holder }) => [Buffer.from(digest, "hex").toString("binary"), holder]));
	}

	#noteUntold(told: ReadonlyMap<Digest, string>): void {
		for (const [digest, key] of told)
			if (this.#untold.size < MOST_UNTOLD && !this.#untold.has(digest)) this.#untold.set(digest, key);
	}

	async #tellOthers(): Promise<void> {
		while (this.#untold.size > 0) {
			const some = new Map([...this.#untold].slice(0, AT_ONCE));
			await this.#firstKeys(some);
			for (const digest of some.keys()) this.#untold.delete(digest);
		}
	}
}

function hexOf(digest: Digest): string {
	return Buffer.from(digest, "binary").toString("hex");
}
