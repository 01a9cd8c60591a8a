import { randomUUID } from "node:crypto";
import type { NodeAPI, NodeMessageInFlow } from "node-red";
import { copyOfVehicle, type VehicleRef } from "../api/vehicles";
import { defined } from "../json";
import type { ApiResponse } from "../transport/client";
import { copyOfRateLimit } from "../transport/response";

/** A message with whatever a flow put on it. */
export type Message = NodeMessageInFlow & Record<string, unknown>;

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
	/** Pages read to their end. */
	pages: number;
}

/** What an item brings along beside its payload, under a property of the message. */
export interface Companion {
	name: string;
	/** Gets it for one item. */
	of(item: unknown): Promise<unknown>;
}

/** What the messages of one sequence have in common. */
export interface SequenceOptions {
	RED: NodeAPI;
	/** The incoming message; every message sent is a clone of it. */
	base: Message;
	mode: OutputMode;
	/** The vehicle that all items belong to; null where several are meant, undefined where nobody can tell. */
	vehicle: VehicleRef | null | undefined;
	/** The vehicle of one item of several vehicles', a new object each time; undefined for one that tells none. */
	vehicleOf(item: unknown): VehicleRef | undefined;
	summarize?: ((item: unknown, vehicle: VehicleRef | null | undefined) => unknown) | undefined;
	/** Name of the property for what items bring along. */
	companion?: string | undefined;
	/** The state of the broken-off sequence that this one continues. */
	continues?: SequenceState | undefined;
	emit(msg: Message): void;
}

/**
 * Turns batches of items into messages: in all three output modes, with `parts` for a join further on. The last message
 * of a batch is held back until it is known whether another follows, so that only the last one carries the count.
 */
export class Sequence {
	readonly #options: SequenceOptions;
	/** What stays of the incoming message. */
	readonly #base: Message;
	/** True when a copy of the base shares nothing with it. */
	readonly #isFlat: boolean;
	/** What messages are copies of, with and without a budget; made once, for each would be of a class of its own in V8. */
	readonly #templates = new Map<boolean, Message>();
	readonly #id: string;
	#index: number;
	#items: number;
	#pages: number;
	#held: { msg: Message; items: number } | undefined;
	/** Where the API says that there is nothing, without a page, that is the first one. */
	#page: { index: number; count?: number } = { index: 1 };
	/** Taken from the page, and from all pages in one array, with the companion of each. */
	#ofPage: Taken[] = [];
	#all: Taken[] | undefined;
	#answer: ApiResponse | undefined;

	constructor(options: SequenceOptions) {
		const { continues, base, vehicle } = options;
		this.#options = options;
		// What every message replaces need not be cloned for each of them; a payload can be large.
		const replaced = ["payload", "page", "statusCode", "rateLimit"];
		if (vehicle !== undefined) replaced.push("vehicle", "topic");
		this.#base = Object.fromEntries(Object.entries(base).filter(([name]) => !replaced.includes(name))) as Message;
		this.#isFlat = Object.values(this.#base).every((value) => typeof value !== "object" && typeof value !== "function");
		this.#id = continues?.id ?? randomUUID();
		this.#index = continues?.index ?? 0;
		this.#items = continues?.items ?? 0;
		this.#pages = continues?.pages ?? 0;
	}

	get state(): SequenceState {
		return { id: this.#id, index: this.#index, items: this.#items, pages: this.#pages };
	}

	/** Items that were taken but have not left yet. */
	get held(): number {
		return (this.#held?.items ?? 0) + this.#ofPage.length + (this.#all?.length ?? 0);
	}

	/** A page begins. */
	startPage(count: number | undefined): void {
		this.#page = { index: this.#pages + 1, ...defined({ count }) };
	}

	/**
	 * Takes one item of the page and, where each is a message of its own, sends the one before it.
	 *
	 * @param companion what the item brings along
	 * @param vehicle which vehicle the item belongs to, where that is known already; an object that the message may have
	 */
	add(item: unknown, answer: ApiResponse, companion?: unknown, vehicle?: VehicleRef): void {
		const taken = { item, companion, vehicle };
		this.#answer = answer;
		if (this.#options.mode === "item") this.#hold(this.#itemMessage(taken, answer), 1);
		else this.#ofPage.push(taken);
	}

	/** A page ends. */
	endPage(answer: ApiResponse): void {
		this.#pages++;
		this.#answer = answer;
		this.#closePage();
	}

	/**
	 * Sends what was held back: with the count when the sequence has come to its end, without when it broke off.
	 *
	 * @param answer where an array of nothing comes from
	 */
	end(complete: boolean, answer: ApiResponse | undefined = this.#answer): void {
		// A page that broke off half-way has items too.
		this.#closePage();
		if (this.#options.mode === "array") {
			const all = this.#all ?? [];
			if (answer && (complete || all.length > 0)) this.#options.emit(this.#arrayMessage(all, answer));
			this.#all = undefined;
		}
		this.#release(complete);
	}

	#closePage(): void {
		const taken = this.#ofPage;
		this.#ofPage = [];
		if (this.#options.mode === "array") {
			this.#all ??= [];
			for (const each of taken) this.#all.push(each);
			this.#items += taken.length;
		} else if (taken.length > 0 && this.#answer) {
			this.#hold(this.#arrayMessage(taken, this.#answer), taken.length);
		}
	}

	#hold(msg: Message, items: number): void {
		this.#release(false);
		this.#held = { msg, items };
		this.#index++;
		this.#items += items;
	}

	#release(last: boolean): void {
		const held = this.#held;
		if (!held) return;
		if (last) (held.msg.parts as Parts).count = this.#index;
		this.#options.emit(held.msg);
		// Only now: what could not be sent must still count as held.
		this.#held = undefined;
	}

	#itemMessage(taken: Taken, answer: ApiResponse): Message {
		const { item, companion: value } = taken;
		const { companion, summarize } = this.#options;
		const msg = this.#message(item, answer);
		const vehicle = this.#vehicleOf(taken);
		// Where each item has its own, it was made for this message: nobody else has it, so that it needs no copy.
		if (vehicle && vehicle !== this.#options.vehicle) putVehicle(msg, vehicle);
		else if (vehicle === null) setVehicle(msg, vehicle);
		if (summarize) msg.summary = summarize(item, vehicle);
		if (companion !== undefined) msg[companion] = value;
		return msg;
	}

	#arrayMessage(taken: Taken[], answer: ApiResponse): Message {
		const { companion, summarize } = this.#options;
		const items = taken.map(({ item }) => item);
		const msg = this.#message(items, answer, items.length);
		if (summarize) msg.summary = taken.map((each) => summarize(each.item, this.#vehicleOf(each)));
		if (companion !== undefined) msg[companion] = taken.map(({ companion: value }) => value);
		return msg;
	}

	#vehicleOf({ item, vehicle: own }: Taken): VehicleRef | null | undefined {
		const { vehicle, vehicleOf } = this.#options;
		return vehicle ?? own ?? vehicleOf(item) ?? vehicle;
	}

	#message(payload: unknown, answer: ApiResponse, len?: number): Message {
		const { RED, base, mode, vehicle } = this.#options;
		const template = this.#template(answer.rateLimit !== undefined);
		const msg = this.#isFlat ? { ...template } : RED.util.cloneMessage(template);
		msg.payload = payload;
		if (vehicle) setVehicle(msg, vehicle);
		msg.page = { ...this.#page };
		setAnswer(msg, answer);
		if (mode !== "array") {
			const parts: Parts = { id: this.#id, index: this.#index, type: "array" };
			if (len !== undefined) parts.len = len;
			if (base.parts !== undefined) parts.parts = msg.parts;
			msg.parts = parts;
		}
		return msg;
	}

	/**
	 * The base with a place for everything that is put on each message. A property that is added to a copy, or deleted from
	 * it, takes longer than all other work on a message together.
	 */
	#template(withBudget: boolean): Message {
		const known = this.#templates.get(withBudget);
		if (known) return known;
		const { base, mode, vehicle, summarize, companion } = this.#options;
		const places = ["payload", "page", "statusCode"];
		if (withBudget) places.push("rateLimit");
		if (vehicle || (vehicle === null && mode === "item")) places.push("vehicle", "topic");
		if (summarize) places.push("summary");
		if (companion !== undefined) places.push(companion);
		if (mode !== "array" && base.parts === undefined) places.push("parts");
		const template = { ...this.#base, ...Object.fromEntries(places.map((name) => [name, undefined])) };
		this.#templates.set(withBudget, template);
		return template;
	}
}

interface Taken {
	item: unknown;
	/** Value of the companion; undefined where there is none. */
	companion: unknown;
	/** Where it is known already. */
	vehicle: VehicleRef | undefined;
}

/** Names the vehicle a message is about, or takes an old name away where several are meant. */
export function setVehicle(msg: Message, vehicle: VehicleRef | null | undefined): void {
	if (vehicle) {
		// A copy: several messages, and the account itself, know the same vehicle.
		putVehicle(msg, copyOfVehicle(vehicle));
	} else {
		delete msg.vehicle;
		delete msg.topic;
	}
}

function putVehicle(msg: Message, vehicle: VehicleRef): void {
	msg.vehicle = vehicle;
	msg.topic = vehicle.id;
}

/** Notes the answer a payload came from. */
export function setAnswer(msg: Message, answer: Pick<ApiResponse, "statusCode" | "rateLimit">): void {
	msg.statusCode = answer.statusCode;
	if (answer.rateLimit) msg.rateLimit = copyOfRateLimit(answer.rateLimit);
	else if ("rateLimit" in msg) delete msg.rateLimit;
}
