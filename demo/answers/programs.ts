/** Weekly programs of air conditioning and charging in the state of a vehicle. */
import type { Json } from "../base/json";
import type { Program } from "../world/programs";

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
