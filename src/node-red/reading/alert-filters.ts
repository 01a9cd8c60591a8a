import { moment } from "../../api/summaries/moment";
import { isDocument } from "../../hal/document";
import { ALERTS } from "../properties";
import { choice, type Properties } from "../values";

/** The `active` parameter, for families that have it; the others are filtered by {@link keepAlerts} alone. */
export function alertFilters(
	config: Properties,
	{ route }: { route?: { filters?: readonly string[] } | undefined },
): Record<string, boolean> {
	const activity = choice(config.active, "active", ALERTS.active.choices);
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
