/** A map that holds so many entries at most: beyond that it forgets those that were set longest ago. */
export class RecentMap<K, V> {
	readonly #entries = new Map<K, V>();
	readonly #most: number;

	constructor(most: number) {
		this.#most = most;
	}

	get size(): number {
		return this.#entries.size;
	}

	get(key: K): V | undefined {
		return this.#entries.get(key);
	}

	set(key: K, value: V): void {
		this.#entries.delete(key);
		this.#entries.set(key, value);
		const [oldest] = this.#entries.keys();
		if (this.#entries.size > this.#most && oldest !== undefined) this.#entries.delete(oldest);
	}

	delete(key: K): void {
		this.#entries.delete(key);
	}
}
