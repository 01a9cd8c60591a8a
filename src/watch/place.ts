import { type PlacePayload, rfc3339 } from "./events";
import type { Pricing } from "./prices";
import { keysOf } from "./rules/zones";
import type { WatchSettings, Zone } from "./settings";
import type { Known } from "./state";

/** Where a vehicle is: the smallest of the zones that it is in, and its position. */
export function placeOf(known: Readonly<Known>, settings: WatchSettings): PlacePayload {
	const { spot } = known;
	return {
		zone: zoneOf(known, settings)?.name ?? null,
		latitude: spot?.latitude ?? null,
		longitude: spot?.longitude ?? null,
		updatedAt: spot === null || spot.at === null ? null : rfc3339(spot.at),
	};
}

/** What a kWh costs where the vehicle is. */
export function pricingAt(known: Readonly<Known>, settings: WatchSettings, general: Pricing | null): Pricing | null {
	return zoneOf(known, settings)?.price ?? general;
}

function zoneOf({ inside }: Readonly<Known>, { zones }: WatchSettings): Zone | null {
	if (inside === "") return null;
	const keys = keysOf(inside);
	let found: Zone | null = null;
	for (const zone of zones) if (keys.has(zone.key) && (found === null || zone.radius < found.radius)) found = zone;
	return found;
}
