import { summarizeTrip } from "../../api/summaries/trip";
import type { VehicleRef } from "../../api/vehicles";
import { isAbort } from "../../error";
import { at } from "../../json";
import type { Found, Wishes } from "../../watch/engine";
import { time } from "../../watch/reading";
import { ALERTS_SINCE } from "../../watch/rules/alerts";
import { type Asking, fleetHistory, maintenanceOf, readAlerts, readMaintenance, readTrips } from "./api";
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
	single(vehicle: VehicleRef): Promise<T | null>;
	fleet: "fleet-trips" | "fleet-alerts" | "fleet-maintenance";
	since?: number | undefined;
	/** Since when a vehicle's part must be whole; absent: its newest items do. */
	sinceOf?(key: string): number;
	of(items: readonly unknown[]): T;
}

/** Vehicles up to which each is asked for on its own. */
const ONE_BY_ONE = 3;
/** Most that are asked for on their own where the fleet-wide collection does not reach back far enough. */
const MOST_ON_THEIR_OWN = 100;

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
		sinceOf: firstSince,
		of: (items) => items.map(summarizeTrip),
	});
	const alertsSince = now - ALERTS_SINCE;
	const alerts = await gather<readonly unknown[]>(
		wishes,
		({ alerts: wanted, oldAlerts }) => wanted && oldAlerts === null,
		{
			single: (vehicle) => readAlerts(asking, vehicle, alertsSince),
			fleet: "fleet-alerts",
			since: alertsSince,
			of: (items) => items,
		},
	);
	// Once a day, and of few: for all of a fleet that would be read in vain.
	const old = new Map<string, { vehicle: VehicleRef; since: number }>();
	for (const { sight, wants } of wishes) {
		if (wants.oldAlerts === null) continue;
		const since = Math.min(Date.parse(wants.oldAlerts.since), old.get(sight.key)?.since ?? now);
		old.set(sight.key, { vehicle: sight.vehicle, since });
	}
	for (const [key, { vehicle, since }] of old)
		if (mayCall()) alerts.set(key, await orNull(readAlerts(asking, vehicle, since)));
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
		if (wanted.size <= ONE_BY_ONE || asking.car.family.routes[way.fleet] === undefined) return one(wanted, way, found);
		if (!mayCall()) return found;
		// One vehicle that was silent for long asks for more than all the others: that is read for it alone.
		const short = new Map([...wanted].map(([key, vehicle]) => [key, { vehicle, since: way.sinceOf?.(key) ?? null }]));
		let pages = 0;
		const isEnough = (items: readonly unknown[]) => {
			pages++;
			const reached = reachedBy(items);
			for (const [key, { since }] of short)
				if (since !== null && reached !== null && reached < since) short.delete(key);
			return short.size <= Math.max(pages, ONE_BY_ONE);
		};
		const keys = new Set(wanted.keys());
		const history = await orNull(
			fleetHistory(asking, way.fleet, keys, { since: way.since, ...(way.sinceOf ? { isEnough } : {}) }),
		);
		if (history === null || !history.isCut || !way.sinceOf) short.clear();
		for (const key of keys) {
			await turn();
			if (!short.has(key)) found.set(key, history && way.of(history.found.get(key) ?? []));
		}
		if (short.size <= MOST_ON_THEIR_OWN)
			return one(new Map([...short].map(([key, { vehicle }]) => [key, vehicle])), way, found);
		for (const key of short.keys()) found.set(key, null);
		return found;
	}

	async function one<T>(wanted: ReadonlyMap<string, VehicleRef>, way: Way<T>, found: Map<string, T | null>) {
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

/** Up to when a page of trips, newest first, has told all; null where that can't be said. */
function reachedBy(items: readonly unknown[]): number | null {
	const [first, last] = [items[0], items.at(-1)].map((item) => time(at(item, "startedAt")));
	const stoppedAt = time(at(items.at(-1), "stoppedAt"));
	// By whatever time of theirs the API orders them, what follows was over before the last one was.
	return first != null && last != null && stoppedAt !== null && first >= last ? Math.max(last, stoppedAt) : null;
}
