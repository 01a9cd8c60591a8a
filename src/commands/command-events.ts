import type { EventEmitter } from "node:events";

/** What an events node of the account tells of a command. */
export interface RemoteEvent {
	remoteActionId: string;
	status: string;
	failureCause?: string;
	type?: "Pending" | "Done";
}

/** Most events kept until the id of the command is known. */
const MOST_KEPT = 1_000;

/**
 * Hears the events of an account, from before a command is sent: an event may be there before the API's own answer
 * tells the id it belongs to.
 */
export class CommandEvents {
	readonly #events: EventEmitter;
	#kept: RemoteEvent[] = [];
	#listener: (event: RemoteEvent) => void = (event) => {
		if (this.#kept.length < MOST_KEPT) this.#kept.push(event);
	};
	readonly #onEvent = (event: RemoteEvent) => this.#listener(event);

	/** @param events emits "remote" with a {@link RemoteEvent} */
	constructor(events: EventEmitter) {
		this.#events = events;
		events.on("remote", this.#onEvent);
	}

	/** Passes on what was and will be told of one command. The returned function ends that. */
	listen(id: string, listener: (event: RemoteEvent) => void): () => void {
		this.#listener = (event) => {
			if (event.remoteActionId === id) listener(event);
		};
		const kept = this.#kept;
		this.#kept = [];
		for (const event of kept) this.#listener(event);
		return () => this.close();
	}

	close(): void {
		this.#events.off("remote", this.#onEvent);
	}
}
