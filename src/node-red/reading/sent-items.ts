import type { News } from "../../api/news";
import type { MarkStore } from "./mark-store";

/** What a node that sends only what is new has sent of a collection, while it reads it. */
export class SentItems {
	/** True on a first run that is to tell nothing. */
	readonly isSilent: boolean;
	readonly #news: News;
	readonly #marks: MarkStore;
	/** On their way, but not marked as sent yet. */
	readonly #leaving: unknown[] = [];

	constructor(news: News, marks: MarkStore, { firstRunIsSilent }: { firstRunIsSilent: boolean }) {
		this.#news = news;
		this.#marks = marks;
		this.isSilent = news.isFirst && firstRunIsSilent;
	}

	/** Time (epoch ms) from which on the collection must be read; undefined: from its beginning. */
	get from(): number | undefined {
		return this.#news.from;
	}

	isNew(item: unknown): boolean {
		return this.#news.isNew(item);
	}

	/** Takes note of an item that the node does not send as it is now. */
	passOver(item: unknown): void {
		this.#news.passOver(item);
	}

	/** Counts an item as sent. */
	note(item: unknown): void {
		this.#news.note(item);
	}

	/** An item has been put into a message. */
	leaving(item: unknown): void {
		this.#leaving.push(item);
	}

	/**
	 * Moves the mark past the items that have left the node. A silent first run is remembered as a whole.
	 *
	 * @param held items that were put into a message which has not left yet
	 * @param all true when the collection was read to its end
	 */
	async save(held: number, all: boolean): Promise<void> {
		if (this.isSilent && !all) return;
		for (const item of this.#leaving.splice(0, this.#leaving.length - held)) this.#news.note(item);
		await this.#marks.save(this.#news.mark(all));
	}
}
