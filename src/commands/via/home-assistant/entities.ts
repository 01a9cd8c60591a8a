import { isVin } from "../../../api/vehicles";
import { at, isRecord } from "../../../json";

/** The integration whose entities are a car's (homeassistant-stellantis-vehicles). */
const PLATFORM = "stellantis_vehicles";
/** Characters of a VIN. */
const VIN_LENGTH = 17;
/** Most characters of an entity's id, as Home Assistant allows them, and of a unique id that can be of a car. */
const LONGEST_ID = 255;
/** Most characters of a state that is looked at. */
const LONGEST_STATE = 500;

/** An entity of a car. */
export interface Entity {
	/** Its id in Home Assistant, which users change: it tells nothing. */
	id: string;
	/** Who switched it off there; undefined: nobody. */
	disabledBy: string | undefined;
}

/** The entities of a car, by domain and key: `button.doors_lock`. */
export type Entities = ReadonlyMap<string, Entity>;

/**
 * The cars in the answer to `config/entity_registry/list`, by VIN in capitals. An entity is known by its unique id,
 * `<VIN>_<key>`; names, entity ids and languages are the user's.
 */
export function carsIn(registry: unknown): Map<string, Map<string, Entity>> {
	const cars = new Map<string, Map<string, Entity>>();
	for (const entry of Array.isArray(registry) ? registry : []) {
		if (!isRecord(entry) || entry.platform !== PLATFORM) continue;
		const { entity_id: id, unique_id: unique, disabled_by: disabledBy } = entry;
		if (!isId(id) || !isId(unique) || unique.charAt(VIN_LENGTH) !== "_") continue;
		const vin = unique.slice(0, VIN_LENGTH).toUpperCase();
		if (!isVin(vin)) continue;
		const car = cars.get(vin) ?? new Map<string, Entity>();
		cars.set(vin, car);
		const [domain = ""] = id.split(".", 1);
		car.set(`${domain}.${unique.slice(VIN_LENGTH + 1)}`, {
			id,
			disabledBy: typeof disabledBy === "string" ? disabledBy : undefined,
		});
	}
	return cars;
}

function isId(value: unknown): value is string {
	return typeof value === "string" && value.length <= LONGEST_ID;
}

/** The state of an entity, by Home Assistant's clock. */
export interface EntityState {
	state: string;
	/** When it became that, epoch milliseconds; NaN where nobody can tell. */
	changed: number;
	/** True for what stands there since a start of Home Assistant, because nobody has told it anew. */
	restored: boolean;
}

/** Reads a state as `get_states` and events have it; undefined for what is none. */
export function entityStateOf(value: unknown): EntityState | undefined {
	const state = at(value, "state");
	if (typeof state !== "string") return undefined;
	return {
		state: state.slice(0, LONGEST_STATE),
		changed: timeOf(at(value, "last_changed")),
		restored: at(value, "attributes", "restored") === true,
	};
}

/** A time as Home Assistant writes it, and as the state of a button has it; NaN for what is none. */
export function timeOf(value: unknown): number {
	return typeof value === "string" && value.length < 50 ? Date.parse(value) : Number.NaN;
}

/** True for a state that says nothing. */
export function isNothing(state: EntityState | undefined): boolean {
	return state === undefined || state.state === "unavailable" || state.state === "unknown";
}
