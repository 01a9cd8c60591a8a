import type { Node, NodeAPI } from "node-red";
import type { SignInState } from "../../transport/auth/authenticator";
import type { RateLimit } from "../../transport/response";
import type { BadgeCode } from "../badge";
import { BadgeTexts } from "../badge-texts";
import { isScarce } from "./notices";

/** Least time (ms) between two counts of what is left: each answer tells another, and the editor hears of it over a socket. */
const PACE = 1_000;

/** What a badge tells. */
interface Told {
	signedIn: boolean;
	expiresAt: number | undefined;
	endsAt: number | undefined;
	/** Requests of the day, and how many of them are left. */
	limit: number | undefined;
	remaining: number | undefined;
	isScarce: boolean;
}

/** What an account without a badge tells. */
const NOTHING: Told = {
	...{ signedIn: true, expiresAt: undefined, endsAt: undefined },
	...{ limit: undefined, remaining: undefined, isScarce: false },
};

/** The badge of an account: who may ask until when, and how much of the day's budget is left. */
export class AccountBadge {
	readonly #texts: BadgeTexts;
	readonly #node: Pick<Node, "status">;
	/** What it shows, and since when (ms of a clock that nobody sets). */
	#shown = NOTHING;
	#shownAt = Number.NEGATIVE_INFINITY;
	/** What it is to show in a moment. */
	#next = NOTHING;
	#timer: NodeJS.Timeout | undefined;

	constructor(RED: Pick<NodeAPI, "_">, node: Pick<Node, "status">) {
		this.#texts = new BadgeTexts(RED);
		this.#node = node;
	}

	/** Shows it where it says something new: at once, but another count of what is left after a moment. */
	show({ signedIn, expiresAt, endsAt }: SignInState, rateLimit: RateLimit | undefined): void {
		const { limit, remaining } = rateLimit?.day ?? {};
		this.#next = { signedIn, expiresAt, endsAt, limit, remaining, isScarce: isScarce(rateLimit) };
		const isCount = remaining !== undefined && isSame({ ...this.#next, remaining: this.#shown.remaining }, this.#shown);
		const wait = isCount ? this.#shownAt + PACE - performance.now() : 0;
		if (wait <= 0) this.#showNext();
		else this.#timer ??= setTimeout(() => this.#showNext(), wait).unref();
	}

	/** Shows nothing more. */
	close(): void {
		clearTimeout(this.#timer);
	}

	#showNext(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		const told = this.#next;
		if (isSame(told, this.#shown)) return;
		this.#shown = told;
		this.#shownAt = performance.now();
		const { signedIn, endsAt } = told;
		const code: BadgeCode = signedIn ? "idle" : "ERR_SIGN_IN_NEEDED";
		const warns = endsAt !== undefined || told.isScarce;
		this.#node.status({
			code,
			fill: signedIn ? (warns ? "yellow" : "green") : "red",
			shape: signedIn ? "dot" : "ring",
			text: [this.#signIn(told), this.#left(told)].filter((part) => part !== undefined).join(" · "),
		} as object);
	}

	#signIn({ signedIn, expiresAt, endsAt }: Told): string | undefined {
		const texts = this.#texts;
		if (!signedIn) return texts.text("badge.account.signedOut");
		if (endsAt !== undefined) return texts.text("badge.account.signInEnds", { time: texts.time(endsAt) });
		if (expiresAt !== undefined) return texts.text("badge.account.signedIn", { time: texts.time(expiresAt) });
		return undefined;
	}

	#left({ limit, remaining }: Told): string | undefined {
		const texts = this.#texts;
		if (remaining === undefined) return undefined;
		return limit === undefined
			? texts.text("badge.account.left", { remaining: texts.count(remaining, "requests") })
			: texts.text("badge.account.leftOf", {
					remaining: texts.number(remaining),
					limit: texts.count(limit, "requests"),
				});
	}
}

/** What a time that is reckoned anew each time may differ by (ms), and still is the same. */
const SAME_MOMENT = 30_000;

function isSame(one: Told, other: Told): boolean {
	const isMoment = (name: "expiresAt" | "endsAt") =>
		one[name] === other[name] || Math.abs((one[name] ?? Number.NaN) - (other[name] ?? Number.NaN)) < SAME_MOMENT;
	const { signedIn, limit, remaining, isScarce: scarce } = one;
	const isRest = signedIn === other.signedIn && limit === other.limit && remaining === other.remaining;
	return isRest && scarce === other.isScarce && isMoment("expiresAt") && isMoment("endsAt");
}
