import type { Node, NodeAPI } from "node-red";
import { loadLibraries } from "../../libraries";
import { savedProperties } from "../saved";
import type { RunningWatch } from "./start";

/** How long (ms) a node waits at most to hear that all flows run. */
const PATIENCE = 2_000;

/**
 * Registers the node that looks at vehicles by itself. What it takes to do so is loaded when the first one is made, and
 * it begins when the flows run, so that a catch node is there for what goes wrong at once.
 */
export function registerWatchNode(RED: NodeAPI): void {
	RED.nodes.registerType("stellantis-watch", function (this: Node, config) {
		RED.nodes.createNode(this, config);
		const properties = savedProperties(this, config);
		const running = Promise.all([loadLibraries("got", "url-template"), flowsRun(RED)]).then((): RunningWatch => {
			const { startWatch } = require("./start") as typeof import("./start");
			return startWatch(RED, this, properties);
		});
		running.catch((error: unknown) => this.error(error instanceof Error ? error.message : String(error)));
		this.on("input", (msg, _send, done) => {
			running.then((watch) => watch.take(msg)).then(() => done(), done);
		});
		this.on("close", (removed: boolean, done: () => void) => {
			running
				.then((watch) => watch.close(removed))
				.catch(() => {})
				.finally(done);
		});
	});
}

function flowsRun(RED: NodeAPI): Promise<void> {
	return new Promise((resolve) => {
		const settle = () => {
			clearTimeout(timer);
			RED.events.off("flows:started", settle);
			resolve();
		};
		const timer = setTimeout(settle, PATIENCE);
		RED.events.on("flows:started", settle);
	});
}
