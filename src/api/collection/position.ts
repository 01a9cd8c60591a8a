import { badInput } from "../../error";
import { isDocument } from "../../hal/document";
import { defined } from "../../json";
import type { Order } from "../families";

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

/** Items that a position remembers: no less than the largest page, within which a reading may break off. */
export const RECENT = 2_000;

/** The way that gives `order`, when the API's own order is `natural`, with and without asking for pages by index. */
export function chooseWay(order: Order | undefined, natural: Order, byIndex: boolean): Way {
	const reversed = order !== undefined && order !== natural;
	if (byIndex) return reversed ? "range-reversed" : "range";
	return reversed ? "last" : "next";
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
				...defined({ offset }),
				skip,
				handled,
				...defined({ total, before }),
			};
	}
	throw badInput(
		"msg.resume is no position of a broken-off collection. Feed back what a node of this package has set, unchanged.",
	);
}

function isAddress(value: unknown): value is string {
	return typeof value === "string" && value.startsWith("/");
}
