/** The table of everything that can be read, built from one list of resources for all three families. */

import { ApiFailure } from "./failure";
import { type Family, type FamilyId, families } from "./families";
import { oneOf } from "./filters";
import * as flat from "./flat";
import * as nested from "./nested";
import { cutPage, type PageRule, readPaging, type Source } from "./paging";
import { type Answer, type Call, ok, type Route, vehicleOf } from "./route";
import type { SimulatedVehicle } from "./vehicles";
import { feature, type Json, lastFix } from "./wording";

export interface Collection<T> {
	/** Key under `_embedded`. */
	key: string;
	rule: PageRule;
	/** False where the source has no order that could be turned round. */
	ordered?: boolean;
	/** All items that pass the filters, oldest first. */
	items(call: Call): Source<T>;
	show(call: Call, item: T): unknown;
}

/** Answers one page of a collection. */
export function collection<T>(call: Call, { key, rule, ordered = true, items, show }: Collection<T>): Answer {
	const request = readPaging(call.path, call.query, rule);
	const asked = { ...call, query: request.query };
	const source = ordered ? inOrder(asked, items(asked)) : items(asked);
	const page = cutPage(source, request, call.origin);
	return ok({
		_links: page.links,
		total: page.total,
		totalPage: page.totalPage,
		currentPage: page.currentPage,
		_embedded: { [key]: page.items.map((item) => show(asked, item)) },
	});
}

function inOrder<T>(call: Call, oldestFirst: Source<T>): Source<T> {
	if (!call.family.orderBy) return oldestFirst;
	const order = call.query.get("orderBy") ?? "descending";
	if (order !== "ascending" && order !== "descending")
		throw new ApiFailure(400, "orderBy must be ascending or descending.");
	return order === "ascending" ? oldestFirst : [...oldestFirst.slice(0, oldestFirst.length)].reverse();
}

function showVehicle(call: Call, vehicle: SimulatedVehicle): Json {
	const shape = call.family.id === "accounts-v1" ? nested : flat;
	return shape.vehicle(call, vehicle, extensionsWanted(call, shape.extensions));
}

function extensionsWanted(call: Call, known: readonly string[]): (name: string) => boolean {
	const passes = oneOf(call.query, "extension", known);
	return (name) => call.query.has("extension") && passes(name);
}

function vehiclesOf(call: Call): Source<SimulatedVehicle> {
	const prefix = call.query.get("vinPrefix");
	const all = call.model.vehicles();
	return prefix ? all.slice(0, all.length).filter((vehicle) => vehicle.vin.startsWith(prefix)) : all;
}

function vehicleRoutes(family: Family): Route[] {
	const one = `${family.vehicles}/{id}`;
	const rule = family.id === "fleet-v3" ? { ...family.paging, indexRange: false } : family.paging;
	const get = (path: string, serve: (call: Call) => Answer): Route => ({ method: "GET", path, serve });
	return [
		get(family.vehicles, (call) =>
			collection(call, { key: "vehicles", rule, ordered: false, items: vehiclesOf, show: showVehicle }),
		),
		get(one, (call) => ok(showVehicle(call, vehicleOf(call, false)))),
	];
}

function stateRoutes(family: Family): Route[] {
	const one = `${family.vehicles}/{id}`;
	if (family.id === "accounts-v1") {
		return [
			{
				method: "GET",
				path: `${one}/telemetries/latest`,
				serve: (call) => ok(nested.latest(call, call.model.state(vehicleOf(call)), [])),
			},
		];
	}
	return [
		{ method: "GET", path: `${one}/status`, serve: (call) => ok(flat.status(call, call.model.state(vehicleOf(call)))) },
		{
			method: "GET",
			path: `${one}/maintenance`,
			serve: (call) => ok(flat.maintenance(call, call.model.state(vehicleOf(call)))),
		},
		{ method: "GET", path: `${one}/lastPosition`, serve: lastPosition },
	];
}

function lastPosition(call: Call): Answer {
	const fix = lastFix(call.model.state(vehicleOf(call)));
	if (!fix) throw new ApiFailure(404, "No position: the vehicle is in privacy mode.", "no data");
	return ok(feature(fix), "application/vnd.geo+json");
}

function fleetRoutes(): Route[] {
	return [];
}

/** Every route of a family. */
export function routesOf(id: FamilyId): Route[] {
	const family = families[id];
	return [...vehicleRoutes(family), ...stateRoutes(family), ...fleetRoutes()];
}
