import type { ScheduleState } from "../../watch/schedule";

/** What a badge tells of a watch. */
export interface Watching extends ScheduleState {
	/** True while nothing can be had of the account. */
	failing: boolean;
}

/** Why looks are fewer than the node asks for. */
const REASONS = { share: "the share of the quota", quota: "little quota left" } as const;

/** How many vehicles are watched, when the next look is, and what stretches it. */
export function badgeText({ nextLook, stretch, stretchedBy }: Watching, vehicles: number): string {
	const parts = [`${vehicles} watched`];
	if (nextLook !== null) parts.push(`next look ${timeOfDay(nextLook)}`);
	if (stretchedBy !== null && stretch > 1) parts.push(`${stretch} × slower: ${REASONS[stretchedBy]}`);
	return parts.join(" · ");
}

function timeOfDay(time: number): string {
	return new Date(time).toLocaleTimeString(undefined, { timeStyle: "short" });
}
