import type { Simulator } from "../../../demo/index";

let users = 0;
let running: Promise<Simulator> | undefined;

/** A share in the demo API. */
export interface DemoShare {
	simulator: Promise<Simulator>;
	/** Gives the share back; the demo API stops with the last one. */
	release(): Promise<void>;
}

/** Starts the demo API for the first account that asks, and shares it with all that follow. */
export function shareDemo(): DemoShare {
	users++;
	running ??= start();
	const simulator = running;
	// Whoever uses the share hears of a failed start; a share that is never used must not crash Node-RED.
	simulator.catch(() => {});
	let released = false;
	return {
		simulator,
		async release() {
			if (released) return;
			released = true;
			if (--users > 0) return;
			running = undefined;
			await simulator.then(
				(api) => api.close(),
				() => {},
			);
		},
	};
}

/** Nothing of the demo API is loaded for an account that is none of its. */
async function start(): Promise<Simulator> {
	const { startSimulator } = require("../../../demo/index") as typeof import("../../../demo/index");
	return startSimulator();
}
