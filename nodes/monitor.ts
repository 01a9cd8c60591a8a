import type { NodeAPI } from "node-red";
import { registerNode } from "../src/node-red/node";

/** Creates, lists and changes the monitors that make the API tell of a vehicle by itself. */
export = (RED: NodeAPI): void =>
	registerNode(RED, {
		type: "stellantis-monitor",
		outputs: 1,
		noun: "monitors",
		resource: "monitors",
		load() {
			const { actOnMonitors } =
				require("../src/node-red/actions/monitors") as typeof import("../src/node-red/actions/monitors");
			return { act: actOnMonitors };
		},
	});
