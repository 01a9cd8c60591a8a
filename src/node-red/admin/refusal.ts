import { type ErrorCode, StellantisError } from "../../error";
import { defined } from "../../json";

/** A request to the admin routes that is turned away before it does anything. */
export class Refusal extends Error {
	readonly status: number;

	/** @param sentence for people; goes into the answer as it is */
	constructor(status: number, sentence: string) {
		super(sentence);
		this.status = status;
	}
}

/**
 * HTTP status (RFC 9110, section 15.5) for an error. Never 401 or 403: in the editor these mean that Node-RED itself
 * does not let the user in.
 */
const STATUS: Partial<Record<ErrorCode, number>> = {
	ERR_NO_ACCOUNT: 404,
	ERR_BAD_INPUT: 400,
	ERR_SIGN_IN_NEEDED: 409,
};
/** Failed Dependency (RFC 4918, section 11.4): somebody we had to ask did not help. */
const OTHER_STATUS = 424;

/** What an error becomes in an answer: a status, a stable code and a sentence. */
export interface Explanation {
	status: number;
	code: string;
	message: string;
	/** Credential of the account that is missing. */
	missing?: string;
}

/** What any error becomes in an answer; one that is not ours is not quoted. */
export function explainRefusal(error: unknown): Explanation {
	if (error instanceof Refusal) return { status: error.status, code: "ERR_BAD_INPUT", message: error.message };
	if (error instanceof StellantisError)
		return {
			status: STATUS[error.code] ?? OTHER_STATUS,
			code: error.code,
			message: error.message,
			...defined({ missing: error.missing }),
		};
	// Nobody has checked what such an error quotes.
	return { status: OTHER_STATUS, code: "ERR_SERVER", message: "Something unexpected came up in Node-RED." };
}
