import { durationSeconds } from "../../duration";
import { moment } from "./moment";
import { at, energyType, flag, list, number, percent, place, rounded, scaled, text } from "./readers";

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
	/** Consumption in kWh, levels in %. */
	electric: TripEnergy;
	/** Consumption in L, levels in %. */
	fuel: TripEnergy;
	/** False while the trip goes on. */
	done: boolean | null;
}

/** Degrees. */
export interface TripPlace {
	latitude: number | null;
	longitude: number | null;
}

/** Consumption over the trip, in the unit of its property; levels at both ends in %. */
export interface TripEnergy {
	consumption: number | null;
	startLevel: number | null;
	endLevel: number | null;
}

/** In what the family tells consumption: kWh and L in user-v4 and accounts-v1, Wh and cL in fleet-v3. */
export interface TripUnits {
	electricConsumption: "kWh" | "Wh";
	fuelConsumption: "L" | "cL";
}

/**
 * Summarizes a trip, whatever family it came from. The API's own average speed is left aside: real answers give it in
 * other units than the documents. Total and pure: any input gives a summary with every key, and none is changed.
 *
 * Sources: `Trip` of user-v4 and fleet-v3 (flat, `duration` in seconds) and of accounts-v1 (nested under `stats`,
 * `locations` and `state`, `stats.duration` in ISO 8601).
 */
export function summarizeTrip(resource: unknown, units: TripUnits): TripSummary {
	const duration = first(secondsOf, [at(resource, "duration"), at(resource, "stats", "duration")]);
	const distance = first(kilometresOf, [at(resource, "distance"), at(resource, "stats", "distance", "total")]);
	const electric = energyOf(resource, "Electric", units.electricConsumption === "Wh" ? 0.001 : 1);
	const fuel = energyOf(resource, "Fuel", units.fuelConsumption === "cL" ? 0.01 : 1);
	return {
		id: text(at(resource, "id")),
		startedAt: moment(at(resource, "startedAt"))?.text ?? null,
		stoppedAt: moment(at(resource, "stoppedAt"))?.text ?? null,
		duration,
		distance,
		averageSpeed: averageSpeed(distance, duration),
		startOdometer: kilometresOf(at(resource, "startMileage")),
		start: placeOf(resource, "startPosition"),
		stop: placeOf(resource, "stopPosition"),
		electric,
		fuel: isForeign(fuel, electric) ? { consumption: null, startLevel: null, endLevel: null } : fuel,
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

function energyOf(trip: unknown, type: string, factor: number): TripEnergy {
	const those = (...lists: unknown[]) => lists.flatMap(list).filter((energy) => energyType(energy) === type);
	const level = (energy: unknown) => percent(at(energy, "level"));
	const consumption = (energy: unknown) => number(at(energy, "consumption"), 0, 10_000 / factor);
	const consumed = those(at(trip, "energyConsumptions"), at(trip, "stats", "energyConsumptions"));
	return {
		consumption: scaled(first(consumption, consumed), factor),
		startLevel: first(level, those(at(trip, "startEnergies"))),
		endLevel: first(level, those(at(trip, "endEnergies"))),
	};
}

// Some electric cars tell of a fuel they don't have: a tank that was empty at both ends of a trip drove nobody.
function isForeign(fuel: TripEnergy, electric: TripEnergy): boolean {
	const empty = !fuel.startLevel && !fuel.endLevel && !fuel.consumption;
	const told = fuel.startLevel === 0 || fuel.endLevel === 0;
	return empty && told && Object.values(electric).some((value) => value !== null);
}

/** km/h; null where nothing can be said, also of a trip that took no time worth the name. */
function averageSpeed(distance: number | null, duration: number | null): number | null {
	if (distance === null || !duration) return null;
	const speed = (distance / duration) * 3600;
	return Number.isFinite(speed) ? rounded(speed, 3) : null;
}
