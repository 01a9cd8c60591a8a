/** Weekly programs of air conditioning and charging as commands set them, kept in one form and spelled in each family's. */
import { type Check, flag, isObject, list, number, object, text, whole, word } from "./checks";
import type { Json } from "./wording";

/** A program in its slot; `days` is spelled `occurrence` or `occurence` outside. The rest is as it was sent. */
export interface Program {
	slot: number;
	days?: unknown;
	rest: Json;
}

const clock = text(/^PT(?=\d)(\d+H)?(\d+M)?(\d+S)?$/, "a duration such as PT7H30M");
const days = object({ day: list(word("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), 0, 7) });
const shared = { enabled: flag, occurrence: days, occurence: days, actionsType: word("Set", "Delete") };

/** A list of programs, each in a slot of its own; those that are deleted need no start. */
function programs(slots: number, required: Record<string, Check>, optional: Record<string, Check>): Check {
	const slot = whole(1, slots);
	const set = object({ start: clock, ...required }, { ...shared, ...optional, slot });
	const gone = object(required, { ...shared, slot });
	const each: Check = (value, name) => (isObject(value) && value.actionsType === "Delete" ? gone : set)(value, name);
	return list(each, 0, slots);
}

/** `RemotePreconditioning.airConditioning.programs` */
export const climatePrograms = programs(
	4,
	{ slot: whole(1, 4) },
	{ recurrence: word("None", "Daily"), temp: number(0, 50) },
);
/** `RemoteCharging.schedule.programs` of user-v4 and fleet-v3 */
export const chargeSchedule = programs(4, {}, { end: clock });
/** `RemoteCharging.charge.programs` of accounts-v1 */
export const chargePrograms = programs(
	2,
	{ slot: whole(1, 2), minChargingLevel: whole(0, 50), maxChargingLevel: whole(0, 100) },
	{ end: clock, chargeToFull: flag, chargeType: word("Regular", "Cooperative") },
);

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

/** Programs as a status spells them; only the fields that the family knows. */
export function spelled(
	programs: readonly Program[],
	days: "occurrence" | "occurence",
	fields: readonly string[],
	filler: Json = {},
): Json[] {
	return programs.map((program) => ({
		...filler,
		...Object.fromEntries(Object.entries(program.rest).filter(([name]) => fields.includes(name))),
		...(fields.includes("slot") ? { slot: program.slot } : {}),
		enabled: program.rest.enabled ?? true,
		...(program.days === undefined ? {} : { [days]: program.days }),
	}));
}
