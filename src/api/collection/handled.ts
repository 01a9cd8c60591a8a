import { hash, keyOf } from "./item-key";
import { RECENT } from "./position";

/** Remembers which items were handled, by id, so that none comes twice. */
export class Handled {
	/** Two generations instead of one ordered set: dropping the oldest one by one costs more than all else here. */
	#older: ReadonlySet<string> = new Set();
	#newer = new Set<string>();
	readonly #window: number;
	readonly #resumed: ReadonlySet<string>;

	/** @param window how many items are remembered at least, and twice that at most */
	constructor(resumed: readonly string[], window: number) {
		this.#resumed = new Set(resumed);
		this.#window = window;
	}

	/** How many items are remembered. */
	get size(): number {
		return this.#older.size + this.#newer.size + this.#resumed.size;
	}

	/** True for an item that was handled, of those that have an id. */
	has(item: unknown): boolean {
		const key = keyOf(item);
		return key !== undefined && this.#hasKey(key);
	}

	#hasKey(key: string): boolean {
		return this.#newer.has(key) || this.#older.has(key) || (this.#resumed.size > 0 && this.#resumed.has(hash(key)));
	}

	/**
	 * The places of those items that were not handled yet; `skip` counts for items without an id of their own within the
	 * page. Remembers them all.
	 */
	select(items: readonly unknown[], skip: number): number[] {
		const keys = items.map(keyOf);
		const isOwn = (key: string) => skip === 0 || keys.indexOf(key) === keys.lastIndexOf(key);
		const fresh = [...items.keys()].filter((place) => {
			const key = keys[place];
			if (key === undefined) return place >= skip;
			return !this.#hasKey(key) && (place >= skip || isOwn(key));
		});
		// Only now, so that two items of one page that share an id are both kept: that is the server's word.
		for (const key of keys) if (key !== undefined && !this.#older.has(key)) this.#newer.add(key);
		if (this.#newer.size >= this.#window) {
			this.#older = this.#newer;
			this.#newer = new Set();
		}
		return fresh;
	}

	/** Short hashes of what was handled last, without the items of `rest`. */
	recent(rest: readonly unknown[] = []): string[] {
		const without = new Set(rest.map(keyOf));
		const keys = [...this.#older, ...this.#newer].filter((key) => !without.has(key)).slice(-RECENT);
		return [...new Set([...this.#resumed, ...keys.map(hash)])].slice(-RECENT);
	}
}
