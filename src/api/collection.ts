import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
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
	/** Items in the collection at that time, as the server said, to notice that it has moved. */
	total?: number;
	/** Address of the page before, which is read again when it has. */
	before?: string;
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
			...(page.count === undefined ? {} : { count: page.count }),
			...(page.total === undefined ? {} : { total: page.total }),
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

/** Consecutive pages in which every item was known already, after which a pager is taken to go in circles. */
const MOST_STALE_PAGES = 20;
/** Items that are remembered while following a pager: far more than can move across a page's edge meanwhile. */
const WINDOW = 10_000;
/** Items that a position remembers: no less than the largest page, within which a reading may break off. */
const RECENT = 2_000;

type Spot = Omit<Position, "skip" | "handled">;

interface SpottedPage<Answer> extends Page<Answer> {
	here: Spot;
	/** Absent on the last page. */
	after?: Spot;
	/** True for a page that is read a second time, to look for what moved there. */
	again?: boolean;
}

interface Reading<Answer> extends ReadOptions<Answer> {
	/** True for an item that was handled. */
	knows(item: unknown): boolean;
}

/** An address without its origin, so that it stays good when the API moves to another host or port. */
function addressOfPage(url: URL): string {
	return url.pathname + url.search;
}

/**
 * The pages that a walk has behind it. When the count of items changes in the direction that moves items from the pages
 * ahead into those behind, they are read again, so that none slips through.
 */
class Trail {
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

/** The page as the walk hands it out: its items in reverse, when the walk goes backwards. */
function turned<Answer>(page: Page<Answer>, reversed: boolean): Page<Answer> {
	return reversed ? { ...page, items: page.items.toReversed() } : page;
}

function pagesOf<Answer>(options: Reading<Answer>): AsyncGenerator<SpottedPage<Answer>, void, undefined> {
	const { resume } = options;
	const way = resume?.way ?? options.way;
	const from = resume ? options.resolve(resume.address) : options.start;
	if (way === "range" || way === "range-reversed") return byIndex(options, from, way);
	if (way === "last") return backwards(options, from, resume);
	return follow(options, from, way, new Trail(way === "prev", resume, options.resolve));
}

/** Follows the pager from a page on. */
async function* follow<Answer>(
	options: Reading<Answer>,
	from: URL | Fetched<Answer>,
	way: "next" | "prev",
	trail = new Trail(way === "prev"),
): AsyncGenerator<SpottedPage<Answer>, void, undefined> {
	const { fetch, embedded, needed = () => Number.POSITIVE_INFINITY } = options;
	for await (const page of walk(fetch, from, way, { embedded, wanted: ({ items }) => needed() > items.length })) {
		const spot = (at: Page<Answer>, behind: Trail): Spot => ({
			address: addressOfPage(at.url),
			way,
			...behind.spotOn(at),
		});
		const here = spot(page, trail);
		const missed = await trail.missed(options, page);
		const detour = new Trail(way === "prev");
		for (const [place, again] of missed.entries()) {
			const following = missed[place + 1];
			const at = spot(again, detour);
			detour.add(again);
			yield { ...again, again: true, here: at, after: following ? spot(following, detour) : here };
		}
		trail.add(page);
		yield {
			...page,
			here,
			...(page.following ? { after: { ...here, ...trail.spotOn(page), address: addressOfPage(page.following) } } : {}),
		};
	}
}

/**
 * Newest first from a pager that counts from the oldest: over `last` and `prev`, two requests to the newest item.
 *
 * @param resume only when a retraced reading goes on: how many pages are left of it
 */
async function* backwards<Answer>(
	options: Reading<Answer>,
	from: URL,
	resume?: Position,
): AsyncGenerator<SpottedPage<Answer>, void, undefined> {
	const first = await options.fetch(from);
	if (resume?.offset === undefined) {
		if (!addressOf(first, "next")) {
			yield* follow(options, first, "prev");
			return;
		}
		const lastAddress = addressOf(first, "last");
		const last = lastAddress && (await ifThere(options.fetch(lastAddress)));
		// A page behind the "last" one, or none before it: the link can't be right.
		if (last && addressOf(last, "prev") && !addressOf(last, "next")) {
			yield* follow(options, last, "prev");
			return;
		}
	}
	yield* retrace(options, first, from, resume);
}

/** The same for a pager that knows no `last` or no `prev`: forward once to learn the pages' addresses, then back. */
async function* retrace<Answer>(
	options: Reading<Answer>,
	first: Fetched<Answer>,
	from: URL,
	resume: Position | undefined,
): AsyncGenerator<SpottedPage<Answer>, void, undefined> {
	const { fetch, embedded } = options;
	const addresses: URL[] = [];
	let end: Page<Answer> | undefined;
	for await (const page of walk(fetch, first, "next", { embedded })) {
		addresses.push(page.url);
		end = page;
	}
	const trail = new Trail(true, resume, options.resolve);
	const spot = (left: number, page: Page<Answer>): Spot => ({
		address: addressOfPage(from),
		way: "last",
		offset: left,
		...trail.spotOn(page),
	});
	for (let left = Math.min(addresses.length, resume?.offset ?? addresses.length); left > 0; left--) {
		const page = left === addresses.length && end ? end : pageOf(await fetch(addresses[left - 1] as URL), embedded);
		const here = spot(left, page);
		for (const again of await trail.missed(options, page)) yield { ...again, again: true, here, after: here };
		trail.add(page);
		yield { ...turned(page, true), here, ...(left > 1 ? { after: spot(left - 1, page) } : {}) };
	}
}

/** A page that can't be had by this address, though the server is there. */
const NOT_THERE = new Set(["ERR_REJECTED", "ERR_NOT_FOUND", "ERR_NOT_SUPPORTED", "ERR_BAD_RESPONSE"]);

/** The page, or undefined when the server has none under that address. */
async function ifThere<Answer>(fetched: Promise<Fetched<Answer>>): Promise<Fetched<Answer> | undefined> {
	try {
		return await fetched;
	} catch (error) {
		if (error instanceof StellantisError && NOT_THERE.has(error.code)) return undefined;
		throw error;
	}
}

/**
 * Asks for pages by their index, several at a time, and hands them out in order. The first page tells the total; as
 * soon as an answer disagrees with it, the pager takes over, which alone is to be trusted.
 */
async function* byIndex<Answer>(
	options: Reading<Answer>,
	from: URL,
	way: "range" | "range-reversed",
): AsyncGenerator<SpottedPage<Answer>, void, undefined> {
	const { fetch, embedded, parallel, resume, needed = () => Number.POSITIVE_INFINITY } = options;
	const reversed = way === "range-reversed";
	const first = await fetch(from);
	const firstPage = pageOf(first, embedded);
	const { total } = firstPage;
	const size = firstPage.items.length;
	if (!addressOf(first, "next") || total === undefined || size === 0 || total <= size) {
		yield* startOver(options, first, from, reversed);
		return;
	}
	const spot = (start: number): Spot => ({ address: addressOfPage(from), way, offset: start, total });
	const todo = startsOf(total, size, reversed, resume);
	const load = (start: number): Promise<Fetched<Answer>> =>
		start === 0 ? Promise.resolve(first) : fetch(rangeAddress(from, start, start + size < total ? size : undefined));
	const underWay: Promise<Fetched<Answer>>[] = [];
	const trail = new Trail(false);
	let asked = 0;
	let delivered: Fetched<Answer> | undefined;
	for (const [turn, start] of todo.entries()) {
		const ahead = Math.max(1, Math.min(parallel, Math.ceil(needed() / size)));
		while (asked < todo.length && asked < turn + ahead) {
			const answer = load(todo[asked++] as number);
			answer.catch(() => {});
			underWay.push(answer);
		}
		const fetched = await ifThere(underWay.shift() as Promise<Fetched<Answer>>);
		const page = fetched && agreedPage(fetched, firstPage, start, total, reversed, embedded);
		if (!fetched || !page) {
			const next = delivered && !reversed ? addressOf(delivered, "next") : undefined;
			if (next) yield* follow(options, next, "next", trail);
			else yield* startOver(options, first, from, reversed);
			return;
		}
		delivered = fetched;
		trail.add(page);
		const nextStart = todo[turn + 1];
		// Where the total was too small, the pager knows more.
		const following = nextStart === undefined && !reversed ? addressOf(fetched, "next") : undefined;
		const after: Spot | undefined =
			nextStart !== undefined
				? spot(nextStart)
				: following && { address: addressOfPage(following), way: "next", ...trail.spotOn(page) };
		// A page asked for by its index counts itself alone; the first one counted the collection.
		const { count } = firstPage;
		const counted = { ...turned(page, reversed), total, ...(count === undefined ? {} : { count }) };
		yield { ...counted, here: spot(start), ...(after ? { after } : {}) };
		if (following) yield* follow(options, following, "next", trail);
	}
}

/** Indexes at which pages start, in order, without those that a resumed reading has behind it. */
function startsOf(total: number, size: number, reversed: boolean, resume: Position | undefined): number[] {
	const starts: number[] = [];
	for (let start = 0; start < total; start += size) starts.push(start);
	if (reversed) starts.reverse();
	if (resume?.offset === undefined) return starts;
	const { offset, handled } = resume;
	// What was ahead may have moved behind the offset in the meantime; what comes again is recognised by its id.
	const change = handled.length > 0 ? total - (resume.total ?? total) : 0;
	return starts.filter((start) =>
		reversed ? start < offset + size + Math.max(0, change) : start + size > offset + Math.min(0, change),
	);
}

/**
 * Leaves indexes for the pager, from its start. What was handled comes by once more; where a resumed reading remembers
 * only the end of that, everything before the first item it remembers is passed over.
 */
async function* startOver<Answer>(
	options: Reading<Answer>,
	first: Fetched<Answer>,
	from: URL,
	reversed: boolean,
): AsyncGenerator<SpottedPage<Answer>, void, undefined> {
	let behind = (options.resume?.handled.length ?? 0) >= RECENT;
	// What the walk by index has handled has gaps, so that it can't tell where the new walk has been.
	const passed = new Set<string | undefined>();
	const walked = { ...options, knows: (item: unknown) => passed.has(keyOf(item)) };
	for await (const page of reversed ? backwards(walked, from) : follow(walked, first, "next")) {
		for (const item of page.items) passed.add(keyOf(item));
		const known = behind ? page.items.findIndex(options.knows) : 0;
		const items = known < 0 ? [] : page.items.slice(known);
		if (known >= 0) behind = false;
		yield { ...page, items, again: true };
	}
}

/** The page, if it is what its index promised: as many items, the same total, and not the first page over again. */
function agreedPage<Answer>(
	fetched: Fetched<Answer>,
	firstPage: Page<Answer>,
	start: number,
	total: number,
	reversed: boolean,
	embedded: string | undefined,
): Page<Answer> | undefined {
	const page = pageOf(fetched, embedded);
	const { items } = page;
	const size = firstPage.items.length;
	const isEnd = start + size >= total;
	if (isEnd && !reversed ? items.length < total - start : items.length !== Math.min(size, total - start))
		return undefined;
	if (isEnd && reversed && addressOf(fetched, "next")) return undefined;
	// Some servers count the whole collection, others what the range holds.
	if (page.total !== undefined && page.total !== total && page.total !== items.length) return undefined;
	const key = keyOf(items[0]);
	const isFirstAgain =
		key === undefined ? isDeepStrictEqual(items, firstPage.items) : key === keyOf(firstPage.items[0]);
	return start > 0 && isFirstAgain ? undefined : page;
}

/** `indexRange` beside what else is asked (parameter of all three documents: `first-last` from 0, or `first-`). */
function rangeAddress(from: URL, first: number, size: number | undefined): URL {
	const address = new URL(from);
	address.searchParams.set("indexRange", `${first}-${size === undefined ? "" : first + size - 1}`);
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

	/** How many items are remembered. */
	get size(): number {
		return this.#keys.size + this.#resumed.size;
	}

	/** True for an item that was handled, of those that have an id. */
	has(item: unknown): boolean {
		const key = keyOf(item);
		return key !== undefined && this.#hasKey(key);
	}

	#hasKey(key: string): boolean {
		return this.#keys.has(key) || (this.#resumed.size > 0 && this.#resumed.has(hash(key)));
	}

	/**
	 * The places of those items that were not handled yet; `skip` counts for items without an id of their own within the
	 * page. Remembers them all.
	 */
	select(items: readonly unknown[], skip: number): number[] {
		const keys = items.map(keyOf);
		const isOwn = (key: string) => skip === 0 || keys.indexOf(key) === keys.lastIndexOf(key);
		const fresh = [...items.keys()].filter((place) => {
			const key = keys[place];
			if (key === undefined) return place >= skip;
			return !this.#hasKey(key) && (place >= skip || isOwn(key));
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
		const { address, way, offset, skip, handled, total, before } = value;
		const isCount = (each: unknown): each is number => Number.isSafeInteger(each) && (each as number) >= 0;
		if (
			isAddress(address) &&
			typeof way === "string" &&
			WAYS.includes(way) &&
			(offset === undefined || isCount(offset)) &&
			(total === undefined || isCount(total)) &&
			(before === undefined || isAddress(before)) &&
			isCount(skip) &&
			Array.isArray(handled) &&
			handled.length <= RECENT &&
			handled.every((each) => typeof each === "string")
		)
			return {
				address,
				way: way as Way,
				...(offset === undefined ? {} : { offset }),
				skip,
				handled,
				...(total === undefined ? {} : { total }),
				...(before === undefined ? {} : { before }),
			};
	}
	throw badInput(
		"msg.resume is no position of a broken-off collection. Feed back what a node of this package has set, unchanged.",
	);
}

function isAddress(value: unknown): value is string {
	return typeof value === "string" && value.startsWith("/");
}
