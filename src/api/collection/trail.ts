import { type Page, pageOf, walk } from "../../hal/pages";
import { keyOf } from "./item-key";
import type { Position } from "./position";
import { addressOfPage, type Reading, turned } from "./reading";

/**
 * The pages that a walk has behind it. When the count of items changes in the direction that moves items from the pages
 * ahead into those behind, they are read again, so that none slips through.
 */
export class Trail {
	readonly #urls: URL[] = [];
	readonly #reversed: boolean;
	#total: number | undefined;

	constructor(reversed: boolean, resume?: Position, resolve?: (address: string) => URL) {
		this.#reversed = reversed;
		if (resume?.before === undefined || !resolve || resume.handled.length === 0) return;
		this.#urls.push(resolve(resume.before));
		this.#total = resume.total;
	}

	/** Adds a page behind those that are there; `url` where it can be read again under another address only. */
	add(page: Page<unknown>, url: URL = page.url): void {
		this.#urls.push(url);
		this.#total = page.total ?? this.#total;
	}

	/** What a position on `page` remembers of what is behind it; of the page itself, where nothing is. */
	spotOn(page: Page<unknown>): Pick<Position, "total" | "before"> {
		const [total, before] = this.#urls.length > 0 ? [this.#total, this.#urls.at(-1)] : [page.total, page.url];
		return total === undefined || !before ? {} : { total, before: addressOfPage(before) };
	}

	/** The pages behind that may hold unread items now, in the order of the walk; none when `page` says nothing has moved. */
	async missed<Answer>(options: Reading<Answer>, page: Page<Answer>): Promise<Page<Answer>[]> {
		const { total } = page;
		if (total === undefined || this.#total === undefined) return [];
		if (this.#reversed ? total <= this.#total : total >= this.#total) return [];
		const pages: Page<Answer>[] = [];
		for await (const again of this.#behind(options)) {
			// Items without an id can't be told apart, so a second look at them would only repeat them.
			if (again.items.some((item) => keyOf(item) === undefined)) return [];
			pages.unshift(again);
			if (again.items.length > 0 && options.knows(again.items[0])) break;
		}
		return pages;
	}

	/** The pages behind, the last one first. */
	async *#behind<Answer>({ fetch, embedded }: Reading<Answer>): AsyncGenerator<Page<Answer>, void, undefined> {
		const [oldest, ...urls] = this.#urls;
		for (const url of urls.toReversed()) yield turned(pageOf(await fetch(url), embedded), this.#reversed);
		if (!oldest) return;
		// Of what is behind that, where a resumed walk began or what was the last page once, only the pager knows.
		const back = walk(fetch, oldest, this.#reversed ? "next" : "prev", { embedded, wanted: () => false });
		for await (const page of back) yield turned(page, true);
	}
}
