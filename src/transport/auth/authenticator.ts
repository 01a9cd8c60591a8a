import { StellantisError } from "../../error";
import { FixedSignIn } from "./fixed-sign-in";
import type { SignInListener } from "./listener";

/** What the API client needs of a sign-in, whatever its kind. */
export interface Authenticator {
	/**
	 * Headers to add to an API request. May renew the sign-in first.
	 * @throws StellantisError `ERR_SIGN_IN_NEEDED` without a usable sign-in, or what kept the renewal from working
	 *   (`ERR_NETWORK`, `ERR_TIMEOUT`, `ERR_SERVER`, `ERR_BAD_RESPONSE`, ...); the signal's reason once it is aborted
	 */
	headers(signal?: AbortSignal): Promise<Record<string, string>>;
	/**
	 * After a 401: renews once, unless `rejected` (the headers that were refused) is no longer current.
	 * @returns true when another try makes sense, false when this kind of sign-in can't be renewed
	 * @throws StellantisError as {@link headers}
	 */
	renew(rejected: Record<string, string>, signal?: AbortSignal): Promise<boolean>;
	/** Told of each answer of the API, where only those can tell whether the sign-in still works. */
	answered?(statusCode: number): void;
	/** Every secret string known now, for redaction. */
	secrets(): string[];
	/** Who is signed in, until when (epoch milliseconds), or why not. Free of secrets. */
	state(): SignInState;
	/** Forgets the sign-in, here and (where it can be told) at the server. */
	signOut?(): Promise<void>;
	/** Resolves when no renewal is under way, so that closing an account never cuts one off. Never rejects. */
	settled?(): Promise<void>;
}

/** A sign-in as it may be shown to anybody: free of secrets. */
export interface SignInState {
	signedIn: boolean;
	/** End of the access token, epoch milliseconds on the local clock. */
	expiresAt?: number;
	/** End of the whole sign-in, epoch milliseconds on the local clock, where it is near and can't be put off. */
	endsAt?: number;
	user?: string;
	/** Why not signed in, or what is wrong with the sign-in; a sentence for people. */
	reason?: string;
}

/** No sign-in: for APIs that a client certificate or gateway headers open. */
export function noAuth(): Authenticator {
	return {
		headers: async () => ({}),
		renew: async () => false,
		secrets: () => [],
		state: () => ({ signedIn: true }),
	};
}

/** HTTP Basic (RFC 7617, section 2), with user name and password as UTF-8. */
export function basicAuth(username: string, password: string, listener: SignInListener = {}): Authenticator {
	const encoded = Buffer.from(`${username}:${password}`).toString("base64");
	const problem =
		username === "" || password === ""
			? "The account has no user name or no password. Fill in both fields of the account."
			: username.includes(":")
				? "The user name of the account holds a colon, which HTTP Basic can't carry. Correct the field user name."
				: undefined;
	const signIn = new FixedSignIn(
		"The API refuses the user name and password of the account (401). Correct the two fields of the account.",
		listener,
	);
	return {
		...fixedHeader(
			`Basic ${encoded}`,
			problem,
			username === "" ? "username" : password === "" ? "password" : undefined,
		),
		answered: (statusCode) => signIn.answered(statusCode),
		secrets: () => [password, encoded].filter((secret) => secret !== ""),
		state: () => stateOf(problem ?? signIn.reason, { user: username }),
	};
}

/** An access token that somebody else renews (RFC 6750, section 2.1). A leading `Bearer` is taken off. */
export function tokenAuth(accessToken: string, listener: SignInListener = {}): Authenticator {
	const token = accessToken.trim().replace(/^bearer\s+/i, "");
	const problem =
		token === ""
			? "The account has no access token. Fill in the field access token, or choose another kind of sign-in."
			: isHeaderSafe(token)
				? undefined
				: "The access token of the account holds characters no token has. Copy it again into the field access token.";
	const signIn = new FixedSignIn(
		"The API refuses the access token of the account (401): it may have expired. Fill in a new one, or choose a kind of sign-in that is renewed.",
		listener,
	);
	return {
		...fixedHeader(`Bearer ${token}`, problem, token === "" ? "accessToken" : undefined),
		answered: (statusCode) => signIn.answered(statusCode),
		secrets: () => (token === "" ? [] : [token]),
		state: () => stateOf(problem ?? signIn.reason),
	};
}

function stateOf(problem: string | undefined, more: Pick<SignInState, "user"> = {}): SignInState {
	return problem === undefined ? { signedIn: true, ...more } : { signedIn: false, reason: problem };
}

/** True for text of visible ASCII only, all that a header value with a token may hold (RFC 6750, section 2.1). */
export function isHeaderSafe(token: string): boolean {
	return /^[\x21-\x7e]+$/.test(token);
}

/** @param missing the credential that there is none of, where that is the problem */
function fixedHeader(
	value: string,
	problem: string | undefined,
	missing?: string,
): Pick<Authenticator, "headers" | "renew"> {
	return {
		headers: async (signal) => {
			signal?.throwIfAborted();
			if (problem !== undefined) throw new StellantisError("ERR_SIGN_IN_NEEDED", problem, { missing });
			return { authorization: value };
		},
		renew: async () => false,
	};
}
