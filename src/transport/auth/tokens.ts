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
	/** Milliseconds from receipt in which the refresh token works, unless it is renewed; absent where nobody says. */
	refreshLifetime?: number;
	/** The longest `refreshLifetime` since the sign-in: it shrinks where renewals don't put the end off. */
	fullRefreshLifetime?: number;
	/** Moments of the last renewals, epoch milliseconds on the local clock, the latest last. */
	renewals?: number[];
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
export function freshness(tokens: HeldTokens, clock: Clock, most = MOST_MARGIN): Freshness {
	if (tokens.accessToken === undefined) return "expired";
	const { lifetime } = tokens;
	if (lifetime === undefined) return "fresh";
	const byWall = clock.now() - tokens.receivedAt;
	// Received in the future: the clock was set back since, and the age is anybody's guess.
	if (tokens.receivedTick === undefined && byWall < 0) return "due";
	const byTicks = tokens.receivedTick === undefined ? byWall : clock.ticks() - tokens.receivedTick;
	if (Math.min(byWall, byTicks) >= lifetime) return "expired";
	return Math.max(byWall, byTicks) >= lifetime - margin(lifetime, most) ? "due" : "fresh";
}

/** How long (ms) before its end a token of this lifetime (ms) is renewed. */
export function margin(lifetime: number, most = MOST_MARGIN): number {
	return Math.min(most, lifetime / 10);
}

/** Epoch milliseconds at which the access token ends; undefined where the server didn't say. */
export function expiresAt(tokens: Tokens): number | undefined {
	return tokens.lifetime === undefined ? undefined : tokens.receivedAt + tokens.lifetime;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/**
 * How long (ms) a sign-in may go unused. Where the server says nothing, a refresh token lasts 7 to 30 days: a third of
 * the shortest leaves days for an outage. Never so short that a budget of six renewals in half an hour is used up.
 */
const IDLE = { unknown: 2 * DAY, least: HOUR / 10, most: 7 * DAY };
/** From so long (ms) before its end on people are warned, and in the last half of its life at the earliest. */
const WARNING = 3 * DAY;

/** How long (ms) these tokens may go unused before the sign-in is renewed only to keep it. */
export function idleLimit({ fullRefreshLifetime }: Tokens): number {
	if (fullRefreshLifetime === undefined) return IDLE.unknown;
	return Math.min(IDLE.most, Math.max(IDLE.least, fullRefreshLifetime / 3));
}

/**
 * Milliseconds since the tokens came. As in {@link freshness} wall clock and ticks guard each other: `most` is the
 * greater of the two, for what shall rather happen too early, `least` the smaller, for what shall rather happen too late.
 */
export function ageOf({ receivedAt, receivedTick }: HeldTokens, clock: Clock): { least: number; most: number } {
	const byWall = clock.now() - receivedAt;
	if (receivedTick !== undefined) {
		const byTicks = clock.ticks() - receivedTick;
		return { least: Math.min(byWall, byTicks), most: Math.max(byWall, byTicks) };
	}
	// From a file, of the future: anybody's guess.
	return byWall < 0 ? { least: 0, most: Number.POSITIVE_INFINITY } : { least: byWall, most: byWall };
}

/** Epoch milliseconds on the local clock at which the sign-in ends unless it is renewed; undefined: nobody says. */
export function signInEnds(tokens: HeldTokens, clock: Clock): number | undefined {
	const { refreshLifetime } = tokens;
	return refreshLifetime === undefined ? undefined : clock.now() + refreshLifetime - ageOf(tokens, clock).least;
}

/** The same where it is so near that a person should know; undefined: not yet. */
export function nearEnd(tokens: HeldTokens, clock: Clock): number | undefined {
	const end = signInEnds(tokens, clock);
	const { fullRefreshLifetime = 0 } = tokens;
	return end !== undefined && end - clock.now() <= Math.min(WARNING, fullRefreshLifetime / 2) ? end : undefined;
}
