import type { Telling } from "../events";
import type { Pricing } from "../prices";
import type { Look } from "../reading";
import type { WatchSettings } from "../settings";
import type { Known } from "../state";

/** One new state on its way through the rules: each of them reads `before`, writes its part of `next` and tells. */
export interface Step {
	vehicle: string;
	/** What was known; in the first look a blank. */
	before: Readonly<Known>;
	next: Known;
	reading: Look;
	/** True where nothing was known of the vehicle. */
	first: boolean;
	now: number;
	settings: WatchSettings;
	pricing: Pricing | null;
	telling: Telling;
}

/** Between two states that lie further apart, nobody can tell when something began or ended. */
export const UNSURE = 30 * 60_000;

/** True where a value that follows `was` is worth an event: it was known before, or the first look tells all. */
export function counts({ settings }: Step, was: unknown): boolean {
	return was !== null || settings.firstRun === "all";
}

/** Milliseconds between the state before and this one. */
export function gap({ before, reading, first }: Step): number {
	return first ? Number.POSITIVE_INFINITY : reading.updatedAt - before.updatedAt;
}

/** A block's own time, if it is later than the state before; that is when its change happened, as far as anybody knows. */
export function ownTime({ before, first }: Step, blockTime: number | null): number | null {
	return blockTime !== null && (first || blockTime > before.updatedAt) ? blockTime : null;
}
