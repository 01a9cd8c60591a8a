import type { CustomFetch } from "openid-client";

type JsonObject = Record<string, unknown>;

/** Where {@link tidyTokenAnswer} leaves the name of who signed in. */
export const USER_FIELD = "stellantis_user";
/** Where {@link tidyTokenAnswer} leaves how many seconds the refresh token works. */
export const REFRESH_FIELD = "stellantis_refresh";
/** What servers call that: no standard has a name for it. */
const REFRESH_NAMES = ["refresh_expires_in", "refresh_token_expires_in", "x_refresh_token_expires_in"] as const;

/**
 * Wraps a fetch for the token endpoint so that answers which bend RFC 6749 (section 5) reach the strict client
 * library in the form it accepts: JSON under another media type, `expires_in` as text, an id_token we don't rely on,
 * a `WWW-Authenticate` header that would hide the error in the body. Everything else passes unchanged.
 */
export function tolerant(fetch: CustomFetch): CustomFetch {
	return async (url, options) => {
		const response = await fetch(url, options);
		const text = await response.text();
		const headers = new Headers(response.headers);
		headers.delete("www-authenticate");
		const json = parseObject(text);
		if (json !== undefined) headers.set("content-type", "application/json");
		const body = json === undefined ? text : JSON.stringify(tidyTokenAnswer(json));
		const tidy = new Response(body === "" ? null : body, { status: response.status, headers });
		bodies.set(tidy, text);
		return tidy;
	};
}

const bodies = new WeakMap<Response, string>();

/** What stood in an answer of {@link tolerant} that the client library has no use for. */
export function bodyOf(response: Response): Buffer {
	return Buffer.from(bodies.get(response) ?? "");
}

/** The answer of a token endpoint with what the client library would stumble over put right or left out. */
function tidyTokenAnswer(json: JsonObject): JsonObject {
	const { id_token: idToken, expires_in: expiresIn, ...tidy } = json;
	if ("access_token" in json) {
		// All tokens of this API are sent as Bearer; some servers spell it otherwise or leave it out.
		tidy.token_type = "bearer";
		const seconds = secondsOf(expiresIn);
		if (seconds !== undefined) tidy.expires_in = seconds;
		// 0 is said of those that don't end.
		const refresh = REFRESH_NAMES.map((name) => secondsOf(json[name])).find((each) => each !== undefined);
		if (refresh !== undefined) tidy[REFRESH_FIELD] = refresh;
		const user = userOf(idToken);
		if (user !== undefined) tidy[USER_FIELD] = user;
	}
	if (typeof tidy.refresh_token !== "string" || tidy.refresh_token === "") delete tidy.refresh_token;
	if (typeof tidy.scope !== "string") delete tidy.scope;
	return tidy;
}

/** A time in seconds, as number or as text; undefined for what is none, and for 0 and less. */
function secondsOf(value: unknown): number | undefined {
	const seconds = typeof value === "string" ? Number.parseFloat(value) : value;
	return typeof seconds === "number" && Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}

/**
 * A name for people from the claims of an id_token (OpenID Connect Core, section 5.1). Its signature and issuer are not
 * checked: it came from the token endpoint over our own connection and only decorates the form.
 */
function userOf(token: unknown): string | undefined {
	if (typeof token !== "string") return undefined;
	const payload = token.split(".")[1];
	const claims = payload === undefined ? undefined : parseObject(Buffer.from(payload, "base64url").toString());
	for (const claim of ["email", "preferred_username", "name", "sub"]) {
		const value = claims?.[claim];
		if (typeof value === "string" && value !== "") return value.slice(0, 100);
	}
	return undefined;
}

function parseObject(text: string): JsonObject | undefined {
	try {
		const json: unknown = JSON.parse(text);
		return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as JsonObject) : undefined;
	} catch {
		return undefined;
	}
}
