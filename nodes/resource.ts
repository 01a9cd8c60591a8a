import type { NodeAPI } from "node-red";
import { registerNode } from "../src/node-red/node";

/** Everything else that can be read: named resources, any link, any path. */
export = (RED: NodeAPI): void =>
	registerNode(RED, {
		type: "stellantis-resource",
		outputs: 2,
		timed: true,
		load() {
			const { locateAny } =
				require("../src/node-red/reading/resource-target") as typeof import("../src/node-red/reading/resource-target");
			return { locate: locateAny };
		},
	});
