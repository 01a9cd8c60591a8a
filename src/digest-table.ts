import type { Digest } from "./digest";

/** Numbers (32 bits) of a digest. The first is never 0, which marks an empty place. */
const WORDS = 4;
/** Places of an empty table. */
const FIRST_CAPACITY = 512;
/** How full it may become, and how much it grows then: from there on, 32 bytes a digest at most, 40 with a number. */
const FULLEST = 0.75;
const GROWTH = 1.5;

/**
 * Digests in one block of memory that no garbage collection has to look through; a `Set` of the texts takes several
 * times as much. Open addressing with linear probing.
 */
class DigestTable {
	/** Numbers of a place: a digest, and what may come with it. */
	readonly #width: number;
	protected words: Int32Array;
	#size = 0;

	constructor(width: number) {
		this.#width = width;
		this.words = new Int32Array(FIRST_CAPACITY * width);
	}

	/** How many digests it holds. */
	get size(): number {
		return this.#size;
	}

	/** Bytes it takes. */
	get bytes(): number {
		return this.words.byteLength;
	}

	has(digest: Digest): boolean {
		return this.words[this.find(digest.first, digest.second, digest.third, digest.fourth)] !== 0;
	}

	/** Where a digest stands, or the empty place where it would. */
	protected find(first: number, second: number, third: number, fourth: number): number {
		const { words } = this;
		const width = this.#width;
		let place = ((first >>> 0) % (words.length / width)) * width;
		while (words[place] !== 0) {
			const isSame = words[place] === first && words[place + 1] === second;
			if (isSame && words[place + 2] === third && words[place + 3] === fourth) return place;
			place += width;
			if (place === words.length) place = 0;
		}
		return place;
	}

	/** Puts a digest there, and the number behind it where there is room for one. */
	protected put(first: number, second: number, third: number, fourth: number, number: number): void {
		const place = this.find(first, second, third, fourth);
		const isNew = this.words[place] === 0;
		this.words[place] = first;
		this.words[place + 1] = second;
		this.words[place + 2] = third;
		this.words[place + 3] = fourth;
		if (this.#width > WORDS) this.words[place + WORDS] = number;
		if (!isNew) return;
		this.#size++;
		if (this.#size * this.#width > FULLEST * this.words.length) this.#grow();
	}

	#grow(): void {
		const before = this.words;
		const width = this.#width;
		this.words = new Int32Array(Math.ceil((before.length / width) * GROWTH) * width);
		this.#size = 0;
		const word = (place: number) => before[place] ?? 0;
		for (let place = 0; place < before.length; place += width)
			if (before[place] !== 0)
				this.put(word(place), word(place + 1), word(place + 2), word(place + 3), word(place + WORDS));
	}
}

/** A set of digests. */
export class DigestSet extends DigestTable {
	constructor() {
		super(WORDS);
	}

	add({ first, second, third, fourth }: Digest): void {
		this.put(first, second, third, fourth, 0);
	}
}

/** A number (32 bits) for each digest. */
export class DigestMap extends DigestTable {
	constructor() {
		super(WORDS + 1);
	}

	get({ first, second, third, fourth }: Digest): number | undefined {
		const place = this.find(first, second, third, fourth);
		return this.words[place] === 0 ? undefined : this.words[place + WORDS];
	}

	set({ first, second, third, fourth }: Digest, number: number): void {
		this.put(first, second, third, fourth, number);
	}
}
