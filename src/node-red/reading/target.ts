import type { VehicleRef } from "../../api/vehicles";
import type { NodeInput, Target } from "../node-input";
import { SCOPE } from "../properties";
import { choice, typedValue } from "../values";

/** Finds the node's resource, of one vehicle or of the whole fleet. */
export async function locateNamed(input: NodeInput): Promise<Target> {
	const { resource } = input.declaration;
	if (resource === undefined) throw new Error("a reading node names its resource or locates it");
	return locateResource(input, resource);
}

/** Finds a named resource, of the account, of one vehicle, or of the whole fleet where the node says so. */
export async function locateResource(input: NodeInput, name: string): Promise<Target> {
	const { car, config } = input;
	const scope = choice(config.scope, "scope", SCOPE.scope.choices);
	const route = car.route(scope === "fleet" ? `fleet-${name}` : name);
	const shape = route.collection ? "collection" : "single";
	if (!needsVehicle(route.path))
		return { url: car.address(route), route, vehicle: route.collection ? null : undefined, shape };
	const vehicle = await givenVehicle(input);
	return { url: car.addressOfVehicle(route, vehicle), route, vehicle, shape };
}

/** True for a path below a vehicle. */
export function needsVehicle(path: string): boolean {
	return /\{(id|vid|vin)\}/.test(path);
}

/** True for a path below a return channel. */
export function needsChannel(path: string): boolean {
	return path.includes("{cbid}");
}

/** The vehicle that the message or the node names, else the account's only one. */
export async function givenVehicle(input: NodeInput): Promise<VehicleRef> {
	return input.vehicles.find(await vehicleValue(input), input.single);
}

/** What stands in the node's vehicle field for this message. */
export function vehicleValue({ RED, node, msg, config }: NodeInput): Promise<unknown> {
	const { vehicle = "vehicle", vehicleType = "msg" } = config;
	return typedValue(RED, node, msg, "vehicle", vehicle, vehicleType);
}
