import { randomUUID } from "node:crypto";
import type { NodeAPI, NodeMessageInFlow } from "node-red";
import { type VehicleRef, vehicleRefOf } from "../api/vehicles";
import type { ApiResponse } from "../transport/client";

/** A message with whatever a flow put on it. */
export type Message = NodeMessageInFlow & Record<string, unknown>;

/** What a message asks for this once; consumed, so that it does not travel on to the next node. */
export interface Orders {
	query: unknown;
	params: unknown;
	resume: unknown;
	forget: boolean;
	reset: boolean;
}

const CONSUMED = ["query", "params", "resume", "forget", "reset"] as const;
/** Left over from an earlier node; they would tell lies beside a new payload. */
const STALE = ["apiError", "retryAfter", "statusCode", "error"] as const;

/** Takes the orders off a message, and what is stale on it. */
export function takeOrders(msg: Message): Orders {
	const { query, params, resume, forget, reset } = msg;
	for (const name of [...CONSUMED, ...STALE]) delete msg[name];
	return { query, params, resume, forget: forget === true, reset: reset === true };
}

/** How a collection leaves the node: a message an item, a message a page, or one message with all. */
export type OutputMode = "item" | "page" | "array";

/** Node-RED's `msg.parts`, as the core split node writes it. */
export interface Parts {
	id: string;
	index: number;
	type: "array";
	len?: number;
	count?: number;
	parts?: unknown;
}

/** Where a sequence of messages stands; plain data for `msg.resume`. */
export interface SequenceState {
	id: string;
	/** Messages sent. */
	index: number;
	/** Items sent. */
	items: number;
	/** Pages read. */
	pages: number;
}

export interface SequenceOptions {
	RED: NodeAPI;
	/** The incoming message; every message sent is a clone of it. */
	base: Message;
	mode: OutputMode;
	/** The vehicle that all items belong to; null where several are meant, undefined where nobody can tell. */
	vehicle: VehicleRef | null | undefined;
	/** True where each item is a vehicle itself. */
	itemIsVehicle: boolean;
	summarize?: ((item: unknown) => unknown) | undefined;
	/** Properties that an item brings along beside its payload. */
	extras?: ((item: unknown) => Promise<Record<string, unknown>>) | undefined;
	/** The state of the broken-off sequence that this one continues. */
	continues?: SequenceState | undefined;
	emit(msg: Message): Promise<void>;
}

/**
 * Turns batches of items into messages: in all three output modes, with `parts` for a join further on. The last message
 * of a batch is held back until it is known whether another follows, so that only the last one carries the count.
 */
export class Sequence {
	readonly #options: SequenceOptions;
	readonly #id: string;
	#index: number;
	#items: number;
	#pages: number;
	#held: { msg: Message; items: number } | undefined;
	#page: { index: number; count?: number } = { index: 0 };
	#ofPage: unknown[] = [];
	#all: unknown[] | undefined;
	#answer: ApiResponse | undefined;

	constructor(options: SequenceOptions) {
		const { continues } = options;
		this.#options = options;
		this.#id = continues?.id ?? randomUUID();
		this.#index = continues?.index ?? 0;
		this.#items = continues?.items ?? 0;
		this.#pages = continues?.pages ?? 0;
	}

	get state(): SequenceState {
		return { id: this.#id, index: this.#index, items: this.#items, pages: this.#pages };
	}

	/** Messages (in item mode: items) that were taken but have not left yet. */
	get held(): number {
		return (this.#held?.items ?? 0) + (this.#all?.length ?? 0);
	}

	/** A page begins. */
	async startPage(count: number | undefined): Promise<void> {
		this.#pages++;
		this.#page = { index: this.#pages, ...(count === undefined ? {} : { count }) };
		this.#ofPage = [];
	}

	/** Takes one item of the page and, where each is a message of its own, sends the one before it. */
	async add(item: unknown, answer: ApiResponse): Promise<void> {
		const { mode } = this.#options;
		if (mode === "item") await this.#hold(await this.#itemMessage(item, answer), 1);
		else this.#ofPage.push(item);
	}

	/** A page ends. */
	async endPage(answer: ApiResponse): Promise<void> {
		const items = this.#ofPage;
		if (this.#options.mode === "array") {
			this.#all ??= [];
			for (const item of items) this.#all.push(item);
			this.#items += items.length;
			this.#answer = answer;
		}
		if (this.#options.mode === "page" && items.length > 0)
			await this.#hold(this.#message(items, answer, items.length), items.length);
	}

	/**
	 * Sends what was held back: with the count when the sequence has come to its end, without when it broke off.
	 *
	 * @param answer where an array of nothing comes from
	 */
	async end(complete: boolean, answer: ApiResponse | undefined = this.#answer): Promise<void> {
		if (this.#options.mode === "array") {
			const all = this.#all ?? [];
			this.#all = undefined;
			if (answer && (complete || all.length > 0)) await this.#options.emit(this.#message(all, answer));
		}
		await this.#release(complete);
	}

	async #hold(msg: Message, items: number): Promise<void> {
		await this.#release(false);
		this.#held = { msg, items };
		this.#index++;
		this.#items += items;
	}

	async #release(last: boolean): Promise<void> {
		const held = this.#held;
		if (!held) return;
		this.#held = undefined;
		if (last) (held.msg.parts as Parts).count = this.#index;
		await this.#options.emit(held.msg);
	}

	async #itemMessage(item: unknown, answer: ApiResponse): Promise<Message> {
		const { itemIsVehicle, extras } = this.#options;
		const more = extras ? await extras(item) : {};
		const msg = this.#message(item, answer);
		if (itemIsVehicle) setVehicle(msg, vehicleRefOf(item));
		return Object.assign(msg, more);
	}

	#message(payload: unknown, answer: ApiResponse, len?: number): Message {
		const { RED, base, mode, vehicle, summarize } = this.#options;
		const msg = RED.util.cloneMessage(base);
		msg.payload = payload;
		if (vehicle !== undefined) setVehicle(msg, vehicle && structuredClone(vehicle));
		if (summarize)
			msg.summary = mode !== "item" && Array.isArray(payload) ? payload.map(summarize) : summarize(payload);
		msg.page = this.#page;
		setAnswer(msg, answer);
		if (mode !== "array") {
			const parts: Parts = { id: this.#id, index: this.#index, type: "array" };
			if (len !== undefined) parts.len = len;
			if (base.parts !== undefined) parts.parts = msg.parts;
			msg.parts = parts;
		}
		return msg;
	}
}

/** Names the vehicle a message is about, or takes an old name away where several are meant. */
export function setVehicle(msg: Message, vehicle: VehicleRef | null | undefined): void {
	if (vehicle) {
		msg.vehicle = { ...vehicle };
		msg.topic = vehicle.id;
	} else {
		delete msg.vehicle;
		delete msg.topic;
	}
}

/** Notes the answer a payload came from. */
export function setAnswer(msg: Message, answer: Pick<ApiResponse, "statusCode" | "rateLimit">): void {
	msg.statusCode = answer.statusCode;
	if (answer.rateLimit) msg.rateLimit = answer.rateLimit;
	else delete msg.rateLimit;
}
