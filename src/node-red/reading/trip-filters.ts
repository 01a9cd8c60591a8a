import { quote } from "../../api/time";
import { badInput } from "../../error";
import { TRIPS } from "../properties";
import { numberValue, type Properties, words } from "../values";

/**
 * The filters of the trips node as query parameters: `distance` (km, one decimal) and `duration` (s) as `min-max`,
 * `states`, and in accounts-v1 `propulsions` and `kinetics`. Source: the trip parameters of all three documents.
 */
export function tripFilters(config: Properties): Record<string, string | string[]> {
	const filters: Record<string, string | string[]> = {};
	const distance = bounds(config, "minDistance", "maxDistance", 1);
	const duration = bounds(config, "minDuration", "maxDuration", 0);
	if (distance !== undefined) filters.distance = distance;
	if (duration !== undefined) filters.duration = duration;
	const states = words(config.states);
	const known: readonly string[] = TRIPS.states.several;
	const unknown = states.find((state) => !known.includes(state));
	if (unknown !== undefined) throw badInput(`"states" holds ${quote(unknown)}; it may hold ${known.join(", ")}.`);
	if (states.length > 0) filters.states = states;
	for (const name of ["propulsions", "kinetics"]) {
		const list = words(config[name]);
		if (list.length > 0) filters[name] = list;
	}
	return filters;
}

function bounds(config: Properties, low: string, high: string, decimals: number): string | undefined {
	const { range } = TRIPS.minDistance;
	const min = numberValue(config[low], low, range, undefined);
	const max = numberValue(config[high], high, range, undefined);
	if (min === undefined && max === undefined) return undefined;
	if (min !== undefined && max !== undefined && max < min)
		throw badInput(`"${high}" (${max}) is below "${low}" (${min}).`);
	const rounded = (value: number) => Number(value.toFixed(decimals));
	return `${rounded(min ?? 0)}-${max === undefined ? "" : rounded(max)}`;
}
