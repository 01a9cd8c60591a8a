import type { NodeAPI } from "node-red";
import { registerReadingNode } from "../src/node-red/reading-node";
import { resourceChoices } from "../src/node-red/resource-choices";
import { locateAny } from "../src/node-red/resource-target";

/** Everything else that can be read: named resources, any link, any path. */
export = (RED: NodeAPI): void =>
	registerReadingNode(RED, {
		type: "stellantis-resource",
		outputs: 2,
		noun: "items",
		timed: true,
		locate: locateAny,
		settings: { stellantisResourceFamilies: { value: resourceChoices(), exportable: true } },
	});
