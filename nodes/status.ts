import type { NodeAPI } from "node-red";
import { summarizeStatus } from "../src/api/summaries/status";
import { registerNode } from "../src/node-red/node";

/** The latest state of one vehicle, or of every vehicle of a fleet. */
export = (RED: NodeAPI): void =>
	registerNode(RED, {
		type: "stellantis-status",
		outputs: 1,
		noun: "vehicles",
		resource: "status",
		summarize: (car) => (resource) => summarizeStatus(resource, car.family.units),
	});
