import { createHash } from "node:crypto";
import type { Node } from "node-red";
import type { Mark } from "../../api/news";
import { storeError } from "../../storage/shared/errors";
import type { SharedAccount } from "../../storage/shared/shared-account";
import type { NodeInput, Target } from "../node-input";
import { text } from "../values";

/** Context functions with a callback, which stores on disk or network need. */
interface AsyncContext {
	get(key: string, store: string | undefined, callback: (error: Error | null, value?: unknown) => void): void;
	set(key: string, value: unknown, store: string | undefined, callback: (error?: Error | null) => void): void;
}

/** Where single entries of a node are kept. */
interface Entries {
	get(key: string): Promise<unknown>;
	/** @param value undefined forgets */
	set(key: string, value: unknown): Promise<void>;
	/** Runs a task while no other instance runs one of that key. */
	alone<T>(key: string, task: () => Promise<T>): Promise<T>;
}

/** Readings under way, by node and mark. */
const underWay = new WeakMap<Node, Map<string, Promise<unknown>>>();

/**
 * Where a node keeps what it has sent, one entry for each collection: in the context store that the user has chosen, else
 * in the store that the account shares, else in its own context. Node context belongs to one node, so two nodes never share a mark. A vehicle's ids follow a consent: beside the
 * mark of an id, its VIN leads to the mark of the id before.
 */
export class MarkStore {
	readonly #node: Node;
	readonly #key: string;
	/** Under which the key of the vehicle's last mark is kept; undefined where no VIN is known. */
	readonly #keyOfVin: string | undefined;
	readonly #entries: Entries;
	#isLinked = false;

	constructor({ node, config, account, car, vehicles, signal }: NodeInput, { url, vehicle }: Target) {
		this.#node = node;
		const path = car.pathOf(url);
		const store = text(config.store);
		const context = new ContextEntries(node, store);
		const shared = store === undefined ? account.shared : undefined;
		const keyOf = (owner: string, kind: string, place: string) => {
			// A key must be no path expression: only letters and digits.
			const collection = `${owner} ${car.family.id} ${place}`;
			return kind + createHash("sha256").update(collection).digest("hex").slice(0, 24);
		};
		/** Keys under which this machine has kept its own marks, by those under which accounts of one name share them. */
		const own = new Map<string, string>();
		const known = (kind: string, place: string) => {
			const key = keyOf(shared?.name ?? account.id, kind, place);
			own.set(key, keyOf(account.id, kind, place));
			return key;
		};
		this.#key = known("sent", path);
		const vin = vehicle && vehicles.hasVin(vehicle) ? vehicles.keyOf(vehicle) : undefined;
		this.#keyOfVin = vehicle && vin !== undefined ? known("last", path.replace(vehicle.id, vin)) : undefined;
		this.#entries = shared ? new SharedEntries(shared, node.id, { context, keys: own }, signal) : context;
	}

	async load(): Promise<unknown> {
		const own = await this.#entries.get(this.#key);
		if (own !== undefined || this.#keyOfVin === undefined) return own;
		const former = await this.#entries.get(this.#keyOfVin);
		return typeof former === "string" ? this.#entries.get(former) : undefined;
	}

	/** @param mark undefined forgets */
	async save(mark: Mark | undefined): Promise<void> {
		await this.#entries.set(this.#key, mark);
		if (this.#keyOfVin === undefined || (this.#isLinked && mark)) return;
		await this.#entries.set(this.#keyOfVin, mark && this.#key);
		this.#isLinked = true;
	}

	/** Runs a task when all earlier ones of the same mark are over. */
	async exclusively<T>(task: () => Promise<T>): Promise<T> {
		const running = underWay.get(this.#node) ?? new Map<string, Promise<unknown>>();
		underWay.set(this.#node, running);
		const before = running.get(this.#key) ?? Promise.resolve();
		const alone = () => this.#entries.alone(this.#key, task);
		const turn = before.then(alone, alone);
		const settled = turn.catch(() => {});
		running.set(this.#key, settled);
		try {
			return await turn;
		} finally {
			if (running.get(this.#key) === settled) running.delete(this.#key);
		}
	}
}

/** The node's own context. */
class ContextEntries implements Entries {
	readonly #context: AsyncContext;
	readonly #store: string | undefined;

	constructor(node: Node, store: string | undefined) {
		this.#context = node.context() as unknown as AsyncContext;
		this.#store = store;
	}

	get(key: string): Promise<unknown> {
		return new Promise((resolve, reject) => {
			this.#context.get(key, this.#store, (error, value) => (error ? reject(error) : resolve(value)));
		});
	}

	set(key: string, value: unknown): Promise<void> {
		return new Promise((resolve, reject) => {
			this.#context.set(key, value, this.#store, (error) => (error ? reject(error) : resolve()));
		});
	}

	alone<T>(_key: string, task: () => Promise<T>): Promise<T> {
		return task();
	}
}

/** What was kept on this machine before, and under which keys. */
interface Before {
	context: Entries;
	keys: ReadonlyMap<string, string>;
}

/** The store that several Node-RED share; a node is known there by its id, which is the same on each. */
class SharedEntries implements Entries {
	readonly #account: SharedAccount;
	readonly #scope: string;
	readonly #before: Before;
	readonly #signal: AbortSignal;
	readonly #revisions = new Map<string, number>();

	constructor(account: SharedAccount, nodeId: string, before: Before, signal: AbortSignal) {
		this.#account = account;
		this.#scope = `marks ${account.name} ${nodeId}`;
		this.#before = before;
		this.#signal = signal;
	}

	async get(key: string): Promise<unknown> {
		await this.#account.ready();
		const found = await this.#account.store.read(this.#scope, key);
		this.#revisions.set(key, found?.rev ?? 0);
		// Null: it was forgotten, also what this machine had.
		return found ? (found.data ?? undefined) : this.#before.context.get(this.#before.keys.get(key) ?? key);
	}

	async set(key: string, value: unknown): Promise<void> {
		await this.#account.ready();
		const known = value === undefined ? undefined : this.#revisions.get(key);
		const rev = await this.#account.store.write(this.#scope, key, value ?? null, known);
		if (rev === undefined)
			throw storeError("Another Node-RED has gone on with this collection meanwhile; what it sends is not sent twice.");
		this.#revisions.set(key, rev);
	}

	async alone<T>(key: string, task: () => Promise<T>): Promise<T> {
		await this.#account.ready();
		const release = await this.#account.store.lock(`${this.#scope} ${key}`, this.#signal);
		try {
			return await task();
		} finally {
			await release();
		}
	}
}
