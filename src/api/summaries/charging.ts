import { durationSeconds } from "../../duration";
import { agreeing, type Entry, merged, pick, updatedAt, within } from "./entries";
import { type Moment, momentAt } from "./moment";
import { at, flag, number, rounded, text } from "./readers";

/** How a vehicle charges; null where the API says nothing. */
export interface ChargingSummary {
	plugged: boolean | null;
	/** `Disconnected`, `InProgress`, `Failure`, `Stopped`, `Finished`, or what else the API comes to say. */
	status: string | null;
	/** Minutes until the battery is full. */
	remaining: number | null;
	/** When the charge in progress will be over, RFC 3339. */
	endsAt: string | null;
	/** `No`, `Slow`, `Quick`. */
	mode: string | null;
	/** Range won in an hour, km/h. */
	rate: number | null;
	/** When a delayed charge will start, RFC 3339; null when none is set. */
	nextStart: string | null;
	updatedAt: string | null;
}

/**
 * Source: `EnergyCharging` of all three documents. `chargingRate` (user-v4, fleet-v3) is `settings.chargingSpeed` in
 * accounts-v1, which has no delay but daily programs in the vehicle's local time, hence no `nextStart`.
 */
export function summarizeCharging(electric: readonly Entry[]): ChargingSummary {
	const all = merged(within(electric, "extension", "electric", "charging"), within(electric, "charging"));
	const status = pick(all, statusIn);
	const own = agreeing(all, statusIn, status.value);
	const plugged = pick(own, (charging) => flag(charging.plugged));
	const remaining = pick(own, ({ remainingTime }) => durationSeconds(remainingTime));
	const delay = pick(own, ({ nextDelayedTime }) => durationSeconds(nextDelayedTime));
	const mode = pick(own, (charging) => text(at(charging, "settings", "chargingMode")) ?? text(charging.chargingMode));
	const rate = pick(own, rateIn);
	const runs = status.value === "InProgress" || status.value === null;
	return {
		plugged: plugged.value,
		status: status.value,
		remaining: remaining.value === null ? null : rounded(remaining.value / 60, 2),
		endsAt: runs ? after(remaining.time, remaining.value) : null,
		mode: mode.value,
		rate: rate.value,
		// A delay of zero (`PT0S`) is how the API says that none is set.
		nextStart: after(delay.time, delay.value || null),
		updatedAt: updatedAt(plugged, status, remaining, delay, mode, rate),
	};
}

function statusIn({ status }: Record<string, unknown>): string | null {
	return text(status);
}

function rateIn(charging: Record<string, unknown>): number | null {
	const told = [charging.chargingRate, at(charging, "settings", "chargingSpeed"), charging.chargingSpeed];
	return told.map((rate) => number(rate, 0, 1000)).find((rate) => rate !== null) ?? null;
}

function after(time: Moment | null, seconds: number | null): string | null {
	return time === null || seconds === null ? null : (momentAt(time.ms + seconds * 1000)?.text ?? null);
}
