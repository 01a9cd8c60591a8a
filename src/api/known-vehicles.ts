import { defined } from "../json";
import type { StatusSummary } from "./summaries/status-summary";
import { type VehicleCard, vehicleCardOf } from "./vehicle-card";
import { extensionOf } from "./vehicle-name";
import { isVin, type VehicleRef } from "./vehicles";

/** Vehicles of an account that are remembered. */
const MOST = 5_000;
/** Characters of all pictures that are kept: a picture may come within its address. */
const MOST_PICTURES = 2_000_000;

/** The latest state of a vehicle, as far as a glance needs it; null where the API says nothing. */
export interface LatestState {
	/** Battery and tank, in %. */
	battery: number | null;
	fuel: number | null;
	/** Range on what drives it, in km. */
	range: number | null;
	/** True while it charges. */
	charging: boolean;
	latitude: number | null;
	longitude: number | null;
	/** RFC 3339 in UTC. */
	updatedAt: string | null;
}

/** What an account knows of a vehicle; of one that was only asked for by its id or VIN, that is all it is called by. */
export interface KnownVehicle extends Omit<VehicleCard, "id"> {
	id?: string;
	state?: LatestState;
}

/**
 * What the answers of an API have told of an account's vehicles: cards and latest states, for a look at them that asks
 * nothing. It remembers the first thousands, in the order in which they came.
 */
export class KnownVehicles {
	readonly #most: number;
	/** By VIN, else id. */
	readonly #vehicles = new Map<string, KnownVehicle>();
	#pictures = 0;

	constructor(most: number = MOST) {
		this.#most = most;
	}

	/** Every vehicle, in the order in which they came. */
	get all(): readonly KnownVehicle[] {
		return [...this.#vehicles.values()];
	}

	/** Takes note of a vehicle resource. */
	listed({ id, vin, label }: VehicleRef, resource: Record<string, unknown>): void {
		const known = this.#vehicles.get(keyOf({ id, vin }));
		if (!known && this.#vehicles.size >= this.#most) return;
		const isNew = known?.id !== id || (label !== undefined && known.label !== label);
		// A fleet is listed again and again: what has nothing to add costs nothing.
		if (!isNew && (known.picture !== undefined || !hasPictures(resource))) return;
		const card = vehicleCardOf(resource);
		if (card) this.add(card);
	}

	/** Takes note of a card. */
	add({ picture, ...named }: VehicleCard): void {
		const key = keyOf(named);
		const known = this.#vehicles.get(key) ?? this.#vehicles.get(named.id);
		if (!known && this.#vehicles.size >= this.#most) return;
		// It was asked for by its id, before anybody knew its VIN.
		if (key !== named.id) this.#vehicles.delete(named.id);
		let shown = known?.picture;
		if (shown === undefined && picture !== undefined && this.#pictures + picture.length <= MOST_PICTURES) {
			this.#pictures += picture.length;
			shown = picture;
		}
		this.#vehicles.set(key, { ...named, ...defined({ picture: shown, state: known?.state }) });
	}

	/**
	 * Takes note of a state.
	 *
	 * @param vehicle its VIN, else its id
	 */
	saw(vehicle: string, { battery, fuel, charging, position, updatedAt }: StatusSummary): void {
		const known = this.#vehicles.get(vehicle);
		if (!known && this.#vehicles.size >= this.#most) return;
		const state: LatestState = {
			battery: battery.level,
			fuel: fuel.level,
			range: battery.range ?? fuel.range,
			charging: charging.status === "InProgress",
			latitude: position.latitude,
			longitude: position.longitude,
			updatedAt,
		};
		if (known) known.state = state;
		else this.#vehicles.set(vehicle, { ...(isVin(vehicle) ? { vin: vehicle } : { id: vehicle }), state });
	}
}

function keyOf({ id, vin }: { id: string; vin?: string | undefined }): string {
	return vin?.toUpperCase() ?? id;
}

function hasPictures(resource: Record<string, unknown>): boolean {
	return (resource.pictures ?? extensionOf(resource).pictures) !== undefined;
}
