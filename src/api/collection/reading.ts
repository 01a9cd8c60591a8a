import type { Fetch, Page } from "../../hal/pages";
import type { Position, Way } from "./position";

/** What is read, how, and from where on. `Answer` is whatever `fetch` tells beside a page. */
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

/** The same for a walk, which can ask what is behind it. */
export interface Reading<Answer> extends ReadOptions<Answer> {
	/** True for an item that was handled. */
	knows(item: unknown): boolean;
}

/** Where a page stands: a position without what was handled of it. */
export type Spot = Omit<Position, "skip" | "handled">;

/** A page as a walk hands it out, with where it stands and where to go on behind it. */
export interface SpottedPage<Answer> extends Page<Answer> {
	here: Spot;
	/** Absent on the last page. */
	after?: Spot;
	/** True for a page that is read a second time, to look for what moved there. */
	again?: boolean;
}

/** An address without its origin, so that it stays good when the API moves to another host or port. */
export function addressOfPage(url: URL): string {
	return url.pathname + url.search;
}

/** The page as the walk hands it out: its items in reverse, when the walk goes backwards. */
export function turned<Answer>(page: Page<Answer>, reversed: boolean): Page<Answer> {
	return reversed ? { ...page, items: page.items.toReversed() } : page;
}
