import type { VehicleRef } from "../../api/vehicles";
import { isRecord } from "../../json";
import { type Known, loadKnown, saveKnown } from "../../watch/state";

/** What a watch keeps of one vehicle. */
export interface Entry {
	/** Without its links. */
	vehicle: VehicleRef;
	/** The first id that it had here, where it has another by now. */
	firstId?: string;
	/** Undefined before the first state. */
	known: Known | undefined;
	/** A look whose events may not have left yet: done again from `known` it tells the same. */
	unsent?: Unsent;
	/** True where the last state may not have left yet: the next one is told, also if it is the same. */
	owed?: true;
}

/** What was looked at: the summary of a state, what of it was not told, and our clock (epoch milliseconds). */
export interface Unsent {
	status: unknown;
	/** Paths of it that are empty because nothing was told. */
	untold?: readonly string[];
	now: number;
}

const VERSION = 1;

/** An entry as plain JSON. */
export function saveEntry({ vehicle, firstId, known, unsent, owed }: Entry): unknown {
	const { id, vin, label } = vehicle;
	return {
		version: VERSION,
		vehicle: { id, ...(vin === undefined ? {} : { vin }), ...(label === undefined ? {} : { label }) },
		...(firstId === undefined ? {} : { firstId }),
		...(known === undefined ? {} : { known: saveKnown(known) }),
		...(unsent === undefined ? {} : { unsent }),
		...(owed === undefined ? {} : { owed }),
	};
}

/** An entry as {@link saveEntry} gave it; undefined for anything else, and for what another version wrote. */
export function loadEntry(saved: unknown): Entry | undefined {
	if (!isRecord(saved) || saved.version !== VERSION || !isRecord(saved.vehicle)) return undefined;
	const { id, vin, label } = saved.vehicle;
	if (typeof id !== "string" || id === "") return undefined;
	const vehicle: VehicleRef = { id };
	if (typeof vin === "string") vehicle.vin = vin;
	if (typeof label === "string") vehicle.label = label;
	const entry: Entry = { vehicle, known: saved.known === undefined ? undefined : loadKnown(saved.known) };
	const { firstId, unsent, owed } = saved;
	if (typeof firstId === "string") entry.firstId = firstId;
	if (owed === true) entry.owed = owed;
	if (isRecord(unsent) && typeof unsent.now === "number") {
		const { status, now, untold } = unsent;
		entry.unsent = { status, now };
		if (Array.isArray(untold)) entry.unsent.untold = untold.filter((path) => typeof path === "string");
	}
	return entry;
}
