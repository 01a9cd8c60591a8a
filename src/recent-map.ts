/**
 * A map that forgets what was set longest ago: it holds at most so many entries, and always the latest half of them.
 * In two generations, since a map whose first entries are deleted one by one has to look for its first one ever longer.
 */
export class RecentMap<K, V> {
	#latest = new Map<K, V>();
	#earlier = new Map<K, V>();
	readonly #most: number;

	constructor(most: number) {
		this.#most = most;
	}

	get size(): number {
		return this.#latest.size + this.#earlier.size;
	}

	get(key: K): V | undefined {
		return this.#latest.get(key) ?? this.#earlier.get(key);
	}

	set(key: K, value: V): void {
		if (this.#earlier.size > 0) this.#earlier.delete(key);
		this.#latest.set(key, value);
		if (this.#latest.size * 2 <= this.#most) return;
		this.#earlier = this.#latest;
		this.#latest = new Map();
	}

	delete(key: K): void {
		this.#latest.delete(key);
		this.#earlier.delete(key);
	}
}
