import { StellantisError } from "../../error";
import type { SignInListener } from "./listener";

/** Answers in a row that have to refuse a sign-in before it counts as lost: the API may refuse one vehicle alone. */
const IN_A_ROW = 3;

/**
 * Whether the API still accepts a sign-in that nothing can renew: it alone can tell. Each time one that counted as lost
 * works again, it takes twice as many refusals to lose it again, so that what wavers is told a few times only.
 */
export class FixedSignIn {
	readonly #sentence: string;
	readonly #listener: SignInListener;
	#inARow = 0;
	#needed = IN_A_ROW;
	#isLost = false;

	/** @param sentence what to do about it, for people */
	constructor(sentence: string, listener: SignInListener) {
		this.#sentence = sentence;
		this.#listener = listener;
	}

	/** The sentence, where the sign-in is lost. */
	get reason(): string | undefined {
		return this.#isLost ? this.#sentence : undefined;
	}

	/** The API has answered a request. */
	answered(statusCode: number): void {
		if (statusCode === 401) {
			this.#inARow++;
			if (this.#isLost || this.#inARow < this.#needed) return;
			this.#isLost = true;
			this.#listener.onSignInLost?.(new StellantisError("ERR_UNAUTHORIZED", this.#sentence));
			return;
		}
		// Any other failure may come from what stands before the API, and proves nothing.
		if (statusCode < 200 || statusCode > 299) return;
		this.#inARow = 0;
		if (!this.#isLost) return;
		this.#isLost = false;
		this.#needed *= 2;
		this.#listener.onSignInBack?.();
	}
}
