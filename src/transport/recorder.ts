import { type ApiErrorDetails, isAbort, StellantisError } from "../error";
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

/** An error as a flow or the editor got it. */
export interface ErrorRecord {
	/** Epoch milliseconds. */
	time: number;
	/** Id of the node that failed, or of the account. */
	node: string;
	code: string;
	message: string;
	statusCode?: number;
	apiError?: ApiErrorDetails;
}

/** Records that are kept of each kind; the oldest go first. */
const MOST = 50;
/** Most characters of an address or a message. */
const LONGEST = 2_000;

/** Remembers the last requests and errors of an account, for a person who looks for the reason of a failure. */
export class Recorder {
	readonly #requests: RequestRecord[] = [];
	readonly #errors: ErrorRecord[] = [];

	/** The last requests, oldest first. */
	get requests(): readonly RequestRecord[] {
		return this.#requests;
	}

	/** The last errors, oldest first. */
	get errors(): readonly ErrorRecord[] {
		return this.#errors;
	}

	/** Notes an exchange; an address that is too long loses its query. */
	request(record: RequestRecord): void {
		const { url } = record;
		keep(this.#requests, url.length > LONGEST ? { ...record, url: copied(url.replace(/[?#].*$/s, "")) } : record);
	}

	/** Notes an error of a node; what is none of ours is noted without its words, which nobody has checked. */
	failure(error: unknown, node: string): void {
		const known = error instanceof StellantisError ? error : undefined;
		const { statusCode, apiError } = known ?? {};
		keep(this.#errors, {
			time: Date.now(),
			node,
			code: known?.code ?? "unexpected",
			message: copied(known?.message ?? ""),
			...(statusCode === undefined ? {} : { statusCode }),
			...(apiError === undefined ? {} : { apiError }),
		});
	}
}

function keep<T>(list: T[], record: T): void {
	if (list.push(record) > MOST) list.shift();
}

/** The beginning of a text, in memory of its own: a slice would keep the whole text alive. */
function copied(text: string): string {
	return text.length > LONGEST ? Buffer.from(text.slice(0, LONGEST)).toString() : text;
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
