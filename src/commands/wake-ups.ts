import { spokenTime } from "../api/time";
import { StellantisError } from "../error";
import { counted } from "../text";

/** What is remembered of a vehicle's wake-ups: when they were (epoch milliseconds), and until when there are none. */
export interface WakeUps {
	times: readonly number[];
	pausedUntil?: number | undefined;
}

/** How often a vehicle may be woken: minutes between two, most in 24 hours. */
export interface WakeUpLimits {
	wakeupInterval: number;
	wakeupsPerDay: number;
}

/** Milliseconds. */
export const DAY = 24 * 60 * 60_000;
/** The 12 V battery that a wake-up needs, %. */
export const ENOUGH_BATTERY = 60;

/**
 * Why a vehicle must not be woken now, or undefined when it may. Waking too often drains the 12 V battery and the
 * month's quota of the server.
 *
 * @param vehicle what people call it
 */
export function wakeUpRefusal(
	vehicle: string,
	{ times, pausedUntil }: WakeUps,
	{ wakeupInterval, wakeupsPerDay }: WakeUpLimits,
	now: number,
): StellantisError | undefined {
	// A clock that was set back must not forbid wake-ups for long.
	const past = times.filter((time) => time <= now + 60_000);
	const last = Math.max(...past, Number.NEGATIVE_INFINITY);
	const day = past.filter((time) => time > now - DAY).sort((one, other) => one - other);
	if (pausedUntil !== undefined && now < pausedUntil)
		return tooSoon(vehicle, "the month's wake-ups are used up, says the API", pausedUntil, now);
	if (now < last + wakeupInterval * 60_000)
		return tooSoon(
			vehicle,
			`it was woken at ${spokenTime(last)}, and the account keeps ${wakeupInterval} min between two wake-ups`,
			last + wakeupInterval * 60_000,
			now,
		);
	if (day.length >= wakeupsPerDay) {
		const free = day[day.length - wakeupsPerDay];
		return tooSoon(
			vehicle,
			`it was woken ${counted(day.length, "times")} in 24 h, and the account allows ${wakeupsPerDay}`,
			free === undefined ? undefined : free + DAY,
			now,
		);
	}
	return undefined;
}

/** The times with another one; what is older than a day, and not the last, says nothing any more. */
export function withWakeUp(times: readonly number[], time: number): number[] {
	const last = Math.max(...times);
	return [...times.filter((each) => each > time - DAY || each === last), time];
}

/** A wake-up is refused because the battery that it drains is low. */
export function batteryTooLow(vehicle: string, level: number): StellantisError {
	return new StellantisError(
		"ERR_WAKEUP_TOO_SOON",
		`No wake-up was sent to ${vehicle}: its 12 V battery was last seen at ${level} %, and under ${ENOUGH_BATTERY} % a wake-up may leave it stranded. Drive or charge it first.`,
	);
}

/** The first moment of the next month (UTC), when the server counts from zero again. */
export function endOfMonth(now: number): number {
	const date = new Date(now);
	return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

function tooSoon(vehicle: string, why: string, until: number | undefined, now: number): StellantisError {
	const when = until === undefined ? "" : ` It may be woken again at ${spokenTime(until)}.`;
	return new StellantisError("ERR_WAKEUP_TOO_SOON", `No wake-up was sent to ${vehicle}: ${why}.${when}`, {
		retryAfter: until === undefined ? undefined : Math.ceil((until - now) / 1000),
	});
}
