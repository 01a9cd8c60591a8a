import type { Node, NodeAPI } from "node-red";
import { CREDENTIALS } from "../src/node-red/credentials";
import { savedProperties } from "../src/node-red/saved";
import { StoreConnection, type StoreNode } from "../src/node-red/store/connection";
import type { StoreCredentials } from "../src/node-red/store/open";

/** A PostgreSQL in which several Node-RED share what accounts keep. */
export = (RED: NodeAPI): void => {
	RED.nodes.registerType<StoreNode, never, object, StoreCredentials>(
		"stellantis-store",
		function (this: StoreNode, config) {
			RED.nodes.createNode(this, config);
			this.connection = new StoreConnection(RED, this as Node<StoreCredentials>, savedProperties(this, config));
			this.on("close", (_removed: boolean, done: () => void) => {
				this.connection.close().then(
					() => done(),
					() => done(),
				);
			});
		},
		{ credentials: CREDENTIALS["stellantis-store"] } as never,
	);
};
