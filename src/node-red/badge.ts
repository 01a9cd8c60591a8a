import type { Node, NodeAPI } from "node-red";
import type { ErrorCode, StellantisError } from "../error";
import { plainText } from "../text";
import { BadgeTexts } from "./badge-texts";

/** Least time (ms) between two progress badges: the editor is told over a socket. */
const PACE = 250;
/** Most characters of a badge: the editor draws it beside other nodes. */
const LONGEST = 60;
/** Most of them for the name of an account. */
const LONGEST_NAME = 20;

/** What a flow reads as `msg.status.code`, whatever language the text is in. */
export type BadgeCode = "working" | "done" | "partial" | "idle" | ErrorCode;

/** The badge under a node: how far it is, what it did last, what went wrong and what to do. */
export class Badge {
	readonly texts: BadgeTexts;
	readonly #node: Node;
	readonly #now: () => number;
	readonly #warning: () => string | undefined;
	/** Stands before every text. */
	#name = "";
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
		if (name !== undefined) badge.#name = `${plainText(name, LONGEST_NAME) ?? "…"} · `;
		return badge;
	}

	/** Work has begun or goes on; shown at most a few times a second, and written only then. */
	progress(text: string | (() => string)): void {
		if (this.#now() - this.#shown.at < PACE) return;
		this.#show("working", "blue", "dot", typeof text === "string" ? text : text());
	}

	success(text: string): void {
		const warning = this.#warning();
		if (warning === undefined) this.#show("done", "green", "dot", text);
		else this.#show("done", "yellow", "dot", `${text} · ${warning}`);
	}

	/** Something is done, and not all that was asked for, such as a collection that `maxItems` has stopped. */
	partial(text: string): void {
		this.#show("partial", "yellow", "ring", text);
	}

	/** Something that a person should know while the node does nothing. */
	warning(text: string): void {
		this.#show("idle", "yellow", "ring", text);
	}

	/** What went wrong, and what a person can do about it. */
	failure({ code, retryAfter }: StellantisError): void {
		const text =
			code === "ERR_RATE_LIMITED" && retryAfter !== undefined
				? this.texts.text("badge.wait", { count: this.texts.number(retryAfter) })
				: this.texts.text(`badge.error.${code}`);
		this.#show(code, "red", "ring", text);
	}

	/** The node does nothing, and there is nothing to tell. */
	clear(): void {
		this.#node.status({ code: "idle" } as object);
	}

	#show(code: BadgeCode, fill: "blue" | "green" | "yellow" | "red", shape: "dot" | "ring", text: string): void {
		this.#shown.at = this.#now();
		this.#node.status({ code, fill, shape, text: `${this.#name}${text}`.slice(0, LONGEST) } as object);
	}
}
