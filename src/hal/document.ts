import { isRecord } from "../json";
import { type Link, linkFrom } from "./link";

/**
 * A HAL document: a JSON object in which `_links` and `_embedded` have a meaning and everything else is the
 * resource's own (draft-kelly-json-hal-11, section 4). Both are optional, and nothing here ever changes a document.
 */
export type HalDocument = Record<string, unknown>;

/** True for a JSON object: no array, no null, no scalar. */
export const isDocument: (value: unknown) => value is HalDocument = isRecord;

/**
 * All links of a relation, in the order of the document; a single link object and an array of them read the same.
 * Relations are compared without case, because one API spells the same relation differently in different places.
 */
export function linksOf(document: unknown, relation: string): Link[] {
	const value = targetOf(document, relation);
	return (Array.isArray(value) ? value : [value]).map(linkFrom).filter((link) => link !== undefined);
}

/** The first link of a relation, or undefined. */
export function linkOf(document: unknown, relation: string): Link | undefined {
	const value = targetOf(document, relation);
	return Array.isArray(value) ? linksOf(document, relation)[0] : linkFrom(value);
}

/** The target of {@link linkOf}, as it stands there. Every item of a fleet is asked for it, so that no link is made for it. */
export function hrefOf(document: unknown, relation: string): string | undefined {
	const value = targetOf(document, relation);
	if (!isDocument(value)) return Array.isArray(value) ? linksOf(document, relation)[0]?.href : linkFrom(value)?.href;
	return typeof value.href === "string" && value.href !== "" ? value.href : undefined;
}

/** What stands under a relation. Asked of every item of a fleet, so that the usual spelling comes first. */
function targetOf(document: unknown, relation: string): unknown {
	if (!isDocument(document) || !isDocument(document._links)) return undefined;
	const all = document._links;
	if (Object.hasOwn(all, relation)) return all[relation];
	const wanted = relation.toLowerCase();
	// No list of the relations: most items of a fleet lack one that is looked for.
	for (const key in all)
		if (key.length === wanted.length && key.toLowerCase() === wanted && Object.hasOwn(all, key)) return all[key];
	return undefined;
}

/** The names of all relations that a document links to. */
export function relationsOf(document: unknown): string[] {
	return isDocument(document) && isDocument(document._links) ? Object.keys(document._links) : [];
}

/**
 * The items of a collection document, untouched: the embedded array under the `expected` key (compared without case),
 * else the one array in `_embedded` whatever its key is called, else a single embedded object under the expected key.
 * Undefined when the document embeds no such thing, or several arrays of which none is the expected one.
 */
export function embeddedItems(document: HalDocument, expected?: string): unknown[] | undefined {
	if (!isDocument(document._embedded)) return undefined;
	const embedded = document._embedded;
	const key = expected && Object.keys(embedded).find((name) => name.toLowerCase() === expected.toLowerCase());
	if (key && Array.isArray(embedded[key])) return embedded[key];
	const arrays = Object.values(embedded).filter(Array.isArray);
	if (arrays.length === 1) return arrays[0];
	if (arrays.length === 0 && key && isDocument(embedded[key])) return [embedded[key]];
	return undefined;
}

/** A count that a server gives, such as `total`: a whole number from 0, or undefined for anything else. */
export function countOf(document: HalDocument, key: "total" | "totalPage" | "currentPage"): number | undefined {
	const value = document[key];
	return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** True when a document carries what only a page of a collection carries: its counts or its neighbours. */
export function hasPageMarkers(document: HalDocument): boolean {
	return (
		countOf(document, "total") !== undefined ||
		countOf(document, "totalPage") !== undefined ||
		countOf(document, "currentPage") !== undefined ||
		["next", "prev", "first", "last"].some((relation) => linkOf(document, relation) !== undefined)
	);
}

/** All that a page of a collection says of itself; in no document of the API does it say more. */
const PAGE_WORDS = new Set(["_links", "_embedded", "total", "totalPage", "currentPage"]);

/**
 * True for a document that can only be a page of a collection. One that says something of its own (a user beside the
 * vehicles, a trip beside the one before) is a resource, unless it embeds one array, has the counts or neighbours of a page,
 * and no id: taking a resource for a page would drop what it says.
 */
export function isCollection(document: unknown): boolean {
	if (!isDocument(document)) return false;
	const hasItems = embeddedItems(document) !== undefined;
	if (Object.keys(document).some((word) => !PAGE_WORDS.has(word)))
		return hasItems && !Object.hasOwn(document, "id") && hasPageMarkers(document);
	const embedsArrays = isDocument(document._embedded) && Object.values(document._embedded).some(Array.isArray);
	return hasItems || (!embedsArrays && hasPageMarkers(document));
}
