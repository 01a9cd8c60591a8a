/** Who reads an answer: it is written in the words of the reader's family, and its links lead to where the reader came in. */
import { type Family, fleetId } from "../families";
import type { Model } from "../world/model";
import type { SimulatedVehicle } from "../world/vehicles";

/** Someone who asks for resources, or is told of them. */
export interface Reader {
	family: Family;
	model: Model;
	/** `http://host:port` of the server. */
	origin: string;
	/** Variables of the path that was asked for, decoded. */
	params: Readonly<Record<string, string>>;
	/** Parameters of the query; of a page, those its token fixes. */
	query: URLSearchParams;
}

/** Says which extensions of a resource its reader wants. */
export type Wanted = (extension: string) => boolean;

/** Address of a path below the family's root; `{fid}` is filled in. */
export function href(reader: Reader, path: string): string {
	const filled = path.replace("{fid}", reader.params.fid ?? fleetId);
	return `${reader.family.relativeLinks ? "" : reader.origin}${reader.family.root}${filled}`;
}

export interface Link {
	href: string;
	templated?: true;
}

/** A HAL link (draft-kelly-json-hal section 5) to a path below the family's root. */
export function link(reader: Reader, path: string): Link {
	const address = href(reader, path);
	return address.includes("{") ? { href: address, templated: true } : { href: address };
}

/** The link back to the fleet, in families that have fleets. */
export function fleetLink(reader: Reader): { fleet?: Link } {
	const { fleet } = reader.family;
	return fleet ? { fleet: link(reader, fleet.one) } : {};
}

/** Path of a vehicle below the root. */
export function vehiclePath(reader: Reader, vehicle: SimulatedVehicle): string {
	return `${reader.family.vehicles}/${vehicle.id}`;
}
