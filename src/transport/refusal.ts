import { type ApiErrorDetails, StellantisError } from "../error";
import { plainText } from "../text";
import type { RawRequest, RawResponse } from "./http";
import { rateLimited } from "./limiter";
import { retryAfter } from "./retry";

/** Most characters of a path in a sentence, and of what the server says. */
const LONGEST_PATH = 200;
const LONGEST_MESSAGE = 300;

/** The code under which the API fails as a whole, for hours at times. */
const OUTAGE = 50_000;

/** The error for an answer that is no success, in words that say what to do. */
export function refusal(
	raw: Pick<RawResponse, "statusCode" | "headers">,
	request: Pick<RawRequest, "url"> & { method?: string },
	apiError: ApiErrorDetails | undefined,
): StellantisError {
	const { statusCode } = raw;
	const message = plainText(apiError?.message, LONGEST_MESSAGE);
	const said = message === undefined ? "" : ` The API says: ${message}`;
	// A link of the server may be of any length.
	const { pathname } = request.url;
	const path = pathname.length > LONGEST_PATH ? `${pathname.slice(0, LONGEST_PATH)}…` : pathname;
	const what = `${request.method ?? "GET"} ${path}`;
	const details = { statusCode, apiError };
	switch (true) {
		case statusCode === 401:
			return new StellantisError(
				"ERR_UNAUTHORIZED",
				`The API does not accept the account's credentials for ${what} (401). Sign in again or check them in the account.${said}`,
				details,
			);
		case statusCode === 403:
			return new StellantisError(
				"ERR_FORBIDDEN",
				`The account is not allowed to ${what} (403). Check its scope, realm, client id and certificate.${said}`,
				details,
			);
		case statusCode === 404:
			return new StellantisError(
				"ERR_NOT_FOUND",
				`The API has nothing at ${path} (404). Is the vehicle or id right, and does it belong to this account?${said}`,
				details,
			);
		case statusCode === 429: {
			const wait = retryAfter(raw.headers);
			// Of a pause that is over already: a flow that repeats after that time must not do so at once, again and again.
			const error = rateLimited(Math.max(1, Math.ceil(wait ?? 1)), statusCode);
			return new StellantisError(error.code, error.message + said, { ...details, retryAfter: error.retryAfter });
		}
		case statusCode === 501:
			return new StellantisError(
				"ERR_NOT_SUPPORTED",
				`The vehicle or the API does not support ${what} (501).${said}`,
				details,
			);
		case statusCode >= 500:
			return new StellantisError(
				"ERR_SERVER",
				apiError?.code === OUTAGE
					? `The API has an outage (${statusCode}, code ${OUTAGE}), which may last for hours: ${what} failed.${said}`
					: `The API failed at ${what} (${statusCode}). Try again later.${said}`,
				details,
			);
		case statusCode >= 400:
			return new StellantisError("ERR_REJECTED", `The API rejected ${what} (${statusCode}).${said}`, details);
		case statusCode >= 200 && statusCode < 300:
			return new StellantisError(
				"ERR_BAD_RESPONSE",
				`The API answered ${what} with an error in place of what was asked for (${statusCode}). Try again later.${said}`,
				details,
			);
		default:
			return new StellantisError(
				"ERR_BAD_RESPONSE",
				`The API answered ${what} with an unexpected status ${statusCode}.`,
				details,
			);
	}
}
