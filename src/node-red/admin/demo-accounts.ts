import type { NodeAPI } from "node-red";
import { FAMILIES } from "../../api/families";
import { AccountConnection } from "../account/connection";
import { type Later, later } from "./lookups/short-memory";

/** How long (ms) the demo API is kept running for a form after its last question. */
const IDLE = 5 * 60_000;

interface Kept {
	connection: AccountConnection;
	/** Questions under way. */
	users: number;
	stopTimer: () => void;
}

/**
 * The demo API for the forms of accounts that are not deployed yet: `demo.user-v4` and so on, one connection for each
 * family. It stops after some idle time, and with the flows, so that it never outlives them.
 */
export class DemoAccounts {
	readonly #RED: NodeAPI;
	readonly #later: Later;
	readonly #kept = new Map<string, Kept>();
	#closing: Promise<unknown> = Promise.resolve();

	constructor(RED: NodeAPI, run: Later = later) {
		this.#RED = RED;
		this.#later = run;
	}

	/** True for an id that stands for the demo. */
	static isDemo(id: string): boolean {
		return id.startsWith("demo.") && Object.hasOwn(FAMILIES, id.slice("demo.".length));
	}

	/** Lends the connection of an {@link isDemo} id as long as the work takes. */
	async use<T>(id: string, work: (connection: AccountConnection) => Promise<T>): Promise<T> {
		const kept = this.#kept.get(id) ?? this.#open(id);
		kept.stopTimer();
		kept.users++;
		try {
			return await work(kept.connection);
		} finally {
			if (--kept.users === 0 && this.#kept.get(id) === kept)
				kept.stopTimer = this.#later(IDLE, () => this.#close(id, kept));
		}
	}

	/** Resolves when whatever has been given up is closed. */
	settled(): Promise<unknown> {
		return this.#closing;
	}

	#open(id: string): Kept {
		const api = id.slice("demo.".length);
		const holder = { id, credentials: {}, status() {}, log() {}, warn() {}, error() {} };
		const connection = new AccountConnection(this.#RED, holder, { server: "demo", api });
		const kept: Kept = { connection, users: 0, stopTimer: () => {} };
		if (this.#kept.size === 0) this.#RED.events.on("flows:stopping", this.#closeAll);
		this.#kept.set(id, kept);
		return kept;
	}

	#close(id: string, { connection, stopTimer }: Kept): void {
		stopTimer();
		this.#kept.delete(id);
		if (this.#kept.size === 0) this.#RED.events.off("flows:stopping", this.#closeAll);
		this.#closing = Promise.all([this.#closing, connection.close().catch(() => {})]);
	}

	readonly #closeAll = () => {
		for (const [id, kept] of this.#kept) this.#close(id, kept);
	};
}
