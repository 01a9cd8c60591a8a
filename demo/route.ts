/** What a route is and how one is found. */
import type { Reader } from "./answers/reader";
import { ApiFailure } from "./base/failure";
import type { Desk } from "./desk/desk";
import type { Desks } from "./desk/desks";
import type { Remotes } from "./desk/remotes";
import type { PostOffice } from "./events/post";
import type { SimulatedVehicle } from "./world/vehicles";

/** One request on its way through a route: its reader is who asks. */
export interface Call extends Reader {
	/** Path of the request, root of the family included. */
	path: string;
	/** The request's body as JSON; undefined where it has none. */
	body?: unknown;
	/** What users have set up. */
	desks: Desks;
	/** Where commands are followed to their end. */
	remotes: Remotes;
	/** Where events leave for webhooks. */
	post: PostOffice;
}

/** What a route answers. */
export interface Answer {
	status: number;
	body?: unknown;
	/** Media type, where it isn't `application/hal+json`. */
	type?: string;
}

/** One row of the table of routes. */
export interface Route {
	method: string;
	/** Path below the family's root, with variables in braces. */
	path: string;
	serve(call: Call): Answer;
}

/** The route of a request, with the values of the variables in its path. */
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

/** The desk of the family that is asked. */
export function deskOf({ desks, family }: Call): Desk {
	return desks.of(family);
}

/** A route that reads. */
export function get(path: string, serve: (call: Call) => Answer): Route {
	return { method: "GET", path, serve };
}

/** The answer to a request that went well. */
export function ok(body: unknown, type?: string): Answer {
	return { status: 200, body, ...(type === undefined ? {} : { type }) };
}
