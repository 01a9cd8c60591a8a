import { durationSeconds } from "../../duration";
import { at } from "../../json";
import { averageIn, CENTILITRES, consumptionIn, type SmallUnit, WATT_HOURS } from "./consumption";
import { moment } from "./moment";
import { energyType, flag, list, number, percent, place, rounded, scaled, text } from "./readers";

/** A trip in one shape and fixed units; null where the API says nothing. Times are RFC 3339. */
export interface TripSummary {
	id: string | null;
	startedAt: string | null;
	stoppedAt: string | null;
	/** s */
	duration: number | null;
	/** km */
	distance: number | null;
	/** km/h over the whole trip: distance by duration. */
	averageSpeed: number | null;
	/** km */
	startOdometer: number | null;
	start: TripPlace;
	stop: TripPlace;
	/** Consumption in kWh, average in kWh/100 km, levels in %. */
	electric: TripEnergy;
	/** Consumption in L, average in L/100 km, levels in %. */
	fuel: TripEnergy;
	/** False while the trip goes on. */
	done: boolean | null;
}

/** Degrees. */
export interface TripPlace {
	latitude: number | null;
	longitude: number | null;
}

/** Consumption over the trip and on average over 100 km, in the unit of its property; levels at both ends in %. */
export interface TripEnergy {
	consumption: number | null;
	average: number | null;
	startLevel: number | null;
	endLevel: number | null;
}

/**
 * Summarizes a trip, whatever family it came from. The API's own average speed is left aside: real answers give it in
 * other units than the documents. Total and pure: any input gives a summary with every key, and none is changed.
 *
 * Sources: `Trip` of user-v4 and fleet-v3 (flat, `duration` in seconds) and of accounts-v1 (nested under `stats`,
 * `locations` and `state`, `stats.duration` in ISO 8601).
 */
export function summarizeTrip(resource: unknown): TripSummary {
	const duration = first(secondsOf, [at(resource, "duration"), at(resource, "stats", "duration")]);
	const distance = first(kilometresOf, [at(resource, "distance"), at(resource, "stats", "distance", "total")]);
	const electric = energyOf(resource, "Electric", distance, WATT_HOURS);
	const fuel = energyOf(resource, "Fuel", distance, CENTILITRES);
	return {
		id: text(at(resource, "id")),
		startedAt: moment(at(resource, "startedAt"))?.text ?? null,
		stoppedAt: moment(at(resource, "stoppedAt"))?.text ?? null,
		duration,
		distance,
		averageSpeed: averageSpeed(distance, duration),
		// 0 is how cars say that they don't know.
		startOdometer: kilometresOf(at(resource, "startMileage")) || null,
		start: placeOf(resource, "startPosition"),
		stop: placeOf(resource, "stopPosition"),
		electric,
		fuel: isForeign(fuel, electric) ? { consumption: null, average: null, startLevel: null, endLevel: null } : fuel,
		done: first(flag, [at(resource, "done"), at(resource, "state", "done")]),
	};
}

function first<T>(read: (value: unknown) => T | null, values: Iterable<unknown>): T | null {
	for (const value of values) {
		const found = read(value);
		if (found !== null) return found;
	}
	return null;
}

const YEAR = 365 * 86_400;

function secondsOf(value: unknown): number | null {
	return number(value, 0, YEAR) ?? number(durationSeconds(value), 0, YEAR);
}

function kilometresOf(value: unknown): number | null {
	return number(value, 0, 1_500_000);
}

function placeOf(trip: unknown, name: string): TripPlace {
	const found = first(place, [at(trip, name), at(trip, "locations", name)]);
	return { latitude: found?.latitude ?? null, longitude: found?.longitude ?? null };
}

function energyOf(trip: unknown, type: string, distance: number | null, unit: SmallUnit): TripEnergy {
	const those = (...lists: unknown[]) => lists.flatMap(list).filter((energy) => energyType(energy) === type);
	const level = (energy: unknown) => percent(at(energy, "level"));
	const consumed = those(at(trip, "energyConsumptions"), at(trip, "stats", "energyConsumptions"));
	return {
		consumption: first((energy) => consumptionIn(energy, distance, unit), consumed),
		average: scaled(first(averageIn, consumed), 1 / unit.perWhole),
		startLevel: first(level, those(at(trip, "startEnergies"))),
		endLevel: first(level, those(at(trip, "endEnergies"))),
	};
}

// Some electric cars tell of a fuel they don't have: a tank that was empty at both ends of a trip drove nobody.
function isForeign(fuel: TripEnergy, electric: TripEnergy): boolean {
	const empty = !fuel.startLevel && !fuel.endLevel && !fuel.consumption && !fuel.average;
	const told = fuel.startLevel === 0 || fuel.endLevel === 0;
	return empty && told && Object.values(electric).some((value) => value !== null);
}

/** km/h; null where nothing can be said, also of a trip that took no time worth the name. */
function averageSpeed(distance: number | null, duration: number | null): number | null {
	if (distance === null || !duration) return null;
	const speed = (distance / duration) * 3600;
	return Number.isFinite(speed) ? rounded(speed, 3) : null;
}
