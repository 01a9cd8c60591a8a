import { quote } from "../api/time";
import { isRecord } from "../json";
import { AMOUNTS, LARGEST_RADIUS, LONGEST_CURRENCY, LONGEST_NAME, MOST_ZONES, USUAL_RADIUS } from "./amounts";
import { EVENT_KINDS, type EventKind, keyOf } from "./events";
import { amount, isTimeZone, type Pricing, readPrice } from "./prices";

/** A place that a vehicle may be in. */
export interface Zone {
	/** Short name of the zone as it is set: one that is moved or renamed is another zone. */
	key: string;
	name: string;
	latitude: number;
	longitude: number;
	/** m */
	radius: number;
	/** What a kWh drawn there costs; absent: as everywhere. */
	price?: Pricing;
}

/** How often a vehicle is looked at, and what of the day's quota that may use. */
export interface Pace {
	/** ms between two looks while it drives, charges, stands. */
	driving: number;
	charging: number;
	parked: number;
	/** Part of the day's quota, above 0 to 1. */
	share: number;
}

/** What a watch is set to, checked. */
export interface WatchSettings extends Pace {
	events: ReadonlySet<EventKind>;
	/** % */
	low: number | null;
	/** % */
	high: number | null;
	zones: readonly Zone[];
	currency: string | null;
	/** Name of the IANA time zone database. */
	timeZone: string;
	/** Part of what is drawn that reaches the battery, above 0 to 1. */
	efficiency: number;
	/** kWh, null: as the API tells. */
	capacity: number | null;
	/** ms, null: never */
	staleAfter: number | null;
	firstRun: "none" | "all";
}

/** A property that can't be used as it is, and the sentence that says why; the watch goes on without it. */
export interface SettingsProblem {
	field: string;
	sentence: string;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/**
 * Reads the properties of a watch node as they are saved, after `${ENV}` was filled in; absent ones have their default.
 * What can't be used is left at its default, or out, and named in `problems`.
 *
 * @param timeZone this machine's, for an empty `timeZone`
 */
export function readSettings(
	properties: Record<string, unknown>,
	{ timeZone }: { timeZone: string },
): { settings: WatchSettings; problems: SettingsProblem[] } {
	const problems: SettingsProblem[] = [];
	const problem = (field: string, sentence: string) => problems.push({ field, sentence });
	/** The usual amount where nothing usable is said. */
	const within = <Name extends keyof typeof AMOUNTS>(field: Name): number | (typeof AMOUNTS)[Name]["usual"] => {
		const { usual, most, unit } = AMOUNTS[field];
		const value = properties[field];
		if (isEmpty(value)) return usual;
		const read = amount(value);
		if (read !== null && read > 0 && read <= most) return read;
		problem(field, `"${field}" is ${quote(value)}; it must be above 0 and at most ${most} ${unit}.`);
		return usual;
	};
	/** The same where an empty value means none. */
	const orNone = (field: "low" | "high" | "capacity" | "staleAfter"): number | null => {
		const value = properties[field];
		return value !== undefined && isEmpty(value) ? null : within(field);
	};
	const minutes = (field: "driving" | "charging" | "parked") => within(field) * MINUTE;

	const low = orNone("low");
	const high = orNone("high");
	const staleAfter = orNone("staleAfter");
	const settings: WatchSettings = {
		driving: minutes("driving"),
		charging: minutes("charging"),
		parked: minutes("parked"),
		share: within("share") / 100,
		events: readEvents(properties.events, problem),
		low,
		high,
		zones: readZones(properties.zones, problem),
		currency: readCurrency(properties.currency, problem),
		timeZone: readTimeZone(properties.timeZone, timeZone, problem),
		efficiency: within("efficiency") / 100,
		capacity: orNone("capacity"),
		staleAfter: staleAfter === null ? null : staleAfter * HOUR,
		firstRun: properties.firstRun === "all" ? "all" : "none",
	};
	if (!["", "none", "all", undefined, null].includes(properties.firstRun as string))
		problem("firstRun", `"firstRun" is ${quote(properties.firstRun)}; it is "none" or "all".`);
	return { settings, problems };
}

/** The pace that holds for a vehicle that several watches of one account look at: the shortest intervals, the smallest share. */
export function sharedPace(paces: readonly [Pace, ...Pace[]]): Pace {
	const least = (field: keyof Pace) => Math.min(...paces.map((pace) => pace[field]));
	return {
		driving: least("driving"),
		charging: least("charging"),
		parked: least("parked"),
		share: least("share"),
	};
}

type Report = (field: string, sentence: string) => void;

function readEvents(value: unknown, problem: Report): ReadonlySet<EventKind> {
	if (value === undefined || value === null) return new Set(EVENT_KINDS);
	if (!Array.isArray(value)) {
		problem("events", `"events" is ${quote(value)}; it must be a list of event ids.`);
		return new Set(EVENT_KINDS);
	}
	const known: ReadonlySet<unknown> = new Set(EVENT_KINDS);
	const unknown = value.filter((kind) => !known.has(kind));
	if (unknown.length > 0) problem("events", `"events" names ${quote(unknown[0])}, which is no event of this node.`);
	return new Set(value.filter((kind): kind is EventKind => known.has(kind)));
}

function readZones(value: unknown, problem: Report): Zone[] {
	if (isEmpty(value)) return [];
	if (!Array.isArray(value)) {
		problem("zones", `"zones" is ${quote(value)}; it must be a list.`);
		return [];
	}
	if (value.length > MOST_ZONES)
		problem("zones", `There are ${value.length} zones; at most ${MOST_ZONES} are watched.`);
	const zones: Zone[] = [];
	const names = new Set<string>();
	for (const [index, row] of value.slice(0, MOST_ZONES).entries()) {
		const found = readZone(row);
		const where = `Zone ${index + 1}`;
		if (typeof found === "string") problem("zones", `${where} ${found}.`);
		else if (names.has(found.zone.name))
			problem("zones", `${where} has the name of another one, ${quote(found.zone.name)}.`);
		else {
			names.add(found.zone.name);
			zones.push(found.zone);
			if (found.problem !== undefined) problem("zones", `${where}: ${found.problem}`);
		}
	}
	return zones;
}

function readZone(row: unknown): string | { zone: Zone; problem: string | undefined } {
	if (!isRecord(row)) return "is no zone";
	const name = typeof row.name === "string" ? row.name.trim() : "";
	if (name === "") return "has no name";
	if (name.length > LONGEST_NAME) return `has a name of more than ${LONGEST_NAME} characters`;
	const coordinate = (value: unknown, most: number) => {
		const read = amount(value);
		return read === null || Math.abs(read) > most ? null : read;
	};
	const latitude = coordinate(row.latitude, 90);
	if (latitude === null) return `(${quote(name)}) needs a latitude from -90 to 90`;
	const longitude = coordinate(row.longitude, 180);
	if (longitude === null) return `(${quote(name)}) needs a longitude from -180 to 180`;
	// Only a radius that was never set has the default; one that was emptied is a mistake to tell.
	const radius = row.radius === undefined ? USUAL_RADIUS : amount(row.radius);
	if (radius === null || radius <= 0 || radius > LARGEST_RADIUS) return `(${quote(name)}) needs a radius above 0 m`;
	const { pricing, problem } = readPrice(row.price);
	const zone: Zone = { key: keyOf(4, name, latitude, longitude, radius), name, latitude, longitude, radius };
	if (pricing !== null) zone.price = pricing;
	return { zone, problem };
}

function readCurrency(value: unknown, problem: Report): string | null {
	if (isEmpty(value)) return null;
	if (typeof value === "string" && value.trim().length <= LONGEST_CURRENCY) return value.trim();
	problem("currency", `"currency" is ${quote(value)}; it must be a short text such as EUR.`);
	return null;
}

function readTimeZone(value: unknown, fallback: string, problem: Report): string {
	if (isEmpty(value)) return fallback;
	if (typeof value === "string" && value.length <= 60 && isTimeZone(value.trim())) return value.trim();
	problem("timeZone", `"timeZone" is ${quote(value)}, which is no time zone; write one such as Europe/Paris.`);
	return fallback;
}

function isEmpty(value: unknown): boolean {
	return value === undefined || value === null || (typeof value === "string" && value.trim() === "");
}
