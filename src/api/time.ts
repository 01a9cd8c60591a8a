import { isDate } from "node:util/types";
import { durationSeconds } from "../duration";
import { badInput } from "../error";

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?\s*([Zz]|[+-]\d{2}:?\d{2})?)?$/;

/** Epoch milliseconds of the year 10000, where RFC 3339 ends. */
const LAST_MOMENT = 253402300799999;

/**
 * The moment that a user means, in epoch milliseconds: RFC 3339 (a missing offset means UTC, a missing time midnight),
 * epoch milliseconds as number or digits, a Date, or an ISO 8601 duration back from `now` such as `P7D`.
 * Undefined for empty.
 *
 * @param field what the user calls the value, for the error's sentence
 * @throws ERR_BAD_INPUT naming the value
 */
export function instantOf(value: unknown, field: string, now: number): number | undefined {
	if (value === undefined || value === null || value === "") return undefined;
	const time = read(value, now);
	if (time !== undefined && Number.isFinite(time) && time >= 0 && time <= LAST_MOMENT) return Math.floor(time);
	throw badInput(
		`"${field}" is ${quote(value)}, which is no time. Use a date such as 2026-05-04T08:00:00Z, milliseconds since 1970, or a duration back from now such as P7D or PT12H.`,
	);
}

function read(value: unknown, now: number): number | undefined {
	if (typeof value === "number") return value;
	// A Date of a function node comes from another realm, of which `instanceof` knows nothing.
	if (isDate(value)) return value.getTime();
	if (typeof value !== "string") return undefined;
	const text = value.trim();
	if (/^\d{9,15}$/.test(text)) return Number(text);
	if (/^P/i.test(text)) {
		const seconds = durationSeconds(text.toUpperCase());
		return seconds === null ? undefined : now - seconds * 1000;
	}
	return rfc3339(text);
}

/** Date.parse takes the machine's own zone for a time without offset and rolls impossible dates over; a range must not. */
function rfc3339(text: string): number | undefined {
	const match = RFC3339.exec(text);
	if (!match) return undefined;
	const [, year, month, day, hour = "00", minute = "00", second = "00", fraction = "", offset = "Z"] = match;
	if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
	const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
	if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > lastDay) return undefined;
	const zone = offset.toUpperCase() === "Z" ? "Z" : offset.replace(/^(.\d{2}):?(\d{2})$/, "$1:$2");
	const parsed = Date.parse(
		`${year}-${month}-${day}T${hour}:${minute}:${second === "60" ? "59" : second}${fraction.slice(0, 4)}${zone}`,
	);
	return Number.isNaN(parsed) ? undefined : parsed;
}

/** A moment as the API takes it: RFC 3339 in UTC, so that no `+` needs care, without empty milliseconds. */
export function timestamp(time: number): string {
	return new Date(time).toISOString().replace(".000Z", "Z");
}

/** A moment as a sentence names it: RFC 3339 in UTC, to the second. */
export function spokenTime(time: number): string {
	return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}

/**
 * The range of the `timestamps` parameter: `start/end`, `start/` or `/end`; undefined when both ends are open.
 *
 * @throws ERR_BAD_INPUT when the range ends before it starts
 */
export function timeRange(from: number | undefined, to: number | undefined): string | undefined {
	if (from === undefined && to === undefined) return undefined;
	if (from !== undefined && to !== undefined && to < from)
		throw badInput(
			`The time range ends (${timestamp(to)}) before it starts (${timestamp(from)}). Exchange "from" and "to".`,
		);
	return `${from === undefined ? "" : timestamp(from)}/${to === undefined ? "" : timestamp(to)}`;
}

/** A value as it can stand in a sentence: short, on one line. */
export function quote(value: unknown): string {
	let text: string;
	try {
		text = typeof value === "string" ? JSON.stringify(value.slice(0, 100)) : (JSON.stringify(value) ?? String(value));
	} catch {
		text = Object.prototype.toString.call(value);
	}
	return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
