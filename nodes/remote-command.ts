import type { NodeAPI } from "node-red";
import { actOnCommand } from "../src/node-red/actions/remote-command";
import { registerNode } from "../src/node-red/node";

/** Sends one command to a vehicle and follows it to its end. */
export = (RED: NodeAPI): void =>
	registerNode(RED, {
		type: "stellantis-remote-command",
		outputs: 2,
		noun: "commands",
		act: actOnCommand,
	});
