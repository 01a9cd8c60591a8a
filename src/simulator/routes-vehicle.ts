/** Vehicles, their latest state and what they sent before. */
import { collection } from "./collection";
import { ApiFailure } from "./failure";
import type { Family } from "./families";
import { oneOf, timestamps } from "./filters";
import * as flat from "./flat";
import { alerts } from "./histories";
import * as nested from "./nested";
import type { Source } from "./paging";
import { type Answer, type Call, ok, type Route, vehicleOf } from "./route";
import type { SimulatedVehicle } from "./vehicles";
import { feature, type Json, lastFix } from "./wording";

/** Routes at and right below the vehicles of a family. */
export function vehicleRoutes(family: Family): Route[] {
	const one = `${family.vehicles}/{id}`;
	// Only the vehicles of fleet-v3 know no indexRange.
	const rule = family.id === "fleet-v3" ? { ...family.paging, indexRange: false } : family.paging;
	const get = (path: string, serve: (call: Call) => Answer): Route => ({ method: "GET", path, serve });
	const shared = [
		get(family.vehicles, (call) =>
			collection(call, { key: "vehicles", rule, timed: false, items: vehicles, show: showVehicle }),
		),
		get(one, (call) => ok(showVehicle(call, vehicleOf(call, false)))),
	];
	if (family.id === "accounts-v1") {
		return [
			...shared,
			get(`${one}/capability`, (call) => ok(nested.capability(vehicleOf(call, false)))),
			get(`${one}/telemetries/latest`, latest),
			get(`${one}/telemetries`, (call) => telemetry(call, call.model.samples(vehicleOf(call)))),
		];
	}
	return [
		...shared,
		get(`${one}/status`, status),
		get(`${one}/maintenance`, (call) => ok(flat.maintenance(call, call.model.state(vehicleOf(call))))),
		get(`${one}/lastPosition`, lastPosition),
		get(`${one}/telemetry`, (call) => telemetry(call, call.model.samples(vehicleOf(call)))),
	];
}

function vehicles(call: Call): Source<SimulatedVehicle> {
	const prefix = call.query.get("vinPrefix");
	const all = call.model.vehicles();
	return prefix ? all.slice(0, all.length).filter((vehicle) => vehicle.vin.startsWith(prefix)) : all;
}

/** A vehicle with the extensions the call asks for. */
export function showVehicle(call: Call, vehicle: SimulatedVehicle): Json {
	const shape = call.family.id === "accounts-v1" ? nested : flat;
	return shape.vehicle(call, vehicle, extensionsWanted(call, shape.extensions));
}

/** Which extensions a call asks for; a 400 for those that don't exist. */
export function extensionsWanted(call: Call, known: readonly string[]): (name: string) => boolean {
	const passes = oneOf(call.query, "extension", known);
	return (name) => call.query.has("extension") && passes(name);
}

/** A car that has never sent anything has a state too, an empty one; all else of it is a 404. */
function status(call: Call): Answer {
	const vehicle = vehicleOf(call, false);
	return ok(vehicle.hasData ? flat.status(call, call.model.state(vehicle)) : flat.emptyStatus(call, vehicle));
}

function lastPosition(call: Call): Answer {
	const fix = lastFix(call.model.state(vehicleOf(call)));
	if (!fix) throw new ApiFailure(404, "We didn't find a position: the vehicle is in privacy mode.", "no data");
	return ok(feature(fix), "application/vnd.geo+json");
}

/** What `type` may ask for: whole blocks or single parts of `vehicle`. */
function types(call: Call): string[] {
	const given = call.query.getAll("type").flatMap((text) => text.split(","));
	const stray = given.find((type) => !/^(environment|privacy|vehicle(\.[A-Za-z.]+)?)$/.test(type));
	if (stray !== undefined) throw new ApiFailure(400, "type must be environment, privacy, vehicle or a part of it.");
	return given;
}

function latest(call: Call): Answer {
	const vehicle = vehicleOf(call, false);
	const asked = types(call);
	if (!vehicle.hasData) return ok(nested.emptyLatest(call, vehicle));
	const active = alerts.of(call, vehicle).filter((alert) => alert.endAt === undefined);
	const shown = active.map((alert) => alerts.show(call, vehicle, alert));
	return ok(nested.only(nested.latest(call, call.model.state(vehicle), shown), asked));
}

/** What `extension` may ask for on telemetry. */
const extensions = ["location", "maintenance"];

/** Records of a car at the given times, which are in order. */
export function telemetry(call: Call, times: readonly number[]): Answer {
	const vehicle = vehicleOf(call);
	return collection(call, {
		key: "telemetries",
		rule: call.family.telemetryPaging,
		items: (asked) => {
			// Bad ones are refused even where there is nothing to show.
			types(asked);
			extensionsWanted(asked, extensions);
			return times.filter(timestamps(asked.query));
		},
		show: (asked, time) => {
			const state = { ...call.model.state(vehicle, time), updatedAt: time };
			const record =
				call.family.id === "accounts-v1"
					? nested.telemetry(asked, state)
					: flat.telemetry(asked, state, extensionsWanted(asked, extensions));
			return nested.only(record, types(asked));
		},
	});
}
