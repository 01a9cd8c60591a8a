import type { NodeAPI } from "node-red";

/** Looks at vehicles by itself and tells what has changed. */
export = (RED: NodeAPI): void =>
	RED.nodes.registerType("stellantis-watch", function (this, config) {
		RED.nodes.createNode(this, config);
	});
