import { once } from "node:events";
import type { Got, PlainResponse } from "got";
import type { CustomFetch, CustomFetchOptions } from "openid-client";
import { isAbort, StellantisError } from "../../error";
import { observed, type RequestRecord } from "../observed";

const MOST_BYTES = 1024 * 1024;
const DEFAULT_TIMEOUT = 30_000;

/**
 * The fetch function an OAuth2 client library wants, over a got instance of the caller: its proxy, TLS and time-outs
 * hold here too. Nothing is retried, no redirect is followed, and an answer of more than 1 MiB is refused.
 * @param onExchange told of every exchange
 * @throws StellantisError `ERR_TIMEOUT`, `ERR_NETWORK`, `ERR_BAD_RESPONSE`; never an HTTP status
 */
export function gotFetch(got: Got, onExchange: (record: RequestRecord) => void = () => {}): CustomFetch {
	return async (url, init) => {
		const method = init.method === "POST" ? "POST" : "GET";
		const about = { purpose: "sign-in", method, url, attempt: 1 } as const;
		const { statusCode, headers, body } = await observed(onExchange, about, () => ask(got, url, init, method));
		return new Response(body.length === 0 ? null : new Uint8Array(body), {
			status: statusCode,
			headers: plainHeaders(headers),
		});
	};
}

async function ask(
	got: Got,
	url: string,
	init: CustomFetchOptions,
	method: "POST" | "GET",
): Promise<Pick<PlainResponse, "statusCode" | "headers"> & { body: Buffer }> {
	const request = got.stream(url, {
		method,
		headers: init.headers,
		...(init.body == null ? {} : { body: textOf(init.body) }),
		...(init.signal === undefined ? {} : { signal: init.signal }),
		prefixUrl: "",
		followRedirect: false,
		throwHttpErrors: false,
		retry: { limit: 0 },
		timeout: { request: DEFAULT_TIMEOUT, ...got.defaults.options.timeout },
	});
	try {
		const [{ statusCode, headers }] = (await once(request, "response")) as [PlainResponse];
		return { statusCode, headers, body: await collect(request, url) };
	} catch (error) {
		request.destroy();
		throw asStellantisError(error, url, init.signal);
	}
}

function textOf(body: unknown): string {
	if (typeof body === "string" || body instanceof URLSearchParams) return body.toString();
	throw new TypeError("Only text and form bodies can be sent");
}

async function collect(stream: AsyncIterable<Buffer>, url: string): Promise<Buffer> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of stream) {
		size += chunk.length;
		if (size > MOST_BYTES) {
			throw new StellantisError("ERR_BAD_RESPONSE", `The sign-in server ${hostOf(url)} sent more than a token answer.`);
		}
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}

function plainHeaders(headers: PlainResponse["headers"]): Headers {
	const plain = new Headers();
	for (const [name, value] of Object.entries(headers)) {
		// The body is decoded by now; cookies are nobody's business.
		if (typeof value === "string" && !/^content-(encoding|length)$/i.test(name)) plain.set(name, value);
	}
	return plain;
}

function asStellantisError(error: unknown, url: string, signal: AbortSignal | undefined): unknown {
	if (error instanceof StellantisError || isAbort(error, signal)) return error;
	const code = codeOf(error);
	const host = hostOf(url);
	const details = { cause: error };
	if (code === "ETIMEDOUT" || code === "ESOCKETTIMEDOUT") {
		return new StellantisError("ERR_TIMEOUT", `The sign-in server ${host} did not answer in time. Try again.`, details);
	}
	if (code.startsWith("Z_")) {
		const sentence = `The sign-in server ${host} sent an answer that can't be unpacked. Check the field token address.`;
		return new StellantisError("ERR_BAD_RESPONSE", sentence, details);
	}
	return new StellantisError("ERR_NETWORK", networkSentence(code, host), details);
}

function networkSentence(code: string, host: string): string {
	if (/ALERT|HANDSHAKE/.test(code)) {
		return `The sign-in server ${host} refused the secure connection (${code}). Check the client certificate in the TLS configuration of the account.`;
	}
	if (/CERT|SIGNATURE|ISSUER/.test(code)) {
		return `The certificate of the sign-in server ${host} is not trusted (${code}). Check the token address and the CA certificate in the TLS configuration of the account.`;
	}
	if (/TLS|SSL|EPROTO/.test(code)) {
		return `No secure connection to the sign-in server ${host} could be made (${code}). Check the field token address and the TLS configuration of the account.`;
	}
	return `The sign-in server ${host} can't be reached (${code}). Check the network, the proxy and the field token address.`;
}

function codeOf(error: unknown): string {
	const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
	return typeof code === "string" && /^[A-Z0-9_]+$/.test(code) ? code : "no connection";
}

function hostOf(url: string): string {
	return new URL(url).host;
}
