import type { Got } from "got";
import type { CustomFetch } from "openid-client";
import { exchange, type Peer, type RawRequest, type RawResponse } from "../http";
import { observed, type RequestRecord } from "../observed";

/** Largest answer in bytes, decompressed: tokens are short, and web pages that come in their place are of no use. */
const MAX_BODY = 1024 * 1024;
const SIGN_IN_SERVER: Peer = {
	title: "the sign-in server ",
	field: "token address",
	excess: ": that is more than a token",
};

/**
 * The fetch function an OAuth2 client library wants, over the account's own HTTP client: its proxy, TLS and time-outs
 * hold here too. Nothing is retried, no redirect is followed, and an answer of more than 1 MiB is refused.
 * @param onExchange told of every exchange
 * @throws StellantisError as {@link exchange}; never an HTTP status
 */
export function gotFetch(http: Got, onExchange: (record: RequestRecord) => void = () => {}): CustomFetch {
	// A refresh token that is sent twice can end the sign-in, and nobody but the server that was asked may see it.
	const once = http.extend({ retry: { limit: 0 }, followRedirect: false, throwHttpErrors: false });
	return async (url, { method, headers, body, signal }) => {
		const request: RawRequest = {
			method: method === "POST" ? "POST" : "GET",
			url: new URL(url),
			headers,
			...(body == null ? {} : { body: textOf(body) }),
			signal,
			peer: SIGN_IN_SERVER,
		};
		const about = { purpose: "sign-in", method: request.method, url, attempt: 1 } as const;
		const answer = await observed(onExchange, about, () => exchange(once, request, MAX_BODY));
		return new Response(answer.body.length === 0 ? null : new Uint8Array(answer.body), {
			status: answer.statusCode,
			headers: plainHeaders(answer.headers),
		});
	};
}

function textOf(body: unknown): string {
	if (typeof body === "string" || body instanceof URLSearchParams) return body.toString();
	throw new TypeError("Only text and form bodies can be sent");
}

function plainHeaders(headers: RawResponse["headers"]): Headers {
	const plain = new Headers();
	for (const [name, value] of Object.entries(headers)) {
		// The body is decoded by now; cookies are nobody's business.
		if (typeof value === "string" && !/^content-(encoding|length)$/i.test(name)) plain.set(name, value);
	}
	return plain;
}
