import { channel } from "node:diagnostics_channel";

/** Something that happens again and again, of which whoever measures is told. Without a listener it costs next to nothing. */
export class Signal<Told extends object> {
	readonly #channel;

	/** @param name of the diagnostics channel */
	constructor(name: string) {
		this.#channel = channel(name);
	}

	/** @param told made only where somebody listens */
	tell(told: () => Told): void {
		if (this.#channel.hasSubscribers) this.#channel.publish(told());
	}

	/** @returns ends it */
	hear(listener: (told: Told) => void): () => void {
		const heard = (message: unknown) => listener(message as Told);
		this.#channel.subscribe(heard);
		return () => this.#channel.unsubscribe(heard);
	}
}

/** A request has got its answer, or failed: the name of its route, its HTTP status or error code, seconds. */
export const requested = new Signal<{ route: string; code: string; seconds: number }>("stellantis:request");
/** A notification of the API has brought an event: of a monitor or a command; again, where it was here before. */
export const received = new Signal<{ kind: string; isRepeat: boolean }>("stellantis:event");
/** A command has come to an end, by the journal's word for it. */
export const commanded = new Signal<{ command: string; end: string }>("stellantis:command");
/** A watch has asked the API. */
export const looked = new Signal<Record<string, never>>("stellantis:look");
/** A store was asked: by what, how it went, seconds. */
export const stored = new Signal<{ operation: string; isFailed: boolean; seconds: number }>("stellantis:store");
