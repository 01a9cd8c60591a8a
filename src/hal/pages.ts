import { StellantisError } from "../error";
import { countOf, embeddedItems, type HalDocument, hasPageMarkers, isDocument, linkOf } from "./document";
import { expandLink, resolveHref } from "./link";

/** A document as it was fetched, with what the transport knows about the answer. */
export interface Fetched<Answer> {
	document: unknown;
	/** The address that answered; relative links are resolved against it. */
	url: URL;
	/** HTTP status of the answer, which an error that comes of its content tells. */
	statusCode?: number;
	answer: Answer;
}

/** Gets one document of a collection. It throws for an address that may not be fetched. */
export type Fetch<Answer> = (url: URL) => Promise<Fetched<Answer>>;

/** One page of a collection, its items untouched and in the order they will be sent. */
export interface Page<Answer> {
	/** Address by which the page can be fetched again. */
	url: URL;
	items: unknown[];
	/** Number of items in the whole collection, as the server says. */
	total?: number;
	/** Number of pages, as the server says. */
	count?: number;
	/** Address of the page that follows in this walk; absent on the last. */
	following?: URL;
	answer: Answer;
}

/** How a walk reads its pages, and how far. */
export interface WalkOptions {
	/** Key under which the items are expected in `_embedded`; any single array is taken otherwise. */
	embedded?: string | undefined;
	/** Asked after each page: shall the next one be fetched while this one is worked on? Default: yes. */
	wanted?: ((page: Page<unknown>) => boolean) | undefined;
}

/** A pager of which nothing comes any more, though it always names a next page. */
const MOST_EMPTY_PAGES = 50;

/**
 * Reads a fetched document as a page of a collection.
 *
 * @throws ERR_BAD_RESPONSE when it is none
 */
export function pageOf<Answer>(
	{ document, url, statusCode, answer }: Fetched<Answer>,
	embedded?: string,
): Page<Answer> {
	const items = document === undefined ? [] : isDocument(document) ? itemsOf(document, embedded) : undefined;
	if (!items)
		throw new StellantisError(
			"ERR_BAD_RESPONSE",
			`${url.host} answered ${url.pathname} with something that is no HAL collection. Check the account's API family and root address.`,
			{ statusCode },
		);
	const page: Page<Answer> = { url, items, answer };
	if (isDocument(document)) {
		const total = countOf(document, "total");
		const count = countOf(document, "totalPage");
		if (total !== undefined) page.total = total;
		if (count !== undefined) page.count = count;
	}
	return page;
}

/**
 * The items of a page: as HAL embeds them, else as near to it as leaves no doubt. Undefined for what may hold items and
 * doesn't say which: taking it for an empty page would lose them without a word.
 */
function itemsOf(document: HalDocument, expected: string | undefined): unknown[] | undefined {
	const items = embeddedItems(document, expected);
	if (items) return items;
	const { _embedded: embedded } = document;
	if (Array.isArray(embedded)) return embedded;
	if (isDocument(embedded)) {
		// What is expected is there, and says that there is none, whatever stands beside it.
		if (expected !== undefined && Object.hasOwn(embedded, expected) && embedded[expected] === null) return [];
		const values = Object.entries(embedded).filter(([, value]) => value !== null && !isEmpty(value));
		const [one] = values;
		if (
			one &&
			values.length === 1 &&
			isDocument(one[1]) &&
			(isOneOf(one[0], expected) || countOf(document, "total") === 1)
		)
			return [one[1]];
		if (one && countOf(document, "total") !== 0) return undefined;
	}
	// Nothing embedded is an empty page, if this is a HAL document at all: the standard makes both properties optional.
	const isHal = isDocument(document._links) || isDocument(embedded) || hasPageMarkers(document);
	if (!isHal) return Object.keys(document).length === 0 ? [] : undefined;
	const name = expected && Object.keys(document).find((each) => each.toLowerCase() === expected.toLowerCase());
	const beside = name === undefined ? undefined : document[name];
	return Array.isArray(beside) ? beside : [];
}

const isEmpty = (value: unknown) => isDocument(value) && Object.keys(value).length === 0;

/** True for the name of one of many: `trip` of `trips`, `telemetry` of `telemetries`. */
function isOneOf(name: string, many: string | undefined): boolean {
	const one = name.toLowerCase();
	return many !== undefined && [`${one}s`, one.replace(/y$/, "ies")].includes(many.toLowerCase());
}

/** The address that a relation of a fetched page leads to. */
export function addressOf(fetched: Fetched<unknown>, relation: string): URL | undefined {
	const link = linkOf(fetched.document, relation);
	return link && resolveHref(expandLink(link), fetched.url);
}

/**
 * Walks the pages of a collection from `start` along `relation`, which alone decides whether another page follows;
 * counts are not trusted. While a page is worked on, the next one is on its way already.
 *
 * @param start address of the first page, or that page as it was fetched already
 * @throws ERR_PAGE_LOOP when the walk comes back to a page it has seen, and what `fetch` throws
 */
export async function* walk<Answer>(
	fetch: Fetch<Answer>,
	start: URL | Fetched<Answer>,
	relation: "next" | "prev",
	{ embedded, wanted = () => true }: WalkOptions = {},
): AsyncGenerator<Page<Answer>, void, undefined> {
	const seen = new Set<string>();
	let empty = 0;
	const load = async (url: URL): Promise<Fetched<Answer>> => {
		const address = fingerprint(url);
		if (seen.has(address)) throw pageLoop(url);
		seen.add(address);
		return fetch(url);
	};
	let pending: Promise<Fetched<Answer>> | undefined = start instanceof URL ? load(start) : Promise.resolve(start);
	while (pending) {
		const fetched: Fetched<Answer> = await pending;
		pending = undefined;
		// A server names a page by other addresses than the one it was asked for; to come back to those is a loop too.
		seen.add(fingerprint(fetched.url));
		// Not backwards, where the first page may go by the bare address that sloppy servers call every page's self.
		const self = relation === "next" ? addressOf(fetched, "self") : undefined;
		if (self) seen.add(fingerprint(self));

		const page = pageOf(fetched, embedded);
		if (relation === "prev") page.items = page.items.toReversed();
		const following = addressOf(fetched, relation);
		if (following) page.following = following;
		const astray = !following && linkOf(fetched.document, relation);
		empty = page.items.length === 0 ? empty + 1 : 0;
		if (following && empty >= MOST_EMPTY_PAGES) throw pageLoop(following);
		if (following && wanted(page)) {
			pending = load(following);
			// The failure is thrown in its turn, after this page's items have gone out.
			pending.catch(() => {});
		}
		yield page;
		if (astray)
			throw new StellantisError(
				"ERR_BAD_RESPONSE",
				`${fetched.url.host} links to a page that is no address, so that the collection can't be read to its end.`,
				{ statusCode: fetched.statusCode },
			);
		if (following && !pending) pending = load(following);
	}
}

function fingerprint(url: URL): string {
	const sorted = new URLSearchParams(url.search);
	sorted.sort();
	return `${url.origin}${url.pathname}?${sorted}`;
}

function pageLoop(url: URL): StellantisError {
	return new StellantisError(
		"ERR_PAGE_LOOP",
		`The API's pages of ${url.pathname} go in circles: a page leads back to one that was read already.`,
	);
}
