import { isDocument } from "../hal/document";
import { lastSegment } from "../hal/link";
import { ownKeyOf } from "./collection";

interface Vehicle {
	id: string;
	vin?: string;
}

/** Whose items a collection of several vehicles holds. */
export interface SeveralVehicles {
	/** The vehicle of an item; undefined for one that tells none. */
	vehicleOf(item: unknown): Vehicle | undefined;
	/** A vehicle with its VIN, where that is known without a request. */
	completed(vehicle: Vehicle): Vehicle;
}

/**
 * What a mark knows items by. Ids of vehicles follow a consent, so none of them stands in it where it need not: in the
 * collection of one vehicle an item goes by its own id, in one of several beside the VIN of its vehicle, or beside that
 * vehicle's id where no VIN is known.
 */
export class NewsKeys {
	readonly #several: SeveralVehicles | undefined;
	/** VINs by the ids of vehicles. What a mark has known stays known, also to a Node-RED that has not seen the list yet. */
	readonly #vins: Map<string, string>;
	/** What vehicles are called, by id: the same from the first item to the last, whatever is learned meanwhile. */
	readonly #names = new Map<string, string>();

	/**
	 * @param vins as {@link vins} gave them to a mark; anything else knows none
	 * @param several where the collection is of more than one vehicle
	 */
	constructor(vins: unknown, several: SeveralVehicles | undefined) {
		this.#several = several;
		const known = isDocument(vins) ? Object.entries(vins) : [];
		this.#vins = new Map(known.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
	}

	/** The key of an item; undefined for one without an id. */
	of(item: unknown): string | undefined {
		const own = ownKeyOf(item);
		const vehicle = own === undefined ? undefined : this.#several?.vehicleOf(item);
		return vehicle ? `${this.#nameOf(vehicle)} ${own}` : own;
	}

	/** A key of a mark, which may be of a version that put the address of a vehicle, and so its id, before that of an item. */
	renewed(key: string): string {
		const end = key.indexOf(" ");
		if (end < 0) return key;
		const prefix = key.slice(0, end);
		// An id may have slashes and blanks, too, but is no address.
		const isAddress = /^(?:https?:\/)?\//.test(prefix);
		if (!this.#several) return isAddress ? key.slice(end + 1) : key;
		return this.#nameOf({ id: isAddress ? lastSegment(prefix) : prefix }) + key.slice(end);
	}

	/** The VINs of the vehicles that have items among these keys; undefined where none is known. */
	vins(keys: Iterable<string>): Record<string, string> | undefined {
		if (this.#vins.size === 0) return undefined;
		const named = new Set<string>();
		for (const key of keys) named.add(key.slice(0, Math.max(0, key.indexOf(" "))));
		const known = [...this.#vins].filter(([id, vin]) => named.has(vin) || named.has(id));
		return known.length > 0 ? Object.fromEntries(known) : undefined;
	}

	#nameOf(vehicle: Vehicle): string {
		const { id } = vehicle;
		const vin = (vehicle.vin ?? this.#vins.get(id) ?? this.#several?.completed({ id }).vin)?.toUpperCase();
		if (vin !== undefined) this.#vins.set(id, vin);
		const name = this.#names.get(id) ?? vin ?? id;
		this.#names.set(id, name);
		return name;
	}
}
