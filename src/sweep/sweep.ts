/**
 * A sweep that several Node-RED work on: pages handed out as leases, items that come back, the end. Pure: each function
 * changes the state it is given, which a {@link SweepRecords} has read and keeps in one step.
 */

/** How often a page is handed out at most, the first time included. */
const MOST_TRIES = 3;
/** Pages that one instance holds at most: one being worked on, and one at hand so that nobody waits for the next. */
const AHEAD = 2;
/** How long (ms) a listing or a completion may be under way at an instance that is heard of. */
const LONGEST_TURN = 600_000;
/** Milliseconds until a listing that failed is tried again, doubled each time; how many times, and how long at most. */
const LIST_AGAIN = 1_000;
const MOST_LISTINGS = 12;
const LONGEST_PAUSE = 300_000;

/** What is known of one item: not come back, come back, come back with an error, gone from the API. */
const OPEN = ".";
const DONE = "d";
const FAILED = "f";
const GONE = "g";

/** Whose turn something is, and since when (epoch ms). */
export interface Turn {
	holder: string;
	at: number;
}

/** A page of which not every item has come back. */
export interface OpenPage extends Turn {
	/** A mark for each item, in their order. */
	marks: string;
	/** How often it was handed out. */
	tries: number;
}

/** Where a sweep stands; plain data. Times are epoch milliseconds of one clock. */
export interface Sweep {
	/** What the completion names it, and each lease. */
	id: string;
	startedAt: number;
	/** How long (ms) a page waits for an item to come back. */
	leaseTime: number;
	/** Items that are listed at most. */
	maxItems: number | null;
	state: "open" | "closing" | "closed";
	/** How far the list was read; `broken`: it could not be read to its end, `cut`: `maxItems` has stopped it. */
	listing: "open" | "ended" | "cut" | "broken";
	/** Who lists the next page. */
	lister: Turn | null;
	/** Failures of that listing, and when it may be tried again. */
	listFailures: number;
	listAfter: number;
	/** Listed so far. */
	items: number;
	pages: number;
	/** As the server says. */
	total: number | null;
	pageCount: number | null;
	/** Of pages that are behind us: items with an error, and items that are gone. */
	failed: number;
	gone: number;
	/** By the number of the page, from 1. */
	open: Record<string, OpenPage>;
	/** Who sends the completion. */
	closer: Turn | null;
}

/** The clock, and who is there. */
export interface Moment {
	/** Epoch milliseconds. */
	now: number;
	/** True for an instance that was heard of lately. */
	isAlive(instance: string): boolean;
}

/** The payload of a sweep's completion. */
export interface Completion {
	items: number;
	pages: number;
	total?: number;
	/** True when all was listed and nothing is unacknowledged. */
	complete: boolean;
	sweep: string;
	unacknowledged: number;
	failed: number;
}

/** What an instance has to do for a sweep now. */
export type Work =
	/** Read the next page of the list. @see listed, listingFailed */
	| { kind: "list"; page: number; ticket: Turn; room: number }
	/** Send what has not come back of a page. */
	| { kind: "hand-out"; page: number; places: number[]; attempt: number }
	/** Send the completion. @see closed */
	| { kind: "complete"; completion: Completion }
	/** Nothing before that time (epoch ms); sooner where another is about to list a page. */
	| { kind: "wait"; until: number; isSoon: boolean }
	| { kind: "over" };

/** What a start is asked with. Times in ms. */
export interface Start {
	id: string;
	instance: string;
	leaseTime: number;
	minInterval: number;
	maxItems: number | null;
}

/** Why nothing was started; `until`: epoch ms from which on a start is taken. */
export type Refusal = { why: "running" } | { why: "too-soon"; until: number };

/** A new sweep, whose first page its instance lists; or why there is none. */
export function begin(former: Sweep | undefined, start: Start, { now }: Moment): Sweep | Refusal {
	if (former && former.state !== "closed") return { why: "running" };
	const until = (former?.startedAt ?? Number.NEGATIVE_INFINITY) + start.minInterval;
	// A clock that was put back must not keep anybody waiting.
	if (former && now < until && now >= former.startedAt) return { why: "too-soon", until };
	return {
		id: start.id,
		startedAt: now,
		leaseTime: start.leaseTime,
		maxItems: start.maxItems,
		state: "open",
		listing: "open",
		lister: { holder: start.instance, at: now },
		listFailures: 0,
		listAfter: 0,
		items: 0,
		pages: 0,
		total: null,
		pageCount: null,
		failed: 0,
		gone: 0,
		open: {},
		closer: null,
	};
}

/** True for what {@link begin} says instead of a sweep. */
export function isRefusal(begun: Sweep | Refusal): begun is Refusal {
	return "why" in begun;
}

/** Takes the next piece of work for an instance, which has nothing else under way for this sweep. */
export function claim(sweep: Sweep, instance: string, moment: Moment): Work {
	if (sweep.state === "closed") return { kind: "over" };
	const { now } = moment;
	const pages = Object.entries(sweep.open).filter(([, page]) => !isSpent(page, sweep, moment));
	const mine = pages.filter(([, { holder }]) => holder === instance).length;
	for (const [number, page] of pages) {
		if (!hasLapsed(page, sweep, moment) || (page.holder !== instance && mine >= AHEAD)) continue;
		Object.assign(page, { holder: instance, at: now, tries: page.tries + 1 });
		return { kind: "hand-out", page: Number(number), places: placesOf(page, OPEN), attempt: page.tries };
	}
	const waiting = pages.map(([, page]) => page);
	if (sweep.listing !== "open" && waiting.length === 0) return close(sweep, instance, moment);
	const isListed = sweep.lister !== null && !isFree(sweep.lister, instance, moment);
	if (sweep.listing === "open" && mine < AHEAD && !isListed && now >= sweep.listAfter) {
		sweep.lister = { holder: instance, at: now };
		return { kind: "list", page: sweep.pages + 1, ticket: sweep.lister, room: roomOf(sweep) };
	}
	const times = waiting.map(({ at }) => at + sweep.leaseTime);
	if (sweep.listing === "open" && !isListed && mine < AHEAD) times.push(sweep.listAfter);
	return {
		kind: "wait",
		until: Math.min(...times, now + LONGEST_TURN),
		isSoon: sweep.listing === "open" && isListed && mine < AHEAD,
	};
}

function close(sweep: Sweep, instance: string, moment: Moment): Work {
	const isTaken = sweep.closer !== null && !isFree(sweep.closer, instance, moment);
	if (isTaken) return { kind: "wait", until: moment.now + LONGEST_TURN, isSoon: false };
	sweep.state = "closing";
	sweep.closer = { holder: instance, at: moment.now };
	return { kind: "complete", completion: completionOf(sweep) };
}

/** True for a turn of which nobody makes use: its instance is gone, or is the one that asks, which does nothing else. */
function isFree({ holder, at }: Turn, instance: string, { now, isAlive }: Moment): boolean {
	return holder === instance || !isAlive(holder) || now - at >= LONGEST_TURN;
}

/** True for a page that is not handed out any more; what comes back of it late still counts. */
export function isSpent(page: OpenPage, sweep: Sweep, moment: Moment): boolean {
	return page.tries >= MOST_TRIES && hasLapsed(page, sweep, moment);
}

function hasLapsed(page: OpenPage, { leaseTime }: Sweep, { now, isAlive }: Moment): boolean {
	return !isAlive(page.holder) || now - page.at >= leaseTime || now < page.at - leaseTime;
}

/** Items that may still be listed. */
function roomOf({ maxItems, items }: Sweep): number {
	return maxItems === null ? Number.MAX_SAFE_INTEGER : Math.max(0, maxItems - items);
}

/** What a page of the list holds. */
export interface Found {
	/** Items to hand out. */
	count: number;
	total: number | undefined;
	pageCount: number | undefined;
	/** True for the last page of the list. */
	isLast: boolean;
}

/**
 * Puts a page that was listed into the hands of who has listed it.
 *
 * @returns its number; undefined where it was somebody else's turn by then, or nothing is on it
 */
export function listed(sweep: Sweep, ticket: Turn, found: Found, { now }: Moment): number | undefined {
	if (!isTurnOf(sweep, ticket)) return undefined;
	const room = roomOf(sweep);
	sweep.lister = null;
	sweep.listFailures = 0;
	sweep.total = found.total ?? sweep.total;
	sweep.pageCount = found.pageCount ?? sweep.pageCount;
	sweep.items += found.count;
	// A list of nothing has a page too; an empty one behind the last is none.
	if (found.count > 0 || sweep.pages === 0) sweep.pages++;
	if (found.isLast) sweep.listing = "ended";
	else if (found.count >= room) sweep.listing = "cut";
	if (found.count === 0) return undefined;
	const { holder } = ticket;
	sweep.open[sweep.pages] = { marks: OPEN.repeat(found.count), holder, at: now, tries: 1 };
	return sweep.pages;
}

/** Gives the turn to list back, as one does whose node closes. */
export function listingLeft(sweep: Sweep, ticket: Turn): void {
	if (isTurnOf(sweep, ticket)) sweep.lister = null;
}

/**
 * A page could not be listed: after a pause anybody may try again, and after many tries nobody.
 *
 * @param retryAfter milliseconds that the server asks for
 * @returns true where nobody tries any more
 */
export function listingFailed(sweep: Sweep, ticket: Turn, retryAfter: number, { now }: Moment): boolean {
	if (!isTurnOf(sweep, ticket)) return false;
	sweep.lister = null;
	const pause = Math.min(LONGEST_PAUSE, LIST_AGAIN * 2 ** sweep.listFailures);
	sweep.listFailures++;
	sweep.listAfter = now + Math.max(pause, retryAfter);
	if (sweep.listFailures >= MOST_LISTINGS) sweep.listing = "broken";
	return sweep.listing === "broken";
}

function isTurnOf({ state, lister }: Sweep, { holder, at }: Turn): boolean {
	return state === "open" && lister?.holder === holder && lister.at === at;
}

/** What came back: an item of a page, or all of them. */
export interface Return {
	page: number;
	/** Place of the item on its page, from 0; undefined: all. */
	item: number | undefined;
	/** True where it came back with an error. */
	hasFailed: boolean;
}

/**
 * Notes what came back; the first time counts.
 *
 * @returns the pages that are behind us by it
 */
export function acknowledge(sweep: Sweep, returns: readonly Return[], { now }: Moment): number[] {
	const touched = new Set<number>();
	for (const { page: number, item, hasFailed } of returns) {
		const page = sweep.open[number];
		if (!page) continue;
		const mark = hasFailed ? FAILED : DONE;
		const before = page.marks;
		if (item === undefined) page.marks = before.replaceAll(OPEN, mark);
		else if (before[item] === OPEN) page.marks = before.slice(0, item) + mark + before.slice(item + 1);
		if (page.marks === before) continue;
		page.at = now;
		touched.add(number);
	}
	return [...touched].filter((number) => settle(sweep, number));
}

/** Notes items of a page that the API does not have any more: nobody can be handed them. */
export function goneFrom(sweep: Sweep, number: number, places: readonly number[]): void {
	const page = sweep.open[number];
	if (!page) return;
	for (const place of places)
		if (page.marks[place] === OPEN) page.marks = page.marks.slice(0, place) + GONE + page.marks.slice(place + 1);
	settle(sweep, number);
}

/** Takes a page away of which nothing is open. */
function settle(sweep: Sweep, number: number): boolean {
	const page = sweep.open[number];
	if (!page || page.marks.includes(OPEN)) return false;
	sweep.failed += placesOf(page, FAILED).length;
	sweep.gone += placesOf(page, GONE).length;
	delete sweep.open[number];
	return true;
}

/** The completion has left. @returns false where another was to send it by then */
export function closed(sweep: Sweep, instance: string): boolean {
	if (sweep.state !== "closing" || sweep.closer?.holder !== instance) return false;
	end(sweep);
	return true;
}

/** Ends a sweep without a completion, as if it had never been: the next message may start another at once. */
export function withdraw(sweep: Sweep): void {
	end(sweep);
	sweep.startedAt = 0;
}

function end(sweep: Sweep): void {
	sweep.state = "closed";
	sweep.lister = null;
	sweep.open = {};
}

/** How many items have come back so far. */
export function behind({ items, open }: Sweep): number {
	return items - Object.values(open).reduce((sum, page) => sum + placesOf(page, OPEN).length, 0);
}

function completionOf(sweep: Sweep): Completion {
	const { id, items, pages, total, listing } = sweep;
	const left = Object.values(sweep.open);
	const sum = (mark: string) => left.reduce((count, page) => count + placesOf(page, mark).length, 0);
	const unacknowledged = sweep.gone + sum(OPEN) + sum(GONE);
	return {
		items,
		pages,
		...(total === null ? {} : { total }),
		complete: unacknowledged === 0 && listing === "ended",
		sweep: id,
		unacknowledged,
		failed: sweep.failed + sum(FAILED),
	};
}

function placesOf({ marks }: OpenPage, mark: string): number[] {
	const places: number[] = [];
	for (let place = marks.indexOf(mark); place >= 0; place = marks.indexOf(mark, place + 1)) places.push(place);
	return places;
}
