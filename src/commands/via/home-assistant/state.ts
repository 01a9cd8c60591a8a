import type { CarSession } from "./car-session";
import { isNothing } from "./entities";

/** What each binary sensor says of a vehicle: where in its summary, and what `on` and `off` mean. */
const SENSORS = [
	{ key: "doors", block: "doors", property: "locked", on: false, off: true },
	{ key: "preconditioning", block: "climate", property: "status", on: "Enabled", off: "Disabled" },
	{ key: "battery_charging", block: "charging", property: "status", on: "InProgress", off: "Stopped" },
	{ key: "battery_charging_limit", block: "charging", property: "limit", on: "Partial", off: "Full" },
] as const;

/**
 * A vehicle's state as Home Assistant shows it, like a part of a summary. Its times are those of changes: a value that
 * was told anew keeps its old one.
 */
export function stateIn(session: CarSession): Record<string, Record<string, unknown>> {
	const summary: Record<string, Record<string, unknown>> = {};
	for (const { key, block, property, on, off } of SENSORS) {
		const state = session.state(`binary_sensor.${key}`);
		if (state === undefined || isNothing(state) || state.restored || !["on", "off"].includes(state.state)) continue;
		const since = session.sinceOf(`binary_sensor.${key}`);
		const updatedAt = Number.isNaN(since) ? undefined : new Date(since).toISOString();
		summary[block] = { ...summary[block], [property]: state.state === "on" ? on : off, updatedAt };
	}
	return summary;
}
