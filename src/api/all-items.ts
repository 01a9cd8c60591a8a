import type { Claim } from "../transport/limiter";
import { readCollection } from "./collection";
import type { ConnectedCar, Query } from "./connected-car";
import type { Route } from "./families";
import { meansNone } from "./none";

/** What is read, and by whom. */
export interface AllItems {
	route: Route;
	/** Values for the route's variables. */
	variables?: Readonly<Record<string, string>>;
	/** Asked of the first page beside the largest page size; the pager carries it on. */
	query?: Query;
	claim: Claim;
	signal?: AbortSignal | undefined;
	/** Items that are enough, so that no page is fetched in vain. Default: all. */
	needed?: number;
}

/**
 * The items of a collection of the account, one by one, in the API's order and the largest pages. Where the API says that
 * it finds none, there are none; of a vehicle in its path it is taken for granted that it exists.
 *
 * @throws ERR_BAD_INPUT for a variable without a value, and what reading a collection throws
 */
export async function* allItems(
	car: ConnectedCar,
	{ route, variables = {}, query = {}, claim, signal, needed = Number.POSITIVE_INFINITY }: AllItems,
): AsyncGenerator<unknown, void, undefined> {
	const size = route.pageSize === undefined ? {} : { pageSize: route.pageSize };
	const pages = readCollection({
		fetch: car.fetcher(claim, signal),
		start: car.withQuery(car.address(route, variables), car.standingQuery(route), size, query),
		way: "next",
		embedded: route.embedded,
		resolve: (address) => car.resolve(address),
		parallel: 1,
		needed: () => needed,
	});
	let isFirst = true;
	try {
		for await (const { items } of pages) {
			isFirst = false;
			yield* items;
		}
	} catch (error) {
		if (!isFirst || !(await meansNone(error, route, undefined))) throw error;
	}
}
