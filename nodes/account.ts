import type { Node, NodeAPI } from "node-red";
import { AccountConnection, type AccountNode } from "../src/node-red/account/connection";
import type { AccountCredentials } from "../src/node-red/account/credentials";
import { runningAccounts } from "../src/node-red/account/running";
import { registerAdminRoutes } from "../src/node-red/admin/register";
import { CREDENTIALS } from "../src/node-red/credentials";
import { registerOperations } from "../src/node-red/operations/register";
import { savedProperties } from "../src/node-red/saved";

/** One API account: server, family, credentials and limits, shared by all nodes that choose it. */
export = (RED: NodeAPI): void => {
	registerAdminRoutes(RED);
	registerOperations(RED);
	RED.nodes.registerType<AccountNode, never, object, AccountCredentials>(
		"stellantis-account",
		function (this: AccountNode, config) {
			RED.nodes.createNode(this, config);
			const connection = new AccountConnection(RED, this as Node<AccountCredentials>, savedProperties(this, config));
			this.connection = connection;
			const running = runningAccounts(RED);
			running.add(connection);
			const { watchFolder } = require("../src/node-red/folder-watch") as typeof import("../src/node-red/folder-watch");
			watchFolder(RED);
			void connection.resumeCommands();
			connection.keepSignIn();
			this.on("close", (removed: boolean, done: () => void) => {
				running.delete(connection);
				// Whatever goes wrong while closing, Node-RED must not wait for it, nor fall over it.
				connection.close(removed).then(
					() => done(),
					() => done(),
				);
			});
		},
		{ credentials: CREDENTIALS["stellantis-account"] } as never,
	);
};
