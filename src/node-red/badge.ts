import type { Node } from "node-red";
import type { ErrorCode, StellantisError } from "../error";

/** Least time (ms) between two progress badges: the editor is told over a socket. */
const PACE = 250;
/** Most characters of a badge: the editor draws it beside other nodes. */
const LONGEST = 60;

/** What went wrong and what a person can do about it, in a few words for the badge. */
const ADVICE: Readonly<Record<Exclude<ErrorCode, "ERR_RATE_LIMITED">, string>> = {
	ERR_NO_ACCOUNT: "choose an account",
	ERR_NO_VEHICLE: "set a vehicle",
	ERR_BAD_INPUT: "check the input",
	ERR_SIGN_IN_NEEDED: "sign in · open the account",
	ERR_UNAUTHORIZED: "not accepted · check the account",
	ERR_FORBIDDEN: "not allowed · check scope and realm",
	ERR_NOT_FOUND: "not found · check the vehicle",
	ERR_NOT_SUPPORTED: "not supported",
	ERR_REJECTED: "rejected by the API",
	ERR_SERVER: "API failed · try later",
	ERR_NETWORK: "no connection · check the network",
	ERR_TIMEOUT: "no answer in time",
	ERR_BAD_RESPONSE: "unusable answer · check the addresses",
	ERR_FOREIGN_LINK: "link leaves the API",
	ERR_PAGE_LOOP: "pages go in circles",
	ERR_COMMAND_DISABLED: "not sent · allow the command in the account",
	ERR_COMMAND_LIMIT: "not sent · vehicles a minute used up",
	ERR_COMMAND_BUSY: "not sent · vehicle is busy",
	ERR_WAKEUP_TOO_SOON: "not sent · woken too often, or battery low",
	ERR_NO_CHANNEL: "no channel · add a vehicle events node",
	ERR_COMMAND_FAILED: "command failed · see the error",
	ERR_COMMAND_TIMEOUT: "no result in time · it may still come",
	ERR_COMMAND_UNKNOWN: "may have arrived · look before repeating",
};

/** The badge under a node: how far it is, what it did last, what went wrong and what to do. */
export class Badge {
	readonly #node: Node;
	readonly #now: () => number;
	readonly #warning: () => string | undefined;
	#shownAt = Number.NEGATIVE_INFINITY;

	/** @param warning what a person should know although all goes well, in a few words */
	constructor(node: Node, now: () => number = Date.now, warning: () => string | undefined = () => undefined) {
		this.#node = node;
		this.#now = now;
		this.#warning = warning;
	}

	/** Work has begun or goes on; shown at most a few times a second. */
	progress(text: string): void {
		if (this.#now() - this.#shownAt < PACE) return;
		this.#show("blue", "dot", text);
	}

	success(text: string): void {
		const warning = this.#warning();
		if (warning === undefined) this.#show("green", "dot", text);
		else this.#show("yellow", "dot", `${text} · ${warning}`);
	}

	/** A collection that `maxItems` has stopped. */
	partial(text: string): void {
		this.#show("yellow", "ring", text);
	}

	failure(error: StellantisError): void {
		const text =
			error.code === "ERR_RATE_LIMITED" ? `rate limit · again in ${error.retryAfter ?? "?"} s` : ADVICE[error.code];
		this.#show("red", "ring", text);
	}

	clear(): void {
		this.#node.status({});
	}

	#show(fill: "blue" | "green" | "yellow" | "red", shape: "dot" | "ring", text: string): void {
		this.#shownAt = this.#now();
		this.#node.status({ fill, shape, text: text.slice(0, LONGEST) });
	}
}
