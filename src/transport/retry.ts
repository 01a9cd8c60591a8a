import { StellantisError } from "../error";

/** What one attempt came to: the status of an answer, or the failure instead of a usable one. */
export interface AttemptOutcome {
	statusCode?: number;
	headers?: Record<string, string | string[] | undefined>;
	failure?: unknown;
	/** True where a part of the attempt must not happen twice. */
	once?: boolean;
}

/** What is known when an attempt is over. */
export interface Situation {
	/** Attempts made so far, from 1. */
	attempt: number;
	/** Attempts allowed after the first. */
	retries: number;
	/** True when the sign-in was renewed for this request already. */
	renewed: boolean;
	/** True for what changes nothing, and may be sent again. */
	isRead: boolean;
	/** True while the server's pause is longer than anybody waits. */
	isHeld: boolean;
	/** True where a renewal of the sign-in has not helped before. */
	inVain: boolean;
	/** From 0 to 1. */
	random: number;
}

/** What comes after an attempt that was no success. */
export type NextStep = { kind: "renew" } | { kind: "wait"; seconds: number } | { kind: "give up" };

/** Decides what comes next: a renewed sign-in once, another attempt after a while, or the error. */
export function nextStep(outcome: AttemptOutcome, situation: Situation, now?: number): NextStep {
	const { attempt, retries, renewed, isRead, isHeld, inVain, random } = situation;
	if (outcome.statusCode === 401 && !renewed && !inVain) return { kind: "renew" };
	const seconds = isRead && !outcome.once && !isHeld ? retryDelay(outcome, attempt, retries, random, now) : undefined;
	return seconds === undefined ? { kind: "give up" } : { kind: "wait", seconds };
}

/** A refusal or failure that another try of the same GET may mend (RFC 9110, sections 9.2.2 and 15.6; RFC 6585, section 4). */
const PASSING_STATUS = new Set([429, 500, 502, 503, 504]);
const PASSING_ERRORS = new Set(["ERR_NETWORK", "ERR_TIMEOUT"]);
const FIRST_DELAY = 1;
const LONGEST_DELAY = 20;
/** A server that asks for more is not waited for; the flow hears of it instead. */
const LONGEST_ASKED = 60;

/**
 * Seconds to wait before the next attempt, or undefined when there shall be none. Doubles from 1 s with jitter, so
 * that many nodes that failed together do not come back together; never less than what the server asked for.
 *
 * @param attempt attempts made so far, from 1
 * @param retries attempts allowed after the first
 * @param random a number from 0 to 1
 */
export function retryDelay(
	outcome: AttemptOutcome,
	attempt: number,
	retries: number,
	random: number,
	now: number = Date.now(),
): number | undefined {
	if (attempt > retries || !isPassing(outcome)) return undefined;
	const asked = askedDelay(outcome, now) ?? 0;
	if (asked > LONGEST_ASKED) return undefined;
	const ceiling = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (attempt - 1));
	return Math.max(asked, ceiling * (0.5 + random / 2));
}

/** The quota's reset comes with every answer, but only a 429 asks to wait for it. */
function askedDelay({ statusCode, headers = {} }: AttemptOutcome, now: number): number | undefined {
	return retryAfter(statusCode === 429 ? headers : { "retry-after": headers["retry-after"] }, now);
}

function isPassing({ statusCode, failure }: AttemptOutcome): boolean {
	if (statusCode !== undefined) return PASSING_STATUS.has(statusCode);
	return failure instanceof StellantisError && PASSING_ERRORS.has(failure.code);
}

/** Longest pause (s) that a server is believed to mean; what asks for longer is odd, and must not shut an account. */
export const LONGEST_PAUSE = 86_400;

/** From these numbers on, what should be seconds is the time since 1970: in seconds, in milliseconds. */
const EPOCH_SECONDS = 1e9;
const EPOCH_MILLISECONDS = 1e11;

/**
 * Seconds a server asks to wait, {@link LONGEST_PAUSE} at most: `Retry-After` as seconds or as a date (RFC 9110, section
 * 10.2.3), else `X-RateLimit-Reset` in seconds; both also as the time since 1970 or the date that other gateways send.
 * Undefined when it does not say.
 */
export function retryAfter(
	headers: Record<string, string | string[] | undefined>,
	now: number = Date.now(),
): number | undefined {
	const asked = pauseIn(first(headers["retry-after"]), now) ?? secondsIn(first(headers["x-ratelimit-reset"]), now);
	return asked === undefined ? undefined : Math.min(asked, LONGEST_PAUSE);
}

function pauseIn(text: string | undefined, now: number): number | undefined {
	// What is over already is no pause.
	return Number(text) < 0 ? 0 : secondsIn(text, now);
}

/**
 * Seconds from now in a header that gives them, or the moment they end as time since 1970 or as a date; undefined for
 * anything else.
 */
export function secondsIn(text: string | undefined, now: number): number | undefined {
	if (text === undefined || text.trim() === "") return undefined;
	const number = Number(text);
	if (number < 0) return undefined;
	if (number < EPOCH_SECONDS) return number;
	const moment = Number.isFinite(number) ? (number < EPOCH_MILLISECONDS ? number * 1000 : number) : Date.parse(text);
	return Number.isNaN(moment) ? undefined : Math.max(0, Math.ceil((moment - now) / 1000));
}

function first(value: string | string[] | undefined): string | undefined {
	return Array.isArray(value) ? value[0] : value;
}
