import { randomBytes } from "node:crypto";
import type { IncomingMessage, RequestListener } from "node:http";
import type { TLSSocket } from "node:tls";
import type { Response } from "got";
import { Authority } from "./certificates";
import { listen, type TestServer } from "./oauth-server";

/** The client known to the certified server, with a secret. */
export const WEB_CLIENT = { id: "7c0ffee5-web", secret: "s3cr3t-of~the+web/client=" };
/** The client that must send its secret in the body. */
export const POST_CLIENT = { id: "7c0ffee5-post", secret: "another+s3cr3t/of=it" };
/** The client known by the subject of its certificate. */
export const TLS_CLIENT = { id: "7c0ffee5-tls", name: "fleet.example" };
export const PRIVATE_REDIRECT = "org.example.app://oauth2redirect/fr";

/** A certified OpenID provider on loopback, over TLS with client certificates. */
export interface Provider extends TestServer {
	/** The authority of the server's certificate; it issues client certificates too. */
	authority: Authority;
	/** True when the access token is good. */
	accepts(accessToken: string): Promise<boolean>;
}

interface ProviderClass {
	new (
		issuer: string,
		configuration: unknown,
	): {
		callback(): RequestListener;
		proxy: boolean;
		on(event: string, listener: (...details: unknown[]) => void): void;
	};
}

/** Starts `oidc-provider` with rotation of refresh tokens, client credentials, mTLS and revocation. */
export async function startProvider(lifetime = 3600): Promise<Provider> {
	const authority = new Authority();
	const certificate = authority.issue({ name: "127.0.0.1", hosts: ["127.0.0.1", "localhost"] });
	let handler: RequestListener = (_request, response) => response.writeHead(503).end();
	const server = await listen((request, response) => handler(request, response), {
		...certificate,
		ca: authority.cert,
	});
	const provider = new (await providerClass())(server.url, {
		clients: [
			{
				client_id: WEB_CLIENT.id,
				client_secret: WEB_CLIENT.secret,
				application_type: "native",
				redirect_uris: [PRIVATE_REDIRECT, "http://127.0.0.1/stellantis/callback"],
				grant_types: ["authorization_code", "refresh_token", "client_credentials"],
			},
			{
				client_id: POST_CLIENT.id,
				client_secret: POST_CLIENT.secret,
				token_endpoint_auth_method: "client_secret_post",
				redirect_uris: [],
				response_types: [],
				grant_types: ["client_credentials"],
			},
			{
				client_id: TLS_CLIENT.id,
				token_endpoint_auth_method: "tls_client_auth",
				tls_client_auth_subject_dn: `CN=${TLS_CLIENT.name}`,
				redirect_uris: [],
				response_types: [],
				grant_types: ["client_credentials"],
			},
		],
		cookies: { keys: [randomBytes(16).toString("hex")] },
		features: {
			devInteractions: { enabled: true },
			clientCredentials: { enabled: true },
			revocation: { enabled: true, allowedPolicy: () => true },
			introspection: { enabled: true, allowedPolicy: () => true },
			mTLS: {
				enabled: true,
				tlsClientAuth: true,
				getCertificate: (context: { req: IncomingMessage }) => peerCertificate(context.req),
				certificateAuthorized: (context: { req: IncomingMessage }) => (context.req.socket as TLSSocket).authorized,
				certificateSubjectMatches: (context: { req: IncomingMessage }, _property: string, expected: string) =>
					`CN=${(context.req.socket as TLSSocket).getPeerCertificate().subject?.CN}` === expected,
			},
		},
		clientAuthMethods: ["client_secret_basic", "client_secret_post", "tls_client_auth", "none"],
		rotateRefreshToken: true,
		issueRefreshToken: () => true,
		ttl: {
			AccessToken: lifetime,
			ClientCredentials: lifetime,
			RefreshToken: 86400,
			Grant: 86400,
			Session: 3600,
			Interaction: 600,
			IdToken: 600,
		},
	});
	handler = provider.callback();
	const accepts = async (token: string) => {
		const { default: got } = await import("got");
		const { body } = await got.post<{ active: boolean }>(`${server.url}/token/introspection`, {
			form: { token, client_id: POST_CLIENT.id, client_secret: POST_CLIENT.secret },
			https: { certificateAuthority: authority.cert },
			responseType: "json",
			retry: { limit: 0 },
		});
		return body.active;
	};
	return { ...server, authority, accepts };
}

/** Signs in at the provider's page as a browser does, and gives the address the browser ends on. */
export async function signInAtPage(page: string, authority: Authority, user = "driver@example.org"): Promise<string> {
	const { default: got } = await import("got");
	const cookies = new Map<string, string>();
	let [url, form]: [string, Record<string, string> | undefined] = [page, undefined];
	for (let step = 0; step < 12; step++) {
		const response: Response<string> = await got(url, {
			...(form === undefined ? {} : { method: "POST", form }),
			headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
			https: { certificateAuthority: authority.cert },
			followRedirect: false,
			throwHttpErrors: false,
			retry: { limit: 0 },
		});
		for (const cookie of response.headers["set-cookie"] ?? []) {
			const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
			if (value === "") cookies.delete(name);
			else cookies.set(name, value);
		}
		form = undefined;
		const { location } = response.headers;
		if (location !== undefined) {
			url = URL.canParse(location) ? location : new URL(location, url).href;
			if (!url.startsWith(new URL(page).origin)) return url;
			continue;
		}
		const prompt: string | undefined = /name="prompt" value="(\w+)"/.exec(response.body)?.[1];
		const action: string | undefined = /action="([^"]+)"/.exec(response.body)?.[1];
		if (prompt === undefined || action === undefined)
			throw new Error(`No form: ${response.statusCode} ${response.body.slice(0, 300)}`);
		url = new URL(action, url).href;
		form = { prompt, ...(prompt === "login" ? { login: user, password: "any" } : {}) };
	}
	throw new Error("The sign-in page goes in circles");
}

function peerCertificate(request: IncomingMessage): string | undefined {
	const { raw } = (request.socket as TLSSocket).getPeerCertificate();
	return raw && `-----BEGIN CERTIFICATE-----\n${raw.toString("base64")}\n-----END CERTIFICATE-----`;
}

/** The package has no types of its own; its name in a variable keeps the compiler from looking for them. */
async function providerClass(): Promise<ProviderClass> {
	const name: string = "oidc-provider";
	const module = (await import(name)) as { default: ProviderClass };
	return module.default;
}
