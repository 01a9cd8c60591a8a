import { moment } from "../../api/summaries/moment";
import { isDocument } from "../../hal/document";
import { ALERTS } from "../properties";
import { choice, flag, type Properties } from "../values";

/**
 * The `active` parameter, for families that have it; the others are filtered by {@link keepAlerts} alone. So are ended
 * ones where only what is new is wanted: an alert must be seen while it lasts, to be asked for again when it has ended.
 */
export function alertFilters(
	config: Properties,
	{ route }: { route?: { filters?: readonly string[] } | undefined },
): Record<string, boolean> {
	const activity = choice(config.active, "active", ALERTS.active.choices);
	if (activity === "ended" && flag(config.onlyNew)) return {};
	return activity !== "any" && route?.filters?.includes("active") ? { active: activity === "active" } : {};
}

/** Keeps active or ended alerts. An alert that does not say counts as ended when it tells a time of its end. */
export function keepAlerts(config: Properties): ((alert: unknown) => boolean) | undefined {
	const activity = choice(config.active, "active", ALERTS.active.choices);
	if (activity === "any") return undefined;
	return (alert) => isActive(alert) === (activity === "active");
}

function isActive(alert: unknown): boolean {
	if (!isDocument(alert)) return false;
	return typeof alert.active === "boolean" ? alert.active : moment(alert.endAt) === null;
}
