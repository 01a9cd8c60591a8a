/**
 * Where the demo answers otherwise than the published documents say: as real servers do, or because a document
 * contradicts itself. The contract tests read this table; what single cars get wrong stands in `world/quirks.ts`.
 */
import type { FamilyId } from "./families";

export interface Deviation {
	readonly families: readonly FamilyId[];
	/** Where in the API, and what its document says there. */
	readonly document: string;
	readonly demo: string;
	/** Who has seen it. */
	readonly source: string;
	/**
	 * The complaints of the document's schema that come of it: path with `*` for indexes, message, and for formats the
	 * value. Absent where a schema can't tell.
	 */
	readonly error?: RegExp;
}

const every: readonly FamilyId[] = ["user-v4", "accounts-v1", "fleet-v3"];
const flat: readonly FamilyId[] = ["user-v4", "fleet-v3"];
const integration = "github.com/andreadegiovine/homeassistant-stellantis-vehicles";
const recorded = "status of a plug-in hybrid, recorded by its owner";
const document = "the document itself";

/** The table of all deviations. */
export const deviations: readonly Deviation[] = [
	{
		families: ["user-v4"],
		document: "Trip.energyConsumptions: consumption in kWh and L",
		demo: "Wh and cL",
		source: `${integration}, sensor.py`,
	},
	{
		families: flat,
		document: "charging.nextDelayedTime: duration until the next charging",
		demo: "a time of day on the car's clock, PT22H5M is 22:05; always there, while the car charges and when nothing waits",
		source: `${integration}, time.py and mqtt_event.py`,
	},
	{
		families: flat,
		document: "remote charging, immediate false: stops charging",
		demo: "postpones it: the car starts again at nextDelayedTime, if it is still plugged in",
		source: `${integration}, and github.com/flobz/psa_car_controller`,
	},
	{
		families: every,
		document: "charging.remainingTime: duration until charged",
		demo: "PT10H30M at most, and as it was when charging stopped",
		source: `${integration}, mqtt_event.py`,
	},
	{
		families: every,
		document: "collections: a page with an empty list where there is nothing",
		demo: "404 with code 40400 (accounts-v1: DataNotFound)",
		source: `github.com/Stellantis/stellantis.github.io, issue 72; ${integration}, issue 464`,
	},
	{
		families: every,
		document: "times: RFC 3339",
		demo: "two cars spell the times of their state in other ways",
		source: "concept pages of the API",
		error: /must match format "date-time": (\d{4}-\d\d-\d\dT[\d:.]+\+0000|\w{3} \w{3} \d\d [\d:]{8} GMT \d{4})$/,
	},
	{
		families: ["user-v4"],
		document: "Status.energy: an object",
		demo: "a list, as under energies",
		source: recorded,
		error: /^\/energy must be object/,
	},
	{
		families: ["user-v4"],
		document: "preconditionning programs, occurence: an object",
		demo: "null",
		source: recorded,
		error: /^\/preconditionning\/.*\/occurence must be object/,
	},
	{
		families: flat,
		document: "Trip.kinetic.avgSpeed: km/h",
		demo: "m/s",
		source: "page of trips, recorded by an owner",
	},
	{
		families: every,
		document: "names of triggers: a pattern with quotation marks in it",
		demo: "names without, as in the document's own examples",
		source: document,
		error: /triggers\/\*\/name must match pattern/,
	},
	{
		families: ["accounts-v1"],
		document: "positions: createdAt is demanded beside properties",
		demo: "it stands inside them, where the document defines it",
		source: document,
		error: /(location|[pP]osition|positions\/\*) must have required property 'createdAt'/,
	},
	{
		families: ["accounts-v1"],
		document: "doorsState: identifier and state are demanded of all doors together",
		demo: "each door has them",
		source: document,
		error: /doorsState must have required property '(identifier|state)'/,
	},
];
