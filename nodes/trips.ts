import type { NodeAPI } from "node-red";
import { summarizeTrip } from "../src/api/summaries/trip";
import { registerReadingNode } from "../src/node-red/reading-node";
import { tripFilters } from "../src/node-red/trip-filters";
import { tripPath } from "../src/node-red/trip-path";
import { flag } from "../src/node-red/values";

/** The trips of one vehicle, or of a fleet. */
export = (RED: NodeAPI): void =>
	registerReadingNode(RED, {
		type: "stellantis-trips",
		outputs: 2,
		noun: "trips",
		resource: "trips",
		timed: true,
		news: true,
		filters: tripFilters,
		summarize: (car) => (trip) => summarizeTrip(trip, car.family.units),
		companion: (reading) =>
			flag(reading.config.waypoints) ? { name: "waypoints", of: (trip) => tripPath(reading, trip) } : undefined,
	});
