import { at } from "../../json";
import { timeIn } from "../time";

/** A point in time: milliseconds for comparing, RFC 3339 in UTC for people. */
export interface Moment {
	ms: number;
	text: string;
}

const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
/** What comes before is no time of a car: with a clock that knows nothing, the API tells the epoch or the year 1. */
const FIRST = Date.UTC(1971, 0);

/**
 * A time in any spelling of the API; the epoch and its whole year mean that it is not known. RFC 3339 in UTC stays as the
 * API wrote it, all else is converted to it.
 */
export function moment(value: unknown): Moment | null {
	if (typeof value !== "string") return null;
	const ms = timeIn(value);
	if (ms === undefined || ms < FIRST) return null;
	return UTC.test(value) && !value.includes(":60") ? { ms, text: value } : momentAt(ms);
}

/** The moment `ms` milliseconds after the epoch, or null where RFC 3339 ends; whole seconds as the API writes them. */
export function momentAt(ms: number): Moment | null {
	const date = new Date(ms);
	return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999
		? null
		: { ms, text: date.toISOString().replace(".000Z", "Z") };
}

/** The later of any number of moments. */
export function latest(moments: Iterable<Moment | null>): Moment | null {
	let found: Moment | null = null;
	for (const candidate of moments)
		if (candidate !== null && (found === null || candidate.ms > found.ms)) found = candidate;
	return found;
}

/** When the API last touched an entry: the later of its `createdAt` and `updatedAt`; a GeoJSON Feature has them in `properties`. */
export function touched(value: unknown): Moment | null {
	const own = latest(stamps(value));
	return own ?? latest(stamps(at(value, "properties")));
}

function stamps(value: unknown): (Moment | null)[] {
	const created = at(value, "createdAt");
	const updated = at(value, "updatedAt");
	return created === updated ? [moment(created)] : [moment(created), moment(updated)];
}
