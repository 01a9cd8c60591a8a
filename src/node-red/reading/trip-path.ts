import { readCollection } from "../../api/collection";
import { isSegment } from "../../api/connected-car";
import { vehicleRefOf } from "../../api/vehicles";
import { type LineString, lineString } from "../../api/waypoints";
import { StellantisError } from "../../error";
import { isDocument, linkOf } from "../../hal/document";
import type { Companion } from "../messages";
import type { NodeInput, Target } from "../node-input";
import { flag } from "../values";

/** Most points of one path; a whole day at a point a second is below it. */
const MOST_POINTS = 100_000;
/** Answers that only say that a trip has no path. */
const NO_PATH = new Set(["ERR_NOT_FOUND", "ERR_NOT_SUPPORTED"]);

/** Brings along the path of each trip, where the node's form asks for it. */
export function waypointsOf(input: NodeInput, { vehicle }: Target): Companion | undefined {
	return flag(input.config.waypoints) ? { name: "waypoints", of: (trip) => tripPath(input, trip, vehicle) } : undefined;
}

/**
 * The path of a trip for `msg.waypoints`: a GeoJSON LineString (RFC 7946, section 3.1.4) in driving order, read over
 * all its pages; null when the API has none: in privacy mode for one, or for a vehicle that does not support it.
 */
async function tripPath(input: NodeInput, trip: unknown, driven: Target["vehicle"]): Promise<LineString | null> {
	const { car, sweep, signal } = input;
	const start = addressOf(input, trip, driven);
	if (!start) return null;
	const route = car.route("trip-waypoints");
	const pages = readCollection({
		fetch: car.fetcher(sweep, signal),
		start: car.withQuery(
			start,
			route.pageSize === undefined ? {} : { pageSize: route.pageSize },
			route.orderBy ? { orderBy: "ascending" } : {},
		),
		way: "next",
		embedded: route.embedded,
		resolve: (address) => car.resolve(address),
		parallel: 1,
	});
	const points: unknown[] = [];
	try {
		for await (const { items } of pages) {
			points.push(...items);
			if (points.length > MOST_POINTS) break;
		}
	} catch (error) {
		if (error instanceof StellantisError && NO_PATH.has(error.code)) return null;
		throw error;
	}
	return lineString(points);
}

/** Where the path of a trip is: its own link, which reality and the documents spell differently, else the table's path. */
function addressOf({ car }: NodeInput, trip: unknown, driven: Target["vehicle"]): URL | undefined {
	const route = car.route("trip-waypoints");
	const own = car.addressBy(linkOf(trip, "waypoints"), route);
	if (own) return own;
	const vehicle = linkOf(trip, "vehicle");
	const ref = (vehicle && vehicleRefOf({ _links: { self: vehicle } })) ?? driven;
	if (!ref || !isSegment(ref.id) || !isDocument(trip) || typeof trip.id !== "string" || !isSegment(trip.id))
		return undefined;
	return car.address(route, { id: ref.id, tid: trip.id });
}
