import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import type { Transform } from "node:stream";
import zlib from "node:zlib";
import { type ErrorCode, StellantisError } from "../error";
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

/** How an account reaches the network. */
export interface Http {
	agents: Agents;
	/** Seconds for one exchange, body included. */
	timeout: number;
}

/** Largest body in bytes, decompressed. */
const MAX_BODY = 32 * 1024 * 1024;
const MAX_REDIRECTS = 5;
/** Answers that name another address (RFC 9110, section 15.4). */
const REDIRECTS = new Set([300, 301, 302, 303, 307, 308]);

/** What every request says unless it says otherwise. */
const HEADERS = { "user-agent": "node-red-contrib-stellantis", "accept-encoding": "gzip, deflate, br" };

/**
 * Sends one request and reads its whole answer: no retries and no opinions. Also what sign-in runs over.
 *
 * @throws ERR_TIMEOUT, ERR_NETWORK, ERR_BAD_RESPONSE (too large, broken compression, redirects that lead nowhere),
 *   ERR_FOREIGN_LINK (a redirect to what is no web address), what `onRedirect` throws, or an AbortError
 */
export async function exchange(
	{ agents, timeout }: Http,
	request: RawRequest,
	maxBody: number = MAX_BODY,
): Promise<RawResponse> {
	const { onRedirect, signal } = request;
	if (signal?.aborted) throw aborted();
	const patience = timeout * 1000;
	const began = performance.now();
	try {
		let raw = await ask(agents, request, maxBody, patience);
		if (onRedirect)
			for (let count = 1, to = redirectOf(raw, request); to; count++, to = redirectOf(raw, request)) {
				if (count > MAX_REDIRECTS) throw astray(request, "ERR_BAD_RESPONSE", "keeps redirecting");
				onRedirect(to);
				const left = Math.max(1, patience - (performance.now() - began));
				raw = await ask(agents, { ...request, url: to }, maxBody, left);
			}
		return raw;
	} catch (error) {
		throw networkError(error, request);
	}
}

/**
 * One request and its answer as it comes over the wire. Node.js's own client: one over it with more to it costs more
 * than all the rest of reading a page.
 *
 * @param patience milliseconds until the whole answer must be there
 */
function ask(agents: Agents, request: RawRequest, maxBody: number, patience: number): Promise<RawResponse> {
	const { method, url, headers, body, signal, onSent } = request;
	return new Promise((resolve, reject) => {
		const { request: open } = url.protocol === "https:" ? https : http;
		// Node.js itself gives the body of a DELETE no length.
		const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
		const outgoing = open(url, { method, agent: agents.for(url), headers: { ...HEADERS, ...headers, ...length } });
		const abort = () => fail(aborted());
		const late = setTimeout(() => fail(Object.assign(new Error("too late"), { name: "TimeoutError" })), patience);
		const leave = () => {
			clearTimeout(late);
			signal?.removeEventListener("abort", abort);
		};
		const fail = (error: Error) => {
			leave();
			reject(error);
			outgoing.destroy();
		};
		let isAnswered = false;
		signal?.addEventListener("abort", abort, { once: true });
		outgoing.on("error", fail);
		outgoing.once("close", () => {
			if (!isAnswered) fail(new Error("the exchange ended without an answer"));
		});
		outgoing.once("response", (incoming) => {
			isAnswered = true;
			const { statusCode = 0, headers } = incoming;
			bodyOf(incoming, maxBody, request).then((body) => {
				leave();
				resolve({ statusCode, headers, url, body });
			}, fail);
		});
		if (onSent) notifySent(outgoing, onSent);
		outgoing.end(body);
	});
}

/**
 * The body of an answer, decompressed (RFC 9110, section 8.4). Events instead of an iterator: for the hundreds of pages of
 * a fleet that is a good part of the whole work.
 */
function bodyOf(incoming: http.IncomingMessage, maxBody: number, request: RawRequest): Promise<Buffer> {
	return new Promise((resolve, reject) => {
		const chunks: Buffer[] = [];
		let size = 0;
		let unpacker: Transform | undefined;
		const done = () => resolve(Buffer.concat(chunks, size));
		const take = (chunk: Buffer) => {
			size += chunk.length;
			chunks.push(chunk);
			if (size <= maxBody) return;
			unpacker?.destroy();
			reject(tooLarge(maxBody, request));
		};
		incoming.once("data", (first: Buffer) => {
			unpacker = unpackerOf(incoming.headers["content-encoding"], first);
			if (!unpacker) {
				take(first);
				incoming.on("data", take);
				return;
			}
			unpacker.on("data", take).on("error", reject).once("end", done);
			unpacker.write(first);
			incoming.pipe(unpacker);
		});
		incoming.once("end", () => {
			if (!unpacker) done();
		});
		incoming.on("error", reject);
		incoming.once("close", () => {
			if (incoming.complete) return;
			unpacker?.destroy();
			reject(new Error("the answer broke off"));
		});
	});
}

/** What decompresses a body that begins so; undefined for one that is not compressed, or in no way that was asked for. */
function unpackerOf(coding: string | undefined, [first = 0]: Buffer): Transform | undefined {
	switch (coding?.toLowerCase()) {
		case "gzip":
			return zlib.createGunzip();
		case "br":
			return zlib.createBrotliDecompress();
		case "deflate":
			// Some servers leave out the header of zlib, whose first byte ends in 8 (RFC 1950, section 2.2).
			return (first & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw();
		default:
			return undefined;
	}
}

/**
 * Where an answer sends its reader; undefined for one that is no redirect.
 *
 * @throws ERR_BAD_RESPONSE for what is no address, ERR_FOREIGN_LINK for one of another kind
 */
function redirectOf({ statusCode, headers, url }: RawResponse, request: RawRequest): URL | undefined {
	const { location } = headers;
	if (!REDIRECTS.has(statusCode) || typeof location !== "string" || location === "") return undefined;
	// Node.js reads headers as Latin-1.
	const address = Buffer.from(location, "latin1").toString();
	if (!URL.canParse(address, url))
		throw astray(request, "ERR_BAD_RESPONSE", "redirects to something that is no address");
	const target = new URL(address, url);
	if (target.protocol === "http:" || target.protocol === "https:") return target;
	throw astray(request, "ERR_FOREIGN_LINK", "redirects to something that is no web address. It was not followed");
}

function astray({ url, peer = API }: RawRequest, code: ErrorCode, what: string): StellantisError {
	return new StellantisError(code, `${capital(peer.title + url.host)} ${what}. Check the account's ${peer.field}.`);
}

/** Bytes can leave as soon as the connection stands: TCP, and TLS where there is one. */
function notifySent(outgoing: http.ClientRequest, sent: () => void): void {
	outgoing.once("socket", (socket: Socket & { secureConnecting?: boolean; encrypted?: boolean }) => {
		if (!socket.connecting && !socket.secureConnecting) sent();
		else socket.once(socket.encrypted ? "secureConnect" : "connect", sent);
	});
}

function tooLarge(maxBody: number, { url, peer = API }: RawRequest): StellantisError {
	const size = `${Math.round(maxBody / 1024 / 1024)} MB`;
	return new StellantisError(
		"ERR_BAD_RESPONSE",
		`The answer of ${peer.title}${url.host} is larger than ${size}${peer.excess}.`,
	);
}

function aborted(): Error {
	return Object.assign(new Error("Aborted"), { name: "AbortError" });
}

const DECOMPRESSION = /^(Z_|ERR_BROTLI|ERR__ERROR_FORMAT|ERR_ZSTD)/;

/** Puts an error of the network into words; its own text stays private, because it may quote addresses and headers. */
export function networkError(error: unknown, { url, signal, peer = API }: RawRequest): unknown {
	if (signal?.aborted) return aborted();
	if (error instanceof StellantisError) return error;
	const { name, code } = error as { name?: string; code?: string };
	const failure = (kind: ErrorCode, sentence: string) => new StellantisError(kind, sentence, { cause: error });
	const who = `${peer.title}${url.host}`;
	const check = `Check the account's ${peer.field}`;
	if (name === "TimeoutError")
		return failure(
			"ERR_TIMEOUT",
			`${capital(who)} did not answer in time. Is it reachable? The account's timeout can be raised.`,
		);
	const reason = typeof code === "string" ? code : "";
	if (DECOMPRESSION.test(reason))
		return failure(
			"ERR_BAD_RESPONSE",
			`The answer of ${who} is broken: its compressed body can't be unpacked. ${check}.`,
		);
	const refusal = REFUSED_BY_PROXY.exec(error instanceof Error ? error.message : "");
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
