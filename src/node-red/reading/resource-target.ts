import { quote } from "../../api/time";
import { vehicleRefOf } from "../../api/vehicles";
import { badInput } from "../../error";
import { isDocument, linkOf, relationsOf } from "../../hal/document";
import type { LinkParameters } from "../../hal/link";
import { defined } from "../../json";
import type { ApiResponse } from "../../transport/client";
import type { NodeInput, Target } from "../node-input";
import { RESOURCE } from "../properties";
import { choice, text, typedValue } from "../values";
import { parametersOf, queryOf } from "./query";
import { givenVehicle, locateResource, needsVehicle, vehicleValue } from "./target";

/** Finds what the resource node asks for: a named resource, a link of what came in, or any path. */
export async function locateAny(input: NodeInput): Promise<Target> {
	const resource = choice(input.config.resource, "resource", RESOURCE.resource.choices);
	if (resource !== "link" && resource !== "path") return locateResource(input, resource);
	const target = await targetText(input, resource);
	const parameters = parametersOf(input.orders);
	const located = resource === "link" ? locateLink(input, target, parameters) : locatePath(input, target, parameters);
	return { ...(await located), parameters };
}

async function targetText({ RED, node, msg, config }: NodeInput, resource: "link" | "path"): Promise<string> {
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
async function locateLink(input: NodeInput, relation: string, parameters: LinkParameters): Promise<Target> {
	const { msg, car } = input;
	const given = await vehicleValue(input);
	const holder = [msg.payload, given].find((document) => linkOf(document, relation));
	if (holder === undefined) {
		const { body, url } = await vehicleDocument(input, given, relation);
		return targetAt(input, car.addressOfLink(body, relation, parameters, url), vehicleRefOf(body));
	}
	const address = car.addressOfLink(holder, relation, parameters);
	const linked = vehicleRefOf({ _links: { self: linkOf(holder, "vehicle") } });
	const own = isVehicle(holder) ? vehicleRefOf(holder) : linked;
	const known = holder === given ? [vehicleRefOf(given)] : [own, vehicleRefOf(given)];
	// Where a link leads says more than what came along with it.
	const id = car.vehicleIdOf(address);
	const vehicle = known.find((each) => each !== undefined && (id === undefined || each.id === id));
	return targetAt(input, address, vehicle);
}

/** True for a vehicle resource, of all that links to something. */
function isVehicle(document: unknown): boolean {
	return isDocument(document) && typeof document.vin === "string" && linkOf(document, "vehicle") === undefined;
}

/** The vehicle itself, asked for when nothing that came in has the link. */
async function vehicleDocument(input: NodeInput, given: unknown, relation: string): Promise<ApiResponse> {
	const { car, msg, signal } = input;
	const known = [msg.payload, given].find((document) => relationsOf(document).length > 0);
	if (known !== undefined)
		throw badInput(`There is no link ${quote(relation)}. What came in links to: ${relationsOf(known).join(", ")}.`);
	const vehicle = await givenVehicle(input);
	const route = car.route("vehicle");
	const answer = await car.get(
		car.withQuery(car.addressOfVehicle(route, vehicle), car.standingQuery(route)),
		input.single,
		signal,
	);
	if (linkOf(answer.body, relation)) return answer;
	throw badInput(
		`The vehicle has no link ${quote(relation)}. It links to: ${relationsOf(answer.body).join(", ") || "nothing"}.`,
	);
}

async function locatePath(input: NodeInput, path: string, parameters: LinkParameters): Promise<Target> {
	const { car } = input;
	const filled = Object.keys(parameters).reduce((rest, name) => rest.replaceAll(`{${name}}`, ""), path);
	const vehicle = needsVehicle(filled) ? await givenVehicle(input) : undefined;
	const own = vehicle ? { id: vehicle.id, vid: vehicle.id, ...defined({ vin: vehicle.vin }) } : {};
	const url = car.addressOfPath(path, { ...own, ...parameters });
	return { ...targetAt(input, url, vehicle), written: queryOf(url) };
}

/** What the table knows of an address tells how to ask, and what it is; of others the answer tells that. */
function targetAt({ car, vehicles }: NodeInput, url: URL, vehicle: Target["vehicle"]): Target {
	const route = car.match(url);
	const id = car.vehicleIdOf(url);
	const several = route?.collection && !needsVehicle(route.path) ? null : undefined;
	return {
		url,
		route,
		vehicle: vehicle ?? (id === undefined ? several : vehicles.completed({ id })),
		shape: route === undefined ? "either" : route.collection ? "collection" : "single",
	};
}
