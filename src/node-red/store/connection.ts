import type { Node, NodeAPI } from "node-red";
import { badInput } from "../../error";
import type { SharedStore } from "../../storage/shared/store";
import type { Properties } from "../values";
import type { StoreCredentials } from "./open";

/** A store node as Node-RED runs it. */
export interface StoreNode extends Node<StoreCredentials> {
	connection: StoreConnection;
}

/** What a store asks of the node that holds it. */
type StoreHolder = Pick<Node<StoreCredentials>, "id" | "credentials" | "log" | "warn">;

/** What stands behind a store node: a PostgreSQL, which is asked for the first time when an account needs it. */
export class StoreConnection {
	readonly #RED: NodeAPI;
	readonly #node: StoreHolder;
	readonly #config: Properties;
	#store: SharedStore | undefined;
	#isClosed = false;

	constructor(RED: NodeAPI, node: StoreHolder, config: Properties) {
		this.#RED = RED;
		this.#node = node;
		this.#config = config;
	}

	/**
	 * The store; whether it can be used shows when it is asked.
	 *
	 * @throws ERR_BAD_INPUT naming the field of the store's form that can't be used
	 */
	store(): SharedStore {
		if (this.#store) return this.#store;
		if (this.#isClosed) throw badInput("The store's node is closed.");
		const { openStore } = require("./open") as typeof import("./open");
		const { store, warning } = openStore(this.#RED, this.#config, this.#node.credentials ?? {});
		this.#store = store;
		if (warning) this.#node.warn(warning);
		let isAway = false;
		store.onState((away) => {
			if (away) this.#node.warn(away.message);
			else if (isAway) this.#node.log("The store can be used again.");
			isAway = away !== undefined;
		});
		return store;
	}

	/** What shared sign-ins are sealed with; undefined where they stay on each machine. */
	get key(): string | undefined {
		const key = this.#node.credentials?.key?.trim();
		return key === undefined || key === "" ? undefined : key;
	}

	/** What must never be seen. */
	get secrets(): string[] {
		const { password, key } = this.#node.credentials ?? {};
		return [password, key].filter((secret): secret is string => secret !== undefined && secret !== "");
	}

	async close(): Promise<void> {
		this.#isClosed = true;
		await this.#store?.close();
	}
}

/**
 * The store that an account has chosen; undefined where it has chosen none.
 *
 * @throws ERR_BAD_INPUT for one that is missing or disabled
 */
export function storeOf(RED: NodeAPI, id: unknown): StoreConnection | undefined {
	if (typeof id !== "string" || id === "") return undefined;
	const node = RED.nodes.getNode(id) as StoreNode | null;
	if (node?.connection instanceof StoreConnection) return node.connection;
	throw badInput("The account's store is missing or disabled. Open the account and choose another, or none.");
}

/** What of an account's store must never be seen; nothing where it has none. */
export function secretsOfStore(RED: NodeAPI, id: unknown): string[] {
	const node = typeof id === "string" && id !== "" ? (RED.nodes.getNode(id) as StoreNode | null) : null;
	return node?.connection instanceof StoreConnection ? node.connection.secrets : [];
}
