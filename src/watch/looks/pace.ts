import { wallMinutes } from "../prices";
import { nextAsking } from "../rules/trips";
import type { Pace } from "../settings";
import type { Known } from "../state";

export type VehicleState = "driving" | "charging" | "parked";

/** Which looks go first where not all can be had: 0 driving, 1 charging, 2 just changed, 3 all others. */
export type Urgency = 0 | 1 | 2 | 3;

/** When a vehicle deserves its next look. Times in epoch milliseconds. */
export interface NextLook {
	state: VehicleState;
	urgency: Urgency;
	/** ms between looks of a vehicle in that state. */
	interval: number;
	at: number;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** After a change others are likely: such a vehicle goes before those that stand. */
const JUST_CHANGED = 15 * MINUTE;
/** A vehicle that sends seldom is asked seldom: one look for each such part of the age of what it sent last. */
const PARTS = { driving: 10, charging: 12 };
/** After the moment at which something is due, the car needs a while to say so. */
const REPORT = MINUTE;
const SOONEST = 30_000;

/** What a vehicle does, as far as that decides how often it is looked at. */
export function vehicleState(known: Readonly<Known> | undefined): VehicleState {
	if (known?.driving === true) return "driving";
	return known?.status === "InProgress" ? "charging" : "parked";
}

/** When to look again at a vehicle that was looked at now. */
export function nextLook(known: Readonly<Known> | undefined, pace: Pace, timeZone: string, now: number): NextLook {
	const state = vehicleState(known);
	if (known === undefined) return { state, urgency: 2, interval: pace.parked, at: now + pace.parked };
	const interval = intervalOf(known, state, pace, now);
	let at = now + interval;
	const soon = [nextAsking(known, now), duringCharge(known, state, timeZone, now)];
	for (const moment of soon) if (moment !== null && moment < at) at = Math.max(moment, now + SOONEST);
	const justChanged = Math.abs(now - known.changedAt) <= JUST_CHANGED;
	const urgency = state === "driving" ? 0 : state === "charging" ? 1 : justChanged ? 2 : 3;
	return { state, urgency, interval, at: Math.round(at) };
}

function intervalOf(known: Readonly<Known>, state: VehicleState, pace: Pace, now: number): number {
	const age = now - known.updatedAt;
	if (state !== "parked" && age < DAY) return Math.max(pace[state], Math.min(age / PARTS[state], pace.parked));
	const quiet = now - known.changedAt;
	return pace.parked * (quiet >= 7 * DAY ? 4 : quiet >= DAY ? 2 : 1);
}

/** The moment that the answer itself announces: the end of a charge, or the start of a delayed one. */
function duringCharge(known: Readonly<Known>, state: VehicleState, timeZone: string, now: number): number | null {
	if (state === "charging") return known.endsAt !== null && known.endsAt >= now ? known.endsAt + REPORT : null;
	if (known.plugged !== true || known.nextStart === null) return null;
	const wait = (known.nextStart - wallMinutes(now, timeZone) + 2 * 1440) % 1440;
	return now + wait * MINUTE + REPORT;
}
