import { randomBytes } from "node:crypto";
import { type Clock, systemClock } from "./clock";

/** A sign-in that was begun at the sign-in page and waits for the code. */
export interface PendingSignIn {
	redirectUri: string;
	/** PKCE (RFC 7636, section 4.1); absent when switched off. */
	verifier?: string;
}

/** Sign-ins under way, each under a `state` that works once and for ten minutes (RFC 6749, section 10.12). */
export interface PendingSignIns {
	/** @returns the state to send to the sign-in page */
	add(signIn: PendingSignIn): string;
	/** Gives the sign-in out and forgets it; undefined for an unknown, used or outdated state. */
	take(state: string): PendingSignIn | undefined;
	/** The redirect address of a sign-in that waits. */
	redirectUriOf(state: string): string | undefined;
	has(state: string): boolean;
	/** Every state and verifier, for redaction. */
	secrets(): string[];
}

/** How long (ms) a sign-in may take, and how many may be under way. */
const LIFETIME = 10 * 60_000;
const MOST = 20;

/** Sign-ins under way, in memory only; the oldest gives way when there are too many. */
export function pendingSignIns(clock: Clock = systemClock): PendingSignIns {
	const waiting = new Map<string, PendingSignIn & { until: number }>();
	const tidy = () => {
		for (const [state, { until }] of waiting) if (until <= clock.ticks()) waiting.delete(state);
	};
	return {
		add(signIn) {
			tidy();
			const [oldest] = waiting.keys();
			if (oldest !== undefined && waiting.size >= MOST) waiting.delete(oldest);
			const state = randomBytes(24).toString("base64url");
			waiting.set(state, { ...signIn, until: clock.ticks() + LIFETIME });
			return state;
		},
		take(state) {
			tidy();
			const found = waiting.get(state);
			waiting.delete(state);
			return found;
		},
		redirectUriOf(state) {
			tidy();
			return waiting.get(state)?.redirectUri;
		},
		has(state) {
			tidy();
			return waiting.has(state);
		},
		secrets: () =>
			[...waiting].flatMap(([state, { verifier }]) => (verifier === undefined ? [state] : [state, verifier])),
	};
}
