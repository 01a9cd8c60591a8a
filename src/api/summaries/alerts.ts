import { at, isRecord } from "../../json";
import { entries, merged, within } from "./entries";
import { moment } from "./moment";
import { flag, list, text } from "./readers";

/**
 * Types of the alerts that are active, each once. The list of active alerts is complete in itself; a health report that
 * is newer than it may add alerts or end them.
 *
 * Source: accounts-v1 `AggregatedTelemetries.vehicle.alerts`. The other families tell alerts only at a route of their own.
 */
export function activeAlerts(bases: readonly unknown[]): string[] {
	const holders = entries(bases, "alerts");
	const active = within(holders, "active").filter(({ data }) => Array.isArray(data.activeAlerts));
	const reports = within(holders, "report").filter(({ data }) => Array.isArray(data.reportDetails));
	const known = new Map<string, boolean>();
	for (const { data } of merged(active, reports)) {
		const complete = Array.isArray(data.activeAlerts);
		for (const alert of list(complete ? data.activeAlerts : data.reportDetails)) {
			const type = text(isRecord(alert) ? at(alert, "type") : alert);
			if (type === null || known.has(type)) continue;
			const ended = moment(at(alert, "endAt")) !== null;
			known.set(type, !ended && (flag(at(alert, "active")) ?? complete));
		}
		if (complete) break;
	}
	return [...known].filter(([, isActive]) => isActive).map(([type]) => type);
}
