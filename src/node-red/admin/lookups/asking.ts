import type { Request } from "express";
import { plainText } from "../../../text";
import type { Claim } from "../../../transport/limiter";
import type { AccountConnection } from "../../account/connection";
import type { Connected } from "../../account/open";
import { text } from "../../values";
import type { ShortMemory } from "./short-memory";

/** A question of a form, and all it takes to answer it. */
export interface Asking {
	query: Request["query"];
	connection: AccountConnection;
	connected: Connected;
	claim: Claim;
	/** What was asked of the account a moment ago. */
	memory: ShortMemory;
	/** Aborts when nobody waits for the answer any more, or the account closes. */
	signal: AbortSignal;
}

/** How long (ms) an answer is good that changes with a new car or contract. */
export const MINUTE = 60_000;
/** How long (ms) one is good that changes with a deploy. */
export const MOMENT = 10_000;

/** A parameter of the question; undefined when it is empty or given twice. */
export function parameter({ query }: Asking, name: string): string | undefined {
	return text(query[name])?.slice(0, 512);
}

/** A text of the API for the form: a plain line without any secret of the account, wherever the API may have it from. */
export function shownText({ connection }: Asking, value: unknown): string | undefined {
	const plain = plainText(value);
	return plain === undefined ? undefined : connection.redact(plain);
}
