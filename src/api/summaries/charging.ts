import { durationSeconds, timeOfDay } from "../../duration";
import { at, ownValue } from "../../json";
import { agreeing, type Entry, merged, type Picked, pick, updatedAt, within } from "./entries";
import { latest, type Moment, momentAt } from "./moment";
import { flag, number, rounded, text } from "./readers";
import type { Told } from "./told";

/** How a vehicle charges; null where the API says nothing. */
export interface ChargingSummary {
	plugged: boolean | null;
	/** `Disconnected`, `InProgress`, `Failure`, `Stopped`, `Finished`, or what else the API comes to say. */
	status: string | null;
	/** Minutes until the battery is full; the API counts no further than 630. */
	remaining: number | null;
	/** When the charge in progress will be over, RFC 3339. */
	endsAt: string | null;
	/** `No`, `Slow`, `Quick`. */
	mode: string | null;
	/** Range won in an hour, km/h. */
	rate: number | null;
	/** How far it charges: `Partial` (some 80 %), `Full`. */
	limit: string | null;
	/** When the car is programmed to charge, a time of day on its own clock: `22:05`. It is there while nothing is delayed too. */
	nextStart: string | null;
	updatedAt: string | null;
}

/** What `chargeLimit` of accounts-v1 is called elsewhere. */
const LIMITS: Readonly<Record<string, string>> = { MedPlus: "Partial", High: "Full" };

/**
 * What remains counts from the youngest time that is known for the state: some cars leave the `createdAt` of an energy as
 * it was months ago, while the status around it is of today.
 *
 * Source: `EnergyCharging` of all three documents. `chargingRate` (user-v4, fleet-v3) is `settings.chargingSpeed` in
 * accounts-v1, `type` is `settings.chargeLimit`; it has no delay but daily programs, hence no `nextStart`.
 *
 * @param status when the API last touched the status itself
 */
export function summarizeCharging(electric: readonly Entry[], status: Moment | null, told: Told): ChargingSummary {
	const all = merged(within(electric, "extension", "electric", "charging"), within(electric, "charging"));
	const state = pick(all, statusIn);
	const own = agreeing(all, statusIn, state.value);
	const plugged = pick(own, (charging) => flag(charging.plugged));
	const remaining = pick(own, ({ remainingTime }) => durationSeconds(remainingTime));
	const delay = pick(own, ({ nextDelayedTime }) =>
		durationSeconds(nextDelayedTime) === null ? null : nextDelayedTime,
	);
	const mode = pick(own, (charging) => text(at(charging, "settings", "chargingMode")) ?? text(charging.chargingMode));
	const rate = pick(own, rateIn);
	const limit = pick(own, limitIn);
	const runs = state.value === null ? plugged.value !== false : state.value === "InProgress";
	const end =
		runs && remaining.value !== null ? after(latest([remaining.time, state.time, status]), remaining.value) : null;
	return {
		plugged: told.value("charging.plugged", plugged),
		status: told.value("charging.status", state),
		remaining: told.value("charging.remaining", minutes(remaining)),
		endsAt: told.value("charging.endsAt", { value: end, time: remaining.time }),
		mode: told.value("charging.mode", mode),
		rate: told.value("charging.rate", rate),
		limit: told.value("charging.limit", limit),
		nextStart: told.value("charging.nextStart", { value: timeOfDay(delay.value), time: delay.time }),
		updatedAt: updatedAt(plugged, state, remaining, delay, mode, rate, limit),
	};
}

function statusIn({ status }: Record<string, unknown>): string | null {
	return text(status);
}

function minutes({ value, time }: Picked<number>): Picked<number> {
	return { value: value === null ? null : rounded(value / 60, 2), time };
}

function rateIn(charging: Record<string, unknown>): number | null {
	const told = [charging.chargingRate, at(charging, "settings", "chargingSpeed"), charging.chargingSpeed];
	return told.map((rate) => number(rate, 0, 1000)).find((rate) => rate !== null) ?? null;
}

function limitIn(charging: Record<string, unknown>): string | null {
	const limit = text(at(charging, "settings", "chargeLimit"));
	return text(charging.type) ?? (limit === null ? null : (ownValue(LIMITS, limit) ?? null));
}

function after(time: Moment | null, seconds: number): string | null {
	return time === null ? null : (momentAt(time.ms + seconds * 1000)?.text ?? null);
}
