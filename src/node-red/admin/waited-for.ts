import type { Request } from "express";
import { StellantisError } from "../../error";
import type { AccountConnection } from "../account/connection";

/**
 * Works as long as somebody waits for the answer and the account is there.
 *
 * @throws ERR_NO_ACCOUNT when the account closes meanwhile, an AbortError when nobody waits, and what the work throws
 */
export async function whileWaitedFor<T>(
	request: Request,
	connection: AccountConnection,
	work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
	const gone = new AbortController();
	request.res?.once("close", () => gone.abort());
	try {
		return await work(AbortSignal.any([connection.signal, gone.signal]));
	} catch (error) {
		if (!connection.signal.aborted) throw error;
		throw new StellantisError("ERR_NO_ACCOUNT", "The account was stopped or deployed anew meanwhile. Try again.");
	}
}
