import type { Node, NodeAPI } from "node-red";
import { AccountConnection, type AccountNode } from "../src/node-red/account/connection";
import type { AccountCredentials } from "../src/node-red/account/settings";
import { registerAdminRoutes } from "../src/node-red/admin/routes";
import { savedProperties } from "../src/node-red/saved";

/** One API account: server, family, credentials and limits, shared by all nodes that choose it. */
export = (RED: NodeAPI): void => {
	registerAdminRoutes(RED);
	RED.nodes.registerType<AccountNode, never, object, AccountCredentials>(
		"stellantis-account",
		function (this: AccountNode, config) {
			RED.nodes.createNode(this, config);
			this.connection = new AccountConnection(RED, this as Node<AccountCredentials>, savedProperties(this, config));
			void this.connection.resumeCommands();
			this.connection.keepSignIn();
			this.on("close", (_removed: boolean, done: () => void) => {
				// Whatever goes wrong while closing, Node-RED must not wait for it, nor fall over it.
				this.connection.close().then(
					() => done(),
					() => done(),
				);
			});
		},
		{
			credentials: {
				clientId: { type: "text" },
				username: { type: "text" },
				clientSecret: { type: "password" },
				accessToken: { type: "password" },
				refreshToken: { type: "password" },
				password: { type: "password" },
				secretHeaders: { type: "password" },
			},
		} as never,
	);
};
