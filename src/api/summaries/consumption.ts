import { at } from "../../json";
import { number, scaled } from "./readers";

/** The small unit of an energy in which real trips tell what the documents promise in the whole one. */
export interface SmallUnit {
	/** How many make the whole one. */
	perWhole: number;
	/** What 100 km can take, in the whole unit. */
	plausible: { least: number; most: number };
}

/** Wh, for kWh. */
export const WATT_HOURS: SmallUnit = { perWhole: 1000, plausible: { least: 5, most: 60 } };
/** cL, for L. */
export const CENTILITRES: SmallUnit = { perWhole: 100, plausible: { least: 2, most: 30 } };

/** Most kWh or L of a trip. */
const MOST = 10_000;
/** How far (as a factor) a consumption may be from what its average and the distance make, to be told in that unit. */
const ABOUT = 10;

/**
 * What a trip took of an energy, in kWh or L. Documents and servers don't agree on the unit, so each trip tells it
 * itself: by the average, which is Wh/100 km or cL/100 km everywhere, and the distance; else by what cars use; else it is
 * Wh or cL, as live servers tell it.
 *
 * Source: `EnergyConsumption` of all three documents, and trips of live servers.
 */
export function consumptionIn(energy: unknown, distance: number | null, unit: SmallUnit): number | null {
	const told = number(at(energy, "consumption"), 0, MOST * unit.perWhole);
	if (told === null) return null;
	const whole = isWhole(told, averageIn(energy), distance, unit);
	return whole && told > MOST ? null : scaled(told, whole ? 1 : 1 / unit.perWhole);
}

/** The average of an energy of a trip: Wh/100 km or cL/100 km. */
export function averageIn(energy: unknown): number | null {
	return number(at(energy, "avgConsumption"), 0, 1_000_000);
}

function isWhole(told: number, average: number | null, distance: number | null, unit: SmallUnit): boolean {
	if (!distance) return false;
	const ratio = average ? told / ((average * distance) / 100) : Number.NaN;
	if (ratio > 1 / ABOUT && ratio < ABOUT) return false;
	if (ratio * unit.perWhole > 1 / ABOUT && ratio * unit.perWhole < ABOUT) return true;
	const per100 = (told * 100) / distance;
	return per100 >= unit.plausible.least && per100 <= unit.plausible.most;
}
