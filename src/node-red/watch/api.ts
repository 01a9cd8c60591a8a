import { type Batch, readCollection } from "../../api/collection";
import { assertDocument } from "../../api/connected-car";
import type { Route } from "../../api/families";
import { meansNone } from "../../api/none";
import { number } from "../../api/summaries/readers";
import { summarizeTrip } from "../../api/summaries/trip";
import { timeRange } from "../../api/time";
import { type VehicleRef, vehicleOfItem } from "../../api/vehicles";
import { at } from "../../json";
import type { ApiResponse } from "../../transport/client";
import type { Claim } from "../../transport/limiter";
import type { MaintenanceLeft } from "../../watch/rules/maintenance";
import type { Connected } from "../account/open";

/** An answer, as far as messages tell of it. */
export type Answer = Pick<ApiResponse, "statusCode" | "rateLimit">;

/** What a watch asks of the API, and how it counts what that takes. */
export interface Asking extends Connected {
	claim: Claim;
	signal: AbortSignal;
	/** Told before each call. */
	onCall(): void;
}

/** How far back (ms) alerts are looked for. */
const ALERTS_SINCE = 14 * 86_400_000;
/** Most items of one vehicle's history, and of a fleet's, that are worth a wish. */
const MOST_OF_ONE = 200;
const MOST_OF_FLEET = 6_000;

/** The state of one vehicle. @throws what the API answers */
export async function readState(asking: Asking, vehicle: VehicleRef): Promise<{ resource: unknown; answer: Answer }> {
	const { car, claim, signal, onCall } = asking;
	const route = car.route("status");
	onCall();
	const answer = await car.get(
		car.withQuery(car.addressOfVehicle(route, vehicle), car.standingQuery(route)),
		claim,
		signal,
	);
	return { resource: assertDocument(answer, route), answer };
}

/** The summary of a vehicle's state, with what goes back behind what the account has seen of it marked as suspect. */
export function summaryOf({ states, vehicles, car }: Connected, vehicle: VehicleRef, resource: unknown) {
	return states.summarize(vehicles.keyOf(vehicle), resource, car.family.units);
}

/** Trips of one vehicle that started since then (RFC 3339), as summaries. @throws what the API answers */
export async function readTrips(asking: Asking, vehicle: VehicleRef, since: string): Promise<unknown[]> {
	return (await historyOf(asking, "trips", vehicle, Date.parse(since))).map(summarizeTrip);
}

/** The latest alerts of one vehicle. @throws what the API answers */
export function readAlerts(asking: Asking, vehicle: VehicleRef, now: number): Promise<unknown[]> {
	return historyOf(asking, "alerts", vehicle, now - ALERTS_SINCE);
}

/** Charging sessions of one vehicle since then (RFC 3339). @throws what the API answers */
export function readSessions(asking: Asking, vehicle: VehicleRef, since: string): Promise<unknown[]> {
	return historyOf(asking, "charging-sessions", vehicle, Date.parse(since));
}

/** What is left until the next maintenance of one vehicle. @throws what the API answers */
export async function readMaintenance(asking: Asking, vehicle: VehicleRef): Promise<MaintenanceLeft> {
	const { car, claim, signal, onCall } = asking;
	const route = car.route("maintenance");
	onCall();
	const answer = await car.get(car.addressOfVehicle(route, vehicle), claim, signal);
	return maintenanceOf(assertDocument(answer, route));
}

/** Days and km that a maintenance resource tells. Source: `Maintenance` of user-v4 and fleet-v3. */
export function maintenanceOf(resource: unknown): MaintenanceLeft {
	const most = 1_000_000;
	return {
		days: number(at(resource, "daysBeforeMaintenance"), -most, most),
		distance: number(at(resource, "mileageBeforeMaintenance"), -most, most),
	};
}

/** A page of a fleet-wide collection: its items with the vehicles that they link to. */
export interface FleetPage {
	items: { vehicle: VehicleRef; item: unknown }[];
	/** Pages in all, as the server says. */
	count: number | undefined;
	answer: Answer;
}

/** The pages of a fleet-wide collection. @throws what the API answers */
export async function* fleetPages(
	asking: Asking,
	name: "fleet-status" | "fleet-trips" | "fleet-alerts" | "fleet-maintenance",
	since?: number,
): AsyncGenerator<FleetPage, void, undefined> {
	const { car, vehicles } = asking;
	const route = car.route(name);
	const most = name === "fleet-trips" || name === "fleet-alerts" ? MOST_OF_FLEET : Number.POSITIVE_INFINITY;
	for await (const { items, count, answer } of batches(asking, route, car.address(route), since, most)) {
		const found: FleetPage["items"] = [];
		for (const item of items) {
			const vehicle = vehicleOfItem(car, item);
			if (vehicle) found.push({ vehicle: vehicles.completed(vehicle), item });
		}
		yield { items: found, count, answer };
	}
}

/** What a fleet-wide collection holds of these vehicles (by `keyOf`), by vehicle. @throws what the API answers */
export async function fleetHistory(
	asking: Asking,
	name: "fleet-trips" | "fleet-alerts" | "fleet-maintenance",
	wanted: ReadonlySet<string>,
	since?: number,
): Promise<Map<string, unknown[]>> {
	const found = new Map<string, unknown[]>();
	for await (const { items } of fleetPages(asking, name, since))
		for (const { vehicle, item } of items) {
			const key = asking.vehicles.keyOf(vehicle);
			if (!wanted.has(key)) continue;
			const list = found.get(key);
			if (list) list.push(item);
			else found.set(key, [item]);
		}
	return found;
}

/** Since when a fleet's alerts are looked for. */
export function alertsSince(now: number): number {
	return now - ALERTS_SINCE;
}

async function historyOf(asking: Asking, name: string, vehicle: VehicleRef, since: number): Promise<unknown[]> {
	const route = asking.car.route(name);
	const found: unknown[] = [];
	for await (const { items } of batches(asking, route, asking.car.addressOfVehicle(route, vehicle), since, MOST_OF_ONE))
		found.push(...items);
	return found;
}

/** The pages of a collection; none where the API says that there is nothing. */
async function* batches(
	{ car, claim, signal, onCall }: Asking,
	route: Route,
	address: URL,
	since: number | undefined,
	most: number,
): AsyncGenerator<Batch<ApiResponse>, void, undefined> {
	const timestamps = timeRange(since, undefined);
	const start = car.withQuery(
		address,
		car.standingQuery(route),
		route.pageSize === undefined ? {} : { pageSize: route.pageSize },
		timestamps !== undefined && route.timestamps ? { timestamps } : {},
	);
	const fetch = car.fetcher(claim, signal);
	let left = most;
	const pages = readCollection<ApiResponse>({
		fetch: (url) => {
			onCall();
			return fetch(url);
		},
		start,
		way: "next",
		embedded: route.embedded,
		resolve: (path) => car.resolve(path),
		parallel: 1,
		needed: () => left,
	});
	let isFirst = true;
	try {
		for await (const page of pages) {
			isFirst = false;
			yield page;
			left -= page.items.length;
			if (left <= 0) return;
		}
	} catch (error) {
		if (!isFirst || !(await meansNone(error, route, undefined))) throw error;
	}
}
