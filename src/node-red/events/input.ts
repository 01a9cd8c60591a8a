import type { Node, NodeAPI } from "node-red";
import type { AccountConnection } from "../account/connection";
import type { Badge } from "../badge";
import type { Ending } from "../in-flows";
import type { Properties } from "../values";

/** An events node as Node-RED runs it. */
export interface EventsNode extends Node<{ secret?: string }> {
	/** Makes the channel with the node's label its own; undefined where it keeps none. */
	takeOver?: (() => Promise<void>) | undefined;
	/** Takes the account's secrets, and the node's own, out of a text. */
	redact(text: string): string;
}

/** What an events node needs for its work. */
export interface EventsNodeInput {
	RED: NodeAPI;
	node: EventsNode;
	config: Properties;
	account: () => AccountConnection;
	badge: Badge;
	/** Counts an event that was sent. */
	onSent(): void;
	/** Aborts when the node closes. */
	signal: AbortSignal;
	/** True once the node closes. */
	isClosed(): boolean;
}

/** An events node at work. */
export interface Listening {
	close(ending: Ending): Promise<void>;
}
