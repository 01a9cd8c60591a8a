/** What lies above vehicles: their user, or fleets and their collections of all vehicles. */
import * as flat from "../answers/flat";
import { link } from "../answers/reader";
import { spelledBy } from "../answers/spelling";
import { bornAt } from "../answers/wording";
import { ApiFailure } from "../base/failure";
import type { Json } from "../base/json";
import { collection } from "../collections/collection";
import type { Source } from "../collections/paging";
import { type Family, fleetId } from "../families";
import { type Call, get, ok, type Route } from "../route";
import type { VehicleState } from "../world/state";
import type { SimulatedVehicle } from "../world/vehicles";
import { extensionsWanted, showVehicle } from "./vehicle";

/** The routes above the vehicles of a family. */
export function accountRoutes(family: Family): Route[] {
	const { user: userPath, fleet, paging } = family;
	return [
		...(userPath ? [get(userPath, (call) => ok(user(call, userPath)))] : []),
		...(fleet ? fleetRoutes(fleet, paging) : []),
	];
}

function fleetRoutes({ all, one, vehicleByVin }: NonNullable<Family["fleet"]>, paging: Family["paging"]): Route[] {
	const show = (call: Call) => fleet(call, one);
	const wide = (key: string, show: (call: Call, state: VehicleState) => Json) => (call: Call) =>
		collection(call, {
			key,
			rule: paging.usual,
			timed: false,
			items: reporting,
			show: (asked, vehicle: SimulatedVehicle) => spelledBy(vehicle, show(asked, call.model.said(vehicle))),
		});
	return [
		get(all, (call) =>
			collection(call, {
				key: "fleets",
				rule: paging.vehicles,
				timed: false,
				items: () => [fleetId],
				show,
			}),
		),
		get(one, (call) => ok(show(call))),
		get(`${one}/status`, wide("status", flat.status)),
		get(`${one}/maintenances`, wide("maintenances", flat.maintenance)),
		get(vehicleByVin, (call) => ok(byVin(call))),
	];
}

function user(call: Call, path: string): Json {
	const { family } = call;
	const vehicles = call.model.vehicles().slice(0, family.paging.usual.max);
	return {
		email: "driver@mail.example",
		firstName: "Camille",
		lastName: "Demo",
		createdAt: bornAt,
		updatedAt: bornAt,
		_links: { self: link(call, path), vehicles: link(call, family.vehicles) },
		_embedded: { Vehicles: vehicles.map((vehicle) => showVehicle(call, vehicle)) },
	};
}

function fleet(call: Call, path: string): Json {
	const rels = ["vehicles", "status", "maintenances", "alerts", "trips", "collisions", "monitors"];
	const links = Object.fromEntries(rels.map((rel) => [rel, link(call, `${path}/${rel}`)]));
	return {
		id: fleetId,
		name: "Demo fleet",
		description: "The simulated cars of the demo.",
		createdAt: bornAt,
		updatedAt: bornAt,
		_links: { self: link(call, path), ...links, callbacks: link(call, call.family.channels.path) },
	};
}

/** The vehicles that have told anything yet, made as they are looked at. */
function reporting(call: Call): Source<SimulatedVehicle> {
	const all = call.model.vehicles();
	const silent = call.model.silent;
	const past = (index: number) => (index < silent ? index : index + 1);
	return {
		length: all.length - 1,
		slice: (from, to) => all.slice(past(from), past(to)).filter((vehicle) => vehicle.hasData),
	};
}

/** A vehicle by its VIN, the only path of any family that takes one. */
function byVin(call: Call): Json {
	const vehicle = call.model.find("vin", call.params.vin ?? "");
	if (!vehicle) throw new ApiFailure(404, "Vehicle not found.");
	const wanted = extensionsWanted(call, flat.extensions);
	const extension = Object.fromEntries(
		flat.extensions.filter(wanted).map((name) => [name, flat.extensionOf(call, vehicle, name)]),
	);
	return {
		vin: vehicle.vin,
		motorization: vehicle.motorization,
		createdAt: bornAt,
		...(Object.keys(extension).length > 0 ? { _embedded: { extension } } : {}),
	};
}
