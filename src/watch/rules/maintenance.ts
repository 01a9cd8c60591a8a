import type { Telling } from "../events";
import type { WatchSettings } from "../settings";
import type { Known } from "../state";

const DAY = 86_400_000;
const DUE = { days: 30, distance: 1000 };

/** Days and km that are left until the next maintenance, as `summary.maintenance` and the maintenance path tell them. */
export interface MaintenanceLeft {
	days: number | null;
	distance: number | null;
}

/** True where the maintenance path may be asked now: it is chosen, and was a day (times `stretch`) ago. */
export function wantsMaintenance(
	{ maintenance }: Readonly<Known>,
	{ events }: WatchSettings,
	now: number,
	stretch: number,
): boolean {
	return (
		events.has("maintenance-due") && (maintenance === null || Math.abs(now - maintenance.askedAt) >= DAY * stretch)
	);
}

/** Tells when maintenance comes near, once; `left` is null when it could not be had. */
export function tellMaintenance(
	known: Known,
	left: MaintenanceLeft | null,
	{ settings, now, telling }: { settings: WatchSettings; now: number; telling: Telling },
): Known {
	const was = known.maintenance?.due ?? null;
	if (left === null || (left.days === null && left.distance === null))
		return { ...known, maintenance: { askedAt: now, due: was } };
	const { days, distance } = left;
	const due = (days !== null && days <= DUE.days) || (distance !== null && distance <= DUE.distance);
	// What made it due may be what is not told this time.
	const isUnknown = was === true && !due && (days === null || distance === null);
	if (due && was !== true && (was !== null || settings.firstRun === "all"))
		telling.tell("maintenance-due", { days, distance }, { of: known.maintenance?.askedAt ?? "first" });
	return { ...known, maintenance: { askedAt: now, due: isUnknown ? was : due } };
}
