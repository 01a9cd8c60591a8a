import type { StellantisError } from "../../error";

/** Who hears of what becomes of a sign-in. */
export interface SignInListener {
	/** Called once when the sign-in stops to work and a person has to act; again only after it worked in between. */
	onSignInLost?: ((error: StellantisError) => void) | undefined;
	/** Called when a sign-in that was lost works again, by itself or because somebody has signed in. */
	onSignInBack?: (() => void) | undefined;
	/** Called once for an end (epoch milliseconds) that is near and that renewals have not put off. */
	onSignInEnds?: ((until: number) => void) | undefined;
}
