import { type Digest, digestOf } from "../../digest";
import { DigestSet } from "../../digest-table";
import { hash, keyOf } from "./item-key";
import { RECENT } from "./position";

/** Remembers which items were handled, by id, so that none comes twice, however many there are. */
export class Handled {
	readonly #all = new DigestSet();
	/** The keys that were handled last, page by page; no more pages than a position needs. */
	readonly #latest: string[][] = [];
	#latestCount = 0;
	readonly #resumed: ReadonlySet<string>;

	constructor(resumed: readonly string[]) {
		this.#resumed = new Set(resumed);
	}

	/** How many items are remembered. */
	get size(): number {
		return this.#all.size + this.#resumed.size;
	}

	/** True for an item that was handled, of those that have an id. */
	has(item: unknown): boolean {
		const key = keyOf(item);
		return key !== undefined && this.#has(key, digestOf(key));
	}

	#has(key: string, digest: Digest): boolean {
		return this.#all.has(digest) || (this.#resumed.size > 0 && this.#resumed.has(hash(key)));
	}

	/**
	 * The places of those items that were not handled yet; `skip` counts for items without an id of their own within the
	 * page. Remembers them all.
	 */
	select(items: readonly unknown[], skip: number): number[] {
		const keys = items.map(keyOf);
		const isOwn = (key: string) => skip === 0 || keys.indexOf(key) === keys.lastIndexOf(key);
		const fresh: number[] = [];
		const known: string[] = [];
		const digests: Digest[] = [];
		for (let place = 0; place < keys.length; place++) {
			const key = keys[place];
			const isBehind = place < skip;
			if (key === undefined) {
				if (!isBehind) fresh.push(place);
				continue;
			}
			const digest = digestOf(key);
			known.push(key);
			digests.push(digest);
			if (!this.#has(key, digest) && !(isBehind && !isOwn(key))) fresh.push(place);
		}
		// Only now, so that two items of one page that share an id are both kept: that is the server's word.
		for (const digest of digests) this.#all.add(digest);
		this.#keep(known);
		return fresh;
	}

	/** Keeps the keys of a page at hand, and no more of those before than a position needs. */
	#keep(keys: string[]): void {
		this.#latest.push(keys);
		this.#latestCount += keys.length;
		let oldest = this.#latest[0]?.length ?? 0;
		while (this.#latest.length > 1 && this.#latestCount - oldest >= 2 * RECENT) {
			this.#latestCount -= oldest;
			this.#latest.shift();
			oldest = this.#latest[0]?.length ?? 0;
		}
	}

	/** Short hashes of what was handled last, without the items of `rest`. */
	recent(rest: readonly unknown[] = []): string[] {
		const without = new Set(rest.map(keyOf));
		const keys = this.#latest.flat().filter((key) => !without.has(key));
		return [...new Set([...this.#resumed, ...keys.slice(-RECENT).map(hash)])].slice(-RECENT);
	}
}
