/** Places and ways on a small piece of earth that is flat enough. */

/** Longitude and latitude in degrees, in the order of RFC 7946 section 3.1.1. */
export type Place = readonly [longitude: number, latitude: number];

/** Whether two places are one; they are made anew each time they are asked for. */
export function samePlace(one: Place, other: Place): boolean {
	return one[0] === other[0] && one[1] === other[1];
}

/** km by road for one as the crow flies. */
export const detour = 1.25;

const kmPerDegree = 111.32;

/** The place `km` from here, in the direction `degrees` clockwise from north. */
export function fromHere(here: Place, km: number, degrees: number): Place {
	const angle = (degrees * Math.PI) / 180;
	const latitude = here[1] + (km * Math.cos(angle)) / kmPerDegree;
	const longitude = here[0] + (km * Math.sin(angle)) / (kmPerDegree * Math.cos((here[1] * Math.PI) / 180));
	return [longitude, latitude];
}

/** Direction from one place to another, whole degrees clockwise from north, 0 to 359. */
export function heading(from: Place, to: Place): number {
	const east = (to[0] - from[0]) * Math.cos((from[1] * Math.PI) / 180);
	const degrees = (Math.atan2(east, to[1] - from[1]) * 180) / Math.PI;
	return Math.round(degrees + 360) % 360;
}

/** A road between two places: it starts and ends there and is crooked in between. `part` goes from 0 to 1. */
export function alongRoad(from: Place, to: Place, part: number): Place {
	const swing = 0.12 * Math.sin(part * Math.PI * 2) + 0.05 * Math.sin(part * Math.PI * 5);
	const [east, north] = [to[0] - from[0], to[1] - from[1]];
	return [from[0] + east * part - north * swing, from[1] + north * part + east * swing];
}

/** A round trip of about `km` that leaves and comes back to one place. `part` goes from 0 to 1. */
export function alongLoop(start: Place, km: number, degrees: number, part: number): Place {
	const radius = km / (2 * Math.PI * 1.15);
	return fromHere(fromHere(start, radius, degrees), radius, degrees + 180 + 360 * part);
}

/** km between two places, as the crow flies. */
export function distance(from: Place, to: Place): number {
	const east = (to[0] - from[0]) * Math.cos((from[1] * Math.PI) / 180);
	return Math.hypot(east, to[1] - from[1]) * kmPerDegree;
}
