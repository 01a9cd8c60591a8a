import type { NodeAPI } from "node-red";
import type { StatusSummary } from "../src/api/summaries/status-summary";
import { registerNode } from "../src/node-red/node";

/** The latest state of one vehicle, or of every vehicle of a fleet. */
export = (RED: NodeAPI): void =>
	registerNode(RED, {
		type: "stellantis-status",
		outputs: 1,
		noun: "vehicles",
		resource: "status",
		load() {
			const { stateText } = require("../src/node-red/badge-state") as typeof import("../src/node-red/badge-state");
			return {
				summarize:
					({ states, car, vehicles }) =>
					(resource, vehicle) =>
						states.summarize(vehicle ? vehicles.keyOf(vehicle) : undefined, resource, car.family.units),
				tells: (summary, texts) => stateText(summary as StatusSummary, texts, Date.now()),
			};
		},
	});
