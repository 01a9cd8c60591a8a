import { createHash } from "node:crypto";
import type { Node } from "node-red";
import type { Mark } from "../../api/news";
import type { NodeInput, Target } from "../node-input";
import { text } from "../values";

/** Context functions with a callback, which stores on disk or network need. */
interface AsyncContext {
	get(key: string, store: string | undefined, callback: (error: Error | null, value?: unknown) => void): void;
	set(key: string, value: unknown, store: string | undefined, callback: (error?: Error | null) => void): void;
}

/** Readings under way, by node and mark. */
const underWay = new WeakMap<Node, Map<string, Promise<unknown>>>();

/**
 * Where a node keeps what it has sent: its own context, one entry for each collection, in the store the user has
 * chosen. Node context belongs to one node, so two nodes never share a mark.
 */
export class MarkStore {
	readonly #node: Node;
	readonly #key: string;
	readonly #store: string | undefined;

	constructor({ node, config, car }: NodeInput, { url }: Target) {
		this.#node = node;
		// A key must be no path expression: only letters and digits.
		const collection = `${String(config.account)} ${car.family.id} ${car.pathOf(url)}`;
		this.#key = `sent${createHash("sha256").update(collection).digest("hex").slice(0, 24)}`;
		this.#store = text(config.store);
	}

	load(): Promise<unknown> {
		return new Promise((resolve, reject) => {
			this.#context.get(this.#key, this.#store, (error, value) => (error ? reject(error) : resolve(value)));
		});
	}

	/** @param mark undefined forgets */
	save(mark: Mark | undefined): Promise<void> {
		return new Promise((resolve, reject) => {
			this.#context.set(this.#key, mark, this.#store, (error) => (error ? reject(error) : resolve()));
		});
	}

	/** Runs a task when all earlier ones of the same mark are over. */
	async exclusively<T>(task: () => Promise<T>): Promise<T> {
		const running = underWay.get(this.#node) ?? new Map<string, Promise<unknown>>();
		underWay.set(this.#node, running);
		const before = running.get(this.#key) ?? Promise.resolve();
		const turn = before.then(task, task);
		const settled = turn.catch(() => {});
		running.set(this.#key, settled);
		try {
			return await turn;
		} finally {
			if (running.get(this.#key) === settled) running.delete(this.#key);
		}
	}

	get #context(): AsyncContext {
		return this.#node.context() as unknown as AsyncContext;
	}
}
