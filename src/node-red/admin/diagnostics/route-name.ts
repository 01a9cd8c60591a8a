import type { Family } from "../../../api/families";

/** What a request asked for, by the name of its route, and the vehicle it asked about. */
export interface NamedRoute {
	route: string;
	vehicle?: string;
}

/** The route of a family that the end of a path is; undefined for one that the table does not know. */
export function routeNameOf({ routes }: Pick<Family, "routes">, pathname: string): NamedRoute | undefined {
	const segments = pathname.split("/").filter((segment) => segment !== "");
	let found: NamedRoute | undefined;
	let most = -1;
	for (const [route, { path }] of Object.entries(routes)) {
		const pattern = path.split("/").filter((segment) => segment !== "");
		const tail = segments.slice(-pattern.length);
		const isVariable = (segment: string) => segment.startsWith("{");
		if (!pattern.every((segment, place) => isVariable(segment) || segment === tail[place])) continue;
		// Of several that fit, the one that says most of the path: `/vehicles/{id}` is also the end of longer ones.
		const said = pattern.length * 10 + pattern.filter((segment) => !isVariable(segment)).length;
		if (tail.length < pattern.length || said <= most) continue;
		most = said;
		const vehicle = tail[pattern.findIndex((segment) => /^\{(id|vid|vin)\}$/.test(segment))];
		found = vehicle === undefined ? { route } : { route, vehicle };
	}
	return found;
}
