import { randomUUID } from "node:crypto";
import { z } from "zod";
import { damagedIsNone, JsonFile } from "../../storage/json-file";
import type { SharedAccount } from "../../storage/shared/shared-account";
import type { Digest } from "./seen-events";

/** Hours for which events are remembered: the server repeats for three days. */
const KEEP = 78;

const shape = z.object({ id: z.string() });

/**
 * Which of several receivers sends an event: the one that asks first. It may ask again after a crash, when it can't know
 * whether the event has left.
 */
export class SharedSeen {
	readonly #account: SharedAccount;
	readonly #channel: string;
	readonly #file: JsonFile<z.infer<typeof shape>>;
	#receiver: Promise<string> | undefined;

	/**
	 * @param nodeId of the events node, which is the same on every Node-RED
	 * @param base of the names of its files
	 */
	constructor(account: SharedAccount, nodeId: string, base: string) {
		this.#account = account;
		this.#channel = `${account.name} ${nodeId}`;
		this.#file = new JsonFile(`${base}.receiver.json`, shape);
	}

	/**
	 * Those of some events that are this receiver's to send. While the store is away all are: rather twice than never.
	 */
	async claim(digests: readonly Digest[]): Promise<ReadonlySet<Digest>> {
		if (digests.length === 0) return new Set();
		try {
			const receiver = await this.#receiverId();
			const byHex = new Map(digests.map((digest) => [Buffer.from(digest, "binary").toString("hex"), digest]));
			const rows = await this.#account.query<{ digest: string; own: boolean }>(
				(table) => `insert into ${table("seen_event")} as seen (channel, digest, holder)
					select $1, digest, $3 from unnest($2::text[]) digest order by digest
					on conflict (channel, digest) do update set holder = seen.holder returning digest, holder = $3 as own`,
				[this.#channel, [...byHex.keys()], receiver],
			);
			return new Set(rows.flatMap(({ digest, own }) => (own ? (byHex.get(digest) ?? []) : [])));
		} catch {
			return new Set(digests);
		}
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

	/** This receiver is gone for good; what it has sent stays known to the others. */
	remove(): Promise<void> {
		return this.#file.remove();
	}

	/** Who this receiver is, also after a restart. */
	#receiverId(): Promise<string> {
		this.#receiver ??= (async () => {
			const known = await this.#file.read().catch(damagedIsNone);
			if (known) return known.id;
			const id = randomUUID();
			await this.#file.write({ id });
			return id;
		})().catch((error: unknown) => {
			this.#receiver = undefined;
			throw error;
		});
		return this.#receiver;
	}
}
