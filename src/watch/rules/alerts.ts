import { flag, text } from "../../api/summaries/readers";
import { isRecord } from "../../json";
import { keyOf, type Telling } from "../events";
import { time } from "../reading";
import type { WatchSettings } from "../settings";
import { type Known, MOST_ALERTS } from "../state";

const HOUR = 3_600_000;

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
 * What the alerts that were asked for tell: those that started and those that ended since the last time.
 *
 * @param found alert resources as the API gave them, of any family; null when they could not be had
 */
export function tellAlerts(
	known: Known,
	found: readonly unknown[] | null,
	{ settings, now, telling }: { settings: WatchSettings; now: number; telling: Telling },
): Known {
	const { active: before, upTo, askedAt } = known.alerts ?? { active: [], upTo: null, askedAt: "first" };
	if (found === null) return { ...known, alerts: { askedAt: now, active: before, upTo } };
	const was = new Set(before);
	let youngest = upTo ?? 0;
	const active = new Set<string>();
	const seen = new Set<string>();
	for (const alert of found) {
		const entry = entryOf(alert);
		if (entry === null || seen.has(entry.key)) continue;
		const { key, isActive, startedAt, endedAt, data } = entry;
		seen.add(key);
		if (isActive && active.size < MOST_ALERTS) active.add(key);
		// One that began and ended since the last time is told, too; the first time only what is the case.
		const isLater = upTo !== null && startedAt !== null && startedAt > upTo;
		const isNew = !was.has(key) && (isActive ? active.has(key) : isLater);
		youngest = Math.max(youngest, startedAt ?? 0);
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
	// The answer may be one page of many: what it does not show has not ended.
	for (const key of was) if (!seen.has(key) && active.size < MOST_ALERTS) active.add(key);
	return { ...known, alerts: { askedAt: now, active: [...active], upTo: youngest } };
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
