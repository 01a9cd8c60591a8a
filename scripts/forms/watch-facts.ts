/// <reference path="../../resources/types/fields.d.ts" />
/// <reference path="../../resources/types/facts.d.ts" />
import {
	LARGEST_RADIUS,
	LONGEST_CURRENCY,
	LONGEST_NAME,
	MOST_PRICES,
	MOST_ZONES,
	USUAL_RADIUS,
} from "../../src/watch/amounts";
import type { EventKind } from "../../src/watch/events";

/** What an event is about, in the order in which a form shows it. */
const GROUPS = ["charge", "drive", "doors", "health"] as const;

const GROUP_OF: Readonly<Record<EventKind, (typeof GROUPS)[number]>> = {
	plugged: "charge",
	unplugged: "charge",
	"charging-started": "charge",
	"charging-ended": "charge",
	"charging-failed": "charge",
	"battery-low": "charge",
	"battery-high": "charge",
	"driving-started": "drive",
	"driving-ended": "drive",
	"trip-ended": "drive",
	"zone-entered": "drive",
	"zone-left": "drive",
	locked: "doors",
	unlocked: "doors",
	opened: "doors",
	closed: "doors",
	"climate-started": "doors",
	"climate-ended": "doors",
	"alert-started": "health",
	"alert-ended": "health",
	"maintenance-due": "health",
	"privacy-on": "health",
	"privacy-off": "health",
	stale: "health",
	fresh: "health",
};

const ZONE: StellantisField[] = [
	{ name: "name", kind: "text", needed: true, max: LONGEST_NAME },
	{ name: "latitude", kind: "number", needed: true, min: -90, max: 90 },
	{ name: "longitude", kind: "number", needed: true, min: -180, max: 180 },
	{ name: "radius", kind: "number", above: 0, max: LARGEST_RADIUS, unit: "m" },
	{ name: "price", kind: "number" },
];

/** What the form of a watch knows of the engine. */
export function watchFacts(): StellantisWatch {
	// within a group as people think of it, not in the order in which they are told
	const ids = Object.keys(GROUP_OF) as EventKind[];
	const events = GROUPS.map((group) => [group, ids.filter((id) => GROUP_OF[id] === group)]);
	return {
		events: Object.fromEntries(events),
		zone: ZONE,
		freshZone: { radius: USUAL_RADIUS },
		mostZones: MOST_ZONES,
		mostPrices: MOST_PRICES,
		longestCurrency: LONGEST_CURRENCY,
	};
}
