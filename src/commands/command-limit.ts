import { StellantisError } from "../error";
import { counted } from "../text";

const MINUTE = 60_000;

/**
 * Why no command may be sent to another vehicle now, or undefined when one may: a list wired into "horn" must not honk a
 * fleet. Counted are the vehicles that were sent a command in the last minute.
 *
 * @param vehicle what people call it
 * @param sent when each of the other vehicles was sent its last command (epoch milliseconds)
 */
export function commandLimitRefusal(
	vehicle: string,
	sent: readonly number[],
	limit: number,
	now: number,
): StellantisError | undefined {
	const recent = sent.filter((time) => isWithinMinute(time, now)).sort((one, other) => one - other);
	if (recent.length < limit) return undefined;
	const free = recent[recent.length - limit];
	const wait = free === undefined ? undefined : Math.max(1, Math.ceil((free + MINUTE - now) / 1000));
	const again = wait === undefined ? "Raise" : `Try again in ${wait} s, or raise`;
	return new StellantisError(
		"ERR_COMMAND_LIMIT",
		`No command was sent to ${vehicle}: ${counted(limit, "vehicles")} a minute may be sent one, counted over all accounts that reach the same vehicles, and no more is left. ${again} the limit in the account.`,
		{ retryAfter: wait },
	);
}

/** True for a time of the last minute; one in the future comes from a clock that was set back, and is none. */
export function isWithinMinute(time: number, now: number): boolean {
	return time > now - MINUTE && time <= now;
}
