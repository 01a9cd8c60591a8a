import type { NodeAPI } from "node-red";
import { actOnCommand } from "../src/node-red/commands/command-node";
import { registerReadingNode } from "../src/node-red/reading-node";

/** Sends one command to a vehicle and follows it to its end. */
export = (RED: NodeAPI): void =>
	registerReadingNode(RED, {
		type: "stellantis-remote-command",
		outputs: 2,
		noun: "commands",
		act: actOnCommand,
	});
