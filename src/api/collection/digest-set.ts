import type { Digest } from "./digest";

/** Numbers (32 bits) of a digest. The first is never 0, which marks an empty place. */
const WORDS = 4;
/** Places of an empty set. */
const FIRST_CAPACITY = 512;
/** How full it may become, and how much it grows then: from there on, 32 bytes a text at most. */
const FULLEST = 0.75;
const GROWTH = 1.5;

/**
 * A set of digests in one block of memory that no garbage collection has to look through; a `Set` of the texts takes
 * several times as much. Open addressing with linear probing.
 */
export class DigestSet {
	#words = new Int32Array(FIRST_CAPACITY * WORDS);
	#size = 0;

	/** How many digests it holds. */
	get size(): number {
		return this.#size;
	}

	/** Bytes it takes. */
	get bytes(): number {
		return this.#words.byteLength;
	}

	has(digest: Digest): boolean {
		return this.#words[this.#find(digest.first, digest.second, digest.third, digest.fourth)] !== 0;
	}

	add(digest: Digest): void {
		this.#put(digest.first, digest.second, digest.third, digest.fourth);
	}

	#put(first: number, second: number, third: number, fourth: number): void {
		const place = this.#find(first, second, third, fourth);
		if (this.#words[place] !== 0) return;
		this.#words[place] = first;
		this.#words[place + 1] = second;
		this.#words[place + 2] = third;
		this.#words[place + 3] = fourth;
		this.#size++;
		if (this.#size * WORDS > FULLEST * this.#words.length) this.#grow();
	}

	/** Where a digest stands, or the empty place where it would. */
	#find(first: number, second: number, third: number, fourth: number): number {
		const words = this.#words;
		let place = ((first >>> 0) % (words.length / WORDS)) * WORDS;
		while (words[place] !== 0) {
			const isSame = words[place] === first && words[place + 1] === second;
			if (isSame && words[place + 2] === third && words[place + 3] === fourth) return place;
			place += WORDS;
			if (place === words.length) place = 0;
		}
		return place;
	}

	#grow(): void {
		const before = this.#words;
		this.#words = new Int32Array(Math.ceil((before.length / WORDS) * GROWTH) * WORDS);
		this.#size = 0;
		for (let place = 0; place < before.length; place += WORDS) {
			const first = before[place] ?? 0;
			if (first !== 0) this.#put(first, before[place + 1] ?? 0, before[place + 2] ?? 0, before[place + 3] ?? 0);
		}
	}
}
