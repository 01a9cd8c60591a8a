import type { NodeAPI } from "node-red";
import { registerNode } from "../src/node-red/node";

/** The alerts of one vehicle, or of a fleet. */
export = (RED: NodeAPI): void =>
	registerNode(RED, {
		type: "stellantis-alerts",
		outputs: 2,
		noun: "alerts",
		resource: "alerts",
		timed: true,
		news: true,
		load() {
			const { alertFilters, keepAlerts } =
				require("../src/node-red/reading/alert-filters") as typeof import("../src/node-red/reading/alert-filters");
			return { filters: alertFilters, keep: keepAlerts };
		},
	});
