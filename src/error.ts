/**
 * The one way to fail. Every error that leaves this package is a {@link StellantisError}:
 * a sentence for people in `message`, a stable `code` for flows.
 */

/** The stable codes that flows may test, as promised in the contract's table of errors. */
export type ErrorCode =
	| "ERR_NO_ACCOUNT"
	| "ERR_NO_VEHICLE"
	| "ERR_BAD_INPUT"
	| "ERR_SIGN_IN_NEEDED"
	| "ERR_UNAUTHORIZED"
	| "ERR_FORBIDDEN"
	| "ERR_NOT_FOUND"
	| "ERR_REJECTED"
	| "ERR_NOT_SUPPORTED"
	| "ERR_RATE_LIMITED"
	| "ERR_SERVER"
	| "ERR_NETWORK"
	| "ERR_TIMEOUT"
	| "ERR_BAD_RESPONSE"
	| "ERR_FOREIGN_LINK"
	| "ERR_PAGE_LOOP"
	| "ERR_COMMAND_DISABLED"
	| "ERR_COMMAND_LIMIT"
	| "ERR_COMMAND_BUSY"
	| "ERR_WAKEUP_TOO_SOON"
	| "ERR_NO_CHANNEL"
	| "ERR_COMMAND_FAILED"
	| "ERR_COMMAND_TIMEOUT"
	| "ERR_COMMAND_UNKNOWN"
	| "ERR_STORE";

/** What the server said about a failure, whatever body it used to say it; keys without a value are absent. */
export interface ApiErrorDetails {
	code?: number | string;
	name?: string;
	message?: string;
	id?: string;
}

export interface ErrorDetails {
	/** HTTP status of the answer that caused the error. */
	statusCode?: number | undefined;
	/** The server's own explanation. */
	apiError?: ApiErrorDetails | undefined;
	/** Seconds after which another try makes sense. */
	retryAfter?: number | undefined;
	/** Credential of the account without which nobody can sign in. */
	missing?: string | undefined;
	/** The raw error below this one. It stays private: Node-RED copies an own `cause` into messages. */
	cause?: unknown;
}

export class StellantisError extends Error {
	override readonly name = "StellantisError";
	readonly code: ErrorCode;
	readonly statusCode?: number;
	readonly apiError?: ApiErrorDetails;
	readonly retryAfter?: number;
	readonly missing?: string;
	readonly #cause: unknown;

	constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
		super(message);
		this.code = code;
		if (details.statusCode !== undefined) this.statusCode = details.statusCode;
		if (details.apiError !== undefined) this.apiError = details.apiError;
		if (details.retryAfter !== undefined) this.retryAfter = details.retryAfter;
		if (details.missing !== undefined) this.missing = details.missing;
		this.#cause = details.cause;
	}

	/** Node-RED shows and sends this text as `msg.error.message`; the sentence needs no class name before it. */
	override toString(): string {
		return this.message;
	}

	/** The raw error below this one; it may hold addresses and header values, so it must not be shown or logged. */
	static causeOf(error: StellantisError): unknown {
		return error.#cause;
	}
}

/** The flow asks for something that can't be asked; `sentence` names the value and what is allowed instead. */
export function badInput(sentence: string): StellantisError {
	return new StellantisError("ERR_BAD_INPUT", sentence);
}

/** The same error in another sentence. */
export function reworded(failure: StellantisError, sentence: string): StellantisError {
	if (sentence === failure.message) return failure;
	const { code, statusCode, apiError, retryAfter } = failure;
	return new StellantisError(code, sentence, { statusCode, apiError, retryAfter, cause: failure });
}

/** True when an operation was stopped on purpose (redeploy, `msg.reset`) and nobody needs to hear of it. */
export function isAbort(error: unknown, signal?: AbortSignal): boolean {
	return signal?.aborted === true || (error instanceof Error && error.name === "AbortError");
}
