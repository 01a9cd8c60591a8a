/** What a route is and how one is found. */
import { ApiFailure } from "./failure";
import { type Family, fleetId } from "./families";
import type { Model } from "./model";
import type { PostOffice } from "./post";
import type { Remotes } from "./remotes";
import type { SimulatedVehicle } from "./vehicles";

/** One request on its way through a route. */
export interface Call {
	family: Family;
	model: Model;
	/** `http://host:port` of the server. */
	origin: string;
	/** Path of the request, root of the family included. */
	path: string;
	/** Variables of the route's path, decoded. */
	params: Readonly<Record<string, string>>;
	/** Parameters of the query; of a page, those its token fixes. */
	query: URLSearchParams;
	/** The request's body as JSON; undefined where it has none. */
	body?: unknown;
	/** Where commands are followed to their end. */
	remotes: Remotes;
	/** Where events leave for webhooks. */
	post: PostOffice;
}

export interface Answer {
	status: number;
	body?: unknown;
	/** Media type, where it isn't `application/hal+json`. */
	type?: string;
}

export interface Route {
	method: string;
	/** Path below the family's root, with variables in braces. */
	path: string;
	serve(call: Call): Answer;
}

export interface Match {
	route: Route;
	params: Record<string, string>;
}

/** Makes a finder out of a table of routes. The finder answers `undefined` for a path that is in no row. */
export function router(routes: readonly Route[]): (method: string, path: string) => Match | undefined {
	const table = routes.map((route) => ({ route, parts: route.path.split("/") }));
	return (method, path) => {
		const parts = path.split("/");
		const fits = table.filter(
			(row) => row.parts.length === parts.length && row.parts.every((part, n) => matches(part, parts[n])),
		);
		const row = fits.find((each) => each.route.method === method);
		if (!row && fits.length > 0) throw new ApiFailure(405, `Method ${method} is not allowed here.`);
		if (!row) return undefined;
		const params: Record<string, string> = {};
		for (const [n, part] of row.parts.entries()) {
			if (part.startsWith("{")) params[part.slice(1, -1)] = decode(parts[n] ?? "");
		}
		return { route: row.route, params };
	};
}

function matches(pattern: string, part: string | undefined): boolean {
	return pattern.startsWith("{") ? part !== "" : pattern === part;
}

function decode(part: string): string {
	try {
		return decodeURIComponent(part);
	} catch {
		throw new ApiFailure(400, "The path is not a valid URL.");
	}
}

/** Address of a path below the family's root; `{fid}` and other variables of this call are filled in. */
export function href(call: Call, path: string): string {
	const filled = path.replace("{fid}", call.params.fid ?? fleetId);
	return `${call.family.relativeLinks ? "" : call.origin}${call.family.root}${filled}`;
}

/** A HAL link (draft-kelly-json-hal section 5) to a path below the family's root. */
export function link(call: Call, path: string): { href: string; templated?: true } {
	const address = href(call, path);
	return address.includes("{") ? { href: address, templated: true } : { href: address };
}

/** Path of a vehicle below the root. */
export function vehiclePath(call: Call, vehicle: SimulatedVehicle): string {
	return `${call.family.vehicles}/${vehicle.id}`;
}

/**
 * The vehicle a path names.
 * @throws ApiFailure 404 when there is none, and when it has never sent anything and `needsData` is true
 */
export function vehicleOf(call: Call, needsData = true): SimulatedVehicle {
	const vehicle = call.model.find("id", call.params.id ?? "");
	if (!vehicle) throw new ApiFailure(404, "Vehicle not found.");
	if (needsData && !vehicle.hasData) throw new ApiFailure(404, "We didn't find data for this vehicle.", "no data");
	return vehicle;
}

export function ok(body: unknown, type?: string): Answer {
	return { status: 200, body, ...(type === undefined ? {} : { type }) };
}
