import { MOST_PRICES } from "./amounts";
import { minuteOfDay } from "./reading";

/** A price that holds at certain hours: minutes after midnight, `from` included, `to` not; across midnight where `to` is not later. */
export interface PriceHours {
	from: number;
	to: number;
	price: number;
}

/** Money a kWh drawn: `hours` at theirs, `rest` at all others, null where nothing is said of them. */
export interface Pricing {
	hours: readonly PriceHours[];
	rest: number | null;
}

/** What a price could be read as, or the sentence that says why it could not. */
export type ReadPrice = { pricing: Pricing | null; problem?: undefined } | { pricing: null; problem: string };

const MINUTE = 60_000;
const DAY_MINUTES = 1440;
/** Clocks change on a quarter of an hour of UTC, everywhere. */
const QUARTER = 15 * MINUTE;
const LONGEST = 31 * 86_400_000;

/**
 * Reads a price: a number, a text that is one, or rows `{from, to, price}` of which one may be without hours. Empty is
 * no price. Rows that overlap, or that are no rows, give no price and a sentence.
 */
export function readPrice(value: unknown): ReadPrice {
	if (value === undefined || value === null || value === "") return { pricing: null };
	const single = amount(value);
	if (single !== null) return { pricing: { hours: [], rest: single } };
	if (!Array.isArray(value))
		return {
			pricing: null,
			problem: "The price is neither a number nor a list of rows such as { from, to, price }.",
		};
	if (value.length > MOST_PRICES) return { pricing: null, problem: `A price has at most ${MOST_PRICES} rows.` };
	const hours: PriceHours[] = [];
	let rest: number | null = null;
	for (const [index, row] of value.entries()) {
		const problem = (what: string): ReadPrice => ({ pricing: null, problem: `Row ${index + 1} of the price ${what}.` });
		const { from: start, to: end, price: cost } = (row ?? {}) as Record<string, unknown>;
		const price = amount(cost);
		if (price === null) return problem("has no price that is a number");
		if (isEmpty(start) && isEmpty(end)) {
			if (rest !== null) return problem("is the second without hours; one says what the rest of the day costs");
			rest = price;
			continue;
		}
		const from = minuteOfDay(start);
		const to = minuteOfDay(end);
		if (from === null || to === null) return problem('needs "from" and "to" as times of day such as 22:00, or neither');
		if (from % DAY_MINUTES === to % DAY_MINUTES && to - from !== DAY_MINUTES) return problem("ends when it starts");
		const other = hours.findIndex((one) => overlap(one, { from, to }));
		if (other >= 0) return problem("overlaps another one");
		hours.push({ from, to, price });
	}
	return { pricing: hours.length === 0 && rest === null ? null : { hours, rest } };
}

/**
 * The mean price a kWh from `from` to `to` (epoch milliseconds) where energy flows evenly, by the clock of an IANA time
 * zone, also where it is put forward or back. Null where any part of it has no price.
 */
export function meanPrice(pricing: Pricing | null, timeZone: string, from: number, to: number): number | null {
	if (pricing === null) return null;
	if (pricing.hours.length === 0) return pricing.rest;
	const end = Math.max(from, to);
	let time = Math.max(from, end - LONGEST);
	if (end === time) return priceAt(pricing, wallMinutes(time, timeZone));
	const length = end - time;
	let sum = 0;
	while (time < end) {
		const wall = wallMinutes(time, timeZone);
		const price = priceAt(pricing, wall);
		if (price === null) return null;
		const next = Math.min(end, (Math.floor(time / QUARTER) + 1) * QUARTER, time + untilChange(pricing, wall) * MINUTE);
		sum += price * (next - time);
		time = next;
	}
	return sum / length;
}

/** Minutes after midnight, with fractions, that clocks of a time zone show at a moment. */
export function wallMinutes(time: number, timeZone: string): number {
	const parts = clockOf(timeZone).formatToParts(time);
	const part = (type: string) => Number(parts.find((one) => one.type === type)?.value ?? 0);
	const fraction = (((time % MINUTE) + MINUTE) % MINUTE) / MINUTE;
	return part("hour") * 60 + part("minute") + fraction;
}

/** True for a name of the IANA time zone database that this Node.js knows. */
export function isTimeZone(name: string): boolean {
	try {
		new Intl.DateTimeFormat("en-US", { timeZone: name });
		return true;
	} catch {
		return false;
	}
}

/** A number that may be written as text, in decimal notation; also below zero, as on exchanges. */
export function amount(value: unknown): number | null {
	const read =
		typeof value === "string" && /^\s*[+-]?(\d{1,12}(\.\d{1,20})?|\.\d{1,20})\s*$/.test(value) ? Number(value) : value;
	return typeof read === "number" && Number.isFinite(read) ? read : null;
}

/** Formatters are slow to make and the same for ever. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
	let clock = clocks.get(timeZone);
	if (clock === undefined) {
		clock = new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", hour: "2-digit", minute: "2-digit" });
		clocks.set(timeZone, clock);
	}
	return clock;
}

function priceAt({ hours, rest }: Pricing, minute: number): number | null {
	return hours.find((one) => covers(one, minute))?.price ?? rest;
}

function covers({ from, to }: Omit<PriceHours, "price">, minute: number): boolean {
	return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

function untilChange({ hours }: Pricing, minute: number): number {
	const waits = hours
		.flatMap(({ from, to }) => [from, to])
		.map((edge) => (edge - minute + 2 * DAY_MINUTES) % DAY_MINUTES);
	// An edge that is now lies a day ahead.
	return Math.min(...waits.map((wait) => (wait <= 0 ? DAY_MINUTES : wait)));
}

function overlap(one: Omit<PriceHours, "price">, other: Omit<PriceHours, "price">): boolean {
	return covers(one, other.from % DAY_MINUTES) || covers(other, one.from % DAY_MINUTES);
}

function isEmpty(value: unknown): boolean {
	return value === undefined || value === null || value === "";
}
