import type { NodeAPI } from "node-red";
import { registerNode } from "../src/node-red/node";

/** The latest state of one vehicle, or of every vehicle of a fleet. */
export = (RED: NodeAPI): void =>
	registerNode(RED, {
		type: "stellantis-status",
		outputs: 1,
		noun: "vehicles",
		resource: "status",
		load() {
			const { summarizeStatus } =
				require("../src/api/summaries/status") as typeof import("../src/api/summaries/status");
			return { summarize: (car) => (resource) => summarizeStatus(resource, car.family.units) };
		},
	});
