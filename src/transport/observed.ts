import { isAbort, StellantisError } from "../error";
import type { RawResponse } from "./http";
import { type RateLimit, rateLimitOf } from "./response";

/** One exchange with a server, as a bug report needs it: no header, no body, no credential. */
export interface RequestRecord {
	/** When it began, epoch milliseconds. */
	time: number;
	/** What it was for. */
	purpose: "api" | "sign-in";
	method: string;
	url: string;
	/** From 1. */
	attempt: number;
	/** Milliseconds until the whole answer was there, or the failure. */
	duration: number;
	/** HTTP status; absent without an answer. */
	statusCode?: number;
	/** Bytes of the answer's body, decompressed. */
	size?: number;
	rateLimit?: RateLimit;
	/** Code of what happened instead of a usable answer. */
	error?: string;
}

/** What is known of an exchange before it begins. */
type Beginning = Pick<RequestRecord, "purpose" | "method" | "url" | "attempt">;

/** Runs an exchange and tells how it went, whatever comes of it. */
export async function observed<Answer extends Pick<RawResponse, "statusCode" | "headers" | "body">>(
	tell: (record: RequestRecord) => void,
	about: Beginning,
	exchange: () => Promise<Answer>,
): Promise<Answer> {
	const time = Date.now();
	const began = performance.now();
	const passed = () => Math.round(performance.now() - began);
	try {
		const answer = await exchange();
		const rateLimit = rateLimitOf(answer.headers);
		const { statusCode, body } = answer;
		tell({ time, ...about, duration: passed(), statusCode, size: body.length, ...(rateLimit ? { rateLimit } : {}) });
		return answer;
	} catch (error) {
		tell({ time, ...about, duration: passed(), error: codeOf(error) });
		throw error;
	}
}

function codeOf(error: unknown): string {
	if (error instanceof StellantisError) return error.code;
	return isAbort(error) ? "aborted" : "unexpected";
}
