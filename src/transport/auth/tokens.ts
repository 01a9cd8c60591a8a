import type { Clock } from "./clock";

/** What a token endpoint gave us, with the moment we got it on our own clock. */
export interface Tokens {
	/** Absent while only a refresh token is known. */
	accessToken?: string;
	refreshToken?: string;
	/** Epoch milliseconds on the local clock. */
	receivedAt: number;
	/** Milliseconds the access token lives; absent where the server doesn't say. */
	lifetime?: number;
	/** Who signed in, as far as the server told; for display only. */
	user?: string;
}

/** Tokens in memory; `receivedTick` is missing for those read back from a file. */
export interface HeldTokens extends Tokens {
	/** Reading of {@link Clock.ticks} at receipt. */
	receivedTick?: number;
}

/**
 * `fresh`: use it. `due`: renew now, but the old one is still worth using if that fails. `expired`: useless.
 */
export type Freshness = "fresh" | "due" | "expired";

/** Longest time (ms) before its end from which on a token is renewed. */
const MOST_MARGIN = 60_000;

/**
 * How good the access token still is. Only time since receipt counts, so a clock that is off does no harm.
 * Wall clock and ticks guard each other: the first may jump, the second stands still while the machine sleeps.
 * Where they disagree, the token is `due`: renewing once too often is harmless.
 */
export function freshness(tokens: HeldTokens, clock: Clock): Freshness {
	if (tokens.accessToken === undefined) return "expired";
	const { lifetime } = tokens;
	if (lifetime === undefined) return "fresh";
	const byWall = clock.now() - tokens.receivedAt;
	// Received in the future: the clock was set back since, and the age is anybody's guess.
	if (tokens.receivedTick === undefined && byWall < 0) return "due";
	const byTicks = tokens.receivedTick === undefined ? byWall : clock.ticks() - tokens.receivedTick;
	if (Math.min(byWall, byTicks) >= lifetime) return "expired";
	const margin = Math.min(MOST_MARGIN, lifetime / 10);
	return Math.max(byWall, byTicks) >= lifetime - margin ? "due" : "fresh";
}

/** Epoch milliseconds at which the access token ends; undefined where the server didn't say. */
export function expiresAt(tokens: Tokens): number | undefined {
	return tokens.lifetime === undefined ? undefined : tokens.receivedAt + tokens.lifetime;
}
