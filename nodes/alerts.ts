import type { NodeAPI } from "node-red";
import { alertFilters, keepAlerts } from "../src/node-red/alert-filters";
import { registerReadingNode } from "../src/node-red/reading-node";

/** The alerts of one vehicle, or of a fleet. */
export = (RED: NodeAPI): void =>
	registerReadingNode(RED, {
		type: "stellantis-alerts",
		outputs: 2,
		noun: "alerts",
		resource: "alerts",
		timed: true,
		news: true,
		filters: alertFilters,
		keep: keepAlerts,
	});
