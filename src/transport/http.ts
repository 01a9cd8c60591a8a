import type { ClientRequest } from "node:http";
import type { Socket } from "node:net";
import type { Got, Request, Response } from "got";
import { type ErrorCode, StellantisError } from "../error";
import { defined } from "../json";
import { library } from "../libraries";
import type { Agents } from "./agents";

/** One HTTP exchange as it came over the wire, its body bounded and decompressed but not yet understood. */
export interface RawResponse {
	statusCode: number;
	headers: Record<string, string | string[] | undefined>;
	/** The address that answered, after redirects. */
	url: URL;
	body: Buffer;
}

/** One request as it goes over the wire, credentials included. */
export interface RawRequest {
	method: "GET" | "POST" | "PUT" | "DELETE";
	url: URL;
	headers: Record<string, string>;
	body?: string;
	signal?: AbortSignal | undefined;
	/** Asked for every redirect; it adjusts the address in place or throws to refuse it. Absent: redirects are not followed. */
	onRedirect?: (target: URL) => void;
	/** Told when the request may begin to reach the other side; until then it surely has not. */
	onSent?: (() => void) | undefined;
	/** Who is asked, for the sentences about a failure; absent: the API. */
	peer?: Peer;
}

/** The other side as sentences name it. */
export interface Peer {
	/** What stands before its host, with a blank at the end; empty: nothing. */
	title: string;
	/** The account's field that holds its address. */
	field: string;
	/** What an answer that is too large means, as the end of a sentence. */
	excess: string;
}

const API: Peer = { title: "", field: "root address", excess: "; a smaller page size may help" };

/** What a request brings along for its redirects. */
type Redirected = Pick<RawRequest, "onRedirect">;

/** How an account reaches the network. */
export interface HttpOptions {
	agents: Agents;
	/** Seconds for one exchange, body included. */
	timeout: number;
}

/** Largest body in bytes, decompressed. */
const MAX_BODY = 32 * 1024 * 1024;
const MAX_REDIRECTS = 5;

/** The HTTP client of an account: its agents and times, no retries and no opinions. Also what sign-in runs over. */
export function createHttp({ agents, timeout }: HttpOptions): Got {
	return library("got").default.extend({
		retry: { limit: 0 },
		throwHttpErrors: false,
		followRedirect: false,
		maxRedirects: MAX_REDIRECTS,
		timeout: { request: timeout * 1000 },
		headers: { "user-agent": "node-red-contrib-stellantis" },
		hooks: {
			beforeRequest: [
				(options) => {
					const agent = agents.for(options.url as URL);
					options.agent = { http: agent as never, https: agent as never };
				},
			],
			// Here once, not with each request: merging hooks is a good part of what a request costs.
			beforeRedirect: [(options) => (options.context as Redirected).onRedirect?.(options.url as URL)],
		},
	});
}

/**
 * Sends one request and reads its whole answer.
 *
 * @throws ERR_TIMEOUT, ERR_NETWORK, ERR_BAD_RESPONSE (too large, broken compression), what `onRedirect` throws,
 *   or an AbortError
 */
export async function exchange(http: Got, request: RawRequest, maxBody: number = MAX_BODY): Promise<RawResponse> {
	const { onRedirect, signal } = request;
	if (signal?.aborted) throw aborted();
	const stream = http.stream(request.url, {
		method: request.method,
		headers: request.headers,
		...defined({ body: request.body }),
		...(onRedirect ? { followRedirect: true, context: { onRedirect } } : {}),
	});
	// Not left to got: where it listens to the signal of a long sweep itself, the bodies of answers that are done with
	// stay in memory over many collections, some 50 MB of them.
	const abort = () => stream.destroy(new Error("aborted"));
	signal?.addEventListener("abort", abort, { once: true });
	if (request.onSent) notifySent(stream, request.onSent);
	// A stream of a method that may carry a body waits for one.
	if (request.method !== "GET" && request.body === undefined) stream.end();
	try {
		return await answerOf(stream, maxBody, request);
	} catch (error) {
		throw networkError(error, request);
	} finally {
		signal?.removeEventListener("abort", abort);
		stream.destroy();
	}
}

/**
 * Events instead of an iterator: for the hundreds of pages of a fleet that is a good part of the whole work. A refusal is
 * known by its status, whatever becomes of its body.
 */
function answerOf(stream: Request, maxBody: number, request: RawRequest): Promise<RawResponse> {
	return new Promise((resolve, reject) => {
		let response: Response | undefined;
		const chunks: Buffer[] = [];
		let size = 0;
		let isAnswered = false;
		const answered = ({ statusCode, headers, url }: Response, body: Buffer) => {
			isAnswered = true;
			resolve({ statusCode, headers, url: new URL(url), body });
		};
		const unread = (error: Error) => {
			if (response && !response.ok && !request.signal?.aborted) answered(response, Buffer.alloc(0));
			else reject(error);
		};
		const unanswered = () => {
			if (!isAnswered) unread(new Error("the exchange ended without an answer"));
		};
		stream.once("response", (answer: Response) => {
			response = answer;
		});
		stream.on("data", (chunk: Buffer) => {
			size += chunk.length;
			chunks.push(chunk);
			if (size > maxBody) unread(tooLarge(maxBody, request, response?.statusCode));
		});
		stream.on("error", unread);
		stream.once("end", () => {
			if (response) answered(response, Buffer.concat(chunks, size));
			else unanswered();
		});
		stream.once("close", unanswered);
	});
}

/** Bytes can leave as soon as the connection stands: TCP, and TLS where there is one. */
function notifySent(stream: Request, sent: () => void): void {
	stream.once("request", (outgoing: ClientRequest) =>
		outgoing.once("socket", (socket: Socket & { secureConnecting?: boolean; encrypted?: boolean }) => {
			if (!socket.connecting && !socket.secureConnecting) sent();
			else socket.once(socket.encrypted ? "secureConnect" : "connect", sent);
		}),
	);
}

function tooLarge(maxBody: number, { url, peer = API }: RawRequest, statusCode: number | undefined): StellantisError {
	const size = `${Math.round(maxBody / 1024 / 1024)} MB`;
	return new StellantisError(
		"ERR_BAD_RESPONSE",
		`The answer of ${peer.title}${url.host} is larger than ${size}${peer.excess}.`,
		{ statusCode },
	);
}

function aborted(): Error {
	return Object.assign(new Error("Aborted"), { name: "AbortError" });
}

const DECOMPRESSION = /^(Z_|ERR_BROTLI|ERR__ERROR_FORMAT|ERR_ZSTD)/;

/** Puts an error of the network into words; its own text stays private, because it may quote addresses and headers. */
export function networkError(error: unknown, { url, signal, peer = API }: RawRequest): unknown {
	if (signal?.aborted) return aborted();
	const cause = error instanceof library("got").RequestError ? (error.cause ?? error) : error;
	if (error instanceof StellantisError) return error;
	if (cause instanceof StellantisError) return cause;
	const { name, code, response } = error as { name?: string; code?: string; response?: Response };
	const failure = (kind: ErrorCode, sentence: string, statusCode?: number) =>
		new StellantisError(kind, sentence, { statusCode, cause: error });
	const who = `${peer.title}${url.host}`;
	const check = `Check the account's ${peer.field}`;
	if (name === "TimeoutError")
		return failure(
			"ERR_TIMEOUT",
			`${capital(who)} did not answer in time. Is it reachable? The account's timeout can be raised.`,
		);
	if (name === "MaxRedirectsError") return failure("ERR_BAD_RESPONSE", `${capital(who)} keeps redirecting. ${check}.`);
	const reason = typeof code === "string" ? code : "";
	// Our own addresses are checked long before: these can only come from a redirect.
	if (reason === "ERR_UNSUPPORTED_PROTOCOL")
		return failure(
			"ERR_FOREIGN_LINK",
			`${capital(who)} redirects to something that is no web address. It was not followed. ${check}.`,
		);
	if (reason === "ERR_INVALID_URL")
		return failure("ERR_BAD_RESPONSE", `${capital(who)} redirects to something that is no address. ${check}.`);
	if (DECOMPRESSION.test(reason))
		return failure(
			"ERR_BAD_RESPONSE",
			`The answer of ${who} is broken: its compressed body can't be unpacked. ${check}.`,
			response?.statusCode,
		);
	const refusal = REFUSED_BY_PROXY.exec(cause instanceof Error ? cause.message : "");
	if (refusal)
		return failure(
			"ERR_NETWORK",
			`The proxy does not let requests to ${who} through (${refusal[1]}). Check the account's proxy configuration, its user and password.`,
		);
	return failure("ERR_NETWORK", networkSentence(who, url.host, check, reason));
}

function capital(sentence: string): string {
	// A host is written as it is.
	return sentence.replace(/^the /, "The ");
}

/** What the proxy agent says of an answer to CONNECT that is no success. */
const REFUSED_BY_PROXY = /^Bad response: (\d{3})$/;

const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|TLS|SSL/;
/** Of these, the ones about our own certificate or the way to speak TLS. */
const REFUSED_TLS = /ALERT|HANDSHAKE|EPROTO/;

/** True when the other side is there, but one of the two does not trust the other's certificate. */
export function isUntrusted(error: StellantisError): boolean {
	const { code } = (StellantisError.causeOf(error) ?? {}) as { code?: unknown };
	return error.code === "ERR_NETWORK" && typeof code === "string" && UNTRUSTED.test(code);
}

function networkSentence(who: string, host: string, check: string, reason: string): string {
	const distrusted = `The certificate of ${who} is not trusted`;
	const known: Record<string, string> = {
		ENOTFOUND: `The host ${host} is unknown. ${check} and the network.`,
		EAI_AGAIN: `The host ${host} can't be looked up just now. Check the network.`,
		ECONNREFUSED: `${capital(who)} refuses the connection. Is it running, and is the port right?`,
		ECONNRESET: `${capital(who)} broke the connection off; it can't be reached just now.`,
		CERT_HAS_EXPIRED: `${distrusted}: it has expired. Check this machine's clock; otherwise only who runs that server can renew it.`,
		CERT_NOT_YET_VALID: `${distrusted}: it is not valid yet. Check this machine's clock.`,
		ERR_TLS_CERT_ALTNAME_INVALID: `${distrusted}: it is made for another host. ${check}.`,
	};
	if (known[reason]) return known[reason];
	if (UNTRUSTED.test(reason) && !REFUSED_TLS.test(reason))
		return `${distrusted} (${reason}). Check the certificates in the account's TLS configuration.`;
	if (UNTRUSTED.test(reason) || REFUSED_TLS.test(reason))
		return `No secure connection to ${who} (${reason}). Check the client certificate in the account's TLS configuration.`;
	if (reason.startsWith("HPE_"))
		return `${capital(who)} answers with something that is no proper HTTP (${reason}). ${check} and proxy configuration.`;
	return `${capital(who)} can't be reached${reason ? ` (${reason})` : ""}.`;
}
