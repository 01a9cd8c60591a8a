/** The socket over which Node-RED's editor hears of its flows: debug messages, badges of nodes, deploys. */
import { EventEmitter, once } from "node:events";
import { WebSocket } from "undici";

/** What a debug node shows in the sidebar. */
export interface DebugEntry {
	/** Id of the debug node. */
	id: string;
	/** Text or JSON of the value. */
	msg: string;
	/** How `msg` is to be read: `Object`, `array[3]`, `string[12]`, `number`, `undefined`... */
	format: string;
}

export class Comms {
	readonly #socket: WebSocket;
	readonly #news = new EventEmitter();
	/** All that debug nodes have shown, in order. */
	readonly debugged: DebugEntry[] = [];
	/** Last badge of each node by its id; empty when it has none. */
	readonly badges = new Map<string, string>();
	/** Revision of the flows that were started last. */
	revision = "";

	private constructor(socket: WebSocket) {
		this.#socket = socket;
		socket.addEventListener("message", ({ data }) => {
			for (const { topic, data: said } of [JSON.parse(String(data))].flat()) this.#hear(String(topic), said);
			this.#news.emit("news");
		});
	}

	/** @param url address of the editor */
	static async open(url: string): Promise<Comms> {
		const socket = new WebSocket(new URL("comms", url.replace(/^http/, "ws")));
		const comms = new Comms(socket);
		await once(socket as unknown as EventTarget, "open");
		for (const subscribe of ["debug", "status/#", "notification/#"]) socket.send(JSON.stringify({ subscribe }));
		return comms;
	}

	#hear(topic: string, said: unknown): void {
		if (topic === "debug") this.debugged.push(said as DebugEntry);
		else if (topic.startsWith("status/"))
			this.badges.set(topic.slice("status/".length), (said as { text?: string }).text ?? "");
		else if (topic === "notification/runtime-deploy") this.revision = (said as { revision: string }).revision;
	}

	/**
	 * Resolves with the first answer of `look` that is not undefined; it looks again whenever something was heard.
	 * Rejects after `patience` milliseconds with what `what` says was awaited.
	 */
	async until<T>(look: () => T | undefined, what: () => string, patience = 30_000): Promise<T> {
		const signal = AbortSignal.timeout(patience);
		for (;;) {
			const found = look();
			if (found !== undefined) return found;
			await once(this.#news, "news", { signal }).catch(() => {
				const shown = this.debugged.slice(-20).map(({ id, msg }) => `${id}: ${String(msg).slice(0, 200)}`);
				throw new Error([`${what()} did not come. The sidebar shows ${this.debugged.length}:`, ...shown].join("\n"));
			});
		}
	}

	close(): void {
		this.#socket.close();
	}
}
