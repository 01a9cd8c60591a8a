import type { CustomFetch } from "openid-client";

type JsonObject = Record<string, unknown>;

/** Where {@link tidyTokenAnswer} leaves the name of who signed in. */
export const USER_FIELD = "stellantis_user";

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
		return new Response(body === "" ? null : body, { status: response.status, headers });
	};
}

/** The answer of a token endpoint with what the client library would stumble over put right or left out. */
function tidyTokenAnswer(json: JsonObject): JsonObject {
	const { id_token: idToken, expires_in: expiresIn, ...tidy } = json;
	if ("access_token" in json) {
		// All tokens of this API are sent as Bearer; some servers spell it otherwise or leave it out.
		tidy.token_type = "bearer";
		const seconds = typeof expiresIn === "string" ? Number.parseFloat(expiresIn) : expiresIn;
		if (typeof seconds === "number" && Number.isFinite(seconds) && seconds > 0) tidy.expires_in = seconds;
		const user = userOf(idToken);
		if (user !== undefined) tidy[USER_FIELD] = user;
	}
	if (typeof tidy.refresh_token !== "string" || tidy.refresh_token === "") delete tidy.refresh_token;
	if (typeof tidy.scope !== "string") delete tidy.scope;
	return tidy;
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
