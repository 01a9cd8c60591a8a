import type { ScheduleState } from "../../watch/looks/schedule";
import type { BadgeTexts } from "../badge-texts";

/** What a badge tells of a watch. */
export interface Watching extends ScheduleState {
	/** True while nothing can be had of the account, or of what is watched. */
	failing: boolean;
}

/**
 * How many vehicles are watched, and how many of them here, when the next look is, and what stretches it; in figures where
 * it is stretched, so that a fleet's fit too.
 */
export function badgeText(
	texts: BadgeTexts,
	{ nextLook, stretch, stretchedBy }: Watching,
	vehicles: number,
	here = vehicles,
): string {
	const all = texts.number(vehicles);
	const count = here === vehicles ? all : `${texts.number(here)}/${all}`;
	const time = nextLook === null ? null : texts.clock(nextLook);
	const parts =
		stretchedBy !== null && stretch > 1
			? [count, time, texts.text(`badge.watch.${stretchedBy}`, { count: texts.number(brief(stretch)) })]
			: [texts.text("badge.watch.watched", { count }), time === null ? null : texts.text("badge.watch.next", { time })];
	return parts.filter((part) => part !== null).join(" · ");
}

/** From ten on, tenths tell nobody anything. */
const brief = (factor: number) => (factor < 10 ? factor : Math.round(factor));
