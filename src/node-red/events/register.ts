import { existsSync } from "node:fs";
import type { NodeAPI } from "node-red";
import { CREDENTIALS } from "../credentials";
import { flowsStateOf } from "../flows-state";
import { folderOf } from "../folder";
import type { EventsNode } from "./input";
import { knowKeptAddresses } from "./known-addresses";
import { registerTakeOver } from "./take-over";

/**
 * Registers the node that receives the notifications of monitors and commands, and what happens to the account itself.
 * Its addresses are known at once; whatever it takes to receive something is loaded when the first node is made.
 */
export function registerEventsNode(RED: NodeAPI): void {
	/** Names of the files of the nodes that run. */
	const running = new Set<string>();
	/** Nodes of the first start of flows; undefined once that is over. */
	let starting: Promise<unknown>[] | undefined = [];
	const flowsRun = flowsStateOf(RED).whenRunning(new AbortController().signal);
	const settled = flowsRun.then(() => Promise.all(starting ?? []));
	knowKeptAddresses(RED, settled);
	registerTakeOver(RED);
	void flowsRun
		.then(async () => {
			starting = undefined;
			if (!existsSync(folderOf(RED))) return;
			const { tidyUp } = require("./node-files") as typeof import("./node-files");
			await tidyUp(RED, (name) => running.has(name));
		})
		.catch((error: unknown) => RED.log.warn(`Files of events nodes could not be looked through: ${error}`));
	const create = function (this: EventsNode, saved: object): void {
		RED.nodes.createNode(this, saved as never);
		const { startEventsNode } = require("./events-node") as typeof import("./events-node");
		const started = startEventsNode(RED, this, saved, running);
		starting?.push(started);
	};
	RED.nodes.registerType(
		"stellantis-events",
		create as never,
		{
			credentials: CREDENTIALS["stellantis-events"],
		} as never,
	);
}
