import { StellantisError } from "../../error";
import { defined } from "../../json";
import { backwards } from "./backwards";
import { byIndex } from "./by-index";
import { Handled } from "./handled";
import { follow } from "./pager";
import type { Position } from "./position";
import type { Reading, ReadOptions, SpottedPage } from "./reading";
import { Trail } from "./trail";

/** Some items of one page, in order, each with what is needed to stop right behind it. */
export interface Batch<Answer> {
	items: unknown[];
	/** Pages so far, from 1. */
	index: number;
	/** As the server says, absent when it does not. */
	count?: number;
	total?: number;
	/** True when the walk ends with this page. */
	last: boolean;
	answer: Answer;
	/** Where to go on when only the first `taken` items of the batch were handled; undefined behind the very last. */
	positionAfter(taken: number): Position | undefined;
}

/** Consecutive pages in which every item was known already, after which a pager is taken to go in circles. */
const MOST_STALE_PAGES = 20;

/**
 * Reads a collection, batch by batch. Every item comes once: what comes again, because the collection moved while it
 * was paged or because a reading is resumed, is recognised by its id and dropped.
 *
 * @throws what `fetch` throws, ERR_PAGE_LOOP, ERR_BAD_RESPONSE; the position after the last batch stays good for a resume
 */
export async function* readCollection<Answer>(
	options: ReadOptions<Answer>,
): AsyncGenerator<Batch<Answer>, void, undefined> {
	const { resume } = options;
	const handled = new Handled(resume?.handled ?? []);
	let skip = resume?.skip ?? 0;
	let index = 0;
	let stale = 0;
	let repeated = 0;
	for await (const page of pagesOf({ ...options, knows: (item) => handled.has(item) })) {
		const { items } = page;
		const fresh = handled.select(items, skip);
		skip = 0;
		if (fresh.length > 0) stale = repeated = 0;
		else if (items.length > 0) {
			stale++;
			repeated += items.length;
		}
		// A reading that had to start over passes everything it has handled once more, but not twice.
		if (stale >= MOST_STALE_PAGES && repeated > 2 * handled.size)
			throw new StellantisError("ERR_PAGE_LOOP", `The API's pages of ${page.url.pathname} repeat the same items.`);
		if (page.again && fresh.length === 0 && page.after) continue;
		index++;
		yield {
			items: fresh.map((place) => items[place]),
			index,
			...defined({ count: page.count, total: page.total }),
			last: page.after === undefined,
			answer: page.answer,
			positionAfter: (taken) => {
				const place = fresh[taken];
				if (place === undefined) return page.after && { ...page.after, skip: 0, handled: handled.recent() };
				const rest = fresh.slice(taken).map((each) => items[each]);
				return { ...page.here, skip: place, handled: handled.recent(rest) };
			},
		};
	}
}

function pagesOf<Answer>(options: Reading<Answer>): AsyncGenerator<SpottedPage<Answer>, void, undefined> {
	const { resume } = options;
	const way = resume?.way ?? options.way;
	const from = resume ? options.resolve(resume.address) : options.start;
	if (way === "range" || way === "range-reversed") return byIndex(options, from, way);
	if (way === "last") return backwards(options, from, resume);
	return follow(options, from, way, new Trail(way === "prev", resume, options.resolve));
}
