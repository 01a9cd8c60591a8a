import type { ClientAuth, Configuration, CustomFetch, ServerMetadata } from "openid-client";
import { badInput, StellantisError } from "../../error";
import { defined } from "../../json";
import { library } from "../../libraries";
import { isLoopback } from "../loopback";
import { isHeaderSafe } from "./authenticator";
import type { Clock } from "./clock";
import { REFRESH_FIELD, tolerant, USER_FIELD } from "./token-answer";
import type { HeldTokens } from "./tokens";

const client = library("openid-client");

/** What is needed to talk to an OAuth2 server without discovery (RFC 6749, section 3.2). */
export interface ClientOptions {
	tokenUrl: string;
	clientId: string;
	/** Absent or empty: a public client, or one known by its TLS certificate (RFC 8705); only `client_id` is sent. */
	clientSecret?: string | undefined;
	/** How the secret is sent (RFC 6749, section 2.3.1): HTTP Basic unless the server wants it in the body. */
	clientAuthentication?: "basic" | "post" | undefined;
	/** Fetch over the caller's own HTTP client, see `gotFetch`. */
	fetch: CustomFetch;
}

/** Query parameters added to an endpoint's URL. */
export type EndpointQuery = Readonly<Record<string, string>>;

/**
 * One request to the token endpoint.
 * @throws StellantisError `ERR_BAD_INPUT` for settings that can't work; else the raw error of the client library or of
 *   `fetch`, for `explainFailure`
 */
export async function requestTokens(
	options: ClientOptions,
	grantType: "authorization_code" | "client_credentials" | "refresh_token",
	parameters: Record<string, string>,
	clock: Clock,
	query: EndpointQuery = {},
): Promise<HeldTokens> {
	const config = configuration(options, { token_endpoint: withQuery(options.tokenUrl, "token address", query).href });
	const answer = await client.genericGrantRequest(config, grantType, parameters);
	if (!isHeaderSafe(answer.access_token)) {
		const sentence =
			"The sign-in server gave an access token with characters no token has. Check the field token address.";
		throw new StellantisError("ERR_BAD_RESPONSE", sentence);
	}
	const user = answer[USER_FIELD];
	const refresh = answer[REFRESH_FIELD];
	return {
		accessToken: answer.access_token,
		...defined({ refreshToken: answer.refresh_token }),
		...(answer.expires_in === undefined ? {} : { lifetime: answer.expires_in * 1000 }),
		...(typeof user === "string" ? { user } : {}),
		...(typeof refresh === "number" ? { refreshLifetime: refresh * 1000, fullRefreshLifetime: refresh * 1000 } : {}),
		receivedAt: clock.now(),
		receivedTick: clock.ticks(),
	};
}

/**
 * Where a server of the brands takes sign-outs: `token/revoke` beside `access_token`. Undefined for a token address of
 * another form, whose server may take them anywhere.
 */
export function revokeUrlOf(tokenUrl: string): string | undefined {
	if (!URL.canParse(tokenUrl)) return undefined;
	const url = new URL(tokenUrl);
	if (!url.pathname.endsWith("/access_token")) return undefined;
	url.pathname = url.pathname.replace(/access_token$/, "token/revoke");
	return url.href;
}

/** Tells the server to forget a token (RFC 7009, section 2.1). Errors as {@link requestTokens}. */
export async function revokeToken(
	options: ClientOptions,
	revokeUrl: string,
	token: string,
	kind: "access_token" | "refresh_token",
	query: EndpointQuery = {},
): Promise<void> {
	const config = configuration(options, { revocation_endpoint: withQuery(revokeUrl, "revoke URL", query).href });
	await client.tokenRevocation(config, token, { token_type_hint: kind });
}

/** The address of the sign-in page for these parameters (RFC 6749, section 4.1.1). */
export function authorizationUrl(
	options: ClientOptions,
	authorizeUrl: string | undefined,
	parameters: Record<string, string>,
): string {
	const endpoint = withQuery(authorizeUrl, "sign-in address", {}).href;
	return client.buildAuthorizationUrl(configuration(options, { authorization_endpoint: endpoint }), parameters).href;
}

/** Every form in which the client's secret goes over the wire, for redaction. */
export function clientSecrets({ clientId, clientSecret }: ClientOptions): string[] {
	return clientSecret ? [clientSecret, basicCredentials(clientId, clientSecret)] : [];
}

function configuration(options: ClientOptions, endpoints: Partial<ServerMetadata>): Configuration {
	if (options.clientId === "") throw badInput("The account has no client id. Fill in the field client id.");
	const server = { issuer: new URL(Object.values(endpoints)[0] as string).origin, ...endpoints };
	const config = new client.Configuration(server, options.clientId, undefined, authentication(options));
	config[client.customFetch] = tolerant(options.fetch);
	// The caller's HTTP client has time-outs of its own.
	config.timeout = 0;
	// withQuery has let plain HTTP through for this machine only.
	client.allowInsecureRequests(config);
	return config;
}

function authentication({ clientSecret, clientAuthentication }: ClientOptions): ClientAuth {
	if (!clientSecret) return client.None();
	if (clientAuthentication === "post") return client.ClientSecretPost(clientSecret);
	return (_server, { client_id: clientId }, _body, headers) => {
		headers.set("authorization", `Basic ${basicCredentials(clientId, clientSecret)}`);
	};
}

/**
 * Id and secret form-encoded, then in Base64 (RFC 6749, section 2.3.1). Unlike the library's own, `-`, `.` and `_` stay
 * as they are, as in every form a browser sends: servers that forget to decode still know a client id that is a UUID.
 */
function basicCredentials(clientId: string, clientSecret: string): string {
	const encode = (text: string) => new URLSearchParams([["", text]]).toString().slice(1);
	return Buffer.from(`${encode(clientId)}:${encode(clientSecret)}`).toString("base64");
}

/** Checks a URL that secrets are sent to: HTTPS, or HTTP to this machine. `field` is its name in the account's form. */
function withQuery(text: string | undefined, field: string, query: EndpointQuery): URL {
	if (!text?.trim()) throw badInput(`The account has no ${field}. Fill in the field ${field}.`);
	if (!URL.canParse(text)) throw badInput(`The ${field} is not an address. Correct the field ${field}.`);
	const url = new URL(text);
	if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname))) {
		throw badInput(
			`The ${field} must begin with https://, because secrets are sent to it. Correct the field ${field}.`,
		);
	}
	if (url.username !== "" || url.password !== "") {
		throw badInput(`The ${field} must not hold a user name or password. Correct the field ${field}.`);
	}
	for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
	return url;
}
