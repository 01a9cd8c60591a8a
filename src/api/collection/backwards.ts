import { countOf, isDocument, linkOf } from "../../hal/document";
import { addressOf, type Fetch, type Fetched, type Page, pageOf, walk } from "../../hal/pages";
import { ifThere } from "./if-there";
import { follow } from "./pager";
import type { Position } from "./position";
import { addressOfPage, type Reading, type Spot, type SpottedPage, turned } from "./reading";
import { Trail } from "./trail";

/**
 * Newest first from a pager that counts from the oldest: over `last` and `prev`, two requests to the newest item.
 *
 * @param resume only when a retraced reading goes on: how many pages are left of it
 */
export async function* backwards<Answer>(
	options: Reading<Answer>,
	from: URL,
	resume?: Position,
): AsyncGenerator<SpottedPage<Answer>, void, undefined> {
	const first = await options.fetch(from);
	if (resume?.offset === undefined) {
		// A link that is no address says that more follows, too; without a last page the walk along it tells what is wrong.
		if (!linkOf(first.document, "next")) {
			yield* follow(options, first, "prev");
			return;
		}
		const lastAddress = addressOf(first, "last");
		const last = lastAddress && (await ifThere(options.fetch(lastAddress)));
		// A page behind the "last" one, or none before it: the link can't be right.
		if (last && addressOf(last, "prev") && !addressOf(last, "next")) {
			yield* follow({ ...options, fetch: knowing(first, last, options.fetch) }, last, "prev");
			return;
		}
	}
	yield* retrace(options, first, from, resume);
}

/**
 * `fetch`, but for the first page where it is the only one before the last: it was here a moment ago. With more pages
 * between them it is asked for again when the walk comes to it, because items may have moved into it meanwhile.
 */
function knowing<Answer>(first: Fetched<Answer>, last: Fetched<Answer>, fetch: Fetch<Answer>): Fetch<Answer> {
	const before = addressOf(last, "prev")?.href;
	const isFirst = [first.url, addressOf(first, "self"), addressOf(last, "first")].some((url) => url?.href === before);
	const total = totalOf(first);
	if (!isFirst || total === undefined || total !== totalOf(last)) return fetch;
	return (url) => (url.href === before ? Promise.resolve(first) : fetch(url));
}

function totalOf({ document }: Fetched<unknown>): number | undefined {
	return isDocument(document) ? countOf(document, "total") : undefined;
}

/** The same for a pager that knows no `last` or no `prev`: forward once to learn the pages' addresses, then back. */
async function* retrace<Answer>(
	options: Reading<Answer>,
	first: Fetched<Answer>,
	from: URL,
	resume: Position | undefined,
): AsyncGenerator<SpottedPage<Answer>, void, undefined> {
	const { fetch, embedded, knows } = options;
	const there: { url: URL; size: number }[] = [];
	let end: Page<Answer> | undefined;
	/** Pages that are not handled, as the items tell that are known. */
	let unread: number | undefined;
	for await (const page of walk(fetch, first, "next", { embedded })) {
		const known = resume && unread === undefined ? page.items.findIndex(knows) : -1;
		if (known >= 0) unread = known === 0 ? there.length : there.length + 1;
		there.push({ url: page.url, size: page.items.length });
		end = page;
	}
	const trail = new Trail(true, resume, options.resolve);
	const spot = (left: number, page: Page<Answer>): Spot => ({
		address: addressOfPage(from),
		way: "last",
		offset: left,
		...trail.spotOn(page),
	});
	for (let left = Math.min(there.length, unread ?? resume?.offset ?? there.length); left > 0; left--) {
		const page = left === there.length && end ? end : await pageAgain(options, there[left - 1] as (typeof there)[0]);
		const here = spot(left, page);
		for (const again of await trail.missed(options, page)) yield { ...again, again: true, here, after: here };
		trail.add(page);
		yield { ...turned(page, true), here, ...(left > 1 ? { after: spot(left - 1, page) } : {}) };
	}
}

/** A page with as many items as it had before, where they follow on pages that are smaller now. */
async function pageAgain<Answer>(
	{ fetch, embedded, knows }: Reading<Answer>,
	{ url, size }: { url: URL; size: number },
): Promise<Page<Answer>> {
	const fetched = await fetch(url);
	const page = pageOf(fetched, embedded);
	if (page.items.length >= size) return page;
	const items: unknown[] = [];
	for await (const part of walk(fetch, fetched, "next", { embedded, wanted: () => false })) {
		items.push(...part.items);
		if (items.length >= size || part.items.some(knows)) break;
	}
	return { ...page, items: items.slice(0, size) };
}
