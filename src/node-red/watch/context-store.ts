import { createHash } from "node:crypto";
import type { Node } from "node-red";
import { ALL_KEPT, type WatchStore } from "./file-store";

/** Context functions with a callback, which stores on disk or network need. */
interface AsyncContext {
	get(key: string, store: string, callback: (error: Error | null, value?: unknown) => void): void;
	set(key: string, value: unknown, store: string, callback: (error?: Error | null) => void): void;
}

const INDEX = "watched";

/** Keeps what a watch knows in its own context, in the store that the user has chosen; it lasts as long as that does. */
export class ContextStore implements WatchStore {
	readonly #context: AsyncContext;
	readonly #store: string;
	#vehicles = new Set<string>();

	constructor(node: Pick<Node, "context">, store: string) {
		this.#context = node.context() as unknown as AsyncContext;
		this.#store = store;
	}

	async load(): Promise<Map<string, unknown>> {
		const index = await this.#get(INDEX);
		const values = new Map<string, unknown>();
		for (const vehicle of Array.isArray(index) ? index : []) {
			if (typeof vehicle !== "string") continue;
			const value = await this.#get(keyOf(vehicle));
			if (value !== undefined && value !== null) values.set(vehicle, value);
		}
		this.#vehicles = new Set(values.keys());
		return values;
	}

	async save(changes: ReadonlyMap<string, unknown>): Promise<ReadonlySet<string>> {
		const vehicles = new Set(this.#vehicles);
		for (const [vehicle, value] of changes) {
			await this.#set(keyOf(vehicle), value);
			if (value === undefined) vehicles.delete(vehicle);
			else vehicles.add(vehicle);
		}
		const isSame = vehicles.size === this.#vehicles.size && [...vehicles].every((one) => this.#vehicles.has(one));
		if (!isSame) await this.#set(INDEX, [...vehicles]);
		this.#vehicles = vehicles;
		return ALL_KEPT;
	}

	async remove(): Promise<void> {
		await this.save(new Map([...this.#vehicles].map((vehicle) => [vehicle, undefined])));
		await this.#set(INDEX, undefined);
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
}

/** A key must be no path expression: only letters and digits. */
function keyOf(vehicle: string): string {
	return `watch${createHash("sha256").update(vehicle).digest("hex").slice(0, 24)}`;
}
