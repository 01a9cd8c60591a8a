import type { NodeAPI } from "node-red";
import { registerNode } from "../src/node-red/node";

/** Sends one command to a vehicle and follows it to its end. */
export = (RED: NodeAPI): void =>
	registerNode(RED, {
		type: "stellantis-remote-command",
		outputs: 2,
		load() {
			const { actOnCommand } =
				require("../src/node-red/actions/remote-command") as typeof import("../src/node-red/actions/remote-command");
			return { act: actOnCommand };
		},
	});
