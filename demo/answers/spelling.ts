/** Times as cars spell them that don't speak RFC 3339. */
import { isObject, type Json } from "../base/json";
import { type TimeStyle, timeStyleOf } from "../world/quirks";
import type { SimulatedVehicle } from "../world/vehicles";

/** As `iso` writes them. */
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

const styles: Readonly<Record<TimeStyle, (time: Date) => string>> = {
	compact: (time) => time.toISOString().replace("Z", "+0000"),
	words: (time) => {
		const [weekday = "", date = "", month = "", year = "", clock = "", zone = ""] = time.toUTCString().split(" ");
		return [weekday.replace(",", ""), month, date, clock, zone, year].join(" ");
	},
};

/** An answer with its times as the car spells them. */
export function spelledBy({ index }: SimulatedVehicle, answer: Json): Json {
	const style = timeStyleOf(index);
	return style ? (respelled(answer, styles[style]) as Json) : answer;
}

function respelled(value: unknown, spell: (time: Date) => string): unknown {
	if (typeof value === "string") return rfc3339.test(value) ? spell(new Date(value)) : value;
	if (Array.isArray(value)) return value.map((each) => respelled(each, spell));
	if (!isObject(value)) return value;
	return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, respelled(each, spell)]));
}
