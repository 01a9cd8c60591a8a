/** Weekly programs of air conditioning and charging in the bodies of commands. */
import { isObject } from "../base/json";
import { type Check, flag, list, number, object, text, whole, word } from "./checks";

const clock = text(/^PT(\d+H(\d+M)?(\d+S)?|\d+M(\d+S)?|\d+S)$/, "a duration such as PT7H30M");
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
