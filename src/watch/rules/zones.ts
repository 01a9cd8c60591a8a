import { metres } from "../geo";
import type { Step } from "./step";

/** m beyond the radius until a zone counts as left, so that a position at its edge doesn't flicker. */
const LEAVE = 50;
/** Characters of a zone's key. */
const KEY = 4;

/** Zones entered and left. A zone that was not watched at the last position is looked at for the first time. */
export function watchZones(step: Step): void {
	const { before, next, reading, settings, telling } = step;
	const spot = reading.spot;
	if (spot === null) return;
	next.spot = spot;
	if (settings.zones.length === 0) {
		next.inside = "";
		next.outside = "";
		return;
	}
	const inside = keysOf(before.inside);
	const outside = keysOf(before.outside);
	const nowInside: string[] = [];
	const nowOutside: string[] = [];
	const { latitude, longitude, at } = spot;
	for (const zone of settings.zones) {
		const was = inside.has(zone.key);
		const isIn = metres(zone, spot) <= zone.radius + (was ? LEAVE : 0);
		(isIn ? nowInside : nowOutside).push(zone.key);
		const known = was || outside.has(zone.key);
		if (isIn === was || !(known || settings.firstRun === "all")) continue;
		telling.tell(
			isIn ? "zone-entered" : "zone-left",
			{ zone: zone.name, latitude, longitude },
			{ at, which: zone.key },
		);
	}
	next.inside = nowInside.join("");
	next.outside = nowOutside.join("");
}

/** The keys of zones that stand one after the other in `keys`. */
export function keysOf(keys: string): ReadonlySet<string> {
	const found = new Set<string>();
	for (let start = 0; start + KEY <= keys.length; start += KEY) found.add(keys.slice(start, start + KEY));
	return found;
}
