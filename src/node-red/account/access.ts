import type { Got } from "got";
import type { Simulator } from "../../../demo/index";
import { clashesOf } from "../../api/clients";
import { codeLengthAt } from "../../api/families";
import { badInput, StellantisError } from "../../error";
import { loadLibraries } from "../../libraries";
import type { SharedAccount } from "../../storage/shared/shared-account";
import { type Authenticator, basicAuth, noAuth, tokenAuth } from "../../transport/auth/authenticator";
import type { AuthorizationCodeAuth } from "../../transport/auth/authorization-code";
import type { SignInListener } from "../../transport/auth/listener";
import type { LocalSignIn, SharedTokenStore } from "../../transport/auth/shared-token-store";
import type { RequestRecord } from "../../transport/observed";
import type { AccountCredentials } from "./credentials";
import type { AccountSettings, AuthKind } from "./settings";
import { signInsOf } from "./sign-ins";

/** Where an account's API is and how to get in. */
export interface ApiAccess {
	root: URL;
	auth: Authenticator;
	clientId: string | undefined;
	realm: string | undefined;
	fleetId: string | undefined;
}

/** The way into the demo API, which gives the credentials itself. */
export function demoAccess({ family }: Pick<AccountSettings, "family">, simulator: Simulator): ApiAccess {
	const { clientId, realm, fleetId, username = "", password = "", accessToken } = simulator.credentials(family.id);
	return {
		root: new URL(simulator.baseUrl(family.id)),
		auth: accessToken === undefined ? basicAuth(username, password) : tokenAuth(accessToken),
		clientId,
		realm,
		fleetId,
	};
}

/**
 * Says before the first request what no server would let pass.
 * @param certificate true when the account has a client certificate
 * @throws ERR_BAD_INPUT with all that can't go together
 */
export function refuseClash(settings: AccountSettings, certificate: boolean): void {
	const { root, brand, auth, scope, redirectUri } = settings;
	if (root === undefined) return;
	const choice = {
		root,
		brand,
		certificate,
		...(ASKS_FOR_SCOPE.has(auth) ? { scope } : {}),
		...(auth === "authorization-code" ? { redirectUri } : {}),
	};
	const clashes = clashesOf(choice);
	if (clashes.length > 0) throw badInput(clashes.join(" "));
}

const ASKS_FOR_SCOPE: ReadonlySet<AuthKind> = new Set(["authorization-code", "client-credentials"]);

/** What a sign-in needs beside the form and its credentials. */
export interface SignInSurroundings extends SignInListener {
	/** Id of the account node, to which stored tokens and sign-ins under way belong. */
	account: string;
	/** Where the tokens are stored. */
	folder: string;
	/** Where several Node-RED share them, sealed with this key; they stay in the folder where there is none. */
	shared?: { account: SharedAccount; key: string | undefined } | undefined;
	/** Aborts when the account closes. */
	signal: AbortSignal;
	/** Told of each request to the sign-in server. */
	onExchange: (record: RequestRecord) => void;
	/** Told of what stops nobody yet. */
	onWarning: (sentence: string) => void;
}

/**
 * The way in that an account's form names.
 *
 * @throws ERR_BAD_INPUT for a form without root address
 */
export async function liveAccess(
	settings: AccountSettings,
	credentials: AccountCredentials,
	http: Got,
	surroundings: SignInSurroundings,
): Promise<ApiAccess> {
	if (!settings.root) throw badInput("The account has no root address.");
	return {
		root: settings.root,
		auth: await authenticator(settings, credentials, http, surroundings),
		clientId: credentials.clientId?.trim(),
		realm: settings.realm,
		fleetId: settings.fleetId,
	};
}

/** The sign-in of each kind; what OAuth2 needs is loaded by the kinds that use it. */
function authenticator(
	settings: AccountSettings,
	credentials: AccountCredentials,
	http: Got,
	surroundings: SignInSurroundings,
): Authenticator | Promise<Authenticator> {
	const { username = "", password = "", accessToken = "", refreshToken } = credentials;
	const kinds: Record<AuthKind, () => Authenticator | Promise<Authenticator>> = {
		none: noAuth,
		basic: () => basicAuth(username, password, surroundings),
		token: () => tokenAuth(accessToken, surroundings),
		async "client-credentials"() {
			await loadLibraries("openid-client");
			const { clientCredentialsAuth } =
				require("../../transport/auth/client-credentials") as typeof import("../../transport/auth/client-credentials");
			return clientCredentialsAuth(await clientOf(settings, credentials, http, surroundings));
		},
		async "authorization-code"() {
			await loadLibraries("openid-client");
			const { authorizationCodeAuth } =
				require("../../transport/auth/authorization-code") as typeof import("../../transport/auth/authorization-code");
			const { fileTokenStore } =
				require("../../transport/auth/token-store") as typeof import("../../transport/auth/token-store");
			const { account, folder, onWarning, shared } = surroundings;
			const files = fileTokenStore(folder, account);
			const store =
				shared?.key === undefined
					? undefined
					: sharedStore(shared.account, shared.key, { files, typed: refreshToken }, surroundings);
			const auth = authorizationCodeAuth({
				...(await clientOf(settings, credentials, http, surroundings)),
				authorizeUrl: settings.authorizeUrl,
				codeLength: codeLengthAt(settings.redirectUri),
				...(settings.realm ? { tokenQuery: { realm: settings.realm } } : {}),
				...(settings.locale ? { authorizeQuery: { locale: settings.locale } } : {}),
				typed: { accessToken, refreshToken },
				store: store ?? files,
				pending: signInsOf(account).pending,
				onWarning,
			});
			return store ? onceKnown(auth, store) : auth;
		},
	};
	return kinds[settings.auth]();
}

function sharedStore(account: SharedAccount, key: string, local: LocalSignIn, { signal }: SignInSurroundings) {
	const { sharedTokenStore } =
		require("../../transport/auth/shared-token-store") as typeof import("../../transport/auth/shared-token-store");
	return sharedTokenStore(account, key, local, signal);
}

/** A sign-in that must be read from the store before anybody can say whether there is one. */
function onceKnown(auth: AuthorizationCodeAuth, store: SharedTokenStore): AuthorizationCodeAuth {
	// It is shown at once, too.
	store.known().catch(() => {});
	return {
		...auth,
		async headers(signal) {
			await store.known();
			return auth.headers(signal);
		},
		async renew(rejected, signal) {
			await store.known();
			return auth.renew(rejected, signal);
		},
	};
}

/**
 * The OAuth2 client of an account.
 *
 * @throws ERR_SIGN_IN_NEEDED without a client id, before anything is asked of a server
 */
async function clientOf(
	settings: AccountSettings,
	{ clientId = "", clientSecret }: AccountCredentials,
	http: Got,
	{ onExchange, onSignInLost, onSignInBack, onSignInEnds }: SignInSurroundings,
) {
	if (clientId.trim() === "") {
		const sentence =
			"The account has no client id. Fill in its field client id: it is on the page of your application in the developer portal, or in your contract.";
		throw new StellantisError("ERR_SIGN_IN_NEEDED", sentence, { missing: "clientId" });
	}
	const { gotFetch } = require("../../transport/auth/got-fetch") as typeof import("../../transport/auth/got-fetch");
	return {
		tokenUrl: settings.tokenUrl ?? "",
		clientId: clientId.trim(),
		clientSecret,
		fetch: gotFetch(http, onExchange),
		scope: settings.scope,
		onSignInLost,
		onSignInBack,
		onSignInEnds,
	};
}
