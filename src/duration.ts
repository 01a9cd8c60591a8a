const DURATION =
	/^P(?:(\d+(?:[.,]\d+)?)Y)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)W)?(?:(\d+(?:[.,]\d+)?)D)?(?:T(?:(\d+(?:[.,]\d+)?)H)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)S)?)?$/;
const DAY = 86400;
const SECONDS = [365 * DAY, 30 * DAY, 7 * DAY, DAY, 3600, 60, 1] as const;

/**
 * Seconds in an ISO 8601 duration such as `PT1H30M`, or null for anything else. Its last part may have a decimal fraction
 * (`PT1.5H`, ISO 8601-1, 5.5.2.3). A year counts as 365 days and a month as 30: the API writes them only as padding
 * (`P0Y0M0DT5M`).
 *
 * Source: `EnergyCharging.remainingTime` and `nextDelayedTime` in all families, `TripStatistics.duration` of accounts-v1.
 */
export function durationSeconds(value: unknown): number | null {
	if (typeof value !== "string" || value.length > 100) return null;
	const parts = DURATION.exec(value.trim())?.slice(1);
	const last = parts?.findLastIndex((part) => part !== undefined) ?? -1;
	if (!parts || last < 0 || parts.slice(0, last).some((part) => part && !/^\d+$/.test(part))) return null;
	let seconds = 0;
	for (const [index, unit] of SECONDS.entries()) seconds += Number((parts[index] ?? "0").replace(",", ".")) * unit;
	return Number.isFinite(seconds) ? seconds : null;
}

/**
 * The time of day that a duration since midnight means: `22:05` for `PT22H5M`. Null for anything else, for a whole day or
 * more, and for none at all: `PT0S` is midnight or nothing, and nobody can tell which.
 *
 * Source: `EnergyCharging.nextDelayedTime` of user-v4 and fleet-v3, which real cars tell so, whatever the documents say.
 */
export function timeOfDay(value: unknown): string | null {
	const seconds = durationSeconds(value);
	if (seconds === null || seconds === 0 || seconds >= DAY) return null;
	const two = (count: number) => String(count).padStart(2, "0");
	return `${two(Math.floor(seconds / 3600))}:${two(Math.floor((seconds % 3600) / 60))}`;
}
