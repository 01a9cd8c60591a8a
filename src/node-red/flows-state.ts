import { once, setMaxListeners } from "node:events";
import type { NodeAPI } from "node-red";

/**
 * Whether this Node-RED's flows run. They don't before the first start, while a deploy runs, while somebody has stopped
 * them, and while a node type is missing or Node-RED is in its safe mode: what is sent then may reach nobody.
 */
export class FlowsState {
	#run = AbortSignal.abort();
	readonly #started = new EventTarget();

	/** @param events those of the runtime (`@node-red/runtime/lib/flows`): a start that does not come about emits nothing */
	constructor(events: NodeAPI["events"]) {
		// As many as there are nodes that wait.
		setMaxListeners(0, this.#started);
		let running: AbortController | undefined;
		events.on("flows:started", () => {
			running?.abort();
			running = new AbortController();
			setMaxListeners(0, running.signal);
			this.#run = running.signal;
			this.#started.dispatchEvent(new Event("started"));
		});
		events.on("flows:stopping", () => running?.abort());
	}

	/** Not aborted as long as flows run. */
	get run(): AbortSignal {
		return this.#run;
	}

	get isRunning(): boolean {
		return !this.#run.aborted;
	}

	/**
	 * Waits until flows run.
	 *
	 * @param signal ends the waiting
	 * @returns a signal that aborts when they stop
	 */
	async whenRunning(signal: AbortSignal): Promise<AbortSignal> {
		while (!this.isRunning) await once(this.#started, "started", { signal });
		return this.#run;
	}
}

const states = new WeakMap<object, FlowsState>();

/** The state of a runtime's flows; it must be asked for before they start. */
export function flowsStateOf({ events }: Pick<NodeAPI, "events">): FlowsState {
	const state = states.get(events) ?? new FlowsState(events);
	states.set(events, state);
	return state;
}
