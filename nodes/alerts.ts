import type { NodeAPI } from "node-red";
import { registerNode } from "../src/node-red/node";
import { alertFilters, keepAlerts } from "../src/node-red/reading/alert-filters";

/** The alerts of one vehicle, or of a fleet. */
export = (RED: NodeAPI): void =>
	registerNode(RED, {
		type: "stellantis-alerts",
		outputs: 2,
		noun: "alerts",
		resource: "alerts",
		timed: true,
		news: true,
		filters: alertFilters,
		keep: keepAlerts,
	});
