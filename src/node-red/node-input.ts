import type { Node, NodeAPI } from "node-red";
import type { Query } from "../api/connected-car";
import type { Route, RouteName } from "../api/families";
import type { VehicleRef } from "../api/vehicles";
import type { LinkParameters } from "../hal/link";
import type { Claim } from "../transport/limiter";
import type { AccountConnection } from "./account/connection";
import type { Connected } from "./account/open";
import type { Aside } from "./backlog";
import type { Badge } from "./badge";
import type { BadgeTexts, Noun } from "./badge-texts";
import type { Companion, Message } from "./messages";
import type { Orders } from "./orders";
import type { Properties } from "./values";

/** What is particular about a node; everything else is the same for all of them. */
export interface NodeDeclaration {
	/** Node type. */
	type: string;
	/** Outputs: 1, or 2 when a completion message follows a collection. */
	outputs: 1 | 2;
	/** What its items are called in badges: `items` where it is absent. */
	noun?: Noun;
	/** Route it reads; the fleet-wide one is called `fleet-…`. */
	resource?: RouteName;
	/** True where every item is a vehicle. */
	itemIsVehicle?: boolean;
	/** True where time range and order apply. */
	timed?: boolean;
	/** True where only what is new can be asked for. */
	news?: boolean;
	/** Loads what it does in its own way, when the first node of the type is made. */
	load?: () => NodeMethods;
	/** What a node does beside its messages, where its form says so. */
	attend?: (host: AttendanceHost) => Attendance | undefined;
}

/** What a node does from its start to its end, beside its messages. */
export interface Attendance {
	/** True for a message that asks for nothing: it is taken without a word, and nobody hears that it is done. */
	takes(msg: Message): boolean;
	/** Does what a message asks for. */
	act(input: NodeInput): Promise<void>;
	/** Breaks off what it does. */
	reset(): void;
	/** @param isRemoved true when the node is gone for good */
	close(isRemoved: boolean): Promise<void>;
}

/** What a node gives to whatever it does beside its messages. */
export interface AttendanceHost {
	RED: NodeAPI;
	node: Node;
	config: Properties;
	badge: Badge;
	/** Works as if a message had come. @throws what `act` throws, ERR_NO_ACCOUNT */
	asMessage(msg: Message, act: (input: NodeInput) => Promise<void>): Promise<void>;
	/** Tells badge and catch nodes what went wrong. */
	fail(error: unknown, msg: Message): void;
}

/** What a node does in its own way. */
export interface NodeMethods {
	/** Does what a message asks for, where that is more than to read. */
	act?: (input: NodeInput) => Promise<void>;
	/** Finds what a message asks for, where that is not simply `resource`. */
	locate?: (input: NodeInput) => Promise<Target>;
	/** Filters for the query, by parameter; a filter the family does not know is not supported. */
	filters?: (config: Properties, target: Target) => Record<string, string | boolean | string[]>;
	/** Which items to keep, for filters that not every server knows. */
	keep?: (config: Properties) => ((item: unknown) => boolean) | undefined;
	/** The summary beside the payload. */
	summarize?: (connected: Connected) => Summarize;
	/** What the badge tells of a single resource, by its summary; undefined where there is nothing to tell. */
	tells?: (summary: unknown, texts: BadgeTexts) => string | undefined;
	/** What an item brings along, fetched for it; undefined where the node's form does not ask for it. */
	companion?: (input: NodeInput, target: Target) => Companion | undefined;
}

/** Makes the summary of a resource that belongs to a vehicle, as far as anybody can tell. */
export type Summarize = (resource: unknown, vehicle: VehicleRef | null | undefined) => unknown;

/** One message being worked on. */
export interface NodeInput extends Connected {
	RED: NodeAPI;
	node: Node;
	declaration: NodeDeclaration & NodeMethods;
	config: Properties;
	account: AccountConnection;
	msg: Message;
	orders: Orders;
	signal: AbortSignal;
	badge: Badge;
	/** Turn of the message's single requests. */
	single: Claim;
	/** Turn of the pages of a collection. */
	sweep: Claim;
	/** Sends a message from the first output; throws an AbortError once the work is over. */
	emit(msg: Message): void;
	/** Where thousands of messages leave, asked before each: a promise to wait for when it is the turn of other flows. */
	turn(): Promise<void> | undefined;
	/** Lets other messages of the node go on while this one waits for something that is no limit of the account. */
	aside: Aside;
	/** Sends the completion message from the second output, where the node has one. */
	complete(msg: Message): void;
}

/** What a message asks for. */
export interface Target {
	url: URL;
	/** What the family's table knows of it; undefined for what is newer than the table. */
	route?: Route | undefined;
	/** The one vehicle that is meant; null where several are, undefined where nobody can tell. */
	vehicle: VehicleRef | null | undefined;
	/** Parameters that the user has written behind a path: they stand where the node would send what nobody asked for. */
	written?: Query;
	/** Values of the templates that led here. */
	parameters?: LinkParameters;
	/** What it is; `either` is decided by the answer. */
	shape: "single" | "collection" | "either";
}
