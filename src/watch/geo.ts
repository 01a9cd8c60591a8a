/** A point on earth in degrees. */
export interface Point {
	latitude: number;
	longitude: number;
}

const EARTH_RADIUS = 6_371_008.8;

/** Metres between two points along a great circle (haversine, mean radius of WGS 84). */
export function metres(from: Point, to: Point): number {
	const latitude = radians(to.latitude - from.latitude);
	const longitude = radians(to.longitude - from.longitude);
	const chord =
		Math.sin(latitude / 2) ** 2 +
		Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude)) * Math.sin(longitude / 2) ** 2;
	return 2 * EARTH_RADIUS * Math.asin(Math.min(1, Math.sqrt(chord)));
}

function radians(degrees: number): number {
	return (degrees * Math.PI) / 180;
}
