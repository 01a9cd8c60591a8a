import type { ReadStatus, StatusSummary } from "./status-summary";

/** How far (%) two tellings of one level may be apart. */
const APART = 15;
/** States in which nothing charges, so that no time remains of it. */
const AT_REST = new Set(["Disconnected", "Failure", "Stopped", "Finished"]);
/** How much less (km) an odometer may tell than before: some answers round it. */
const ROUNDING = 1;
/** How far ahead (ms) of ours the clock of a server may be; what a car tells of a later time is not remembered. */
const AHEAD = 15 * 60_000;

/** What was seen of a vehicle: the youngest time of each value, by its path, and the highest mileage. */
export interface Seen {
	times: ReadonlyMap<string, number>;
	odometer: number | null;
}

/** The paths of values that contradict each other within one summary, in the order of its keys. */
export function contradictions({ battery, charging, fuel, moving, speed }: StatusSummary): string[] {
	const found: string[] = [];
	if (isOdd(battery)) found.push("battery.level");
	const share = battery.capacity && battery.energy !== null ? (battery.energy / battery.capacity) * 100 : null;
	if (share !== null && battery.level !== null && Math.abs(share - battery.level) > APART)
		found.push("battery.level", "battery.energy");
	const { plugged, status, remaining } = charging;
	if ((plugged === false && status === "InProgress") || (plugged === true && status === "Disconnected"))
		found.push("charging.plugged", "charging.status");
	// It goes stale when charging stops.
	const rests = status === null ? plugged === false : AT_REST.has(status);
	if (remaining && rests) found.push("charging.remaining");
	if (isOdd(fuel)) found.push("fuel.level");
	if (moving === false && speed) found.push("moving", "speed");
	return [...new Set(found)];
}

/** A level with no range, or a range with no level. */
function isOdd({ level, range }: { level: number | null; range: number | null }): boolean {
	if (level === null || range === null) return false;
	return (range === 0 && level > APART) || (level === 0 && range > APART);
}

/** The paths of values that go back behind what was seen of the vehicle: older than it, or an odometer that fell. */
export function goneBack({ summary, times, odometerIsZero }: ReadStatus, seen: Seen): string[] {
	const found: string[] = [];
	for (const [path, time] of times) if (time < (seen.times.get(path) ?? time)) found.push(path);
	const { odometer } = summary;
	const fell = odometer === null ? odometerIsZero : odometer < (seen.odometer ?? 0) - ROUNDING;
	if (fell && seen.odometer !== null) found.push("odometer");
	return found;
}

/** What has been seen of a vehicle after one more reading; a time of the future (cars have wrong clocks) is passed over. */
export function seenAfter({ summary, times }: ReadStatus, seen: Seen | undefined, now: number): Seen {
	const youngest = new Map(seen?.times);
	for (const [path, time] of times)
		if (time <= now + AHEAD && time > (youngest.get(path) ?? Number.NEGATIVE_INFINITY)) youngest.set(path, time);
	return { times: youngest, odometer: higher(summary.odometer, seen?.odometer ?? null) };
}

function higher(one: number | null, other: number | null): number | null {
	return one === null || other === null ? (one ?? other) : Math.max(one, other);
}
