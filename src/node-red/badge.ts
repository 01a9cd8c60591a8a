import type { Node, NodeAPI } from "node-red";
import type { VehicleRef } from "../api/vehicles";
import type { ErrorCode, StellantisError } from "../error";
import { plainText } from "../text";
import { BadgeTexts } from "./badge-texts";

/** Least time (ms) between two progress badges: the editor is told over a socket. */
const PACE = 250;
/** Most characters of a badge: what is longer runs into the badge of the next node. */
const LONGEST = 34;
/** Most of them for the name of an account. */
const LONGEST_ACCOUNT = 14;
/** Least characters of a car's name that tell anything. */
const SHORTEST_NAME = 4;
/** Characters of a VIN that tell one car from the next: its serial number is at the end. */
const SERIAL = 4;

/** What a flow reads as `msg.status.code`, whatever language the text is in. */
export type BadgeCode = "working" | "done" | "partial" | "idle" | ErrorCode;

/** The badge under a node: how far it is, what it did last, what went wrong and what to do. */
export class Badge {
	readonly texts: BadgeTexts;
	readonly #node: Node;
	readonly #now: () => number;
	readonly #warning: () => string | undefined;
	/** The account that the message has chosen: stands before every text. */
	#account = "";
	/** When it was shown last, whoever did. */
	#shown = { at: Number.NEGATIVE_INFINITY };

	/** @param warning what a person should know although all goes well, in a few words */
	constructor(
		texts: Pick<NodeAPI, "_"> | BadgeTexts,
		node: Node,
		now: () => number = Date.now,
		warning: () => string | undefined = () => undefined,
	) {
		this.texts = texts instanceof BadgeTexts ? texts : new BadgeTexts(texts);
		this.#node = node;
		this.#now = now;
		this.#warning = warning;
	}

	/**
	 * The badge as one message shows it.
	 *
	 * @param name of the account that the message has chosen; undefined where it has chosen none
	 * @param warning see the constructor
	 */
	of(name: string | undefined, warning: () => string | undefined): Badge {
		const badge = new Badge(this.texts, this.#node, this.#now, warning);
		badge.#shown = this.#shown;
		if (name !== undefined) badge.#account = `${plainText(name, LONGEST_ACCOUNT) ?? "…"} · `;
		return badge;
	}

	/** Work has begun or goes on; shown at most a few times a second, and written only then. */
	progress(text: string | (() => string)): void {
		if (this.#now() - this.#shown.at < PACE) return;
		this.#show("working", "blue", "dot", typeof text === "string" ? text : text());
	}

	/** @param vehicle the one vehicle that it was about: its name is told as far as there is room */
	success(text: string, vehicle?: VehicleRef | null): void {
		const warning = this.#warning();
		if (warning === undefined) this.#show("done", "green", "dot", this.#withName(text, vehicle));
		else this.#show("done", "yellow", "dot", `${text} · ${warning}`);
	}

	/** All is done that was asked for, and there is more, such as in a collection that `maxItems` has stopped. */
	enough(text: string, vehicle?: VehicleRef | null): void {
		this.#show("partial", "green", "ring", this.#withName(text, vehicle));
	}

	/** Something is done, and not all that was asked for. */
	partial(text: string): void {
		this.#show("partial", "yellow", "ring", text);
	}

	/** Something that a person should know while the node does nothing. */
	warning(text: string): void {
		this.#show("idle", "yellow", "ring", text);
	}

	/** What went wrong, and what a person can do about it. */
	failure({ code, retryAfter, missing }: StellantisError): void {
		const { texts } = this;
		const text =
			missing !== undefined
				? texts.text("badge.missing", { name: texts.text(`account.label.${missing}`) })
				: code === "ERR_RATE_LIMITED" && retryAfter !== undefined
					? texts.text("badge.wait", { count: texts.number(retryAfter) })
					: texts.text(`badge.error.${code}`);
		this.#show(code, "red", "ring", text);
	}

	/** The node does nothing, and there is nothing to tell. */
	clear(): void {
		this.#node.status({ code: "idle" } as object);
	}

	#show(code: BadgeCode, fill: "blue" | "green" | "yellow" | "red", shape: "dot" | "ring", text: string): void {
		this.#shown.at = this.#now();
		this.#node.status({ code, fill, shape, text: cut(`${this.#account}${text}`, LONGEST) } as object);
	}

	/** A text, and behind it what its vehicle is called: the label, else the end of the VIN; nothing where it has no room. */
	#withName(text: string, vehicle: VehicleRef | null | undefined): string {
		const { label, vin } = vehicle ?? {};
		const name = label ?? (vin === undefined ? undefined : `…${vin.slice(-SERIAL)}`);
		const room = LONGEST - this.#account.length - text.length - " · ".length;
		return name === undefined || room < SHORTEST_NAME ? text : `${text} · ${shortName(name, room)}`;
	}
}

/** A name of at most so many characters: without its first words, for the brand tells least, else without its end. */
function shortName(name: string, most: number): string {
	const words = name.slice(0, 100).split(" ");
	while (words.length > 1 && words.join(" ").length > most) words.shift();
	return cut(words.join(" "), most);
}

/** A text of at most so many characters, which says where it goes on. */
const cut = (text: string, most: number) => (text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`);
