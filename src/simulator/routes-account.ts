/** What lies above vehicles: the user of user-v4, the fleets of fleet-v3 and their collections of all vehicles. */
import { collection } from "./collection";
import { ApiFailure } from "./failure";
import { type Family, fleetId } from "./families";
import * as flat from "./flat";
import type { Source } from "./paging";
import { type Answer, type Call, link, ok, type Route } from "./route";
import { extensionsWanted, showVehicle } from "./routes-vehicle";
import type { VehicleState } from "./state";
import type { SimulatedVehicle } from "./vehicles";
import { bornAt, type Json } from "./wording";

/** The routes above the vehicles of a family. */
export function accountRoutes(family: Family): Route[] {
	const get = (path: string, serve: (call: Call) => Answer): Route => ({ method: "GET", path, serve });
	if (family.id === "user-v4") return [get("/user", (call) => ok(user(call)))];
	if (family.id !== "fleet-v3") return [];
	const wide = (key: string, show: (call: Call, state: VehicleState) => unknown) => (call: Call) =>
		collection(call, {
			key,
			rule: family.paging,
			timed: false,
			items: reporting,
			show: (asked, vehicle: SimulatedVehicle) => show(asked, call.model.state(vehicle)),
		});
	return [
		get("/fleets", (call) =>
			collection(call, {
				key: "fleets",
				rule: { ...family.paging, indexRange: false },
				timed: false,
				items: () => [fleetId],
				show: fleet,
			}),
		),
		get("/fleets/{fid}", (call) => ok(fleet(call))),
		get("/fleets/{fid}/status", wide("status", flat.status)),
		get("/fleets/{fid}/maintenances", wide("maintenances", flat.maintenance)),
		get("/vehicles/{vin}", (call) => ok(byVin(call))),
	];
}

function user(call: Call): Json {
	const vehicles = call.model.vehicles().slice(0, call.family.paging.max);
	return {
		email: "driver@mail.example",
		firstName: "Camille",
		lastName: "Demo",
		createdAt: bornAt,
		updatedAt: bornAt,
		_links: { self: link(call, "/user"), vehicles: link(call, "/user/vehicles") },
		_embedded: { Vehicles: vehicles.map((vehicle) => showVehicle(call, vehicle)) },
	};
}

function fleet(call: Call): Json {
	const rels = ["vehicles", "status", "maintenances", "alerts", "trips", "collisions", "monitors"];
	const links = Object.fromEntries(rels.map((rel) => [rel, link(call, `/fleets/{fid}/${rel}`)]));
	return {
		id: fleetId,
		name: "Demo fleet",
		description: "The simulated cars of the demo.",
		createdAt: bornAt,
		updatedAt: bornAt,
		_links: { self: link(call, "/fleets/{fid}"), ...links, callbacks: link(call, call.family.channels.path) },
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
