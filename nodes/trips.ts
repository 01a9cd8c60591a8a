import type { NodeAPI } from "node-red";
import { registerNode } from "../src/node-red/node";

/** The trips of one vehicle, or of a fleet. */
export = (RED: NodeAPI): void =>
	registerNode(RED, {
		type: "stellantis-trips",
		outputs: 2,
		noun: "trips",
		resource: "trips",
		timed: true,
		news: true,
		load() {
			const { summarizeTrip } = require("../src/api/summaries/trip") as typeof import("../src/api/summaries/trip");
			const { tripFilters } =
				require("../src/node-red/reading/trip-filters") as typeof import("../src/node-red/reading/trip-filters");
			const { waypointsOf } =
				require("../src/node-red/reading/trip-path") as typeof import("../src/node-red/reading/trip-path");
			return {
				filters: tripFilters,
				summarize: () => summarizeTrip,
				companion: waypointsOf,
			};
		},
	});
