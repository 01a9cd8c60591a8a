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
	#hear: (event: RemoteEvent) => void = (event) => {
		if (this.#kept.length < MOST_KEPT) this.#kept.push(event);
	};
	readonly #on = (event: RemoteEvent) => this.#hear(event);

	/** @param events emits "remote" with a {@link RemoteEvent} */
	constructor(events: EventEmitter) {
		this.#events = events;
		events.on("remote", this.#on);
	}

	/** Passes on what was and will be heard of one command. The returned function ends that. */
	listen(id: string, heard: (event: RemoteEvent) => void): () => void {
		this.#hear = (event) => {
			if (event.remoteActionId === id) heard(event);
		};
		const kept = this.#kept;
		this.#kept = [];
		for (const event of kept) this.#hear(event);
		return () => this.close();
	}

	close(): void {
		this.#events.off("remote", this.#on);
	}
}
