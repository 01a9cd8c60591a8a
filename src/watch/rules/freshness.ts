import { rfc3339, type Telling } from "../events";
import type { WatchSettings } from "../settings";
import type { Known } from "../state";
import type { Step } from "./step";

/** A parked car that is not plugged in sleeps for days. */
const PARKED = 8 * 86_400_000;

/** Whether what is known of a vehicle is older than may be expected of it. */
export function isStale(known: Readonly<Known>, { staleAfter }: WatchSettings, now: number): boolean {
	if (staleAfter === null) return false;
	const sleeps = known.driving !== true && known.plugged !== true;
	return now - known.updatedAt > (sleeps ? Math.max(PARKED, staleAfter) : staleAfter);
}

/** Tells that a vehicle is silent for too long; what is known then, the same object where nothing changed. */
export function watchSilence(known: Known, settings: WatchSettings, now: number, telling: Telling): Known {
	if (known.stale || !isStale(known, settings, now)) return known;
	telling.tell("stale", { updatedAt: rfc3339(known.updatedAt) }, { since: known.updatedAt });
	return { ...known, stale: true };
}

/**
 * Tells that a vehicle which was silent is heard of again. At the first look a silence that lasts already is only noted,
 * unless that look tells all.
 */
export function watchReturn({ before, next, first, settings, now, telling }: Step): void {
	const isSilent = isStale(next, settings, now);
	if (first) next.stale = isSilent && settings.firstRun === "none";
	else if (before.stale && !isSilent) {
		next.stale = false;
		telling.tell("fresh", { updatedAt: rfc3339(next.updatedAt) });
	}
}
