import type { Node } from "node-red";
import type { SignInState } from "../../transport/auth/index";
import type { RateLimit } from "../../transport/response";
import { counted } from "../counted";
import { isScarce, shortTime } from "./notices";

/** The badge of an account: who may ask until when, and how much of the day's budget is left. */
export class AccountBadge {
	readonly #node: Pick<Node, "status">;
	#shown = "";

	constructor(node: Pick<Node, "status">) {
		this.#node = node;
	}

	/** Shows it where it says something new. */
	show({ signedIn, expiresAt, endsAt }: SignInState, rateLimit: RateLimit | undefined): void {
		const { limit, remaining } = rateLimit?.day ?? {};
		const parts: string[] = [];
		if (!signedIn) parts.push("not signed in · open the account");
		else if (endsAt !== undefined) parts.push(`sign-in ends ${shortTime(endsAt)}`);
		else if (expiresAt !== undefined) parts.push(`signed in until ${shortTime(expiresAt)}`);
		if (remaining !== undefined) {
			const requests =
				limit === undefined ? counted(remaining, "requests") : `${remaining} of ${counted(limit, "requests")}`;
			parts.push(`${requests} left today`);
		}
		const text = parts.join(" · ");
		if (text === this.#shown) return;
		this.#shown = text;
		const warns = endsAt !== undefined || isScarce(rateLimit);
		this.#node.status({
			fill: signedIn ? (warns ? "yellow" : "green") : "red",
			shape: signedIn ? "dot" : "ring",
			text,
		});
	}
}
