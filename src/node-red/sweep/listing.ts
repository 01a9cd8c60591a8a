import { type Batch, keyOf, type Position, readCollection, readPosition } from "../../api/collection";
import { ifThere } from "../../api/collection/if-there";
import { assertDocument } from "../../api/connected-car";
import { meansNone } from "../../api/none";
import { vehicleRefOf } from "../../api/vehicles";
import { StellantisError } from "../../error";
import { pageOf } from "../../hal/pages";
import { defined } from "../../json";
import type { ListedItem, ListedPage } from "../../sweep/records";
import type { Found } from "../../sweep/sweep";
import { storable } from "../../text";
import type { ApiResponse } from "../../transport/client";
import type { NodeInput, Target } from "../node-input";
import { resumable } from "../reading/resume";

/** An item to send, and the answer it came with. */
export interface Handed {
	/** Its place on the page, from 0. */
	place: number;
	item: unknown;
	answer: ApiResponse;
}

/** A page of the list, read for the first time. */
export interface NewPage {
	found: Found;
	handed: Handed[];
	listed: ListedPage;
	/** Where the list goes on; undefined at its end. */
	next: Position | undefined;
}

/** Where a list begins, as it may be kept. */
export function beginningOf(start: URL, input: NodeInput, target: Target): Position {
	const beginning: Position = { address: start.pathname + start.search, way: "next", skip: 0, handled: [] };
	return keepable(beginning, input, target);
}

function keepable(position: Position, { car }: NodeInput, { url }: Target): Position {
	return resumable(position, url, car.family.clientIdParameter);
}

/**
 * Reads the next page of a sweep's list: what was on earlier ones is left out, what has moved behind us meanwhile is
 * found.
 *
 * @param next where the list goes on, as it was kept
 * @param room items that may still be listed
 * @throws what the API's requests throw, ERR_PAGE_LOOP
 */
export async function listPage(
	input: NodeInput,
	target: Target,
	next: unknown,
	room: number,
	isFirst: boolean,
): Promise<NewPage> {
	const { car, sweep, signal } = input;
	const position = keepable(readPosition(next), input, target);
	const batches = readCollection<ApiResponse>({
		fetch: car.fetcher(sweep, signal),
		start: car.resolve(position.address),
		way: "next",
		embedded: target.route?.embedded,
		resume: position,
		resolve: (address) => car.resolve(address),
		parallel: 1,
		// One page is all that is wanted.
		needed: () => 0,
	});
	try {
		for await (const batch of batches)
			if (batch.items.length > 0 || batch.last) return newPage(batch, input, target, room);
	} catch (error) {
		if (!isFirst || !(await meansNone(error, target.route, undefined))) throw error;
	}
	return {
		found: { count: 0, total: 0, pageCount: undefined, isLast: true },
		handed: [],
		listed: { address: position.address, items: [] },
		next: undefined,
	};
}

function newPage(batch: Batch<ApiResponse>, input: NodeInput, target: Target, room: number): NewPage {
	const { answer, total, count, last } = batch;
	const items = batch.items.slice(0, room);
	const here = batch.positionAfter(0);
	const after = batch.positionAfter(items.length);
	return {
		found: { count: items.length, total, pageCount: count, isLast: last && items.length === batch.items.length },
		handed: items.map((item, place) => ({ place, item, answer })),
		listed: {
			address: here ? keepable(here, input, target).address : target.url.pathname,
			items: items.map(listedItem),
		},
		next: after && keepable(after, input, target),
	};
}

function listedItem(item: unknown): ListedItem {
	const ref = vehicleRefOf(item);
	const key = keyOf(item) ?? ref?.id;
	// The same whether it comes from the API or out of a store.
	return { key: key === undefined ? null : storable(key), id: ref?.id ?? null, vin: ref?.vin ?? null };
}

/**
 * Reads what has not come back of a page again: the page, and by itself what is not on it any more.
 *
 * @returns what is there, and the places of what the API does not have any more
 * @throws what the API's requests throw
 */
export async function readAgain(
	input: NodeInput,
	target: Target,
	{ address, items }: ListedPage,
	places: readonly number[],
): Promise<{ handed: Handed[]; gone: number[] }> {
	const { car, sweep, signal } = input;
	const url = new URL(target.url);
	url.search = new URL(address, target.url).search;
	const fetched = await ifThere(car.fetcher(sweep, signal)(url));
	const there = new Map<string, unknown>();
	for (const item of fetched ? pageOf(fetched, target.route?.embedded).items : []) {
		const { key } = listedItem(item);
		if (key !== null) there.set(key, item);
	}
	const read = await Promise.all(
		places.map(async (place): Promise<Handed | number> => {
			const listed = items[place];
			const item = listed?.key ? there.get(listed.key) : undefined;
			if (fetched && item !== undefined) return { place, item, answer: fetched.answer };
			const answer = listed && (await readByItself(input, listed));
			return answer ? { place, item: answer.body, answer } : place;
		}),
	);
	return {
		handed: read.filter((each) => typeof each === "object"),
		gone: read.filter((each) => typeof each === "number"),
	};
}

/** Reads a vehicle by its id; undefined where the API has none under it. */
async function readByItself({ car, sweep, signal }: NodeInput, { id, vin }: ListedItem) {
	if (id === null) return undefined;
	const route = car.route("vehicle");
	const address = car.addressOfVehicle(route, { id, ...defined({ vin: vin ?? undefined }) });
	try {
		const answer = await car.get(car.withQuery(address, car.standingQuery(route)), sweep, signal);
		assertDocument(answer, route);
		return answer;
	} catch (error) {
		if (error instanceof StellantisError && error.code === "ERR_NOT_FOUND") return undefined;
		throw error;
	}
}
