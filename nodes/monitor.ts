import type { NodeAPI } from "node-red";
import { actOnMonitors } from "../src/node-red/monitor-actions";
import { registerReadingNode } from "../src/node-red/reading-node";

/** Creates, lists and changes the monitors that make the API tell of a vehicle by itself. */
export = (RED: NodeAPI): void =>
	registerReadingNode(RED, {
		type: "stellantis-monitor",
		outputs: 1,
		noun: "monitors",
		resource: "monitors",
		act: actOnMonitors,
	});
