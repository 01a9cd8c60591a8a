import { setTimeout as wait } from "node:timers/promises";
import type { Got } from "got";
import { type ApiErrorDetails, StellantisError } from "../error";
import type { Authenticator } from "./auth/authenticator";
import { exchange, type RawRequest, type RawResponse } from "./http";
import { type Claim, type Limiter, rateLimited } from "./limiter";
import { observed, type RequestRecord } from "./observed";
import { redact } from "./redact";
import { RenewalPauses } from "./renewal-pauses";
import { explain, parseBody, type RateLimit, rateLimitOf } from "./response";
import { retryAfter, retryDelay } from "./retry";

/** What one request asks of the API. */
export interface ApiRequest {
	method?: "GET" | "POST" | "PUT" | "DELETE";
	url: URL;
	/** Body, sent as JSON. */
	json?: unknown;
	claim: Claim;
	signal?: AbortSignal | undefined;
	/** Told when the request may begin to reach the API; until then it surely has not. */
	onSent?: () => void;
}

/** An answer that the API meant as a success. */
export interface ApiResponse {
	statusCode: number;
	/** The address that answered, without credentials. */
	url: URL;
	/** The parsed JSON body; undefined when the answer has none. */
	body: unknown;
	rateLimit?: RateLimit;
}

/** What the requests of one account have in common. */
export interface ApiClientOptions {
	http: Got;
	limiter: Limiter;
	auth: Authenticator;
	/** Root of the API; its origin is the only one that ever sees a credential. */
	root: URL;
	/** Query parameters of every request, set exactly once. */
	query: Record<string, string>;
	/** Headers of every request. */
	headers: Record<string, string>;
	/** Further secrets to keep out of every text. */
	secrets: readonly string[];
	/** Attempts after the first, for requests that are safe to repeat. */
	retries: number;
	/** Told of every answer's budget. */
	onRateLimit?: (rateLimit: RateLimit) => void;
	/** Told of every exchange, with an answer or without. */
	onExchange?: (record: RequestRecord) => void;
	/** Waits before another attempt; rejects with an AbortError as soon as the signal aborts. */
	sleep?: (seconds: number, signal?: AbortSignal) => Promise<void>;
	/** A number from 0 to 1. */
	random?: () => number;
	/** Milliseconds since some fixed moment; a clock that never jumps. */
	now?: () => number;
}

/** The media types the API speaks, HAL first (RFC 9110, section 12.5.1). */
const ACCEPT = "application/hal+json, application/vnd.geo+json, application/json;q=0.9, */*;q=0.1";
/** Most characters of a path in a sentence. */
const LONGEST_PATH = 200;

/** The one door to the API: credentials, turns, retries, bounds, and every failure as a {@link StellantisError}. */
export class ApiClient {
	readonly #options: ApiClientOptions;
	readonly #pauses: RenewalPauses;

	constructor(options: ApiClientOptions) {
		this.#options = options;
		this.#pauses = new RenewalPauses(options.now);
	}

	/** Root of the API. */
	get root(): URL {
		return this.#options.root;
	}

	/**
	 * Finds out whether the API can be reached at all: a GET of its root without any credential, to which every answer
	 * will do.
	 *
	 * @throws ERR_NETWORK, ERR_TIMEOUT, ERR_BAD_RESPONSE, ERR_RATE_LIMITED while the account pauses
	 */
	async probe(claim: Claim, signal?: AbortSignal): Promise<void> {
		const { limiter, http, root } = this.#options;
		await limiter.run(claim, signal, () =>
			exchange(http, { method: "GET", url: root, headers: { accept: ACCEPT }, signal }),
		);
	}

	/**
	 * Sends a request and returns the answer of a success.
	 *
	 * @throws every ERR_ code of the transport: SIGN_IN_NEEDED, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, REJECTED,
	 *   NOT_SUPPORTED, RATE_LIMITED, SERVER, NETWORK, TIMEOUT, BAD_RESPONSE, FOREIGN_LINK; an AbortError when aborted
	 */
	async send(request: ApiRequest): Promise<ApiResponse> {
		const { limiter, retries, random = Math.random, sleep = pause } = this.#options;
		const repeatable = (request.method ?? "GET") === "GET";
		let renewed = false;
		for (let attempt = 1; ; attempt++) {
			request.signal?.throwIfAborted();
			let raw: RawResponse | undefined;
			let sent: Record<string, string> = {};
			let failure: unknown;
			let signInFailed = false;
			try {
				raw = await limiter.run(request.claim, request.signal, async () => {
					signInFailed = true;
					sent = await this.#options.auth.headers(request.signal);
					signInFailed = false;
					const answer = await this.#exchange(request, sent, attempt);
					// Before the next in the queue gets this one's place.
					if (answer.statusCode === 429) limiter.hold(retryAfter(answer.headers) ?? 1);
					return answer;
				});
			} catch (error) {
				failure = error;
			}
			const rateLimit = raw && rateLimitOf(raw.headers);
			if (rateLimit) this.#options.onRateLimit?.(rateLimit);
			if (raw && raw.statusCode >= 200 && raw.statusCode < 300) {
				this.#pauses.delete(request.url);
				try {
					return this.#success(raw, rateLimit, repeatable);
				} catch (error) {
					failure = error;
				}
			}
			if (raw?.statusCode === 401 && renewed) this.#pauses.add(request.url);
			else if (raw?.statusCode === 401 && !this.#pauses.has(request.url)) {
				renewed = true;
				if (await this.#options.auth.renew(sent, request.signal)) {
					attempt--;
					continue;
				}
			}
			// A renewal is a POST: it may have arrived, and a refresh token that is used twice can end the sign-in.
			const delay =
				repeatable && !signInFailed
					? retryDelay(raw && !failure ? raw : { error: failure }, attempt, retries, random())
					: undefined;
			// A pause of the whole account is longer than anybody should wait: the hold refuses, so don't even try.
			if (delay === undefined || limiter.holdsTooLong) throw failure ?? this.#failure(raw as RawResponse, request);
			if (raw?.statusCode !== 429 || delay > limiter.holdSeconds) await sleep(delay, request.signal);
		}
	}

	/** One exchange, of which whoever listens is told. */
	#exchange(request: ApiRequest, authorization: Record<string, string>, attempt: number): Promise<RawResponse> {
		const { http, onExchange } = this.#options;
		const raw = this.#rawRequest(request, authorization);
		if (!onExchange) return exchange(http, raw);
		const about = { purpose: "api", method: raw.method, url: request.url.href, attempt } as const;
		return observed(onExchange, about, () => exchange(http, raw));
	}

	#rawRequest(request: ApiRequest, authorization: Record<string, string>): RawRequest {
		const { root, headers } = this.#options;
		const url = this.#withCredentials(request.url);
		const raw: RawRequest = {
			method: request.method ?? "GET",
			url,
			headers: { accept: ACCEPT, ...headers, ...authorization },
			signal: request.signal,
			onSent: request.onSent,
		};
		if (request.json !== undefined) {
			raw.body = JSON.stringify(request.json);
			raw.headers["content-type"] = "application/json";
		}
		if (raw.method === "GET")
			raw.onRedirect = (target) => {
				guardOrigin(target, root);
				const complete = this.#withCredentials(target);
				target.username = "";
				target.password = "";
				target.search = complete.search;
			};
		return raw;
	}

	/** Puts the credential parameters on an address of the API, each exactly once. */
	#withCredentials(url: URL): URL {
		guardOrigin(url, this.#options.root);
		const complete = new URL(url);
		// A user name in a link would take the place of the account's own credentials.
		complete.username = "";
		complete.password = "";
		for (const [name, value] of Object.entries(this.#options.query)) complete.searchParams.set(name, value);
		return complete;
	}

	#success(raw: RawResponse, rateLimit: RateLimit | undefined, reading: boolean): ApiResponse {
		const url = new URL(raw.url);
		for (const name of Object.keys(this.#options.query)) url.searchParams.delete(name);
		// What changes something may be accepted without a word; what reads must not be empty.
		const silent = raw.statusCode === 204 || (!reading && raw.body.length === 0);
		const body = silent ? undefined : parseBody(raw);
		return { statusCode: raw.statusCode, url, body, ...(rateLimit ? { rateLimit } : {}) };
	}

	#failure(raw: RawResponse, request: ApiRequest): StellantisError {
		const secrets = [...this.#options.secrets, ...this.#options.auth.secrets()];
		const apiError = explain(raw, (text) => redact(text, secrets));
		return failureOf(raw, request, apiError);
	}
}

/** @throws ERR_FOREIGN_LINK when an address leaves the API's origin (RFC 6454) */
function guardOrigin(url: URL, root: URL): void {
	if (url.origin === root.origin) return;
	throw new StellantisError(
		"ERR_FOREIGN_LINK",
		`The API points to ${url.origin}, which is not where the account's API lives (${root.origin}). It was not followed, so that no credential goes there. If the API has moved, change the account's root address.`,
	);
}

/** The error for an answer that is no success, in words that say what to do. */
function failureOf(raw: RawResponse, request: ApiRequest, apiError: ApiErrorDetails | undefined): StellantisError {
	const { statusCode } = raw;
	const said = apiError?.message ? ` The API says: ${oneLine(apiError.message)}` : "";
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
			const error = rateLimited(Math.ceil(wait ?? 1), statusCode);
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
				`The API failed at ${what} (${statusCode}). Try again later.${said}`,
				details,
			);
		case statusCode >= 400:
			return new StellantisError("ERR_REJECTED", `The API rejected ${what} (${statusCode}).${said}`, details);
		default:
			return new StellantisError(
				"ERR_BAD_RESPONSE",
				`The API answered ${what} with an unexpected status ${statusCode}.`,
				details,
			);
	}
}

/** What a server says goes to logs and terminals: no line breaks, no escape sequences. */
function oneLine(text: string): string {
	return text.replace(/[\s\p{Cc}]+/gu, " ").trim();
}

/** Waits so many seconds, or rejects as soon as the signal aborts. */
function pause(seconds: number, signal?: AbortSignal): Promise<void> {
	return wait(seconds * 1000, undefined, signal ? { signal } : {});
}
