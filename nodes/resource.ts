import type { NodeAPI } from "node-red";
import { registerReadingNode } from "../src/node-red/reading-node";
import { locateAny } from "../src/node-red/resource-target";

/** Everything else that can be read: named resources, any link, any path. */
export = (RED: NodeAPI): void =>
	registerReadingNode(RED, {
		type: "stellantis-resource",
		outputs: 2,
		noun: "items",
		timed: true,
		locate: locateAny,
	});
