import type { SignInState } from "../../transport/auth/authenticator";
import type { AccountConnection } from "../account/connection";
import { explainRefusal } from "./refusal";

/** Who is signed in at an account, without any secret; one that can't work says why. No request is sent for it. */
export async function signInStateOf(connection: AccountConnection): Promise<SignInState> {
	const state = await connection.connected().then(
		({ auth }) => auth.state(),
		(error: unknown): SignInState => ({ signedIn: false, reason: explainRefusal(error).message }),
	);
	return state.reason === undefined ? state : { ...state, reason: connection.redact(state.reason) };
}
