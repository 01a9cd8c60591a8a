import type { NodeAPI } from "node-red";
import { registerNode } from "../src/node-red/node";
import { attendSweeps } from "../src/node-red/sweep/attend";

/** Every vehicle of the account. */
export = (RED: NodeAPI): void =>
	registerNode(RED, {
		type: "stellantis-vehicle-list",
		outputs: 2,
		noun: "vehicles",
		resource: "vehicles",
		itemIsVehicle: true,
		attend: attendSweeps,
	});
