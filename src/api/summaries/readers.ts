/**
 * Readers of single values out of whatever the API answered. None of them throws or trusts a type;
 * what isn't there, isn't of its type or is out of all reason is null.
 */

import { at, isRecord } from "../../json";

/** A list as it is, a single object as a list of one, anything else as an empty list. */
export function list(value: unknown): readonly unknown[] {
	if (Array.isArray(value)) return value;
	return isRecord(value) ? [value] : [];
}

/** Most characters of a number that comes as text. */
const LONGEST_NUMBER = 100;

/** A number, or a string that is one in decimal notation, from `min` to `max`. */
export function number(value: unknown, min: number, max: number): number | null {
	const decimal = typeof value === "string" && value.length <= LONGEST_NUMBER && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(value);
	const read = decimal ? Number(value) : value;
	if (typeof read !== "number" || !(read >= min && read <= max)) return null;
	return read === 0 ? 0 : read; // no -0: it reads as 0 in every message, but equals it in no deep comparison
}

/** A percentage: level, health, auxiliary battery. */
export function percent(value: unknown): number | null {
	return number(value, 0, 100);
}

/** Most characters that are looked at to see whether a text says something. */
const BEGINNING = 10_000;

/** A string with something in it. */
export function text(value: unknown): string | null {
	return typeof value === "string" && value.slice(0, BEGINNING).trim() !== "" ? value : null;
}

/** A boolean. */
export function flag(value: unknown): boolean | null {
	return typeof value === "boolean" ? value : null;
}

/** `value` times `factor` without the noise of binary fractions (13.9 m/s is 50.04 km/h, not 50.040000000000006). */
export function scaled(value: number | null, factor: number): number | null {
	return value === null || !Number.isFinite(value * factor) ? null : rounded(value * factor, 6);
}

/** Rounded to so many decimal digits. */
export function rounded(value: number, digits: number): number {
	return Number(value.toFixed(digits));
}

/** A place on earth in degrees; `altitude` in metres where the API tells it. */
export interface Coordinates {
	latitude: number;
	longitude: number;
	altitude: number | null;
}

/**
 * The place of a GeoJSON Point, or of a Feature that holds one. Coordinates go longitude first (RFC 7946, 3.1.1).
 * `[0, 0]`, in the sea off Africa, is how cars say that they don't know.
 */
export function place(value: unknown): Coordinates | null {
	const coordinates = at(value, "geometry", "coordinates") ?? at(value, "coordinates");
	if (!Array.isArray(coordinates)) return null;
	const longitude = number(coordinates[0], -180, 180);
	const latitude = number(coordinates[1], -90, 90);
	if (longitude === null || latitude === null || (longitude === 0 && latitude === 0)) return null;
	return { latitude, longitude, altitude: number(coordinates[2], -1000, 10_000) };
}

/** `Electric` or `Fuel`: an energy's `type`, or without one what its `subType` belongs to (`EnergyType`, `EnergySubType`). */
export function energyType(energy: unknown): string | null {
	const subType = text(at(energy, "subType"));
	return text(at(energy, "type")) ?? (subType === null ? null : subType === "ElectricEnergy" ? "Electric" : "Fuel");
}
