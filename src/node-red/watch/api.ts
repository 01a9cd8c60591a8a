import { type Batch, chooseWay, readCollection } from "../../api/collection";
import { assertDocument } from "../../api/connected-car";
import type { Route } from "../../api/families";
import { meansNone } from "../../api/none";
import { number } from "../../api/summaries/readers";
import type { StatusSummary } from "../../api/summaries/status-summary";
import { summarizeTrip } from "../../api/summaries/trip";
import { timeRange } from "../../api/time";
import { type VehicleRef, vehicleOfItem } from "../../api/vehicles";
import { StellantisError } from "../../error";
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

/** How much of a history is worth a wish: items, and calls, which are more where the API doesn't know its last page. */
interface Worth {
	items: number;
	calls: number;
}
const OF_ONE: Worth = { items: 200, calls: 20 };
const OF_FLEET: Worth = { items: 6_000, calls: 250 };
const ALL: Worth = { items: Number.POSITIVE_INFINITY, calls: Number.POSITIVE_INFINITY };

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

/**
 * The summary of a vehicle's state, with what goes back behind what the account has seen of it marked as suspect, and
 * which of its paths are empty because nothing was told.
 */
export function summaryOf(
	{ states, vehicles, car }: Connected,
	vehicle: VehicleRef,
	resource: unknown,
): { summary: StatusSummary; untold?: readonly string[] } {
	const { summary, times } = states.read(vehicles.keyOf(vehicle), resource, car.family.units);
	// A summary has an empty list for doors that are shut as for doors of which nothing was told.
	const isUntold = summary.doors.open.length === 0 && !times.has("doors.open");
	return isUntold ? { summary, untold: ["doors.open"] } : { summary };
}

/**
 * Trips of one vehicle that started since then (RFC 3339), as summaries; null where they are too many to be read.
 *
 * @throws what the API answers
 */
export async function readTrips(asking: Asking, vehicle: VehicleRef, since: string): Promise<unknown[] | null> {
	const { items, isCut } = await historyOf(asking, "trips", vehicle, Date.parse(since));
	return isCut ? null : items.map(summarizeTrip);
}

/** The latest alerts of one vehicle that began since then (epoch milliseconds). @throws what the API answers */
export async function readAlerts(asking: Asking, vehicle: VehicleRef, since: number): Promise<unknown[]> {
	return (await historyOf(asking, "alerts", vehicle, since)).items;
}

/** Charging sessions of one vehicle since then (RFC 3339). @throws what the API answers */
export async function readSessions(asking: Asking, vehicle: VehicleRef, since: string): Promise<unknown[]> {
	return (await historyOf(asking, "charging-sessions", vehicle, Date.parse(since))).items;
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
	isLast: boolean;
	/** Pages in all, as the server says. */
	count: number | undefined;
	answer: Answer;
}

/** The pages of a fleet-wide collection; of a history the newest first. @throws what the API answers */
export async function* fleetPages(
	asking: Asking,
	name: "fleet-status" | "fleet-trips" | "fleet-alerts" | "fleet-maintenance",
	since?: number,
): AsyncGenerator<FleetPage, void, undefined> {
	const { car, vehicles } = asking;
	const route = car.route(name);
	const worth = route.timestamps === true ? OF_FLEET : ALL;
	for await (const { items, last, count, answer } of batches(asking, route, car.address(route), since, worth)) {
		const found: FleetPage["items"] = [];
		for (const item of items) {
			const vehicle = vehicleOfItem(car, item);
			if (vehicle) found.push({ vehicle: vehicles.completed(vehicle), item });
		}
		yield { items: found, isLast: last, count, answer };
	}
}

/** What a fleet-wide collection holds of some vehicles, by `keyOf`, and whether that is all. */
export interface FleetHistory {
	found: Map<string, unknown[]>;
	isCut: boolean;
}

/**
 * What a fleet-wide collection holds of these vehicles (by `keyOf`), by vehicle.
 *
 * @param isEnough told the items of each page; true ends the reading
 * @throws what the API answers
 */
export async function fleetHistory(
	asking: Asking,
	name: "fleet-trips" | "fleet-alerts" | "fleet-maintenance",
	wanted: ReadonlySet<string>,
	{ since, isEnough = () => false }: { since?: number | undefined; isEnough?(items: readonly unknown[]): boolean } = {},
): Promise<FleetHistory> {
	const found = new Map<string, unknown[]>();
	let isCut = false;
	for await (const { items, isLast } of fleetPages(asking, name, since)) {
		isCut = !isLast;
		for (const { vehicle, item } of items) {
			const key = asking.vehicles.keyOf(vehicle);
			if (!wanted.has(key)) continue;
			const list = found.get(key);
			if (list) list.push(item);
			else found.set(key, [item]);
		}
		if (isCut && isEnough(items.map(({ item }) => item))) break;
	}
	return { found, isCut };
}

/** The newest items of one vehicle's history since then, newest first, and whether there are more. */
async function historyOf(asking: Asking, name: string, vehicle: VehicleRef, since: number) {
	const route = asking.car.route(name);
	const found: unknown[] = [];
	let isCut = false;
	for await (const { items, last } of batches(
		asking,
		route,
		asking.car.addressOfVehicle(route, vehicle),
		since,
		OF_ONE,
	)) {
		found.push(...items);
		isCut = !last;
	}
	return { items: found, isCut };
}

/** The pages of a collection, of a history the newest first; none where the API says that there is nothing. */
async function* batches(
	{ car, claim, signal, onCall }: Asking,
	route: Route,
	address: URL,
	since: number | undefined,
	worth: Worth,
): AsyncGenerator<Batch<ApiResponse>, void, undefined> {
	const timestamps = timeRange(since, undefined);
	const isHistory = route.timestamps === true;
	const start = car.withQuery(
		address,
		car.standingQuery(route),
		route.pageSize === undefined ? {} : { pageSize: route.pageSize },
		timestamps !== undefined && isHistory ? { timestamps } : {},
	);
	const fetch = car.fetcher(claim, signal);
	let left = worth.items;
	let calls = 0;
	const pages = readCollection<ApiResponse>({
		fetch: (url) => {
			if (calls++ >= worth.calls) throw tooLong(address);
			onCall();
			return fetch(url);
		},
		start,
		way: isHistory ? chooseWay("descending", car.family.defaultOrder, false) : "next",
		embedded: route.embedded,
		resolve: (path) => car.resolve(path),
		parallel: 1,
		// Who reads a history may have enough after any page.
		needed: () => (isHistory ? 0 : left),
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

function tooLong({ pathname }: URL): StellantisError {
	return new StellantisError("ERR_BAD_RESPONSE", `There is more at ${pathname} than can be read.`);
}
