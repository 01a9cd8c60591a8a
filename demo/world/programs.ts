/** Weekly programs of air conditioning and charging, as commands set them. */
import type { Json } from "../base/json";
import { hour, minute } from "../base/time";

/** A program in its slot; `days` is spelled `occurrence` or `occurence` outside. The rest is as it was sent. */
export interface Program {
	slot: number;
	days?: unknown;
	rest: Json;
}

/** What a car has after a command: the given slots changed or deleted, all others as they were unless they are replaced. */
export function changed(current: readonly Program[], given: readonly Json[], replace: boolean): Program[] {
	const slots = new Map(replace ? [] : current.map((program) => [program.slot, program]));
	for (const [place, { slot = place + 1, actionsType, occurrence, occurence, ...rest }] of given.entries()) {
		const days = occurrence ?? occurence;
		if (actionsType === "Delete") slots.delete(Number(slot));
		else slots.set(Number(slot), { slot: Number(slot), ...(days === undefined ? {} : { days }), rest });
	}
	return [...slots.values()].sort((a, b) => a.slot - b.slot);
}

/** Times of day at which the programs that are switched on start, in ms since midnight. */
export function startsOf(programs: readonly Program[]): number[] {
	return programs.flatMap(({ rest }) => {
		const [, hours = "0", minutes = "0"] = /^PT(?:(\d+)H)?(?:(\d+)M)?/.exec(String(rest.start)) ?? [];
		return rest.enabled === false ? [] : [Number(hours) * hour + Number(minutes) * minute];
	});
}
