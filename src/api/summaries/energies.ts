import { at } from "../../json";
import { type Entry, entries, type Picked, pick } from "./entries";
import { energyType, number, percent, text } from "./readers";

/** The energies of a vehicle, each newest first, without those the vehicle doesn't have. */
export interface Energies {
	electric: Entry[];
	fuel: Entry[];
}

const DAY_MS = 86_400_000;

/**
 * Splits `energies` and the older `energy` by type. Some electric cars answer with a `Fuel` energy nobody ever fills
 * (and the other way round): such a foreign one is left out, so that a summary tells of no tank where there is none.
 *
 * Sources: `Status.energies`, `Status.energy` (user-v4, fleet-v3), `AggregatedTelemetries.vehicle.energies` (accounts-v1).
 */
export function energiesOf(bases: readonly unknown[]): Energies {
	const all = entries(bases, "energies", "energy");
	const electric = all.filter(({ data }) => energyType(data) === "Electric");
	const fuel = all.filter(({ data }) => energyType(data) === "Fuel");
	switch (driveOf(bases)) {
		case "Electric":
			return { electric, fuel: withoutForeign(fuel, electric) };
		case "Thermal":
		case "Thermic":
			return { electric: withoutForeign(electric, fuel), fuel };
		case null:
			return { electric, fuel: fuel.filter((entry) => !(isEmpty(entry) && isOlder(entry, electric, 0))) };
		default:
			return { electric, fuel };
	}
}

/** Remaining share of an energy in %. */
export function levelOf(from: readonly Entry[]): Picked<number> {
	return pick(from, ({ level }) => percent(level));
}

/** Range of an energy in km (`autonomy`). */
export function rangeOf(from: readonly Entry[]): Picked<number> {
	return pick(from, rangeIn);
}

function rangeIn({ autonomy }: Record<string, unknown>): number | null {
	return number(autonomy, 0, 5000);
}

// The hint alone is no proof: a plug-in hybrid may call itself electric while it drives so. Its tank is neither empty nor old.
function withoutForeign(suspects: readonly Entry[], own: readonly Entry[]): Entry[] {
	return suspects.filter((entry) => !isEmpty(entry) && !isOlder(entry, own, DAY_MS));
}

function isEmpty({ data }: Entry): boolean {
	const charging = at(data, "extension", "electric", "charging", "status") ?? at(data, "charging", "status");
	return !percent(data.level) && !rangeIn(data) && text(charging) === null;
}

function isOlder({ time }: Entry, others: readonly Entry[], byMs: number): boolean {
	const other = others[0];
	if (other === undefined) return false;
	if (time === null || other.time === null) return time === null && other.time !== null;
	return other.time.ms - time.ms > byMs;
}

function driveOf(bases: readonly unknown[]): string | null {
	const said = pick(entries(bases, "service", "propulsion"), ({ type }) => (type === "Unknown" ? null : text(type)));
	return said.value ?? bases.map((base) => text(at(base, "motorization"))).find((drive) => drive !== null) ?? null;
}
