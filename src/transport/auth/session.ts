import { isAbort, StellantisError } from "../../error";
import { abortable } from "../abortable";
import type { Authenticator, SignInState } from "./authenticator";
import type { Clock } from "./clock";
import { explainFailure, type Failure } from "./failure";
import { expiresAt, freshness, type HeldTokens } from "./tokens";

/** Where a {@link Session} gets its tokens from. */
export interface TokenSource {
	readonly purpose: "renew" | "token";
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
	/** Called once when the sign-in stops to work and a person has to act; again only after it worked in between. */
	onSignInLost?: ((error: StellantisError) => void) | undefined;
}

/** Milliseconds between tries to renew a token that still works. */
const SOFT_PAUSE = 10_000;
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
	#remembered: string[] = [];

	constructor(options: SessionOptions) {
		this.#options = options;
	}

	async headers(signal?: AbortSignal): Promise<Record<string, string>> {
		signal?.throwIfAborted();
		const held = this.#look();
		const state = freshness(held, this.#options.clock);
		if (state === "fresh") return bearer(held);
		if (state === "due" && (this.#paused() || !this.#options.source.renewable())) return bearer(held);
		try {
			await abortable(this.#renewOnce(), signal);
		} catch (error) {
			const usable = "tokens" in this.#holding && freshness(held, this.#options.clock) !== "expired";
			// A token that still works is better than an error about the next one.
			if (isAbort(error, signal) || !usable) throw error;
		}
		return bearer(this.#look());
	}

	async renew(rejected: Record<string, string>, signal?: AbortSignal): Promise<boolean> {
		signal?.throwIfAborted();
		const held = this.#look();
		if (held.accessToken !== undefined && headerOf(rejected) !== bearer(held).authorization) return true;
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
			const problem = this.#pause?.failure.error;
			const known = held.accessToken !== undefined || held.refreshToken !== undefined;
			return {
				signedIn: known && problem?.code !== "ERR_SIGN_IN_NEEDED",
				...(problem === undefined ? {} : { reason: problem.message }),
				...(end === undefined ? {} : { expiresAt: end }),
				...(held.user === undefined ? {} : { user: held.user }),
			};
		} catch (error) {
			return { signedIn: false, reason: error instanceof Error ? error.message : "" };
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
		if (!("tokens" in holding)) return;
		this.#told = false;
		const { accessToken = "", refreshToken = "" } = holding.tokens;
		// Tokens just replaced may still be alive, and a log line may still be on its way.
		this.#remembered = [...new Set([accessToken, refreshToken, ...this.#remembered])].slice(0, SECRETS_REMEMBERED);
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
		try {
			this.#hold({ tokens: await this.#options.source.obtain() });
		} catch (raw) {
			const failure = explainFailure(raw, this.#options.source.purpose, this.secrets());
			if (failure.final) this.#holding = { reason: failure.error.message };
			this.#pause = { until: this.#options.clock.ticks() + (failure.pause ?? SOFT_PAUSE), failure };
			if (failure.error.code === "ERR_SIGN_IN_NEEDED") this.#tell(failure.error);
			throw failure.error;
		}
	}

	#tell(error: StellantisError): void {
		if (this.#told) return;
		this.#told = true;
		this.#options.onSignInLost?.(error);
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
