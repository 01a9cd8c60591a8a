import type { StatusSummary } from "../api/summaries/status-summary";
import type { BadgeTexts } from "./badge-texts";

/**
 * What a badge tells of a vehicle's state: `67 % · charging · 14:05`. What is suspect or not known is left out; the time is
 * that of the data.
 *
 * @param now epoch milliseconds
 * @returns undefined where the state tells none of it
 */
export function stateText(summary: StatusSummary, texts: BadgeTexts, now: number): string | undefined {
	const parts = [levelText(summary, texts), activityText(summary, texts)].filter((part) => part !== undefined);
	if (parts.length === 0) return undefined;
	const time = Date.parse(summary.updatedAt ?? "");
	return [...parts, ...(Number.isNaN(time) ? [] : [texts.moment(time, now)])].join(" · ");
}

/** How full the battery is; of a car without one, the tank. */
function levelText({ battery, fuel, suspect }: StatusSummary, texts: BadgeTexts): string | undefined {
	const known = (level: number | null, path: string) => (suspect.includes(path) ? null : level);
	const [charge, tank] = [known(battery.level, "battery.level"), known(fuel.level, "fuel.level")];
	const rounded = (level: number) => ({ count: texts.number(Math.round(level)) });
	if (charge !== null) return texts.text("badge.state.battery", rounded(charge));
	return tank === null ? undefined : texts.text("badge.state.fuel", rounded(tank));
}

/** What the car does: the first of these that holds. */
function activityText({ charging, moving, ignition, privacy }: StatusSummary, texts: BadgeTexts): string | undefined {
	if (charging.status === "InProgress") return texts.text("badge.state.charging");
	if (moving === true) return texts.text("badge.state.driving");
	if (charging.status === "Failure" && charging.plugged === true) return texts.text("badge.state.notCharging");
	if (charging.plugged === true) return texts.text("badge.state.plugged");
	if (moving === false || ignition === "Stop") return texts.text("badge.state.parked");
	return privacy === "Full" ? texts.text("badge.state.private") : undefined;
}
