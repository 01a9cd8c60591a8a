/** Something that is due at a time; `place` is where it stands among the others, -1 outside. */
export interface Due {
	due: number;
	place: number;
}

/** A binary heap of things that are due, the earliest first; each of them can be moved or taken out in logarithmic time. */
export class DueHeap<T extends Due> {
	readonly #heap: T[] = [];

	get first(): T | undefined {
		return this.#heap[0];
	}

	/** Puts `one` in, or where it belongs now. */
	put(one: T, due: number): void {
		one.due = due;
		if (one.place < 0) {
			one.place = this.#heap.length;
			this.#heap.push(one);
		}
		this.#up(one);
		this.#down(one);
	}

	take(one: T): void {
		const { place } = one;
		if (place < 0) return;
		one.place = -1;
		const last = this.#heap.pop() as T;
		if (last === one) return;
		this.#set(last, place);
		this.#up(last);
		this.#down(last);
	}

	#up(one: T): void {
		let place = one.place;
		while (place > 0) {
			const parent = this.#heap[(place - 1) >> 1] as T;
			if (parent.due <= one.due) break;
			this.#set(parent, place);
			place = (place - 1) >> 1;
		}
		this.#set(one, place);
	}

	#down(one: T): void {
		let place = one.place;
		for (;;) {
			const left = this.#heap[2 * place + 1];
			const right = this.#heap[2 * place + 2];
			const child = right !== undefined && left !== undefined && right.due < left.due ? right : left;
			if (child === undefined || child.due >= one.due) break;
			const next = child.place;
			this.#set(child, place);
			place = next;
		}
		this.#set(one, place);
	}

	#set(one: T, place: number): void {
		this.#heap[place] = one;
		one.place = place;
	}
}
