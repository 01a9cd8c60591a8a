import type { NodeAPI } from "node-red";
import { registerReadingNode } from "../src/node-red/reading-node";

/** Every vehicle of the account. */
export = (RED: NodeAPI): void =>
	registerReadingNode(RED, {
		type: "stellantis-vehicle-list",
		outputs: 2,
		noun: "vehicles",
		resource: "vehicles",
		itemIsVehicle: true,
	});
