import { createHash } from "node:crypto";
import { badInput, StellantisError } from "../error";
import { isDocument, linkOf } from "../hal/document";
import { addressOf, type Fetch, type Fetched, type Page, pageOf, walk } from "../hal/pages";
import type { Order } from "./families";

/** Where in a collection a reading stands, so that another can go on exactly there. Plain data. */
export interface Position {
	/** Address to fetch next, below the API's root and without credentials: `/path?query`. */
	address: string;
	/** How to go on from there. */
	way: Way;
	/** Index of the first item of that page in the whole collection, where pages are asked for by index. */
	offset?: number;
	/** Items of that page that were handled already. */
	skip: number;
	/** Short hashes of the items handled last, to recognise them when the collection has moved in between. */
	handled: string[];
}

/**
 * `next`: follow the pager; `last`: fetch the first page to learn of the last, then go backwards; `prev`: go on
 * backwards; `range`, `range-reversed`: ask for pages by their index, upwards or downwards.
 */
export type Way = "next" | "last" | "prev" | "range" | "range-reversed";
const WAYS: readonly string[] = ["next", "last", "prev", "range", "range-reversed"];

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

export interface ReadOptions<Answer> {
	fetch: Fetch<Answer>;
	/** Address of the first page, with everything that is asked of the collection. */
	start: URL;
	/** How to read it; see {@link chooseWay}. */
	way: Way;
	embedded?: string | undefined;
	/** Go on from here instead of the start. */
	resume?: Position | undefined;
	/** Turns a position's address into one that may be fetched. */
	resolve(address: string): URL;
	/** How many pages may be under way when they are asked for by index. */
	parallel: number;
	/** How many more items are needed; no page is fetched beyond that. Default: all. */
	needed?: () => number;
}

/** The way that gives `order`, when the API's own order is `natural`, with and without asking for pages by index. */
export function chooseWay(order: Order | undefined, natural: Order, byIndex: boolean): Way {
	const reversed = order !== undefined && order !== natural;
	if (byIndex) return reversed ? "range-reversed" : "range";
	return reversed ? "last" : "next";
}

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
	const byIndex = (resume?.way ?? options.way).startsWith("range");
	const handled = new Handled(resume?.handled ?? [], byIndex ? Number.POSITIVE_INFINITY : WINDOW);
	let skip = resume?.skip ?? 0;
	let index = 0;
	let stale = 0;
	for await (const page of pagesOf(options)) {
		index++;
		const fresh = handled.select(page.items, skip);
		skip = 0;
		const { items } = page;
		stale = items.length > 0 && fresh.length === 0 ? stale + 1 : 0;
		if (stale >= MOST_STALE_PAGES)
			throw new StellantisError("ERR_PAGE_LOOP", `The API's pages of ${page.url.pathname} repeat the same items.`);
		yield {
			items: fresh.map((place) => items[place]),
			index,
			...(page.count === undefined ? {} : { count: page.count }),
			...(page.total === undefined ? {} : { total: page.total }),
			last: page.after === undefined,
			answer: page.answer,
			positionAfter: (taken) => {
				if (taken >= fresh.length) return page.after && { ...page.after, skip: 0, handled: handled.recent() };
				const rest = items.slice(fresh[taken] ?? items.length);
				return { ...page.here, skip: items.length - rest.length, handled: handled.recent(rest) };
			},
		};
	}
}

/** Consecutive pages in which every item was known already, after which a pager is taken to go in circles. */
const MOST_STALE_PAGES = 20;
/** Items that are remembered while following a pager: far more than can move across a page's edge meanwhile. */
const WINDOW = 10_000;
/** Items that a position remembers. */
const RECENT = 1_000;

type Spot = Pick<Position, "address" | "way" | "offset">;

interface SpottedPage<Answer> extends Page<Answer> {
	here: Spot;
	/** Absent on the last page. */
	after?: Spot;
}

/** An address without its origin, so that it stays good when the API moves to another host or port. */
function addressOfPage(url: URL): string {
	return url.pathname + url.search;
}

function pagesOf<Answer>(options: ReadOptions<Answer>): AsyncGenerator<SpottedPage<Answer>, void, undefined> {
	const { resume } = options;
	const way = resume?.way ?? options.way;
	const from = resume ? options.resolve(resume.address) : options.start;
	if (way === "range" || way === "range-reversed") return byIndex(options, from, way, resume?.offset ?? 0, !resume);
	if (way === "last") return backwards(options, from, resume?.offset);
	return follow(options, from, way);
}

/**
 * Follows the pager from a page on. When the count of items changes in the direction that moves items across the edge
 * between the last page and this one, the last page is read again, so that none slips through.
 */
async function* follow<Answer>(
	{ fetch, embedded, needed = () => Number.POSITIVE_INFINITY }: ReadOptions<Answer>,
	from: URL | Fetched<Answer>,
	way: "next" | "prev",
): AsyncGenerator<SpottedPage<Answer>, void, undefined> {
	let before: Page<Answer> | undefined;
	for await (const page of walk(fetch, from, way, { embedded, wanted: ({ items }) => needed() > items.length })) {
		const here = { address: addressOfPage(page.url), way };
		if (before && hasMoved(before, page, way)) {
			const again = pageOf(await fetch(before.url), embedded);
			if (way === "prev") again.items = again.items.toReversed();
			yield { ...again, here: { address: addressOfPage(again.url), way }, after: here };
		}
		before = page;
		yield { ...page, here, ...(page.following ? { after: { address: addressOfPage(page.following), way } } : {}) };
	}
}

function hasMoved(before: Page<unknown>, page: Page<unknown>, way: "next" | "prev"): boolean {
	if (before.total === undefined || page.total === undefined) return false;
	const moved = way === "prev" ? page.total > before.total : page.total < before.total;
	return moved && before.items.every((item) => keyOf(item) !== undefined);
}

/**
 * Newest first from a pager that counts from the oldest: over `last` and `prev`, two requests to the newest item.
 *
 * @param pagesLeft only when a retraced reading goes on: how many pages are left of it
 */
async function* backwards<Answer>(
	options: ReadOptions<Answer>,
	from: URL,
	pagesLeft?: number,
): AsyncGenerator<SpottedPage<Answer>, void, undefined> {
	const first = await options.fetch(from);
	const lastAddress = addressOf(first, "last");
	if (!addressOf(first, "next") && pagesLeft === undefined) {
		yield* follow(options, first, "prev");
		return;
	}
	const last = lastAddress && pagesLeft === undefined ? await options.fetch(lastAddress) : undefined;
	if (last && addressOf(last, "prev")) yield* follow(options, last, "prev");
	else yield* retrace(options, first, from, pagesLeft);
}

/** The same for a pager that knows no `last` or no `prev`: forward once to learn the pages' addresses, then back. */
async function* retrace<Answer>(
	{ fetch, embedded }: ReadOptions<Answer>,
	first: Fetched<Answer>,
	from: URL,
	pagesLeft: number | undefined,
): AsyncGenerator<SpottedPage<Answer>, void, undefined> {
	const addresses: URL[] = [];
	for await (const page of walk(fetch, first, "next", { embedded })) addresses.push(page.url);
	const spot = (left: number): Spot => ({ address: addressOfPage(from), way: "last", offset: left });
	for (let left = Math.min(addresses.length, pagesLeft ?? addresses.length); left > 0; left--) {
		const page = pageOf(await fetch(addresses[left - 1] as URL), embedded);
		page.items = page.items.toReversed();
		yield { ...page, here: spot(left), ...(left > 1 ? { after: spot(left - 1) } : {}) };
	}
}

/** A page that can't be had by its index, though the server takes the address. */
const NOT_BY_INDEX = new Set(["ERR_REJECTED", "ERR_NOT_FOUND", "ERR_NOT_SUPPORTED", "ERR_BAD_RESPONSE"]);

/**
 * Asks for pages by their index, several at a time, and hands them out in order. The first page tells the total; as
 * soon as an answer disagrees with it, the pager takes over, which alone is to be trusted.
 */
async function* byIndex<Answer>(
	options: ReadOptions<Answer>,
	from: URL,
	way: "range" | "range-reversed",
	offset: number,
	isStart: boolean,
): AsyncGenerator<SpottedPage<Answer>, void, undefined> {
	const { fetch, embedded, parallel, needed = () => Number.POSITIVE_INFINITY } = options;
	const reversed = way === "range-reversed";
	const first = await fetch(from);
	const firstPage = pageOf(first, embedded);
	const { total } = firstPage;
	const size = firstPage.items.length;
	if (!addressOf(first, "next") || total === undefined || size === 0 || total <= size) {
		yield* reversed ? backwards(options, from) : follow(options, first, "next");
		return;
	}
	const spot = (start: number): Spot => ({ address: addressOfPage(from), way, offset: start });
	const starts: number[] = [];
	for (let start = 0; start < total; start += size) starts.push(start);
	if (reversed) starts.reverse();
	const todo = isStart ? starts : starts.filter((start) => (reversed ? start <= offset : start + size > offset));

	const load = (start: number): Promise<Fetched<Answer>> =>
		start === 0 ? Promise.resolve(first) : fetch(rangeAddress(from, start, Math.min(start + size, total) - 1));
	const underWay: Promise<Fetched<Answer>>[] = [];
	let asked = 0;
	let delivered: Fetched<Answer> | undefined;
	for (const [turn, start] of todo.entries()) {
		const ahead = Math.max(1, Math.min(parallel, Math.ceil(needed() / size)));
		while (asked < todo.length && asked < turn + ahead) {
			const answer = load(todo[asked++] as number);
			answer.catch(() => {});
			underWay.push(answer);
		}
		let fetched: Fetched<Answer> | undefined;
		try {
			fetched = (await underWay.shift()) as Fetched<Answer>;
		} catch (error) {
			if (!(error instanceof StellantisError && NOT_BY_INDEX.has(error.code))) throw error;
		}
		const page = fetched && agreedPage(fetched, firstPage, start, Math.min(size, total - start), embedded);
		const endsWrong = fetched && start + size >= total && addressOf(fetched, "next") !== undefined;
		if (!fetched || !page || (reversed && endsWrong)) {
			if (reversed) yield* backwards(options, from);
			else
				yield* follow(
					options,
					(delivered && addressOf(delivered, "next")) ?? (addressOf(first, "next") as URL),
					"next",
				);
			return;
		}
		if (reversed) page.items = page.items.toReversed();
		delivered = fetched;
		const nextStart = todo[turn + 1];
		const following = addressOf(fetched, "next");
		const more: Spot | undefined =
			nextStart !== undefined
				? spot(nextStart)
				: !reversed && following
					? { address: addressOfPage(following), way: "next" }
					: undefined;
		yield { ...page, here: spot(start), ...(more ? { after: more } : {}) };
		if (nextStart === undefined && !reversed && following) yield* follow(options, following, "next");
	}
}

/** The page, if it is what its index promised: as many items, the same total, and not the first page over again. */
function agreedPage<Answer>(
	fetched: Fetched<Answer>,
	firstPage: Page<Answer>,
	start: number,
	expected: number,
	embedded: string | undefined,
): Page<Answer> | undefined {
	const page = pageOf(fetched, embedded);
	if (page.items.length !== expected) return undefined;
	if (page.total !== undefined && page.total !== firstPage.total) return undefined;
	const key = keyOf(page.items[0]);
	if (start > 0 && key !== undefined && key === keyOf(firstPage.items[0])) return undefined;
	return page;
}

/** `indexRange` in place of the page's size (parameter of all three documents, `first-last`, from 0). */
function rangeAddress(from: URL, first: number, last: number): URL {
	const address = new URL(from);
	address.searchParams.delete("pageSize");
	address.searchParams.set("indexRange", `${first}-${last}`);
	return address;
}

/** Remembers which items were handled, by id, so that none comes twice. */
class Handled {
	readonly #keys = new Set<string>();
	readonly #window: number;
	readonly #resumed: ReadonlySet<string>;

	constructor(resumed: readonly string[], window: number) {
		this.#resumed = new Set(resumed);
		this.#window = window;
	}

	/** The places of those items that were not handled yet; `skip` counts for items without an id. Remembers them all. */
	select(items: readonly unknown[], skip: number): number[] {
		const keys = items.map(keyOf);
		const fresh = [...items.keys()].filter((place) => {
			const key = keys[place];
			if (key === undefined) return place >= skip;
			return !this.#keys.has(key) && !(this.#resumed.size > 0 && this.#resumed.has(hash(key)));
		});
		// Only now, so that two items of one page that share an id are both kept: that is the server's word.
		for (const key of keys) if (key !== undefined) this.#keys.add(key);
		for (const key of this.#keys) {
			if (this.#keys.size <= this.#window) break;
			this.#keys.delete(key);
		}
		return fresh;
	}

	/** Short hashes of what was handled last, without the items of `rest`. */
	recent(rest: readonly unknown[] = []): string[] {
		const without = new Set(rest.map(keyOf));
		const keys = [...this.#keys].filter((key) => !without.has(key)).slice(-RECENT);
		return [...new Set([...this.#resumed, ...keys.map(hash)])].slice(-RECENT);
	}
}

/**
 * What makes an item the same when it comes again: its id (a charging session's `sid`, the self link of a vehicle
 * that has none), within its vehicle. Undefined for items without one, such as waypoints.
 */
export function keyOf(item: unknown): string | undefined {
	if (!isDocument(item)) return undefined;
	const id = [item.id, item.sid].find((each) => (typeof each === "string" && each !== "") || typeof each === "number");
	const self = id === undefined && typeof item.vin === "string" ? linkOf(item, "self")?.href : undefined;
	const own = id ?? self;
	if (own === undefined) return undefined;
	const vehicle = linkOf(item, "vehicle")?.href;
	return vehicle === undefined ? String(own) : `${vehicle} ${own}`;
}

function hash(key: string): string {
	return createHash("sha256").update(key).digest("base64url").slice(0, 10);
}

/**
 * Reads a position that came in from outside.
 *
 * @throws ERR_BAD_INPUT when it is none
 */
export function readPosition(value: unknown): Position {
	if (isDocument(value)) {
		const { address, way, offset, skip, handled } = value;
		const isCount = (each: unknown): each is number => Number.isSafeInteger(each) && (each as number) >= 0;
		if (
			typeof address === "string" &&
			address.startsWith("/") &&
			typeof way === "string" &&
			WAYS.includes(way) &&
			(offset === undefined || isCount(offset)) &&
			isCount(skip) &&
			Array.isArray(handled) &&
			handled.length <= RECENT &&
			handled.every((each) => typeof each === "string")
		)
			return { address, way: way as Way, ...(offset === undefined ? {} : { offset }), skip, handled };
	}
	throw badInput(
		"msg.resume is no position of a broken-off collection. Feed back what a node of this package has set, unchanged.",
	);
}
