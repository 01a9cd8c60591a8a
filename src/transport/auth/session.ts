import { isAbort, StellantisError } from "../../error";
import { defined } from "../../json";
import { abortable } from "../abortable";
import type { Authenticator, SignInState } from "./authenticator";
import type { Clock } from "./clock";
import { explainFailure, type Failure } from "./failure";
import type { SignInListener } from "./listener";
import { RenewalBudget } from "./renewal-budget";
import { ageOf, expiresAt, freshness, type HeldTokens, idleLimit, nearEnd, signInEnds } from "./tokens";

/** Where a {@link Session} gets its tokens from. */
export interface TokenSource {
	readonly purpose: "renew" | "token";
	/** Longest time (ms) before the end of a token from which on it is renewed; undefined: the usual one. */
	readonly margin?: number | undefined;
	/** What to hold from now on, where that changed since the last look (first look included); else undefined. */
	look(): Holding | undefined;
	/** False when there is nothing to renew with. */
	renewable(): boolean;
	/** New tokens in place of the ones held, already kept safe. Throws whatever the client library throws. */
	obtain(): Promise<HeldTokens>;
	/** The source's own secrets: the client's, those typed into the form. */
	secrets(): string[];
}

/** Tokens held, or a sentence that says why there are none. */
export type Holding = { tokens: HeldTokens } | { reason: string };

/** Where a session's tokens come from, and who hears when no more come. */
export interface SessionOptions {
	source: TokenSource;
	clock: Clock;
	listener?: SignInListener | undefined;
}

/** Milliseconds between tries to renew a token that still works. */
const SOFT_PAUSE = 10_000;
/** Pauses (ms) after the first, second, ... failure in a row, and after all that follow: six tries in half an hour. */
const PAUSES = [0, 60_000, 240_000, 480_000, 600_000] as const;
/** Longest and shortest time (ms) between two looks at a sign-in that goes unused. */
const LOOKS = { most: 3_600_000, least: 60_000 };
/** Two ends (ms) that are one, told by clocks that are not quite. */
const SAME_END = 3_600_000;
/** Tokens of the past that are still kept out of every text. */
const SECRETS_REMEMBERED = 20;

/**
 * Keeps an access token fresh for any number of callers: renews a little before it ends, one renewal at a time, and
 * remembers a sign-in that is lost so that nobody asks the server again in vain.
 */
export class Session implements Authenticator {
	readonly #options: SessionOptions;
	#holding: Holding = { reason: "" };
	#flight: Promise<void> | undefined;
	#pause: { until: number; failure: Failure } | undefined;
	#told = false;
	readonly #budget: RenewalBudget;
	/** Failures in a row. */
	#failures = 0;
	/** The end that was warned of. */
	#toldEnd: number | undefined;
	#remembered: string[] = [];

	constructor(options: SessionOptions) {
		this.#options = options;
		this.#budget = new RenewalBudget(options.clock);
	}

	async headers(signal?: AbortSignal): Promise<Record<string, string>> {
		signal?.throwIfAborted();
		const held = this.#look();
		const state = freshness(held, this.#options.clock, this.#options.source.margin);
		if (state === "fresh") return bearer(held);
		if (state === "due" && (this.#paused() || !this.#options.source.renewable())) return bearer(held);
		try {
			await abortable(this.#renewOnce(), signal);
		} catch (error) {
			const usable =
				"tokens" in this.#holding && freshness(held, this.#options.clock, this.#options.source.margin) !== "expired";
			// A token that still works is better than an error about the next one.
			if (isAbort(error, signal) || !usable) throw error;
		}
		return bearer(this.#look());
	}

	async renew(rejected: Record<string, string>, signal?: AbortSignal): Promise<boolean> {
		signal?.throwIfAborted();
		const held = this.#look();
		if (held.accessToken !== undefined && headerOf(rejected) !== bearer(held).authorization) return true;
		if (this.#flight === undefined && this.#budget.wait(held.lifetime) > 0) return false;
		await abortable(this.#renewOnce(), signal);
		return true;
	}

	secrets(): string[] {
		return [...new Set([...this.#options.source.secrets(), ...this.#remembered])].filter((secret) => secret !== "");
	}

	state(): SignInState {
		try {
			const held = this.#look();
			const end = expiresAt(held);
			const near = this.#toldEnd === undefined ? undefined : nearEnd(held, this.#options.clock);
			const problem = this.#pause?.failure.error;
			const known = held.accessToken !== undefined || held.refreshToken !== undefined;
			return {
				signedIn: known && problem?.code !== "ERR_SIGN_IN_NEEDED",
				...(problem === undefined ? {} : { reason: problem.message }),
				...defined({ expiresAt: end, endsAt: near, user: held.user }),
			};
		} catch (error) {
			return { signedIn: false, reason: error instanceof Error ? error.message : "" };
		}
	}

	/** See `AuthorizationCodeAuth.keepAlive`. */
	async keepAlive(): Promise<number> {
		try {
			const { clock, source } = this.#options;
			const limit = idleLimit(this.#look());
			const left = limit - ageOf(this.#look(), clock).most;
			const renews = left <= 0 && source.renewable() && !this.#paused() && this.#wait() === 0;
			// Why it failed is known to whoever asks next; the sign-in outlasts many more tries.
			if (renews) await this.#renewOnce().catch(() => {});
			this.#warn();
			const next = left > 0 ? left : limit / 2;
			return Math.min(LOOKS.most, Math.max(LOOKS.least, next));
		} catch {
			// Nobody is signed in, or not any more.
			return LOOKS.most;
		}
	}

	async settled(): Promise<void> {
		await this.#flight?.catch(() => {});
	}

	/** The tokens to use now; takes over what another holder of the same sign-in did. */
	#look(): HeldTokens {
		const found = this.#options.source.look();
		if (found !== undefined) this.#hold(found);
		if ("reason" in this.#holding) throw new StellantisError("ERR_SIGN_IN_NEEDED", this.#holding.reason);
		return this.#holding.tokens;
	}

	#hold(holding: Holding): void {
		this.#holding = holding;
		this.#pause = undefined;
		this.#failures = 0;
		if (!("tokens" in holding)) return;
		this.#budget.recall(holding.tokens.renewals);
		const { accessToken = "", refreshToken = "" } = holding.tokens;
		// Tokens just replaced may still be alive, and a log line may still be on its way.
		this.#remembered = [...new Set([accessToken, refreshToken, ...this.#remembered])].slice(0, SECRETS_REMEMBERED);
		const wasLost = this.#told;
		this.#told = false;
		if (wasLost) this.#options.listener?.onSignInBack?.();
	}

	/** Tells of an end that is near, once. Only after a renewal was tried: what is on the disk may just look old. */
	#warn(): void {
		if (!("tokens" in this.#holding)) return;
		const near = nearEnd(this.#holding.tokens, this.#options.clock);
		const isKnown = near !== undefined && Math.abs(near - (this.#toldEnd ?? 0)) < SAME_END;
		if (!isKnown) this.#toldEnd = near;
		if (!isKnown && near !== undefined) this.#options.listener?.onSignInEnds?.(near);
	}

	#renewOnce(): Promise<void> {
		if (this.#flight === undefined) {
			this.#flight = this.#renew().finally(() => {
				this.#flight = undefined;
			});
			// Every caller may have gone by the time it fails.
			this.#flight.catch(() => {});
		}
		return this.#flight;
	}

	async #renew(): Promise<void> {
		if (this.#paused() && this.#pause?.failure.pause !== undefined) throw again(this.#pause.failure.error);
		const wait = this.#wait();
		if (wait > 0) throw this.#pause === undefined ? tooOften(wait) : again(this.#pause.failure.error);
		const spent = this.#budget.spend();
		try {
			const tokens = await this.#options.source.obtain();
			spent.got(tokens.receivedAt);
			this.#hold({ tokens });
			this.#warn();
		} catch (raw) {
			const failure = this.#judged(explainFailure(raw, this.#options.source.purpose, this.secrets()));
			if (failure.unsent) spent.unsent();
			if (failure.final) this.#holding = { reason: failure.error.message };
			this.#pause = { until: this.#options.clock.ticks() + (failure.pause ?? SOFT_PAUSE), failure };
			if (failure.error.code === "ERR_SIGN_IN_NEEDED") this.#tell(failure.error);
			else this.#warn();
			throw failure.error;
		}
	}

	/** The failure with the pause that the ones before it ask for, and as a lost sign-in where its time was up. */
	#judged(failure: Failure): Failure {
		if (failure.unsent || failure.final) return failure;
		const pause = Math.max(failure.pause ?? 0, PAUSES[Math.min(this.#failures, PAUSES.length - 1)] ?? 0);
		this.#failures++;
		const { error } = failure;
		const hasEnded = error.code === "ERR_SERVER" && this.#isPastEnd();
		return { ...failure, ...(pause > 0 ? { pause } : {}), error: hasEnded ? ended(error) : error };
	}

	#isPastEnd(): boolean {
		if (!("tokens" in this.#holding)) return false;
		const { clock } = this.#options;
		return (signInEnds(this.#holding.tokens, clock) ?? Number.POSITIVE_INFINITY) <= clock.now();
	}

	/** Milliseconds until the budget allows a renewal. */
	#wait(): number {
		return this.#budget.wait("tokens" in this.#holding ? this.#holding.tokens.lifetime : undefined);
	}

	#tell(error: StellantisError): void {
		if (this.#told) return;
		this.#told = true;
		this.#options.listener?.onSignInLost?.(error);
	}

	#paused(): boolean {
		return this.#pause !== undefined && this.#options.clock.ticks() < this.#pause.until;
	}
}

function bearer(tokens: HeldTokens): Record<string, string> {
	return { authorization: `Bearer ${tokens.accessToken}` };
}

function headerOf(headers: Record<string, string>): string | undefined {
	return Object.entries(headers).find(([name]) => name.toLowerCase() === "authorization")?.[1];
}

/** The same failure for a later caller, with a stack of its own. */
function again({ code, message, statusCode, apiError, retryAfter }: StellantisError): StellantisError {
	return new StellantisError(code, message, { statusCode, apiError, retryAfter });
}

/** All renewals that a server bears have been made: what asks for more is wrong, and would only lock the account out. */
function tooOften(wait: number): StellantisError {
	const retryAfter = Math.ceil(wait / 1000);
	return new StellantisError(
		"ERR_RATE_LIMITED",
		`The sign-in was renewed as often as a sign-in server bears in half an hour. The next renewal is in ${retryAfter} s.`,
		{ retryAfter },
	);
}

/** A server that fails, after the time it had given the sign-in itself: most likely there is none any more. */
function ended({ statusCode, apiError }: StellantisError): StellantisError {
	return new StellantisError(
		"ERR_SIGN_IN_NEEDED",
		"The sign-in was not renewed before its end, and the sign-in server fails. Open the account and sign in again.",
		{ statusCode, apiError },
	);
}
