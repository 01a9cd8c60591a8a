import { summarizeTrip } from "../../api/summaries/trip";
import type { VehicleRef } from "../../api/vehicles";
import { isAbort, StellantisError } from "../../error";
import { at } from "../../json";
import type { Found, Wishes } from "../../watch/engine";
import { time } from "../../watch/reading";
import { ALERTS_SINCE } from "../../watch/rules/alerts";
import {
	type Asking,
	type FleetHistory,
	fleetHistory,
	maintenanceOf,
	readAlerts,
	readMaintenance,
	readTrips,
} from "./api";
import type { Refusals } from "./refusals";
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
	what: "trips" | "alerts" | "maintenance";
	/** What it comes to where the API refuses it; null: nothing could be had. */
	refused: T | null;
	single(vehicle: VehicleRef): Promise<T | null>;
	fleet: "fleet-trips" | "fleet-alerts" | "fleet-maintenance";
	since?: number | undefined;
	/** Since when a vehicle's part must be whole; absent: its newest items do. */
	sinceOf?(key: string): number;
	of(items: readonly unknown[]): T;
}

/** Vehicles up to which each is asked for on its own. */
const ONE_BY_ONE = 3;
/** What refusals of a fleet-wide collection go by, in place of a vehicle. */
const FLEET = "";
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

/** What is there while wishes are fulfilled. */
export interface Means {
	mayCall(): boolean;
	turn(): Promise<void> | undefined;
	now: number;
	refusals: Refusals;
}

/**
 * Gets what is wanted of vehicles, each thing once whoever wants it. What fails could not be had; what there is no call
 * left for is wanted again later. Trips that the API refuses are none; a refusal that is news is told to those who wish
 * for it.
 *
 * @throws an AbortError when it was called off
 */
export async function fulfil(
	asking: Asking,
	wishes: readonly Wish[],
	{ mayCall, turn, now, refusals }: Means,
): Promise<Fulfilled[]> {
	const firstSince = new Map<string, number>();
	for (const { sight, wants } of wishes)
		if (wants.trips !== null)
			firstSince.set(sight.key, Math.min(firstSince.get(sight.key) ?? now, Date.parse(wants.trips.since)));
	const sinceOf = (key: string) => firstSince.get(key) ?? now;
	const trips = await gather<unknown[]>(wishes, ({ trips: wanted }) => wanted !== null, {
		what: "trips",
		refused: [],
		single: (vehicle) => readTrips(asking, vehicle, new Date(sinceOf(asking.vehicles.keyOf(vehicle))).toISOString()),
		fleet: "fleet-trips",
		since: [...firstSince.values()].reduce((first, since) => Math.min(first, since), now),
		sinceOf,
		of: (items) => items.map(summarizeTrip),
	});
	const alertsSince = now - ALERTS_SINCE;
	const recent: Way<readonly unknown[]> = {
		what: "alerts",
		refused: null,
		single: (vehicle) => readAlerts(asking, vehicle, alertsSince),
		fleet: "fleet-alerts",
		since: alertsSince,
		of: (items) => items,
	};
	const isRecent = ({ alerts: wanted, oldAlerts }: Wishes) => wanted && oldAlerts === null;
	const alerts = await gather(wishes, isRecent, recent);
	// Once a day, and of few: for all of a fleet that would be read in vain.
	const old = new Map<string, { vehicle: VehicleRef; since: number }>();
	for (const { sight, wants } of wishes) {
		if (wants.oldAlerts === null) continue;
		const since = Math.min(Date.parse(wants.oldAlerts.since), old.get(sight.key)?.since ?? now);
		old.set(sight.key, { vehicle: sight.vehicle, since });
	}
	for (const [key, { vehicle, since }] of old) {
		const had = await ask(key, recent, () => readAlerts(asking, vehicle, since));
		if (had !== undefined) alerts.set(key, had);
	}
	const maintenance = await gather(wishes, ({ maintenance: wanted }) => wanted, {
		what: "maintenance",
		refused: null,
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
		const reading = { since: way.since, ...(way.sinceOf ? { isEnough } : {}) };
		const whole = { what: way.what, refused: way.refused === null ? null : NO_HISTORY };
		const history = await ask(FLEET, whole, () => fleetHistory(asking, way.fleet, keys, reading));
		if (history === undefined) return found;
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
			const had = await ask(key, way, () => way.single(vehicle));
			if (had !== undefined) found.set(key, had);
		}
		return found;
	}

	/** What comes of asking; undefined where there is no call left for it. */
	async function ask<T>(
		key: string,
		{ what, refused }: Pick<Way<T>, "what" | "refused">,
		work: () => Promise<T | null>,
	): Promise<T | null | undefined> {
		if (refusals.has(what, key, now)) return refused;
		if (!mayCall()) return undefined;
		try {
			const found = await work();
			refusals.passed(what, key);
			return found;
		} catch (error) {
			if (isAbort(error, asking.signal)) throw error;
			// Many cars have no maintenance to tell, which is asked for once a day anyway.
			if (what === "maintenance" || !(error instanceof StellantisError)) return null;
			const { isRefusal, isNews } = refusals.failed(what, key, error, now);
			if (isNews) tell(error, what, key);
			return isRefusal ? refused : null;
		}
	}

	function tell(error: StellantisError, what: "trips" | "alerts", key: string): void {
		const told = new Set<Watcher>();
		for (const { watcher, sight, wants } of wishes) {
			const isMeant = wants[what] && (key === FLEET || sight.key === key);
			if (!isMeant || told.has(watcher)) continue;
			told.add(watcher);
			watcher.ports.failed(error, key === FLEET ? undefined : sight.vehicle);
		}
	}
}

/** What a fleet-wide collection that is refused holds. */
const NO_HISTORY: FleetHistory = { found: new Map(), isCut: false };

/** Up to when a page of trips, newest first, has told all; null where that can't be said. */
function reachedBy(items: readonly unknown[]): number | null {
	const [first, last] = [items[0], items.at(-1)].map((item) => time(at(item, "startedAt")));
	const stoppedAt = time(at(items.at(-1), "stoppedAt"));
	// By whatever time of theirs the API orders them, what follows was over before the last one was.
	return first != null && last != null && stoppedAt !== null && first >= last ? Math.max(last, stoppedAt) : null;
}
