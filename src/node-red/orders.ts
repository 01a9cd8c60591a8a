import type { Message } from "./messages";

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
	// A change node sets null where it has nothing to set.
	return { query, params, resume: resume ?? undefined, forget: forget === true, reset: reset === true };
}
