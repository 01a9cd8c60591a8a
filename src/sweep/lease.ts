import { createHash, randomBytes } from "node:crypto";
import { isRecord } from "../json";
import type { Return } from "./sweep";

/** What a message of a sweep carries as `msg.lease`, and says on its way back what is done. Plain data. */
export interface Lease {
	/** The sweep's id. */
	sweep: string;
	/** Number of the page, from 1. */
	page: number;
	/** Place of the item on its page, from 0; absent where the message is a whole page. */
	item?: number;
}

/** A lease that came back. */
export interface Returned extends Return {
	sweep: string;
}

/** Characters of each half of a key, and what a whole one looks like. */
const HALF = 12;
const KEY = /^[0-9a-f]{24}$/;
/** Most leases of one message that are read: more than any page has. */
const MOST = 100_000;

/** Under which a node's sweep of one account and query is kept: its first half is the node's. */
export function keyOf(node: string, account: string, query: string): string {
	return hash(node) + hash(`${account} ${query}`);
}

/** A new sweep's id, which begins with its key. */
export function newSweepId(key: string): string {
	return `${key}-${Date.now().toString(36)}${randomBytes(6).toString("hex")}`;
}

/** The key within a sweep's id, or the id of its sequence of messages; undefined for any other text, and of other nodes. */
export function keyIn(id: unknown, node: string): string | undefined {
	if (typeof id !== "string") return undefined;
	const key = id.slice(0, 2 * HALF);
	return KEY.test(key) && id[2 * HALF] === "-" && key.startsWith(hash(node)) ? key : undefined;
}

/** The leases that a message brings back, one or an array of them; none for whatever is no lease of this node. */
export function readLeases(value: unknown, hasFailed: boolean, node: string): Returned[] {
	const list = Array.isArray(value) ? value.slice(0, MOST) : [value];
	return list.flatMap((each) => {
		if (!isRecord(each)) return [];
		const { sweep, page, item } = each;
		const isKnown = typeof sweep === "string" && keyIn(sweep, node) !== undefined;
		if (!isKnown || !isCount(page) || !(item === undefined || isCount(item))) return [];
		return [{ sweep, page, item, hasFailed }];
	});
}

function isCount(value: unknown): value is number {
	return Number.isSafeInteger(value) && (value as number) >= 0;
}

function hash(text: string): string {
	return createHash("sha256").update(text).digest("hex").slice(0, HALF);
}
