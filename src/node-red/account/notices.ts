import { EventEmitter } from "node:events";
import type { RateLimit } from "../../transport/response";
import { retryAfter } from "../../transport/retry";

/** What happens to an account by itself, for people and for flows. */
export interface AccountNotice {
	/**
	 * `sign-in-lost`: a person has to sign in again. `sign-in-back`: it works again. `sign-in-ends`: it will end within
	 * three days, and renewals don't put that off. `quota-low`: less than a tenth of the day's requests is left.
	 * `channel-lost`: notifications don't come through any more.
	 */
	what: "sign-in-lost" | "sign-in-back" | "sign-in-ends" | "quota-low" | "channel-lost";
	/** A sentence for people, free of secrets. */
	message: string;
	/** RFC 3339 in UTC: when the sign-in ends, when the quota is full again; absent where nobody knows. */
	until?: string;
}

/** Most notices that wait for somebody to hear them. */
const MOST_UNHEARD = 20;
/** Share of the day's requests above which a low quota has recovered: a count that wavers is told once. */
const RECOVERED = 0.15;

/** Emits "notice" with what happens to an account by itself. What nobody has heard is kept for the first who does. */
export class AccountNotices extends EventEmitter<{ notice: [AccountNotice] }> {
	#unheard: AccountNotice[] = [];
	#isQuotaLow = false;

	constructor() {
		super();
		this.setMaxListeners(0);
	}

	tell(notice: AccountNotice): void {
		if (!this.emit("notice", notice)) this.#unheard = [...this.#unheard, notice].slice(-MOST_UNHEARD);
	}

	/** @returns ends it */
	hear(listener: (notice: AccountNotice) => void): () => void {
		this.on("notice", listener);
		const unheard = this.#unheard;
		this.#unheard = [];
		for (const notice of unheard) listener(notice);
		return () => this.off("notice", listener);
	}

	/** The server's budget, as an answer told it. */
	quota(rateLimit: RateLimit): void {
		const { limit, remaining } = rateLimit.day ?? {};
		if (limit !== undefined && remaining !== undefined && remaining > limit * RECOVERED) this.#isQuotaLow = false;
		if (!isScarce(rateLimit) || this.#isQuotaLow) return;
		this.#isQuotaLow = true;
		this.tell(quotaLowNotice(rateLimit));
	}
}

/** @param until epoch milliseconds */
export function signInEndsNotice(until: number): AccountNotice {
	const time = new Date(until);
	return {
		what: "sign-in-ends",
		message: `The sign-in ends at ${shortTime(until)}, and only a person can make it last longer: open the account and sign in again before.`,
		until: time.toISOString(),
	};
}

/** True when less than a tenth of the day's requests is left. */
export function isScarce(rateLimit: RateLimit | undefined): boolean {
	const { limit, remaining } = rateLimit?.day ?? {};
	return limit !== undefined && remaining !== undefined && remaining < limit / 10;
}

/** A reset (s) that is farther away than this is no time of a day's quota. */
const LONGEST_RESET = 31 * 86_400;

/** @param now epoch milliseconds, from which the server's `reset` counts */
export function quotaLowNotice({ day = {}, reset }: RateLimit, now: number = Date.now()): AccountNotice {
	const seconds = reset === undefined ? undefined : retryAfter({ "x-ratelimit-reset": String(reset) }, now);
	return {
		what: "quota-low",
		message: `Only ${day.remaining} of the ${day.limit} requests of this day are left.`,
		...(seconds === undefined || seconds > LONGEST_RESET
			? {}
			: { until: new Date(now + seconds * 1000).toISOString() }),
	};
}

/** Local date and time to the minute. */
function shortTime(time: number): string {
	return new Date(time).toLocaleString(undefined, { dateStyle: "short", timeStyle: "short" });
}
