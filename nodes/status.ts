import type { NodeAPI } from "node-red";
import { registerNode } from "../src/node-red/node";

/** The latest state of one vehicle, or of every vehicle of a fleet. */
export = (RED: NodeAPI): void =>
	registerNode(RED, {
		type: "stellantis-status",
		outputs: 1,
		noun: "vehicles",
		resource: "status",
		load: () => ({
			summarize:
				({ states, car, vehicles }) =>
				(resource, vehicle) =>
					states.summarize(vehicle ? vehicles.keyOf(vehicle) : undefined, resource, car.family.units),
		}),
	});
