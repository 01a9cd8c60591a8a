import { existsSync } from "node:fs";
import type { Node, NodeAPI } from "node-red";
import { isAbort } from "../../error";
import { loadLibraries } from "../../libraries";
import { flowsStateOf } from "../flows-state";
import { folderOf } from "../folder";
import { endingOf } from "../in-flows";
import { savedProperties } from "../saved";
import type { RunningWatch } from "./start";

/**
 * Registers the node that looks at vehicles by itself. What it takes to do so is loaded when the first one is made, and
 * it begins when the flows run, so that a catch node is there for what goes wrong at once.
 */
export function registerWatchNode(RED: NodeAPI): void {
	const flows = flowsStateOf(RED);
	void flows
		.whenRunning(new AbortController().signal)
		.then(async () => {
			if (!existsSync(folderOf(RED))) return;
			const { tidyUp } = require("./tidy") as typeof import("./tidy");
			await tidyUp(RED);
		})
		.catch((error: unknown) => RED.log.warn(`Files of watches could not be looked through: ${error}`));
	RED.nodes.registerType("stellantis-watch", function (this: Node, config) {
		RED.nodes.createNode(this, config);
		const properties = savedProperties(this, config);
		const closing = new AbortController();
		const begun = Promise.all([loadLibraries("got", "url-template"), flows.whenRunning(closing.signal)]);
		const running = begun.then((): RunningWatch => {
			const { startWatch } = require("./start") as typeof import("./start");
			return startWatch(RED, this, properties);
		});
		running.catch((error: unknown) => {
			if (!isAbort(error, closing.signal)) this.error(error instanceof Error ? error.message : String(error));
		});
		this.on("input", (msg, _send, done) => {
			running.then((watch) => watch.take(msg)).then(() => done(), done);
		});
		this.on("close", (removed: boolean, done: () => void) => {
			closing.abort();
			running
				.then((watch) => watch.close(endingOf(RED, this.id, removed) === "deleted"))
				.catch(() => {})
				.finally(done);
		});
	});
}
