import { flag, text } from "../../api/summaries/readers";
import { isRecord } from "../../json";
import { keyOf, rfc3339, type Telling } from "../events";
import { time } from "../reading";
import type { WatchSettings } from "../settings";
import { type Known, MOST_ALERTS } from "../state";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** How far back (ms) alerts are looked for: by when they began, as the API does. */
export const ALERTS_SINCE = 14 * DAY;
/** How far back for one that is active still. */
const OLDEST = 365 * DAY;

/** True where alerts may be asked for now: they are chosen, and it is an hour (times `stretch`) since they were. */
export function wantsAlerts(
	{ alerts }: Readonly<Known>,
	{ events }: WatchSettings,
	now: number,
	stretch: number,
): boolean {
	if (!events.has("alert-started") && !events.has("alert-ended")) return false;
	return alerts === null || Math.abs(now - alerts.askedAt) >= HOUR * stretch;
}

/**
 * Since when (RFC 3339) alerts are asked for, once a day, where one that is active began before what is asked for else;
 * null where that is not now.
 */
export function wishForOldAlerts({ alerts }: Readonly<Known>, now: number): string | null {
	const { oldest, askedAt } = alerts ?? {};
	if (oldest === undefined || askedAt === undefined || oldest >= now - ALERTS_SINCE) return null;
	// By its own start: those of a fleet are spread over the day.
	const day = (time: number) => Math.floor((time - oldest) / DAY);
	return day(now) === day(askedAt) ? null : rfc3339(Math.max(oldest, now - OLDEST));
}

/**
 * What the alerts that were asked for tell: those that started and those that ended since the last time.
 *
 * @param found alert resources as the API gave them, of any family; null when they could not be had
 */
export function tellAlerts(
	known: Known,
	found: readonly unknown[] | null,
	{ settings, now, telling }: { settings: WatchSettings; now: number; telling: Telling },
): Known {
	const last = known.alerts ?? { active: [], upTo: null, askedAt: null };
	const { active: before, upTo, askedAt } = last;
	const oldest = known.alerts?.oldest;
	if (found === null) return { ...known, alerts: { ...last, askedAt: now } };
	const was = new Set(before);
	// Those beyond what is kept may be there for long, and so may those that began before what was asked for.
	const isFull = before.length >= MOST_ALERTS;
	const seenFrom = (askedAt ?? now) - ALERTS_SINCE;
	const entries = entriesOf(found);
	for (const { key, isActive, startedAt, endedAt, data } of entries) {
		// One that began and ended since the last time is told, too; the first time only what is the case.
		const isLater = upTo !== null && startedAt !== null && startedAt > upTo && startedAt <= now;
		const isLate = isActive && !isFull && (startedAt === null || startedAt >= seenFrom);
		const isNew = !was.has(key) && (upTo === null ? isActive : isLater || isLate);
		if (isNew && (upTo !== null || settings.firstRun === "all"))
			telling.tell("alert-started", data, {
				at: startedAt,
				// One that is back as of the same moment is another occurrence.
				of: isLater || upTo === null ? keyOf(10, startedAt) : keyOf(10, startedAt, askedAt),
				which: key,
			});
		if (!isActive && (was.has(key) || isNew))
			telling.tell("alert-ended", data, { at: endedAt, of: keyOf(10, startedAt, endedAt ?? askedAt), which: key });
	}
	const active = entries.filter(({ isActive }) => isActive).slice(-MOST_ALERTS);
	// The answer may be one page of many: what it does not show has not ended.
	const seen = new Set(entries.map(({ key }) => key));
	const unseen = before.filter((key) => !seen.has(key)).slice(0, MOST_ALERTS - active.length);
	const starts = active.map(({ startedAt }) => startedAt).filter((startedAt) => startedAt !== null);
	if (unseen.length > 0 && oldest !== undefined) starts.push(oldest);
	const alerts = {
		askedAt: now,
		active: [...active.map(({ key }) => key), ...unseen],
		// A start that lies in the future must not hide those that come before it.
		upTo: entries.reduce(
			(last, { startedAt }) => Math.max(last, startedAt === null || startedAt > now ? 0 : startedAt),
			upTo ?? 0,
		),
	};
	return { ...known, alerts: starts.length === 0 ? alerts : { ...alerts, oldest: Math.min(...starts) } };
}

/** Alerts each once, those that began first before others. */
function entriesOf(found: readonly unknown[]) {
	const entries = new Map<string, NonNullable<ReturnType<typeof entryOf>>>();
	for (const alert of found) {
		const entry = entryOf(alert);
		if (entry !== null && !entries.has(entry.key)) entries.set(entry.key, entry);
	}
	return [...entries.values()].sort((one, other) => (one.startedAt ?? 0) - (other.startedAt ?? 0));
}

function entryOf(alert: unknown) {
	if (!isRecord(alert)) return null;
	const startedAt = time(alert.startedAt) ?? time(alert.createdAt);
	const endedAt = time(alert.endAt);
	const id = text(alert.id);
	const type = text(alert.type);
	if (id === null && type === null) return null;
	const key = id === null ? keyOf(8, type, startedAt) : keyOf(8, id);
	const isActive = flag(alert.active) ?? endedAt === null;
	return { key, isActive, startedAt, endedAt, data: alert };
}
