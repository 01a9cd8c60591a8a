import type { NodeAPI } from "node-red";
import { summarizeTrip } from "../src/api/summaries/trip";
import { registerNode } from "../src/node-red/node";
import { tripFilters } from "../src/node-red/reading/trip-filters";
import { tripPath } from "../src/node-red/reading/trip-path";
import { flag } from "../src/node-red/values";

/** The trips of one vehicle, or of a fleet. */
export = (RED: NodeAPI): void =>
	registerNode(RED, {
		type: "stellantis-trips",
		outputs: 2,
		noun: "trips",
		resource: "trips",
		timed: true,
		news: true,
		filters: tripFilters,
		summarize: () => summarizeTrip,
		companion: (input) =>
			flag(input.config.waypoints) ? { name: "waypoints", of: (trip) => tripPath(input, trip) } : undefined,
	});
