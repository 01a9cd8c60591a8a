import { quote } from "../api/time";
import { vehicleRefOf } from "../api/vehicles";
import { badInput } from "../error";
import { linkOf, relationsOf } from "../hal/document";
import type { LinkParameters } from "../hal/link";
import { readParameters } from "./query";
import type { Reading, Target } from "./reading";
import { givenVehicle, locateResource, needsVehicle, vehicleValue } from "./target";
import { choice, text, typedValue } from "./values";

/** Resources that go by a name of their own in this package, in whichever families have them. */
export const NAMED_RESOURCES = [
	"capability",
	"maintenance",
	"position",
	"telemetry",
	"collisions",
	"alarms",
	"charging-sessions",
	"stolen",
	"user",
] as const;
/** What the resource node can be told to read. */
export const RESOURCES = [...NAMED_RESOURCES, "link", "path"] as const;

/** Finds what the resource node asks for: a named resource, a link of what came in, or any path. */
export async function locateAny(reading: Reading): Promise<Target> {
	const resource = choice(reading.config.resource, "resource", RESOURCES);
	if (resource !== "link" && resource !== "path") return locateResource(reading, resource);
	const target = await targetText(reading, resource);
	const parameters = readParameters(reading.orders.params);
	return resource === "link" ? locateLink(reading, target, parameters) : locatePath(reading, target, parameters);
}

async function targetText({ RED, node, msg, config }: Reading, resource: "link" | "path"): Promise<string> {
	const value = await typedValue(RED, node, msg, "target", config.target, config.targetType);
	const given = text(value);
	if (given !== undefined) return given;
	throw badInput(
		resource === "link"
			? `The node's link is ${quote(value)}; give the name of a relation, such as trips.`
			: `The node's path is ${quote(value)}; give a path below the API's root, such as /user/vehicles.`,
	);
}

/** A relation of the resource in the payload, else of the vehicle. */
async function locateLink(reading: Reading, relation: string, parameters: LinkParameters): Promise<Target> {
	const { msg, car } = reading;
	const given = await vehicleValue(reading);
	const holder = [msg.payload, given].find((document) => linkOf(document, relation));
	if (holder === undefined) {
		const document = await vehicleDocument(reading, given, relation);
		return targetAt(reading, car.addressOfLink(document, relation, parameters), vehicleRefOf(document));
	}
	const vehicle = vehicleRefOf(given) ?? vehicleRefOf({ _links: { self: linkOf(holder, "vehicle") } });
	return targetAt(reading, car.addressOfLink(holder, relation, parameters), vehicle);
}

/** The vehicle itself, asked for when nothing that came in has the link. */
async function vehicleDocument(reading: Reading, given: unknown, relation: string): Promise<unknown> {
	const { car, msg, signal } = reading;
	const known = [msg.payload, given].find((document) => relationsOf(document).length > 0);
	if (known !== undefined)
		throw badInput(`There is no link ${quote(relation)}. What came in links to: ${relationsOf(known).join(", ")}.`);
	const vehicle = await givenVehicle(reading);
	const route = car.route("vehicle");
	const answer = await car.get(
		car.withQuery(car.addressOfVehicle(route, vehicle), car.standingQuery(route)),
		reading.single,
		signal,
	);
	if (linkOf(answer.body, relation)) return answer.body;
	throw badInput(
		`The vehicle has no link ${quote(relation)}. It links to: ${relationsOf(answer.body).join(", ") || "nothing"}.`,
	);
}

async function locatePath(reading: Reading, path: string, parameters: LinkParameters): Promise<Target> {
	const { car } = reading;
	const filled = Object.keys(parameters).reduce((rest, name) => rest.replaceAll(`{${name}}`, ""), path);
	const vehicle = needsVehicle(filled) ? await givenVehicle(reading) : undefined;
	const own = vehicle
		? { id: vehicle.id, vid: vehicle.id, ...(vehicle.vin === undefined ? {} : { vin: vehicle.vin }) }
		: {};
	return targetAt(reading, car.addressOfPath(path, { ...own, ...parameters }), vehicle);
}

/** What the table knows of an address tells how to ask; what it is, the answer tells. */
function targetAt({ car }: Reading, url: URL, vehicle: Target["vehicle"]): Target {
	const route = car.match(url);
	const id = route && car.variablesOf(route, url).id;
	const several = route?.collection && !needsVehicle(route.path) ? null : undefined;
	return {
		url,
		route,
		vehicle: vehicle ?? (id === undefined ? several : { id }),
		shape: route?.collection ? "collection" : "either",
	};
}
