import { badInput } from "../../error";
import { defined } from "../../json";
import { library } from "../../libraries";
import type { Authenticator } from "./authenticator";
import { type Clock, systemClock } from "./clock";
import { authorizationUrl, type EndpointQuery, requestTokens, revokeToken, revokeUrlOf } from "./endpoints";
import { explainFailure } from "./failure";
import type { SignInListener } from "./listener";
import { parsePasted } from "./paste";
import { type PendingSignIns, pendingSignIns } from "./pending";
import { Session } from "./session";
import { StoredSource, type StoredSourceOptions } from "./stored-source";

const { calculatePKCECodeChallenge, randomPKCECodeVerifier } = library("openid-client");

/** The client, its server, and where the sign-in is kept. */
export interface AuthorizationCodeOptions extends StoredSourceOptions, SignInListener {
	authorizeUrl?: string | undefined;
	/** Where a sign-out is told (RFC 7009); absent: where the brands' servers take it, else the server is not told. */
	revokeUrl?: string | undefined;
	/** Sent as given: some servers want commas. */
	scope?: string | undefined;
	/** Query parameters of the sign-in page, such as `realm` or `locale`. */
	authorizeQuery?: EndpointQuery | undefined;
	/** Characters of a code, where all that this client gets have as many. */
	codeLength?: number | undefined;
	/** PKCE (RFC 7636), on unless false: servers that don't know it ignore it. */
	pkce?: boolean | undefined;
	/** Given from outside where sign-ins under way must outlive this object. */
	pending?: PendingSignIns | undefined;
	clock?: Clock | undefined;
}

/** A sign-in by a person in a browser, kept alive by refresh tokens. */
export interface AuthorizationCodeAuth extends Authenticator {
	/**
	 * Begins a sign-in.
	 * @returns the address to open in a browser, and the state that its answer must carry
	 * @throws StellantisError `ERR_BAD_INPUT` that names the field to correct
	 */
	startSignIn(request: { redirectUri: string }): Promise<{ url: string; state: string }>;
	/**
	 * Ends a sign-in with the address the browser was sent back to, or with what a person pasted (see `parsePasted`).
	 * The tokens are on the disk when it resolves.
	 * @param state the state from {@link startSignIn}, for a pasted text; without it the text must carry a known one
	 * @throws StellantisError `ERR_BAD_INPUT`, `ERR_SIGN_IN_NEEDED`, `ERR_STORE`, or what kept the server from answering
	 */
	finishSignIn(answer: string, state?: string): Promise<void>;
	signOut(): Promise<void>;
	/**
	 * Renews a sign-in that goes unused, before it ages out, and tells of an end that is near. Never rejects.
	 * @returns milliseconds after which to look again
	 */
	keepAlive(): Promise<number>;
	settled(): Promise<void>;
}

/** OAuth2 authorization code with refresh (RFC 6749, sections 4.1 and 6) for servers with or without discovery. */
export function authorizationCodeAuth(options: AuthorizationCodeOptions): AuthorizationCodeAuth {
	const clock = options.clock ?? systemClock;
	const pending = options.pending ?? pendingSignIns(clock);
	const source = new StoredSource(options, clock);
	const session = new Session({ source, clock, listener: options });
	const secrets = () => [...session.secrets(), ...pending.secrets()];

	return {
		headers: (signal) => session.headers(signal),
		renew: (rejected, signal) => session.renew(rejected, signal),
		state: () => session.state(),
		settled: () => session.settled(),
		keepAlive: () => session.keepAlive(),
		secrets,

		async startSignIn({ redirectUri }) {
			if (!URL.canParse(redirectUri)) {
				throw badInput("The account has no usable redirect address. Correct the field redirect URL.");
			}
			const verifier = options.pkce === false ? undefined : randomPKCECodeVerifier();
			const challenge =
				verifier === undefined
					? {}
					: { code_challenge: await calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" };
			const urlFor = (state: string) =>
				authorizationUrl(options, options.authorizeUrl, {
					...options.authorizeQuery,
					redirect_uri: redirectUri,
					...(options.scope ? { scope: options.scope } : {}),
					...challenge,
					state,
				});
			// Wrong settings must show before a sign-in is pending.
			urlFor("");
			const state = pending.add({ redirectUri, ...defined({ verifier }) });
			return { url: urlFor(state), state };
		},

		async finishSignIn(answer, expectedState) {
			const redirectUri = expectedState === undefined ? undefined : pending.redirectUriOf(expectedState);
			const expected = { redirectUri, codeLength: options.codeLength };
			const { code, state = expectedState } = parsePasted(answer, expectedState, expected);
			// A code works once: where what it brings could not be kept, it is not spent.
			await options.store.refresh?.();
			const begun = state === undefined ? undefined : pending.take(state);
			if (begun === undefined) {
				throw badInput("This sign-in was not begun here, took too long, or was used before. Begin it again.");
			}
			const parameters = {
				code,
				redirect_uri: begun.redirectUri,
				...defined({ code_verifier: begun.verifier }),
			};
			try {
				await source.replace(await requestTokens(options, "authorization_code", parameters, clock));
			} catch (error) {
				const told = [...secrets(), code, begun.verifier ?? ""];
				throw explainFailure(error, "sign-in", told).error;
			}
		},

		async signOut() {
			const tokens = await source.forget();
			const token = tokens?.refreshToken ?? tokens?.accessToken;
			const revokeUrl = options.revokeUrl ?? revokeUrlOf(options.tokenUrl);
			if (token === undefined || !revokeUrl) return;
			const kind = tokens?.refreshToken === undefined ? "access_token" : "refresh_token";
			try {
				await revokeToken(options, revokeUrl, token, kind, options.tokenQuery);
			} catch (error) {
				const { message } = explainFailure(error, "revoke", [...secrets(), token]).error;
				options.onWarning?.(`Signed out here, but the sign-in server could not be told. ${message}`);
			}
		},
	};
}
