import { isDeepStrictEqual } from "node:util";
import { addressOf, type Fetched, type Page, pageOf } from "../../hal/pages";
import { defined } from "../../json";
import { backwards } from "./backwards";
import { ifThere } from "./if-there";
import { keyOf } from "./item-key";
import { follow } from "./pager";
import { type Position, RECENT } from "./position";
import { addressOfPage, type Reading, type Spot, type SpottedPage, turned } from "./reading";
import { Trail } from "./trail";

/**
 * Asks for pages by their index, several at a time, and hands them out in order. The first page tells the total; as
 * soon as an answer disagrees with it, the pager takes over, which alone is to be trusted.
 */
export async function* byIndex<Answer>(
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
	for (let turn = 0; turn < todo.length; turn++) {
		const start = todo.at(turn);
		const ahead = Math.max(1, Math.min(parallel, Math.ceil(needed() / size)));
		while (asked < todo.length && asked < turn + ahead) {
			const answer = load(todo.at(asked++));
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
		const nextStart = turn + 1 < todo.length ? todo.at(turn + 1) : undefined;
		// Where the total was too small, the pager knows more.
		const following = nextStart === undefined && !reversed ? addressOf(fetched, "next") : undefined;
		const after: Spot | undefined =
			nextStart !== undefined
				? spot(nextStart)
				: following && { address: addressOfPage(following), way: "next", ...trail.spotOn(page) };
		// A page asked for by its index counts itself alone; the first one counted the collection.
		const { count } = firstPage;
		const counted = { ...turned(page, reversed), total, ...defined({ count }) };
		yield { ...counted, here: spot(start), ...(after ? { after } : {}) };
		if (following) yield* follow(options, following, "next", trail);
	}
}

/** The indexes at which pages start, in order. */
interface Starts {
	length: number;
	at(turn: number): number;
}

/**
 * Where pages start, without those that a resumed reading has behind it. Computed, not listed: a total is only what the
 * server says, and a list as long as an absurd one would take all memory.
 */
function startsOf(total: number, size: number, reversed: boolean, resume: Position | undefined): Starts {
	const pages = Math.ceil(total / size);
	const behind = resume?.offset === undefined ? 0 : pagesBehind(resume.offset, resume);
	return {
		length: pages - behind,
		at: (turn) => (reversed ? pages - 1 - behind - turn : behind + turn) * size,
	};

	function pagesBehind(offset: number, { handled, total: earlier = total }: Position): number {
		// What was ahead may have moved behind the offset in the meantime; what comes again is recognised by its id.
		const change = handled.length > 0 ? total - earlier : 0;
		const whole = reversed
			? pages - Math.ceil((offset + size + Math.max(0, change)) / size)
			: Math.floor((offset + Math.min(0, change)) / size);
		return Math.min(pages, Math.max(0, whole));
	}
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
