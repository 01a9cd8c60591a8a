import { type ApiErrorDetails, type ErrorCode, type ErrorDetails, StellantisError } from "../../error";
import { ownValue } from "../../json";
import { library } from "../../libraries";
import { plainText } from "../../text";
import { isUntrusted } from "../http";
import { redact } from "../redact";
import { explain } from "../response";
import { bodyOf } from "./token-answer";

/** What the failed request was for. */
export type Purpose = "renew" | "sign-in" | "token" | "revoke";

/** A failed request to a sign-in server, in words and with what follows from it. */
export interface Failure {
	error: StellantisError;
	/** The sign-in is over: asking again with the same token can never work. */
	final: boolean;
	/** Milliseconds in which asking again would only annoy the server. */
	pause?: number;
	/** True when the request surely did not reach the server. */
	unsent?: boolean;
}

/** Pause (ms) after a refusal that only a person can mend. */
const CLIENT_PAUSE = 60_000;
/** Longest pause (ms) that a server may ask for. */
const MOST_PAUSE = 3_600_000;
/** Most characters of what a server says that are passed on. */
const LONGEST_TEXT = 300;

const REFUSED: Record<Purpose, string> = {
	renew: "The sign-in has ended: the sign-in server no longer accepts it. Open the account and sign in again.",
	"sign-in":
		"The sign-in server refused the code: it was used before, is too old (it lives a minute or two), or belongs to another redirect address. Check the field redirect URL and start the sign-in again.",
	token: "The sign-in server refused to give a token to this client. Check the fields client id and client secret.",
	revoke: "The sign-in server did not know the sign-in any more.",
};

/** Sentences for the error codes of RFC 6749 (sections 4.1.2.1 and 5.2) that don't depend on the purpose. */
const OAUTH_SENTENCES: Readonly<Record<string, string>> = {
	invalid_client: "The sign-in server does not accept the client. Check the fields client id and client secret.",
	unauthorized_client:
		"The sign-in server does not allow this client to sign in this way. Check the fields client id and sign-in method.",
	unsupported_grant_type:
		"The sign-in server does not know this way to sign in. Check the fields sign-in method and token address.",
	invalid_scope: "The sign-in server does not accept the scope. Correct the field scope.",
	access_denied: "The sign-in was refused at the sign-in page. Start it again and agree to the access.",
};

/**
 * Puts a failure of the client library, of `fetch`, or of the server into words.
 * @param secrets strings that the server's own explanation must not carry on
 */
export function explainFailure(error: unknown, purpose: Purpose, secrets: readonly string[]): Failure {
	const own = [error, causeOf(error)].find((candidate) => candidate instanceof StellantisError);
	if (own instanceof StellantisError)
		return { error: own, final: own.code === "ERR_SIGN_IN_NEEDED", unsent: isUnsent(own) };
	// Not before: the words for a refusal at the sign-in page need no library.
	const client = library("openid-client");
	if (error instanceof client.ResponseBodyError) {
		const explanation = apiErrorOf(error.error, error.error_description, secrets);
		return byOAuthError(error.error, purpose, {
			apiError: explanation,
			...statusOf(error.response),
			cause: error,
		});
	}
	const response = [causeOf(error), causeOf(causeOf(error))].find((candidate) => candidate instanceof Response);
	if (response instanceof Response) {
		const apiError = explain({ body: bodyOf(response) }, (text) => plainText(redact(text, secrets)) ?? "");
		return byStatus({ ...statusOf(response), apiError, cause: error });
	}
	if (error instanceof client.ClientError && error.code?.startsWith("OAUTH_")) return notAToken({ cause: error });
	return plain("ERR_NETWORK", "The sign-in server can't be reached. Check the network and the field token address.", {
		cause: error,
	});
}

/** The sentence for an error that the sign-in page sent back in the redirect address (RFC 6749, section 4.1.2.1). */
export function refusedAtPage(error: string, description: string | undefined): StellantisError {
	const sentence =
		ownValue(OAUTH_SENTENCES, error) ??
		"The sign-in page answered with an error. Check the fields client id, redirect URL and scope, and start the sign-in again.";
	return new StellantisError("ERR_SIGN_IN_NEEDED", sentence, { apiError: apiErrorOf(error, description, []) });
}

function byOAuthError(code: string, purpose: Purpose, details: ErrorDetails): Failure {
	if (code === "invalid_grant") {
		const error = new StellantisError("ERR_SIGN_IN_NEEDED", REFUSED[purpose], details);
		return { error, final: purpose === "renew", pause: CLIENT_PAUSE };
	}
	if (code === "temporarily_unavailable" || code === "server_error" || code === "slow_down") return busy(details);
	const status = details.statusCode ?? 400;
	const sentence = ownValue(OAUTH_SENTENCES, code);
	if (sentence === undefined && (status === 401 || status === 429)) return byStatus(details);
	return {
		...plain(
			"ERR_SIGN_IN_NEEDED",
			sentence ?? "The sign-in server did not accept the request. Check the fields token address, client id and scope.",
			details,
		),
		pause: CLIENT_PAUSE,
	};
}

function byStatus(details: ErrorDetails): Failure {
	const status = details.statusCode ?? 0;
	if (status === 429) {
		const sentence = "The sign-in server asks to wait before the next try.";
		return withPause(plain("ERR_RATE_LIMITED", sentence, { ...details, retryAfter: details.retryAfter ?? 60 }));
	}
	if (status >= 500) return busy(details);
	if (status === 401) {
		const sentence = OAUTH_SENTENCES.invalid_client ?? "";
		return { ...plain("ERR_SIGN_IN_NEEDED", sentence, details), pause: CLIENT_PAUSE };
	}
	return notAToken(details);
}

/**
 * The code of "something went wrong" among the brands' servers: mostly an outage, which can last for hours, but some
 * answer so to a sign-in that has died.
 */
const SOMETHING_WRONG = 50000;

function busy(details: ErrorDetails): Failure {
	const sentence = "The sign-in server has a problem of its own. Try again later.";
	const doubt =
		Number(details.apiError?.code) === SOMETHING_WRONG
			? " If the brand's own app works meanwhile, it is the sign-in that has ended: open the account and sign in again."
			: "";
	return withPause(plain("ERR_SERVER", sentence + doubt, details));
}

const UNSENT = new Set(["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENETDOWN"]);

function isUnsent(error: StellantisError): boolean {
	const { code } = (StellantisError.causeOf(error) ?? {}) as { code?: unknown };
	// A renewal that the store does not let begin is none.
	return error.code === "ERR_STORE" || isUntrusted(error) || (error.code === "ERR_NETWORK" && UNSENT.has(String(code)));
}

function notAToken(details: ErrorDetails): Failure {
	const status = details.statusCode === undefined ? "" : ` (HTTP ${details.statusCode})`;
	const sentence = `The sign-in server answered with something that is no token${status}. Check the field token address.`;
	return plain("ERR_BAD_RESPONSE", sentence, details);
}

function withPause(failure: Failure): Failure {
	const { retryAfter } = failure.error;
	return retryAfter === undefined ? failure : { ...failure, pause: Math.min(retryAfter * 1000, MOST_PAUSE) };
}

function plain(code: ErrorCode, sentence: string, details: ErrorDetails): Failure {
	return { error: new StellantisError(code, sentence, details), final: false };
}

function statusOf(response: Response): ErrorDetails {
	const seconds = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
	return { statusCode: response.status, ...(Number.isNaN(seconds) ? {} : { retryAfter: Math.max(seconds, 0) }) };
}

/** The server's words, cut short and without control characters or any secret. */
function apiErrorOf(name: string, description: string | undefined, secrets: readonly string[]): ApiErrorDetails {
	const clean = (text: string) => plainText(redact(text, secrets), LONGEST_TEXT) ?? "";
	return { name: clean(name), ...(description === undefined ? {} : { message: clean(description) }) };
}

function causeOf(error: unknown): unknown {
	return error instanceof Error ? error.cause : undefined;
}
