import { isDate } from "node:util/types";
import { durationSeconds } from "../duration";
import { badInput } from "../error";
import { ownValue } from "../json";

const RFC3339 =
	/^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?\s*([Zz]|[+-]\d{2}(?::?\d{2})?)?)?$/;
/** How Java writes a date when nobody asks for a format: `Mon Jun 03 08:35:36 GMT 2019`. */
const JAVA = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{2}) (\d{2}):(\d{2}):(\d{2}) ([A-Z]{1,4})([+-]\d{2}:\d{2})? (\d{4})$/;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** The zones whose names mean one offset only, of those where these cars are sold. */
const ZONES: Readonly<Record<string, string>> = {
	GMT: "Z",
	UTC: "Z",
	UT: "Z",
	Z: "Z",
	WET: "Z",
	WEST: "+01:00",
	CET: "+01:00",
	CEST: "+02:00",
	EET: "+02:00",
	EEST: "+03:00",
};
/** Longest text that can be a time. */
const LONGEST = 60;

/** Epoch milliseconds of the year 10000, where RFC 3339 ends. */
const LAST_MOMENT = 253402300799999;

/**
 * Stretches of time that go by a name: the first moment of each from today on the clock of this machine. Days have 23 to
 * 25 hours, weeks begin on Monday (ISO 8601).
 */
const STRETCHES: Readonly<Record<string, { from: (today: LocalDay) => Date; to: (today: LocalDay) => Date }>> = {
	today: { from: (today) => day(today), to: (today) => day(today, 1) },
	yesterday: { from: (today) => day(today, -1), to: (today) => day(today) },
	"this-week": { from: (today) => day(today, -today.weekday), to: (today) => day(today, 7 - today.weekday) },
	"this-month": { from: (today) => month(today), to: (today) => month(today, 1) },
	"last-month": { from: (today) => month(today, -1), to: (today) => month(today) },
};

/** Names of times that a bound of a range may have. */
export const NAMED_TIMES: readonly string[] = Object.keys(STRETCHES);

/** A day on the clock of this machine; `month` from 0, `weekday` from 0 for Monday. */
interface LocalDay {
	year: number;
	month: number;
	date: number;
	weekday: number;
}

function localDay(time: number): LocalDay {
	const at = new Date(time);
	return { year: at.getFullYear(), month: at.getMonth(), date: at.getDate(), weekday: (at.getDay() + 6) % 7 };
}

const day = ({ year, month, date }: LocalDay, later = 0): Date => new Date(year, month, date + later);
const month = ({ year, month }: LocalDay, later = 0): Date => new Date(year, month + later, 1);

/**
 * The moment that a user means, in epoch milliseconds: RFC 3339 (a missing offset means UTC, a missing time midnight),
 * epoch milliseconds as number or digits, a Date, an ISO 8601 duration back from `now` such as `P7D` or `P1M`, or one of
 * NAMED_TIMES, whose first moment is meant, and its last millisecond for a `to`. Undefined for empty.
 *
 * @param field what the user calls the value, for the error's sentence
 * @param bound which end of a range it is
 * @throws ERR_BAD_INPUT naming the value
 */
export function instantOf(
	value: unknown,
	field: string,
	now: number,
	bound: "from" | "to" = "from",
): number | undefined {
	if (value === undefined || value === null || value === "") return undefined;
	const time = read(value, now, bound);
	if (time !== undefined && Number.isFinite(time) && time >= 0 && time <= LAST_MOMENT) return Math.floor(time);
	throw badInput(
		`"${field}" is ${quote(value)}, which is no time. Use a date such as 2026-05-04T08:00:00Z, milliseconds since 1970, a duration back from now such as P7D or PT12H, or ${NAMED_TIMES.slice(0, -1).join(", ")} or ${NAMED_TIMES.at(-1)}.`,
	);
}

function read(value: unknown, now: number, bound: "from" | "to"): number | undefined {
	if (typeof value === "number") return value;
	// A Date of a function node comes from another realm, of which `instanceof` knows nothing.
	if (isDate(value)) return value.getTime();
	if (typeof value !== "string") return undefined;
	const text = value.trim();
	if (/^\d{9,15}$/.test(text)) return Number(text);
	if (Object.hasOwn(STRETCHES, text)) return named(text, now, bound);
	return /^P/i.test(text) ? before(now, text.toUpperCase()) : timeIn(text);
}

/** So long before a moment, years and months as the calendar has them: a month before the 31st of March is the last of February. */
function before(now: number, duration: string): number | undefined {
	if (durationSeconds(duration) === null) return undefined;
	const [whole = "", years = "0", months = "0"] = /^P(?:(\d+)Y)?(?:(\d+)M)?/.exec(duration) ?? [];
	const rest = durationSeconds(`P${duration.slice(whole.length)}`) ?? 0;
	const date = new Date(now);
	const day = date.getUTCDate();
	date.setUTCMonth(date.getUTCMonth() - 12 * Number(years) - Number(months));
	// The month is too short for that day.
	if (date.getUTCDate() !== day) date.setUTCDate(0);
	return date.getTime() - rest * 1000;
}

function named(text: string, now: number, bound: "from" | "to"): number | undefined {
	const time = STRETCHES[text]?.[bound](localDay(now)).getTime();
	// What ends with a stretch holds nothing of the next one.
	return time === undefined || bound === "from" ? time : time - 1;
}

/**
 * The moment that a text of the API names, in epoch milliseconds, in every spelling that it is known to use: RFC 3339 (a
 * missing offset means UTC, a missing time midnight), `2017-08-10T13:46:39.652+0000`, `Mon Jun 03 08:35:36 GMT 2019`.
 * Undefined for anything else, an impossible date included.
 *
 * Sources: `date-time` of the three documents, the object and collection pages of the API's own concepts.
 */
export function timeIn(text: string): number | undefined {
	if (text.length > LONGEST) return undefined;
	const trimmed = text.trim();
	return rfc3339(trimmed) ?? rfc3339(fromJava(trimmed));
}

function fromJava(text: string): string {
	const [, name = "", day, hour, minute, second, zone = "", shift, year] = JAVA.exec(text) ?? [];
	const month = MONTHS.indexOf(name) + 1;
	const named = ownValue(ZONES, zone);
	const offset = shift === undefined ? named : named === "Z" ? shift : undefined;
	if (month === 0 || offset === undefined) return "";
	return `${year}-${String(month).padStart(2, "0")}-${day}T${hour}:${minute}:${second}${offset}`;
}

/** Date.parse takes the machine's own zone for a time without offset and rolls impossible dates over; a range must not. */
function rfc3339(text: string): number | undefined {
	const match = RFC3339.exec(text);
	if (!match) return undefined;
	const [, year, month, day, hour = "00", minute = "00", second = "00", fraction = "", offset = "Z"] = match;
	if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
	const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
	if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > lastDay) return undefined;
	const zone =
		offset.toUpperCase() === "Z"
			? "Z"
			: offset.replace(/^(.\d{2}):?(\d{2})?$/, (_, hours, minutes = "00") => `${hours}:${minutes}`);
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
	return text.length > 80 ? `${text.slice(0, 77)}…${typeof value === "string" ? '"' : ""}` : text;
}
