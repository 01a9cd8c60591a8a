import { brief, type Known } from "../state";
import type { Step } from "./step";

/** Points that a level must get away from a threshold before it can be reached again. */
const AWAY = 2;
/** Points from which on a level tells whether a residual has moved with it. */
const CLEAR = 5;

/** What the battery holds now. */
export function readBattery({ before, next, reading }: Step): void {
	if (reading.batteryAt !== null) next.batteryAt = reading.batteryAt;
	next.level = reading.level ?? before.level;
	next.range = reading.range ?? before.range;
	next.capacity = reading.capacity ?? before.capacity;
	// What was told of another level says nothing of this one.
	const isSame = reading.level === null || reading.level === before.level;
	next.residual = reading.residual === null ? (isSame ? before.residual : null) : brief(reading.residual);
	if (reading.level !== null) next.levelAt = reading.updatedAt;
}

/**
 * True for a residual that stood still for a part of the way from one level to another.
 *
 * @param moved kWh that it moved, in the level's direction
 * @param points of level
 */
export function lags(moved: number, points: number | null, capacity: number | null): boolean {
	if (points === null || points < CLEAR) return false;
	return moved < (capacity === null ? 0.1 : (points * capacity) / 200);
}

/** Levels that fall below `low` or rise to `high`. Another threshold than at the last look is seen for the first time. */
export function watchLevels(step: Step): void {
	watchLevel(step, "low", (level, threshold) => level < threshold, -AWAY);
	watchLevel(step, "high", (level, threshold) => level >= threshold, AWAY);
}

function watchLevel(
	{ before, next, reading, settings, telling }: Step,
	which: "low" | "high",
	reached: (level: number, threshold: number) => boolean,
	away: number,
): void {
	const threshold = settings[which];
	if (threshold === null) next[which] = null;
	const level = reading.level;
	if (threshold === null || level === null) return;
	const last: Known["low"] = before[which]?.threshold === threshold ? before[which] : null;
	const isReached = reached(level, threshold);
	const isLeft = away < 0 ? level >= threshold - away : level <= threshold - away;
	const told = last?.told === true ? !isLeft : isReached;
	next[which] = { threshold, told };
	if (!told || last?.told === true || (last === null && settings.firstRun === "none")) return;
	telling.tell(which === "low" ? "battery-low" : "battery-high", { level, threshold }, { at: reading.batteryAt });
}
