import { hash } from "node:crypto";
import { isDocument } from "../hal/document";
import { defined } from "../json";
import { canonical } from "./canonical";
import { ownKeyOf } from "./collection";
import { NewsKeys, type SeveralVehicles } from "./news-keys";
import { moment } from "./summaries/moment";

/** What a node remembers of a collection between readings; plain data for a context store. */
export interface Mark {
	version: 1;
	/** Time (epoch ms) from which on the collection must be read again; absent: from its beginning. */
	from?: number;
	/** The items sent since then: by key, their fingerprint, their time (epoch ms, 0 if unknown), 1 if they may still change. */
	sent: Record<string, [fingerprint: string, time: number, open: 0 | 1]>;
	/** VINs of the vehicles that these are of, by id, where a collection has several. */
	vins?: Record<string, string>;
	/** The same as `from` for what messages have asked for by a query of their own, by that query. */
	queries?: Record<string, number>;
}

/** What is particular about a reading. */
export interface NewsOptions {
	/** Where the collection is of more than one vehicle. */
	several?: SeveralVehicles | undefined;
	/** What tells the message's own query from others: what it has not shown does not count as seen by another. */
	query?: string | undefined;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** How far back a reading looks for items that arrive late: a car without reception uploads its trips days later. */
const LATE = 7 * DAY;
/** How long an item that is not finished is waited for. */
const OPEN = 90 * DAY;
/** Most items remembered; beyond that the oldest are forgotten, and no longer asked for. */
const MOST = 10_000;
/** Most queries of messages remembered; for one that was forgotten more is asked for, and nothing sent again. */
const MOST_QUERIES = 20;

/** Tells new items from those that were sent, and keeps the mark that says so. */
export class News {
	readonly #sent: Map<string, [string, number, 0 | 1]>;
	readonly #keys: NewsKeys;
	readonly #query: string | undefined;
	readonly #queries: Map<string, number>;
	#from: number | undefined;
	#newest = Number.NEGATIVE_INFINITY;
	#ordered = true;
	readonly #now: number;

	/**
	 * @param mark what a former reading stored; anything else starts afresh
	 * @param now epoch ms; an item of the future (cars have wrong clocks) must not hide all that come before it
	 */
	constructor(mark: unknown, now: number = Date.now(), { several, query }: NewsOptions = {}) {
		this.#now = now;
		this.#query = query;
		const known = isMark(mark) ? mark : undefined;
		const keys = new NewsKeys(known?.vins, several);
		this.#keys = keys;
		this.#sent = new Map(Object.entries(known?.sent ?? {}).map(([key, entry]) => [keys.renewed(key), entry]));
		this.#from = known?.from;
		this.#queries = new Map(Object.entries(known?.queries ?? {}));
		this.isFirst = known === undefined;
	}

	/** True when nothing was ever sent. */
	readonly isFirst: boolean;

	/** Time (epoch ms) from which on to read; undefined for the beginning. */
	get from(): number | undefined {
		const narrow = this.#query === undefined ? undefined : this.#queries.get(this.#query);
		return narrow === undefined || this.#from === undefined ? (narrow ?? this.#from) : Math.max(narrow, this.#from);
	}

	/** True for an item that was not sent yet, or that has changed since, such as an alert that ended. */
	isNew(item: unknown): boolean {
		const print = fingerprint(item);
		const key = this.#keys.of(item);
		// An item may tell of its vehicle now, and did not before.
		const known = this.#sent.get(key ?? print) ?? this.#sent.get(ownKeyOf(item) ?? print);
		return known?.[0] !== print;
	}

	/** Remembers an item as sent. Items are expected oldest first. */
	note(item: unknown): void {
		const time = timeOf(item) ?? 0;
		if (time > 0 && time <= this.#now) {
			if (time < this.#newest) this.#ordered = false;
			else this.#newest = time;
		}
		const print = fingerprint(item);
		this.#sent.set(this.#keys.of(item) ?? print, [print, time, isOpen(item) ? 1 : 0]);
	}

	/**
	 * Takes note of an item that is not sent as it is now: what may still change is asked for until it has ended, however
	 * long that takes.
	 */
	passOver(item: unknown): void {
		const time = timeOf(item);
		const open = isOpen(item) && time !== undefined && time <= this.#now;
		const key = this.#keys.of(item) ?? fingerprint(item);
		const known = this.#sent.get(key);
		if (known) this.#sent.set(key, [known[0], known[1], open ? 1 : 0]);
		else if (open) this.#sent.set(key, ["", time, 1]);
	}

	/**
	 * The mark after what was noted so far.
	 *
	 * @param complete true when the collection was read to its end; until then the mark moves only while items come in
	 *   order, because an older one may still be ahead
	 */
	mark(complete: boolean): Mark {
		const mayMove = complete || this.#ordered;
		let newest = this.#newest;
		// An old alert that ended may be the only news; what was sent before tells how far the collection reaches.
		if (complete) for (const [, time] of this.#sent.values()) if (time > newest && time <= this.#now) newest = time;
		if (mayMove && newest > 0) this.#advance(newest);
		this.#forgetOldest(mayMove);
		return {
			version: 1,
			...defined({ from: this.#from }),
			sent: Object.fromEntries(this.#sent),
			...defined({ vins: this.#keys.vins(this.#sent.keys()) }),
			...(this.#queries.size > 0 ? { queries: Object.fromEntries(this.#queries) } : {}),
		};
	}

	#advance(newest: number): void {
		let from = newest - LATE;
		for (const [, time, open] of this.#sent.values()) if (open && time > newest - OPEN && time < from) from = time;
		if (from < (this.from ?? from)) return;
		this.#move(from);
		// Other queries may ask for what lies before that of one.
		if (this.#query !== undefined) return;
		for (const [key, [, time]] of this.#sent) if (time !== 0 && time < from) this.#sent.delete(key);
		for (const [query, narrow] of this.#queries) if (narrow <= from) this.#queries.delete(query);
	}

	#move(from: number): void {
		if (this.#query === undefined) {
			this.#from = from;
			return;
		}
		// The latest last, so that the first is the one to forget.
		this.#queries.delete(this.#query);
		this.#queries.set(this.#query, from);
		for (const query of this.#queries.keys()) if (this.#queries.size > MOST_QUERIES) this.#queries.delete(query);
	}

	#forgetOldest(mayMove: boolean): void {
		const excess = this.#sent.size - MOST;
		if (excess <= 0) return;
		const oldest = [...this.#sent].sort(([, [, a]], [, [, b]]) => a - b).slice(0, excess);
		for (const [key] of oldest) this.#sent.delete(key);
		const edge = Math.min(oldest.at(-1)?.[1][1] ?? 0, this.#now);
		if (mayMove && edge > 0) this.#move(Math.max(this.from ?? 0, edge + 1));
	}
}

/** When an item happened (epoch ms): when it started, else when it was made or changed. */
export function timeOf(item: unknown): number | undefined {
	if (!isDocument(item)) return undefined;
	for (const name of ["startedAt", "start", "date", "createdAt", "updatedAt"]) {
		const time = moment(item[name]);
		if (time) return time.ms;
	}
	return undefined;
}

/** True for an item that has yet to end: an active alert, a trip that is not done. */
export function isOpen(item: unknown): boolean {
	if (!isDocument(item)) return false;
	const done = isDocument(item.state) ? item.state.done : item.done;
	return item.active === true || done === false;
}

/** Changes with everything an item says, but for its links and the time it was last touched. */
function fingerprint(item: unknown): string {
	const said = isDocument(item) ? { ...item, _links: undefined, updatedAt: undefined } : item;
	return hash("sha256", canonical(said), "base64url").slice(0, 12);
}

function isMark(value: unknown): value is Mark {
	return (
		isDocument(value) &&
		value.version === 1 &&
		(value.from === undefined || typeof value.from === "number") &&
		(value.queries === undefined ||
			(isDocument(value.queries) && Object.values(value.queries).every((from) => typeof from === "number"))) &&
		isDocument(value.sent) &&
		Object.values(value.sent).every(
			(entry) =>
				Array.isArray(entry) && entry.length === 3 && typeof entry[0] === "string" && Number.isFinite(entry[1]),
		)
	);
}
