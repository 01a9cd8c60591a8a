import { type ChargePayload, Telling, type WatchEvent } from "./events";
import { type NextLook, nextLook } from "./looks/pace";
import type { Pricing } from "./prices";
import { type Look, readStatus, stateTime } from "./reading";
import { tellAlerts, wantsAlerts, wishForOldAlerts } from "./rules/alerts";
import { readBattery, watchLevels } from "./rules/battery";
import { sessionSoFar, watchCharging } from "./rules/charge";
import { watchClimate } from "./rules/climate";
import { watchDoors } from "./rules/doors";
import { motionOf, watchDrives } from "./rules/drive";
import { watchReturn, watchSilence } from "./rules/freshness";
import { type MaintenanceLeft, tellMaintenance, wantsMaintenance } from "./rules/maintenance";
import { watchPrivacy } from "./rules/privacy";
import { wishForSessions } from "./rules/sessions";
import type { Step } from "./rules/step";
import { tellTrips, wishForTrips } from "./rules/trips";
import { watchZones } from "./rules/zones";
import type { Pace, WatchSettings } from "./settings";
import { blank, type Known } from "./state";

/** With what eyes a vehicle is looked at. */
export interface LookContext {
	/** What the vehicle is called for ever: its VIN, else its id. Ids of events are made of it. */
	vehicle: string;
	/** Our clock, epoch milliseconds. */
	now: number;
	settings: WatchSettings;
	/** What a kWh costs now, where no zone has a price of its own. */
	pricing: Pricing | null;
	/** The pace that all watches of the account agreed on; absent: that of `settings`. */
	pace?: Pace;
	/** By what factor intervals are stretched to spare quota (`Schedule.state`); absent: 1. Wishes wait as long. */
	stretch?: number;
	/** True where the API has charging sessions of its own (accounts-v1). */
	hasSessions?: boolean;
}

/** What else should be asked of the API after a look; null and false: nothing. Times are RFC 3339. */
export interface Wishes {
	/** Trips since then: a drive is over. Give them to {@link answer}. */
	trips: { since: string } | null;
	/** The alerts. Give them to {@link answer}. */
	alerts: boolean;
	/** Where older alerts than usual are wanted, too. */
	oldAlerts: { since: string } | null;
	/** The maintenance. Give it to {@link answer}. */
	maintenance: boolean;
	/** Charging sessions since then, before the events leave. Give them to `withSessions`. */
	sessions: { since: string } | null;
}

export interface LookResult {
	/** What has changed, in order. */
	events: WatchEvent[];
	/** What is known now: the same object where nothing changed; undefined where nothing ever was told. */
	known: Known | undefined;
	/** True where the state is newer than the last, or the first: it goes to output 2. */
	newer: boolean;
	wants: Wishes;
	next: NextLook;
	/** The charge so far, or null. */
	session: ChargePayload | null;
}

const DAY = 86_400_000;

/**
 * Looks at a vehicle: what was known of it and a new answer become what happened, what is known now, and when to look
 * again. Total and pure: the same in gives the same out, also after a crash, and nothing that was given is changed.
 *
 * @param known of the look before; undefined at the first
 * @param status summary of the vehicle's state; null when only time has passed
 */
export function look(known: Known | undefined, status: unknown, context: LookContext): LookResult {
	const { vehicle, now, settings, stretch = 1 } = context;
	const state = stateTime(status);
	const telling = new Telling(vehicle, { since: known?.updatedAt ?? null, state, now }, settings.events);
	const newer = state !== null && isNewer(state, known, now);
	let next = known;
	let reading: Look | null = null;
	if (newer) {
		reading = readStatus(status, state, known);
		next = step(known, reading, context, telling);
	}
	if (next !== undefined) next = watchSilence(next, settings, now, telling);
	let trips: Wishes["trips"] = null;
	let maintenance = false;
	if (next !== undefined) {
		const wish = wishForTrips(next, now);
		next = wish.known;
		if (wish.since !== null) trips = { since: wish.since };
		const isTold = reading !== null && (reading.maintenance.days !== null || reading.maintenance.distance !== null);
		if (isTold && reading !== null && settings.events.has("maintenance-due"))
			next = tellMaintenance(next, reading.maintenance, { settings, now, telling });
		else maintenance = wantsMaintenance(next, settings, now, stretch);
	}
	const events = telling.events;
	const sessions = context.hasSessions === true ? wishForSessions(events) : null;
	const alerts = next !== undefined && wantsAlerts(next, settings, now, stretch);
	const oldAlerts = next !== undefined && alerts ? wishForOldAlerts(next, now) : null;
	return {
		events,
		known: next,
		newer,
		wants: {
			trips,
			alerts,
			oldAlerts: oldAlerts === null ? null : { since: oldAlerts },
			maintenance,
			sessions: sessions === null ? null : { since: sessions },
		},
		next: nextLook(next, context.pace ?? settings, settings.timeZone, now),
		session: next === undefined ? null : sessionSoFar(next, settings),
	};
}

/** What was found of what a look wanted; null where it could not be had, absent where it was not asked for. */
export interface Found {
	/** Summaries of trips. */
	trips?: readonly unknown[] | null;
	/** Alert resources. */
	alerts?: readonly unknown[] | null;
	maintenance?: MaintenanceLeft | null;
}

/** What the answers to a look's wishes tell. Pure, as {@link look} is. */
export function answer(known: Known, found: Found, context: LookContext): { events: WatchEvent[]; known: Known } {
	const { vehicle, now, settings } = context;
	const telling = new Telling(vehicle, { since: known.updatedAt, state: null, now }, settings.events);
	const told = { settings, now, telling };
	let next = known;
	if (found.trips !== undefined) next = tellTrips(next, found.trips, told);
	if (found.alerts !== undefined) next = tellAlerts(next, found.alerts, told);
	if (found.maintenance !== undefined) next = tellMaintenance(next, found.maintenance, told);
	return { events: telling.events, known: next };
}

// A state from a future that no clock explains is a mistake of its sender; taken for the newest it would hide all others.
function isNewer(state: number, known: Known | undefined, now: number): boolean {
	if (state > Math.max(now, known?.seenAt ?? 0) + DAY) return false;
	return known === undefined || state > known.updatedAt;
}

function step(known: Known | undefined, reading: Look, context: LookContext, telling: Telling): Known {
	const { vehicle, now, settings, pricing } = context;
	const before = known ?? blank(reading.updatedAt, now);
	const next: Known = { ...before, updatedAt: reading.updatedAt, seenAt: Math.max(before.seenAt, now) };
	const it: Step = { vehicle, before, next, reading, first: known === undefined, now, settings, pricing, telling };
	readBattery(it);
	watchZones(it);
	const motion = motionOf(it);
	watchDrives(it, motion);
	watchCharging(it, motion);
	watchDoors(it);
	watchClimate(it);
	watchLevels(it);
	watchPrivacy(it);
	watchReturn(it);
	if (known !== undefined && hasChanged(before, next)) next.changedAt = Math.min(now, reading.updatedAt);
	return next;
}

const LIVELY = ["plugged", "status", "driving", "odometer", "locked", "climate", "privacy"] as const;

function hasChanged(before: Known, next: Known): boolean {
	return LIVELY.some((field) => before[field] !== next[field]) || String(before.open) !== String(next.open);
}
