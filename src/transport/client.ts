import { setTimeout as wait } from "node:timers/promises";
import type { Got } from "got";
import { StellantisError } from "../error";
import type { Authenticator } from "./auth/authenticator";
import { exchange, type RawRequest, type RawResponse } from "./http";
import type { Claim, Limiter } from "./limiter";
import { observed, type RequestRecord } from "./observed";
import { redact } from "./redact";
import { refusal } from "./refusal";
import { RenewalPauses } from "./renewal-pauses";
import { explain, isErrorBody, parseBody, type RateLimit, rateLimitOf } from "./response";
import { type AttemptOutcome, nextStep, retryAfter } from "./retry";

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

/** How far a request has come. */
interface Progress {
	/** From 1. A renewal of the sign-in gives an attempt for free, once. */
	attempt: number;
	renewed: boolean;
}

/** An attempt that brought no answer which the API meant as a success. */
interface Unsuccessful extends AttemptOutcome {
	/** The headers of the sign-in that were refused. */
	sent: Record<string, string>;
	/** What the caller gets when it stays at that. */
	error: () => unknown;
}

/** The media types the API speaks, HAL first (RFC 9110, section 12.5.1). */
const ACCEPT = "application/hal+json, application/vnd.geo+json, application/json;q=0.9, */*;q=0.1";

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
		return this.#go(request, { attempt: 1, renewed: false });
	}

	/** One attempt, and what has to come after it. */
	async #go(request: ApiRequest, progress: Progress): Promise<ApiResponse> {
		const { limiter, auth, retries, random = Math.random, sleep = pause } = this.#options;
		request.signal?.throwIfAborted();
		const outcome = await this.#attempt(request, progress.attempt);
		if ("response" in outcome) return outcome.response;
		if (outcome.statusCode === 401 && progress.renewed) this.#pauses.add(request.url);
		const step = nextStep(outcome, {
			...progress,
			retries,
			random: random(),
			isRead: isRead(request),
			// A pause of the whole account is longer than anybody should wait: the hold refuses, so don't even try.
			isHeld: limiter.holdsTooLong,
			inVain: this.#pauses.has(request.url),
		});
		if (step.kind === "renew" && (await auth.renew(outcome.sent, request.signal)))
			return this.#go(request, { ...progress, renewed: true });
		if (step.kind !== "wait") throw outcome.error();
		if (outcome.statusCode !== 429 || step.seconds > limiter.holdSeconds) await sleep(step.seconds, request.signal);
		return this.#go(request, { ...progress, attempt: progress.attempt + 1 });
	}

	/** Sends a request once, in its turn. Rejects when the turn never comes. */
	async #attempt(request: ApiRequest, attempt: number): Promise<{ response: ApiResponse } | Unsuccessful> {
		const { limiter, auth } = this.#options;
		const came = await limiter.run(request.claim, request.signal, async () => {
			const sent = await settled(auth.headers(request.signal));
			// A renewal is a POST: it may have arrived, and a refresh token that is used twice can end the sign-in.
			if ("reason" in sent) return { failure: unsuccessful(sent.reason, { once: true }) };
			const answer = await settled(this.#exchange(request, sent.value, attempt));
			if ("reason" in answer) return { failure: unsuccessful(answer.reason) };
			auth.answered?.(answer.value.statusCode);
			// Before the next in the queue gets this one's place.
			if (answer.value.statusCode === 429) limiter.hold(retryAfter(answer.value.headers) ?? 1);
			return { raw: answer.value, sent: sent.value };
		});
		return "failure" in came ? came.failure : this.#understood(request, came.raw, came.sent);
	}

	/** What an answer means. */
	#understood(
		request: ApiRequest,
		raw: RawResponse,
		sent: Record<string, string>,
	): { response: ApiResponse } | Unsuccessful {
		const { statusCode, headers } = raw;
		const rateLimit = rateLimitOf(headers);
		if (rateLimit) this.#options.onRateLimit?.(rateLimit);
		if (statusCode < 200 || statusCode > 299)
			return { statusCode, headers, sent, error: () => this.#failure(raw, request) };
		this.#pauses.delete(request.url);
		try {
			return { response: this.#success(raw, rateLimit, request) };
		} catch (error) {
			return unsuccessful(error);
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
		if (complete.username !== "" || complete.password !== "") complete.username = complete.password = "";
		for (const [name, value] of Object.entries(this.#options.query)) complete.searchParams.set(name, value);
		return complete;
	}

	#success(raw: RawResponse, rateLimit: RateLimit | undefined, request: ApiRequest): ApiResponse {
		const reading = isRead(request);
		const url = new URL(raw.url);
		for (const name of Object.keys(this.#options.query)) url.searchParams.delete(name);
		// What changes something may be accepted without a word; what reads must not be empty.
		const silent = raw.statusCode === 204 || (!reading && raw.body.length === 0);
		const body = silent ? undefined : parseBody(raw);
		// What makes something anew is told its id; what changes or deletes may be answered with a mere message.
		if ((reading || request.method === "POST") && isErrorBody(body)) throw this.#failure(raw, request);
		return { statusCode: raw.statusCode, url, body, ...(rateLimit ? { rateLimit } : {}) };
	}

	#failure(raw: RawResponse, request: ApiRequest): StellantisError {
		const secrets = [...this.#options.secrets, ...this.#options.auth.secrets()];
		const apiError = explain(raw, (text, most) => redact(text, secrets, most));
		return refusal(raw, request, apiError);
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

/** Waits so many seconds, or rejects as soon as the signal aborts. */
function pause(seconds: number, signal?: AbortSignal): Promise<void> {
	return wait(seconds * 1000, undefined, signal ? { signal } : {});
}

function isRead({ method = "GET" }: ApiRequest): boolean {
	return method === "GET";
}

function unsuccessful(error: unknown, { once = false } = {}): Unsuccessful {
	return { failure: error, once, sent: {}, error: () => error };
}

async function settled<T>(work: Promise<T>): Promise<{ value: T } | { reason: unknown }> {
	return work.then(
		(value) => ({ value }),
		(reason: unknown) => ({ reason }),
	);
}
