import type { Simulator } from "../../../demo/index";
import { badInput } from "../../error";
import {
	type Authenticator,
	authorizationCodeAuth,
	basicAuth,
	clientCredentialsAuth,
	fileTokenStore,
	type gotFetch,
	noAuth,
	type SignInListener,
	tokenAuth,
} from "../../transport/auth/index";
import type { AccountCredentials, AccountSettings, AuthKind } from "./settings";
import { signInsOf } from "./sign-ins";

/** Where an account's API is and how to get in. */
export interface ApiAccess {
	root: URL;
	auth: Authenticator;
	clientId: string | undefined;
	realm: string | undefined;
	fleetId: string | undefined;
}

/** The place of the demo API, which gives the credentials itself. */
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

/** What a sign-in needs beside the form and its credentials. */
export interface SignInSurroundings extends SignInListener {
	/** Id of the account node, to which stored tokens and sign-ins under way belong. */
	account: string;
	/** Where the tokens are stored. */
	folder: string;
	fetch: ReturnType<typeof gotFetch>;
	/** Told of what stops nobody yet. */
	onWarning: (sentence: string) => void;
}

/**
 * The place that an account's form names.
 *
 * @throws ERR_BAD_INPUT for a form without root address
 */
export function liveAccess(
	settings: AccountSettings,
	credentials: AccountCredentials,
	surroundings: SignInSurroundings,
): ApiAccess {
	if (!settings.root) throw badInput("The account has no root address.");
	return {
		root: settings.root,
		auth: authenticator(settings, credentials, surroundings),
		clientId: credentials.clientId?.trim(),
		realm: settings.realm,
		fleetId: settings.fleetId,
	};
}

function authenticator(
	settings: AccountSettings,
	credentials: AccountCredentials,
	{ account, folder, fetch, onWarning, ...listener }: SignInSurroundings,
): Authenticator {
	const { clientId = "", clientSecret, username = "", password = "", accessToken = "", refreshToken } = credentials;
	const client = {
		tokenUrl: settings.tokenUrl ?? "",
		clientId: clientId.trim(),
		clientSecret,
		fetch,
		scope: settings.scope,
		...listener,
	};
	const kinds: Record<AuthKind, () => Authenticator> = {
		none: noAuth,
		basic: () => basicAuth(username, password),
		token: () => tokenAuth(accessToken),
		"client-credentials": () => clientCredentialsAuth(client),
		"authorization-code": () =>
			authorizationCodeAuth({
				...client,
				authorizeUrl: settings.authorizeUrl,
				...(settings.realm ? { tokenQuery: { realm: settings.realm } } : {}),
				...(settings.locale ? { authorizeQuery: { locale: settings.locale } } : {}),
				typed: { accessToken, refreshToken },
				store: fileTokenStore(folder, account),
				pending: signInsOf(account).pending,
				onWarning,
			}),
	};
	return kinds[settings.auth]();
}
