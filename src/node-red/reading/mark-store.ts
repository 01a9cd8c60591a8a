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
 * chosen. Node context belongs to one node, so two nodes never share a mark. A vehicle's ids follow a consent: beside the
 * mark of an id, its VIN leads to the mark of the id before.
 */
export class MarkStore {
	readonly #node: Node;
	readonly #key: string;
	/** Under which the key of the vehicle's last mark is kept; undefined where no VIN is known. */
	readonly #keyOfVin: string | undefined;
	readonly #store: string | undefined;
	#isLinked = false;

	constructor({ node, config, account, car, vehicles }: NodeInput, { url, vehicle }: Target) {
		this.#node = node;
		const path = car.pathOf(url);
		const keyOf = (kind: string, place: string) => {
			// A key must be no path expression: only letters and digits.
			const collection = `${account.id} ${car.family.id} ${place}`;
			return kind + createHash("sha256").update(collection).digest("hex").slice(0, 24);
		};
		this.#key = keyOf("sent", path);
		const vin = vehicle && vehicles.hasVin(vehicle) ? vehicles.keyOf(vehicle) : undefined;
		this.#keyOfVin = vehicle && vin !== undefined ? keyOf("last", path.replace(vehicle.id, vin)) : undefined;
		this.#store = text(config.store);
	}

	async load(): Promise<unknown> {
		const own = await this.#get(this.#key);
		if (own !== undefined || this.#keyOfVin === undefined) return own;
		const former = await this.#get(this.#keyOfVin);
		return typeof former === "string" ? this.#get(former) : undefined;
	}

	/** @param mark undefined forgets */
	async save(mark: Mark | undefined): Promise<void> {
		await this.#set(this.#key, mark);
		if (this.#keyOfVin === undefined || (this.#isLinked && mark)) return;
		await this.#set(this.#keyOfVin, mark && this.#key);
		this.#isLinked = true;
	}

	#get(key: string): Promise<unknown> {
		return new Promise((resolve, reject) => {
			this.#context.get(key, this.#store, (error, value) => (error ? reject(error) : resolve(value)));
		});
	}

	#set(key: string, value: unknown): Promise<void> {
		return new Promise((resolve, reject) => {
			this.#context.set(key, value, this.#store, (error) => (error ? reject(error) : resolve()));
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
