import { at } from "./readers";

/** A point in time: milliseconds for comparing, RFC 3339 in UTC for people. */
export interface Moment {
	ms: number;
	text: string;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$/i;

/** An RFC 3339 time. In UTC it stays as the API wrote it, with an offset it is converted; without any it counts as UTC. */
export function moment(value: unknown): Moment | null {
	if (typeof value !== "string") return null;
	const match = TIME.exec(value);
	if (match === null) return null;
	const ms = Date.parse((match[1] === undefined ? `${value}Z` : value).toUpperCase());
	if (Number.isNaN(ms)) return null;
	return value.endsWith("Z") ? { ms, text: value } : momentAt(ms);
}

/** The moment `ms` milliseconds after the epoch, or null where a calendar ends; whole seconds as the API writes them. */
export function momentAt(ms: number): Moment | null {
	const date = new Date(ms);
	return Number.isNaN(date.getTime()) ? null : { ms, text: date.toISOString().replace(".000Z", "Z") };
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
