import { EventEmitter } from "node:events";
import type { RateLimit } from "../../transport/response";
import type { CommandCopy } from "./command-copies";

/** What happens to an account by itself, for people and for flows. */
export interface AccountNotice {
	/**
	 * `sign-in-lost`: a person has to sign in again. `sign-in-back`: it works again. `sign-in-ends`: it will end within
	 * three days, and renewals don't put that off. `quota-low`: less than a tenth of the day's requests is left.
	 * `channel-lost`: notifications don't come through any more. `command`: a remote command has ended.
	 */
	what: "sign-in-lost" | "sign-in-back" | "sign-in-ends" | "quota-low" | "channel-lost" | "command";
	/** A sentence for people, free of secrets. */
	message: string;
	/** RFC 3339 in UTC: when the sign-in ends, when the quota is full again; absent where nobody knows. */
	until?: string;
	/** The command that has ended. */
	command?: CommandCopy;
}

/** Most notices, and most ends of commands, that wait for somebody to hear them. */
const MOST_UNHEARD = 20;
const MOST_COMMANDS = 1_000;
/** How long (ms) they are kept for the nodes that a deploy makes anew. */
const PATIENCE = 60_000;
/** How long (ms) a low quota counts as told where nobody knows when it is full again. */
const DAY = 24 * 3_600_000;
/** Two ends (ms) of a sign-in that are one, reckoned anew. */
const SAME_END = 3_600_000;
/** Share of the day's requests above which a low quota has recovered: a count that wavers is told once. */
const RECOVERED = 0.15;

/**
 * Emits "notice" with what happens to an account by itself. What none of those has heard that send it to a flow is kept
 * for the first who does; ends of commands only once there was one. What was told lasts over deploys of the account: it is
 * not told again, and its end is.
 */
export class AccountNotices extends EventEmitter<{ notice: [AccountNotice] }> {
	readonly #hearers = new Set<(notice: AccountNotice) => void>();
	#unheard: AccountNotice[] = [];
	#unheardCommands: AccountNotice[] = [];
	/** True once somebody has heard. */
	#hadHearers = false;
	/** True while ends of commands are kept that nobody hears. */
	#isKept = false;
	/** The account that has taken the place of this one. */
	#successor: AccountNotices | undefined;
	#isSignInLost = false;
	/** The end of the sign-in that was warned of (epoch milliseconds). */
	#toldEnd: number | undefined;
	#isQuotaLow = false;
	/** Until when that counts as told after a deploy (epoch milliseconds). */
	#quotaLowUntil = 0;
	#channelLost: string | undefined;

	/** @param former those of the account that this one takes the place of: what was told, and what nobody has heard, goes over */
	constructor(former?: AccountNotices) {
		super();
		this.setMaxListeners(0);
		if (former === undefined) return;
		former.#successor = this;
		this.#isSignInLost = former.#isSignInLost;
		this.#toldEnd = former.#toldEnd;
		this.#quotaLowUntil = former.#quotaLowUntil;
		this.#isQuotaLow = former.#isQuotaLow && Date.now() < former.#quotaLowUntil;
		this.#unheard = former.#unheard;
		former.#unheard = [];
		if (!former.#hadHearers) return;
		this.#isKept = true;
		this.#unheardCommands = former.#unheardCommands;
		former.#unheardCommands = [];
		setTimeout(() => this.#giveUp(), PATIENCE).unref();
	}

	/** Whoever heard before has been taken out of the flows: nothing is kept for him any more. */
	#giveUp(): void {
		if (this.#hearers.size > 0) return;
		this.#unheardCommands = [];
		this.#isKept = false;
	}

	/** Why notifications don't come through any more, as a sentence; undefined while they do. */
	get channelLost(): string | undefined {
		return this.#channelLost;
	}

	/** Notifications come through. */
	channelKept(): void {
		this.#channelLost = undefined;
	}

	/** True from the moment on in which it was told that the sign-in is lost, until it was told that it is back. */
	get isSignInLost(): boolean {
		return this.#isSignInLost;
	}

	/** A person has to sign in again. */
	signInLost(message: string): void {
		const latest = this.#latest;
		const isTold = latest.#isSignInLost;
		latest.#isSignInLost = true;
		latest.#tellUnless(isTold, { what: "sign-in-lost", message });
	}

	/** The sign-in works again. */
	signInBack(message: string): void {
		const latest = this.#latest;
		const isTold = !latest.#isSignInLost;
		latest.#isSignInLost = false;
		latest.#tellUnless(isTold, { what: "sign-in-back", message });
	}

	/** The sign-in will end. @param until epoch milliseconds */
	signInEnds(until: number): void {
		const latest = this.#latest;
		const isTold = latest.#toldEnd !== undefined && Math.abs(until - latest.#toldEnd) < SAME_END;
		latest.#toldEnd = until;
		latest.#tellUnless(isTold, signInEndsNotice(until));
	}

	/** What flows have heard before is still news for the nodes that a deploy has made anew, and for their badges. */
	#tellUnless(isTold: boolean, notice: AccountNotice): void {
		if (isTold) this.emit("notice", notice);
		else this.tell(notice);
	}

	/** Those of the account as it runs now: an answer may be late. */
	get #latest(): AccountNotices {
		return this.#successor ? this.#successor.#latest : this;
	}

	tell(notice: AccountNotice): void {
		if (notice.what === "channel-lost") this.#channelLost = notice.message;
		this.emit("notice", notice);
		if (!this.#toHearers(notice)) this.again(notice);
	}

	/** Keeps what could not be passed on for the next who hears. */
	again(notice: AccountNotice): void {
		const isCommand = notice.what === "command";
		if (this.#successor) {
			this.#successor.#pass(notice);
			return;
		}
		const kept = isCommand ? this.#unheardCommands : this.#unheard;
		// Several nodes may have heard it, and none could pass it on.
		if (kept.includes(notice)) return;
		kept.push(notice);
		if (kept.length > (isCommand ? MOST_COMMANDS : MOST_UNHEARD)) kept.shift();
	}

	/** A command has ended. */
	command(command: CommandCopy): void {
		this.#pass({ what: "command", message: `${command.command}: ${command.outcome}.`, command });
	}

	#pass(notice: AccountNotice): void {
		if (!this.#toHearers(notice) && (this.#isKept || notice.what !== "command")) this.again(notice);
	}

	/** @returns ends it */
	hear(listener: (notice: AccountNotice) => void): () => void {
		this.#hearers.add(listener);
		this.#hadHearers = true;
		this.#isKept = true;
		const unheard = [...this.#unheard, ...this.#unheardCommands];
		this.#unheard = [];
		this.#unheardCommands = [];
		for (const notice of unheard) listener(notice);
		return () => this.#hearers.delete(listener);
	}

	#toHearers(notice: AccountNotice): boolean {
		for (const hearer of this.#hearers) hearer(notice);
		return this.#hearers.size > 0;
	}

	/** The server's budget, as an answer told it. */
	quota(rateLimit: RateLimit): void {
		const latest = this.#latest;
		const { limit, remaining } = rateLimit.day ?? {};
		if (limit !== undefined && remaining !== undefined && remaining > limit * RECOVERED) latest.#isQuotaLow = false;
		if (!isScarce(rateLimit) || latest.#isQuotaLow) return;
		latest.#isQuotaLow = true;
		const notice = quotaLowNotice(rateLimit);
		latest.#quotaLowUntil = notice.until === undefined ? Date.now() + DAY : Date.parse(notice.until);
		latest.tell(notice);
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
	return {
		what: "quota-low",
		message: `Only ${day.remaining} of the ${day.limit} requests of this day are left.`,
		...(reset === undefined || reset > LONGEST_RESET ? {} : { until: new Date(now + reset * 1000).toISOString() }),
	};
}

/** Local date and time to the minute. */
function shortTime(time: number): string {
	return new Date(time).toLocaleString(undefined, { dateStyle: "short", timeStyle: "short" });
}
