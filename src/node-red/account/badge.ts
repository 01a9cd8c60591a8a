import type { Node, NodeAPI } from "node-red";
import type { SignInState } from "../../transport/auth/authenticator";
import type { RateLimit } from "../../transport/response";
import type { BadgeCode } from "../badge";
import { BadgeTexts } from "../badge-texts";
import { isScarce } from "./notices";

/** The badge of an account: who may ask until when, and how much of the day's budget is left. */
export class AccountBadge {
	readonly #texts: BadgeTexts;
	readonly #node: Pick<Node, "status">;
	#shown = "";

	constructor(RED: Pick<NodeAPI, "_">, node: Pick<Node, "status">) {
		this.#texts = new BadgeTexts(RED);
		this.#node = node;
	}

	/** Shows it where it says something new. */
	show(state: SignInState, rateLimit: RateLimit | undefined): void {
		const { signedIn, endsAt } = state;
		const text = [this.#signIn(state), this.#left(rateLimit)].filter((part) => part !== undefined).join(" · ");
		if (text === this.#shown) return;
		this.#shown = text;
		const code: BadgeCode = signedIn ? "idle" : "ERR_SIGN_IN_NEEDED";
		const warns = endsAt !== undefined || isScarce(rateLimit);
		this.#node.status({
			code,
			fill: signedIn ? (warns ? "yellow" : "green") : "red",
			shape: signedIn ? "dot" : "ring",
			text,
		} as object);
	}

	#signIn({ signedIn, expiresAt, endsAt }: SignInState): string | undefined {
		const texts = this.#texts;
		if (!signedIn) return texts.text("badge.account.signedOut");
		if (endsAt !== undefined) return texts.text("badge.account.signInEnds", { time: texts.time(endsAt) });
		if (expiresAt !== undefined) return texts.text("badge.account.signedIn", { time: texts.time(expiresAt) });
		return undefined;
	}

	#left({ day }: RateLimit = {}): string | undefined {
		const { limit, remaining } = day ?? {};
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
