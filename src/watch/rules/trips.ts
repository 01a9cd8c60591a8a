import { flag, number } from "../../api/summaries/readers";
import { at, defined } from "../../json";
import { keyOf, rfc3339, type Telling, type TripPayload } from "../events";
import { time } from "../reading";
import type { WatchSettings } from "../settings";
import { brief, type Known, type PendingTrip } from "../state";
import { lags } from "./battery";
import { UNSEEN_DRIVE } from "./drive";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** When the trips are asked for after a drive was seen to be over; the API has an entry minutes later. */
const ASK_AFTER = [2, 6, 14, 30].map((minutes) => minutes * MINUTE);
/** How long after a drive its trip is awaited. */
const PATIENCE = 30 * MINUTE;
/** How long, when the trips could not be asked for: that they have no entry is not known then. */
const LONG_PATIENCE = 3 * 60 * MINUTE;
/** Few drives last longer without a stop. */
const LONG_DRIVE = 4 * 60 * MINUTE;
/** km found for a drive whose last trip was. */
const WHOLE = Number.MAX_SAFE_INTEGER;
/** Clocks of trips and states differ by less. */
const TOLERANCE = 2 * MINUTE;

/** From when on trips must be asked for now (RFC 3339), or null where none is awaited; `known` counts the asking. */
export function wishForTrips(known: Known, now: number): { known: Known; since: string | null } {
	if (known.pending.length === 0) return { known, since: null };
	let since: number | null = null;
	const pending = known.pending.map((trip) => {
		// Our clock was set back: what was seen later than now was seen now.
		const seenAt = Math.min(trip.seenAt, now);
		if (now < seenAt + (ASK_AFTER[trip.asked] ?? PATIENCE)) return seenAt === trip.seenAt ? trip : { ...trip, seenAt };
		// One that was under way when the vehicle was seen first began before that.
		const from = trip.startedAt === null && !trip.unseen ? trip.since - LONG_DRIVE : trip.since;
		since = Math.min(since ?? from, from);
		let asked = trip.asked;
		while (now >= seenAt + (ASK_AFTER[asked] ?? Number.POSITIVE_INFINITY)) asked++;
		return { ...trip, seenAt, asked };
	});
	if (since === null && pending.every((trip, index) => trip === known.pending[index])) return { known, since: null };
	return { known: { ...known, pending }, since: since === null ? null : rfc3339(since - TOLERANCE) };
}

/**
 * When trips should be asked for next, in epoch milliseconds; null where none is awaited, and where asking failed so often
 * that the looks that are due anyway must do.
 */
export function nextAsking({ pending }: Readonly<Known>, now: number): number | null {
	let next: number | null = null;
	for (const { seenAt, asked } of pending) {
		const after = ASK_AFTER[asked];
		if (after !== undefined) next = Math.min(next ?? Number.POSITIVE_INFINITY, Math.min(seenAt, now) + after);
	}
	return next;
}

/**
 * What the trips that were asked for tell: each that belongs to a drive of the vehicle, once. A drive without one after
 * 30 minutes is told as far as it was seen.
 *
 * @param found summaries of trips in any order; null when they could not be had
 */
export function tellTrips(
	known: Known,
	found: readonly unknown[] | null,
	{ settings, now, telling }: { settings: WatchSettings; now: number; telling: Telling },
): Known {
	if (known.pending.length === 0) return known;
	const entries = (found ?? []).map(entryOf).filter((entry) => entry !== null);
	let { pending } = known;
	// A car whose clock is ahead must not hide the trips until that is now.
	const byNow = (time: number) => Math.min(time, now);
	let trippedAt = known.trippedAt === null ? null : byNow(known.trippedAt);
	let { trippedTo } = known;
	for (const entry of entries.sort((a, b) => a.stoppedAt - b.stoppedAt)) {
		if (trippedAt !== null && entry.startedAt < trippedAt - TOLERANCE / 2) continue;
		const [mine] = pending
			.filter((trip) => belongs(entry, trip))
			.sort((one, other) => overlap(entry, other) - overlap(entry, one));
		if (mine === undefined) continue;
		trippedAt = byNow(entry.stoppedAt);
		trippedTo = odometerAfter(mine, entry);
		const { since } = mine;
		const { consumption } = entry;
		telling.tell(
			"trip-ended",
			{ ...entry.trip, ...costOf(known, consumption, settings), source: "trips" } as TripPayload,
			{
				at: entry.stoppedAt > now + DAY ? null : entry.stoppedAt,
				since,
				which: keyOf(10, entry.startedAt, entry.stoppedAt),
			},
		);
		pending = pending.map((trip) => (trip === mine || isPartOf(trip, entry) ? withFound(trip, entry) : trip));
	}
	const kept: PendingTrip[] = [];
	for (const trip of pending) {
		const waited = now - trip.seenAt;
		if (isCovered(trip)) continue;
		if (waited < (found === null ? LONG_PATIENCE : PATIENCE)) kept.push(trip);
		else if (trip.found === null && (trippedAt === null || trippedAt < trip.until) && !isLate(trip, trippedTo)) {
			telling.tell("trip-ended", fromStates(known, trip, settings), { at: trip.endedAt, since: trip.since });
			trippedAt = trip.until;
		}
	}
	return { ...known, trippedAt, ...defined({ trippedTo }), pending: kept };
}

/** The mean price of a kWh in the battery over the last charges, or null where none of them has a cost. */
export function meanPaid({ paid }: Readonly<Known>): number | null {
	const energy = paid.reduce((sum, [kWh]) => sum + kWh, 0);
	return energy > 0 ? paid.reduce((sum, [, money]) => sum + money, 0) / energy : null;
}

interface Entry {
	trip: Record<string, unknown>;
	startedAt: number;
	stoppedAt: number;
	distance: number | null;
	consumption: number | null;
}

function entryOf(trip: unknown): Entry | null {
	const stoppedAt = time(at(trip, "stoppedAt"));
	if (stoppedAt === null || flag(at(trip, "done")) === false) return null;
	const duration = number(at(trip, "duration"), 0, 1e8);
	const startedAt = time(at(trip, "startedAt")) ?? stoppedAt - (duration ?? 0) * 1000;
	if (startedAt > stoppedAt) return null;
	const distance = number(at(trip, "distance"), 0, 1e7);
	const consumption = number(at(trip, "electric", "consumption"), 0, 1e5);
	return { trip: trip as Record<string, unknown>, startedAt, stoppedAt, distance, consumption };
}

function belongs({ startedAt, stoppedAt }: Entry, { since, until }: PendingTrip): boolean {
	return stoppedAt > since && startedAt < until + TOLERANCE;
}

/** How long (ms) a trip and a drive went at the same time. */
function overlap({ startedAt, stoppedAt }: Entry, { since, until }: PendingTrip): number {
	return Math.min(stoppedAt, until) - Math.max(startedAt, since);
}

// Of two drives with a short stop between them a trip may be both; what it only touches, since clocks differ, is another.
function isPartOf(trip: PendingTrip, entry: Entry): boolean {
	return overlap(entry, trip) > Math.min(TOLERANCE, (trip.until - trip.since) / 2);
}

function withFound(trip: PendingTrip, { distance, stoppedAt }: Entry): PendingTrip {
	// A trip that reaches to the end of a seen drive is the last of it, whatever its distance says.
	const isLast = trip.endedAt !== null && stoppedAt >= trip.endedAt - 5 * MINUTE;
	return { ...trip, found: isLast ? WHOLE : brief((trip.found ?? 0) + (distance ?? 0), 3) };
}

/** The odometer at the end of a trip that belongs to a drive; undefined where nobody can tell. */
function odometerAfter({ odometer, found }: PendingTrip, { distance }: Entry): number | undefined {
	return odometer === null || distance === null || found === WHOLE
		? undefined
		: brief(odometer + (found ?? 0) + distance, 3);
}

/** True for an odometer that has only come in late: what it has grown by was told with a trip. */
function isLate({ unseen, stopOdometer }: PendingTrip, trippedTo: number | undefined): boolean {
	return unseen && stopOdometer !== null && trippedTo !== undefined && stopOdometer - trippedTo < UNSEEN_DRIVE;
}

function isCovered({ found, odometer, stopOdometer }: PendingTrip): boolean {
	if (found === null) return false;
	if (odometer === null || stopOdometer === null) return true;
	return found >= stopOdometer - odometer - UNSEEN_DRIVE;
}

function costOf(known: Readonly<Known>, consumption: number | null, { currency }: WatchSettings) {
	const price = meanPaid(known);
	const cost = price === null || consumption === null ? null : brief(price * consumption, 4);
	return { cost, currency: cost === null ? null : currency };
}

/** A trip in the shape of a trip's summary, made of the states at both ends. */
function fromStates(known: Readonly<Known>, trip: PendingTrip, settings: WatchSettings): TripPayload {
	const { startedAt, endedAt, odometer, stopOdometer, level, stopLevel, residual, stopResidual } = trip;
	const duration =
		startedAt === null || endedAt === null ? null : Math.max(0, Math.round((endedAt - startedAt) / 1000));
	const distance = odometer === null || stopOdometer === null ? null : brief(stopOdometer - odometer, 3);
	const capacity = settings.capacity ?? known.capacity;
	const byResidual =
		settings.capacity !== null || residual === null || stopResidual === null ? null : residual - stopResidual;
	const points = level === null || stopLevel === null ? null : level - stopLevel;
	const byLevel = capacity === null || points === null ? null : (points * capacity) / 100;
	const used = byResidual !== null && byResidual > 0 && !lags(byResidual, points, capacity) ? byResidual : byLevel;
	// A battery that holds more than before was charged on the way.
	const consumption = used === null || used < 0 ? null : brief(used, 3);
	const average = consumption === null || !distance ? null : brief((consumption / distance) * 100, 2);
	const place = (spot: PendingTrip["spot"]) => ({
		latitude: spot?.latitude ?? null,
		longitude: spot?.longitude ?? null,
	});
	return {
		id: null,
		startedAt: startedAt === null ? null : rfc3339(startedAt),
		stoppedAt: endedAt === null ? null : rfc3339(endedAt),
		duration,
		distance,
		averageSpeed: distance === null || !duration ? null : brief((distance / duration) * 3600, 3),
		startOdometer: odometer,
		start: place(trip.spot),
		stop: place(trip.stopSpot),
		electric: { consumption, average, startLevel: level, endLevel: stopLevel },
		fuel: { consumption: null, average: null, startLevel: null, endLevel: null },
		done: true,
		...costOf(known, consumption, settings),
		source: "status",
	};
}
