import { createHash } from "node:crypto";
import { hrefOf, isDocument } from "../../hal/document";

/**
 * What makes an item the same when it comes again in one reading: its own key, within the vehicle that it links to.
 * Undefined for items without one, such as waypoints.
 */
export function keyOf(item: unknown): string | undefined {
	const own = ownKeyOf(item);
	if (own === undefined) return undefined;
	const vehicle = idFrom(hrefOf(item, "vehicle"));
	return vehicle === undefined ? own : `${vehicle} ${own}`;
}

/** The id of an item, within its vehicle: a charging session's `sid`, the self link of a vehicle that has none. */
export function ownKeyOf(item: unknown): string | undefined {
	if (!isDocument(item)) return undefined;
	const self = typeof item.vin === "string" ? hrefOf(item, "self") : undefined;
	const own = idFrom(item.id) ?? idFrom(item.sid) ?? idFrom(self);
	return own === undefined ? undefined : String(own);
}

/** Longest text that tells items apart; work on a longer one is what somebody wants who means no good. */
const LONGEST_ID = 4_000;

function idFrom(value: unknown): string | number | undefined {
	if (typeof value === "string") return value === "" || value.length > LONGEST_ID ? undefined : value;
	return typeof value === "number" ? value : undefined;
}

/** A key as a position remembers it: too short to tell anything, long enough to tell items apart. */
export function hash(key: string): string {
	return createHash("sha256").update(key).digest("base64url").slice(0, 10);
}
