import { summarizeTrip } from "../../api/summaries/trip";
import type { VehicleRef } from "../../api/vehicles";
import { isAbort } from "../../error";
import type { Found, Wishes } from "../../watch/engine";
import { type Asking, alertsSince, fleetHistory, maintenanceOf, readAlerts, readMaintenance, readTrips } from "./api";
import type { Sight, Watcher } from "./watcher";

/** What a watch wants to know after a look. */
export interface Wish {
	watcher: Watcher;
	sight: Sight;
	wants: Wishes;
}

/** A wish with what was found for it. */
export interface Fulfilled {
	watcher: Watcher;
	sight: Sight;
	found: Found;
}

/** How a kind of wish is fulfilled: for one vehicle, and for many by the fleet-wide collection. */
interface Way<T> {
	single(vehicle: VehicleRef): Promise<T>;
	fleet: "fleet-trips" | "fleet-alerts" | "fleet-maintenance";
	since?: number | undefined;
	of(items: readonly unknown[]): T;
}

/** Vehicles up to which each is asked for on its own. */
const ONE_BY_ONE = 3;

/** True where anything is wanted that takes a call of its own. */
export function isWish({ trips, alerts, maintenance }: Wishes): boolean {
	return trips !== null || alerts || maintenance;
}

/** What is told to wishes that are not worth a call now: nothing could be had. */
export function unfulfilled({ watcher, sight, wants }: Wish): Fulfilled {
	const { trips, alerts, maintenance } = wants;
	const found: Found = {};
	if (trips !== null) found.trips = null;
	if (alerts) found.alerts = null;
	if (maintenance) found.maintenance = null;
	return { watcher, sight, found };
}

/**
 * Gets what is wanted of vehicles, each thing once whoever wants it. What fails could not be had; what there is no call
 * left for is wanted again later.
 *
 * @throws an AbortError when it was called off
 */
export async function fulfil(
	asking: Asking,
	wishes: readonly Wish[],
	{ mayCall, turn, now }: { mayCall(): boolean; turn(): Promise<void> | undefined; now: number },
): Promise<Fulfilled[]> {
	const sinceOf = ({ wants }: Wish) => Date.parse(wants.trips?.since ?? "");
	const firstSince = (key?: string) =>
		wishes
			.filter(({ sight, wants }) => wants.trips !== null && (key === undefined || sight.key === key))
			.reduce((first, wish) => Math.min(first, sinceOf(wish)), now);
	const trips = await gather<unknown[]>(wishes, ({ trips: wanted }) => wanted !== null, {
		single: (vehicle) => {
			const key = asking.vehicles.keyOf(vehicle);
			return readTrips(asking, vehicle, new Date(firstSince(key)).toISOString());
		},
		fleet: "fleet-trips",
		since: firstSince(),
		of: (items) => items.map(summarizeTrip),
	});
	const alerts = await gather<readonly unknown[]>(wishes, ({ alerts: wanted }) => wanted, {
		single: (vehicle) => readAlerts(asking, vehicle, now),
		fleet: "fleet-alerts",
		since: alertsSince(now),
		of: (items) => items,
	});
	const maintenance = await gather(wishes, ({ maintenance: wanted }) => wanted, {
		single: (vehicle) => readMaintenance(asking, vehicle),
		fleet: "fleet-maintenance",
		of: ([item]) => maintenanceOf(item),
	});
	const fulfilled: Fulfilled[] = [];
	for (const { watcher, sight, wants } of wishes) {
		await turn();
		const { key } = sight;
		const found: Found = {};
		if (wants.trips !== null && trips.has(key)) found.trips = trips.get(key) ?? null;
		if (wants.alerts && alerts.has(key)) found.alerts = alerts.get(key) ?? null;
		if (wants.maintenance && maintenance.has(key)) found.maintenance = maintenance.get(key) ?? null;
		if (Object.keys(found).length > 0) fulfilled.push({ watcher, sight, found });
	}
	return fulfilled;

	async function gather<T>(all: readonly Wish[], isWanted: (wants: Wishes) => boolean, way: Way<T>) {
		const wanted = new Map(
			all.filter(({ wants }) => isWanted(wants)).map(({ sight }) => [sight.key, sight.vehicle] as const),
		);
		const found = new Map<string, T | null>();
		if (wanted.size > ONE_BY_ONE && asking.car.family.routes[way.fleet] !== undefined) {
			if (!mayCall()) return found;
			const items = await orNull(fleetHistory(asking, way.fleet, new Set(wanted.keys()), way.since));
			for (const key of wanted.keys()) {
				await turn();
				found.set(key, items && way.of(items.get(key) ?? []));
			}
			return found;
		}
		for (const [key, vehicle] of wanted) {
			if (!mayCall()) return found;
			found.set(key, await orNull(way.single(vehicle)));
		}
		return found;
	}

	async function orNull<T>(work: Promise<T>): Promise<T | null> {
		try {
			return await work;
		} catch (error) {
			if (isAbort(error, asking.signal)) throw error;
			return null;
		}
	}
}
