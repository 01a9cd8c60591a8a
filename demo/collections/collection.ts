/** One page of any collection, and the history of cars as collections: of one car, of one trip, of the whole fleet. */
import { ApiFailure } from "../base/failure";
import type { PageRule } from "../families";
import { type Answer, type Call, ok, type Route, vehicleOf } from "../route";
import type { SimulatedVehicle } from "../world/vehicles";
import { timestamps } from "./filters";
import { cutPage, readPaging, type Source } from "./paging";

export interface Collection<T> {
	/** Key under `_embedded`. */
	key: string;
	rule: PageRule;
	/** All items that pass the filters of the call, oldest first. */
	items(call: Call): Source<T>;
	show(call: Call, item: T): unknown;
	/** False where the items have no time that they could be ordered by. */
	timed?: boolean;
	/** True where there is something to show even without items. */
	mayBeEmpty?: boolean;
}

/**
 * Answers one page of a collection.
 * @throws ApiFailure 404 when nothing passes the filters: no list of this API is empty
 */
export function collection<T>(call: Call, { key, rule, items, show, timed = true, mayBeEmpty }: Collection<T>): Answer {
	const request = readPaging(call.path, call.query, rule);
	const asked = { ...call, query: request.query };
	const source = timed ? inOrder(asked, items(asked)) : items(asked);
	if (source.length === 0 && !mayBeEmpty) throw new ApiFailure(404, `Not Found: ${key} not found.`, "no data");
	const page = cutPage(source, request, call.origin);
	return ok({
		_links: page.links,
		total: page.total,
		totalPage: page.totalPage,
		currentPage: page.currentPage,
		_embedded: { [key]: page.items.map((item) => show(asked, item)) },
	});
}

function inOrder<T>(call: Call, oldestFirst: Source<T>): Source<T> {
	if (!call.family.query.orderBy) return oldestFirst;
	const order = call.query.get("orderBy") ?? "descending";
	if (order === "ascending") return oldestFirst;
	if (order === "descending") return [...oldestFirst.slice(0, oldestFirst.length)].reverse();
	throw new ApiFailure(400, "orderBy must be ascending or descending.");
}

/** Something that happens to cars. */
export interface History<T> {
	/** Segment of the path. */
	name: string;
	key: string;
	/** Everything that happened to one car, oldest first. */
	of(call: Call, vehicle: SimulatedVehicle): readonly T[];
	id(item: T): string;
	/** The time that `timestamps` is compared with. */
	time(item: T): number;
	/** Reads the filters of this kind of thing; throws a 400 for bad ones. */
	filter?(call: Call): (item: T) => boolean;
	show(call: Call, vehicle: SimulatedVehicle, item: T): unknown;
}

interface Seen<T> {
	vehicle: SimulatedVehicle;
	item: T;
}

/** The collection of one car at `base` and its items by id. */
export function ofVehicle<T>(history: History<T>, base: string, rule: PageRule): Route[] {
	return routes(history, `${base}/${history.name}`, rule, (call) => [vehicleOf(call)]);
}

/** The collection of all cars at `base`. */
export function ofFleet<T>(history: History<T>, base: string, rule: PageRule): Route[] {
	return routes(history, `${base}/${history.name}`, rule, (call) => call.model.storied());
}

function routes<T>(
	history: History<T>,
	path: string,
	rule: PageRule,
	vehicles: (call: Call) => SimulatedVehicle[],
): Route[] {
	const all = (call: Call): Seen<T>[] => {
		const seen = vehicles(call).map((vehicle) => history.of(call, vehicle).map((item) => ({ vehicle, item })));
		return seen.length === 1
			? (seen[0] ?? [])
			: seen.flat().sort((a, b) => history.time(a.item) - history.time(b.item));
	};
	const items = (call: Call): Seen<T>[] => {
		const inTime = timestamps(call.query);
		const wanted = history.filter?.(call) ?? (() => true);
		return all(call).filter(({ item }) => inTime(history.time(item)) && wanted(item));
	};
	const show = (call: Call, { vehicle, item }: Seen<T>) => history.show(call, vehicle, item);
	return [
		{ method: "GET", path, serve: (call) => collection(call, { key: history.key, rule, items, show }) },
		{
			method: "GET",
			path: `${path}/{item}`,
			serve: (call) => {
				const found = all(call).find(({ item }) => history.id(item) === call.params.item);
				if (!found) throw new ApiFailure(404, `Nothing with this id in ${history.name}.`);
				return ok(show(call, found));
			},
		},
	];
}
