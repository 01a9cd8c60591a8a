import { place } from "./summaries/readers";

/** A GeoJSON LineString (RFC 7946, 3.1.4): `[longitude, latitude]`, and the altitude in metres where it is known. */
export interface LineString {
	type: "LineString";
	coordinates: ([number, number] | [number, number, number])[];
}

/**
 * The path through waypoints, in their order: GeoJSON Points or Features that hold one; any other is skipped.
 * RFC 7946 wants two positions at least: with fewer usable waypoints `coordinates` holds one or none.
 *
 * Source: `WayPoints._embedded.positions` in all families.
 */
export function lineString(positions: Iterable<unknown>): LineString {
	const coordinates: LineString["coordinates"] = [];
	for (const position of positions) {
		const found = place(position);
		if (found === null) continue;
		const { longitude, latitude, altitude } = found;
		coordinates.push(altitude === null ? [longitude, latitude] : [longitude, latitude, altitude]);
	}
	return { type: "LineString", coordinates };
}
