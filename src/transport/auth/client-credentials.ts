import type { Authenticator } from "./authenticator";
import { type Clock, systemClock } from "./clock";
import { type ClientOptions, clientSecrets, requestTokens } from "./endpoints";
import type { SignInListener } from "./listener";
import { Session } from "./session";

/** The client and its server. */
export interface ClientCredentialsOptions extends ClientOptions, SignInListener {
	/** Sent as given. */
	scope?: string | undefined;
	clock?: Clock | undefined;
}

/**
 * OAuth2 client credentials (RFC 6749, section 4.4), with a secret or with a client certificate in the caller's TLS
 * (RFC 8705, section 2). Nothing is stored: a new token is one request away.
 */
export function clientCredentialsAuth(options: ClientCredentialsOptions): Authenticator {
	const clock = options.clock ?? systemClock;
	let first = true;
	return new Session({
		clock,
		listener: options,
		source: {
			purpose: "token",
			renewable: () => true,
			secrets: () => clientSecrets(options),
			look() {
				if (!first) return undefined;
				first = false;
				return { tokens: { receivedAt: 0 } };
			},
			obtain: () => requestTokens(options, "client_credentials", options.scope ? { scope: options.scope } : {}, clock),
		},
	});
}
