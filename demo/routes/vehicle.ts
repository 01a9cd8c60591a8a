/** Vehicles, their latest state and what they sent before. */
import * as flat from "../answers/flat";
import * as nested from "../answers/nested";
import type { Wanted } from "../answers/reader";
import { writerFor } from "../answers/shapes";
import { spelledBy } from "../answers/spelling";
import { alert, feature, lastFix } from "../answers/wording";
import { ApiFailure } from "../base/failure";
import type { Json } from "../base/json";
import { collection } from "../collections/collection";
import { oneOf, timestamps } from "../collections/filters";
import type { Source } from "../collections/paging";
import type { Family, Shape } from "../families";
import { type Answer, type Call, get, ok, type Route, vehicleOf } from "../route";
import type { SimulatedVehicle } from "../world/vehicles";

/** Routes at and right below the vehicles of a family. */
export function vehicleRoutes(family: Family): Route[] {
	const one = `${family.vehicles}/{id}`;
	const rule = family.paging.vehicles;
	return [
		get(family.vehicles, (call) =>
			collection(call, { key: "vehicles", rule, timed: false, items: vehicles, show: showVehicle }),
		),
		get(one, (call) => ok(showVehicle(call, vehicleOf(call, false)))),
		...stateRoutes[family.shape](one),
	];
}

const samples = (call: Call) => telemetry(call, call.model.samples(vehicleOf(call)));

/** What a vehicle tells of itself, by design. */
const stateRoutes: Readonly<Record<Shape, (vehicle: string) => Route[]>> = {
	flat: (vehicle) => [
		get(`${vehicle}/status`, status),
		get(`${vehicle}/maintenance`, (call) => {
			const car = vehicleOf(call);
			return ok(spelledBy(car, flat.maintenance(call, call.model.said(car))));
		}),
		get(`${vehicle}/lastPosition`, lastPosition),
		get(`${vehicle}/telemetry`, samples),
	],
	nested: (vehicle) => [
		get(`${vehicle}/capability`, (call) => ok(nested.capability(vehicleOf(call, false)))),
		get(`${vehicle}/telemetries/latest`, latest),
		get(`${vehicle}/telemetries`, samples),
	],
};

function vehicles(call: Call): Source<SimulatedVehicle> {
	const prefix = call.query.get("vinPrefix");
	const all = call.model.vehicles();
	return prefix ? all.slice(0, all.length).filter((vehicle) => vehicle.vin.startsWith(prefix)) : all;
}

/** A vehicle with the extensions the call asks for. */
export function showVehicle(call: Call, vehicle: SimulatedVehicle): Json {
	const writer = writerFor(call);
	return writer.vehicle(call, vehicle, extensionsWanted(call, writer.extensions));
}

/** Which extensions a call asks for; a 400 for those that don't exist. */
export function extensionsWanted(call: Call, known: readonly string[]): Wanted {
	const passes = oneOf(call.query, "extension", known);
	return (name) => call.query.has("extension") && passes(name);
}

/** A car that has never sent anything has a state too, an empty one; all else of it is a 404. */
function status(call: Call): Answer {
	const vehicle = vehicleOf(call, false);
	if (!vehicle.hasData) return ok(flat.emptyStatus(call, vehicle));
	return ok(spelledBy(vehicle, flat.status(call, call.model.said(vehicle))));
}

function lastPosition(call: Call): Answer {
	const vehicle = vehicleOf(call);
	const fix = lastFix(call.model.said(vehicle));
	if (!fix) throw new ApiFailure(404, "Not Found: Position not found.", "no data");
	return ok(spelledBy(vehicle, feature(fix)), "application/vnd.geo+json");
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
	const active = call.model.alerts(vehicle).filter((each) => each.endAt === undefined);
	const shown = active.map((each) => alert(call, vehicle, each));
	return ok(nested.only(spelledBy(vehicle, nested.latest(call, call.model.said(vehicle), shown)), asked));
}

/** What `extension` may ask for on telemetry. */
const extensions = ["location", "maintenance"];

/** Records of a car at the given times, which are in order. */
export function telemetry(call: Call, times: readonly number[]): Answer {
	const vehicle = vehicleOf(call);
	return collection(call, {
		key: "telemetries",
		rule: call.family.paging.telemetry,
		items: (asked) => {
			// Bad ones are refused even where there is nothing to show.
			types(asked);
			extensionsWanted(asked, extensions);
			return times.filter(timestamps(asked.query));
		},
		show: (asked, time) => {
			const state = { ...call.model.state(vehicle, time), updatedAt: time };
			const record = writerFor(asked).telemetry(asked, state, extensionsWanted(asked, extensions));
			return nested.only(record, types(asked));
		},
	});
}
