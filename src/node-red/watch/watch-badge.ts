import type { ScheduleState } from "../../watch/looks/schedule";
import type { BadgeTexts } from "../badge-texts";

/** What a badge tells of a watch. */
export interface Watching extends ScheduleState {
	/** True while nothing can be had of the account. */
	failing: boolean;
}

/** How many vehicles are watched, and how many of them here, when the next look is, and what stretches it. */
export function badgeText(
	texts: BadgeTexts,
	{ nextLook, stretch, stretchedBy }: Watching,
	vehicles: number,
	here = vehicles,
): string {
	const all = texts.number(vehicles);
	const count = here === vehicles ? all : `${texts.number(here)}/${all}`;
	const parts = [texts.text("badge.watch.watched", { count })];
	if (nextLook !== null) parts.push(texts.text("badge.watch.next", { time: texts.clock(nextLook) }));
	if (stretchedBy !== null && stretch > 1)
		parts.push(texts.text(`badge.watch.${stretchedBy}`, { count: texts.number(stretch) }));
	return parts.join(" · ");
}
