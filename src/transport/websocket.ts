import type { Agent } from "node:http";
import type { ClientOptions, WebSocket as WsSocket } from "ws";
import { StellantisError } from "../error";
import { networkError, type Peer } from "./http";

/** A WebSocket that carries texts. */
export interface TextSocket {
	send(text: string): void;
	close(): void;
}

/** Who is to be reached, and who hears what comes. */
export interface SocketOptions {
	/** `ws:` or `wss:` */
	url: URL;
	/** The connection to use; undefined: the machine's usual one will do. */
	agent?: Agent | undefined;
	/** Who is asked, for the sentences about a failure. */
	peer: Peer;
	/** Milliseconds until it must be open. */
	timeout: number;
	signal: AbortSignal;
	onText(text: string): void;
	/** Told once, when it ends, whoever ended it. */
	onClose(): void;
}

/** Opens a socket. @throws ERR_NETWORK, ERR_TIMEOUT, ERR_NOT_FOUND and the like; an AbortError */
export type OpenSocket = (options: SocketOptions) => Promise<TextSocket>;

/** Largest message in bytes: the states of a large household are some megabytes. */
const MAX_MESSAGE = 64 * 1024 * 1024;

/**
 * The WebSockets of this machine: those of the package `ws` where it is installed, because they can use an account's TLS
 * configuration and proxy; else those of Node.js 22 and later.
 *
 * @param needsAgent true where only a certain connection will do
 * @throws ERR_NOT_SUPPORTED that says what to install
 */
export function webSockets(needsAgent: boolean, find: () => typeof WsSocket | undefined = packageWs): OpenSocket {
	const ws = find();
	if (ws) return (options) => openPackaged(ws, options);
	const own = globalThis.WebSocket;
	if (own && !needsAgent) return (options) => openOwn(own, options);
	const why = own
		? "with the account's TLS configuration or proxy that takes the package ws"
		: "which this Node.js has not by itself (22 and later have it)";
	throw new StellantisError(
		"ERR_NOT_SUPPORTED",
		`Home Assistant is asked over a WebSocket, ${why}: run "npm install ws" in Node-RED's user directory, where this package is installed, and restart Node-RED.`,
	);
}

function packageWs(): typeof WsSocket | undefined {
	try {
		return require("ws") as typeof WsSocket;
	} catch {
		return undefined;
	}
}

async function openPackaged(Socket: typeof WsSocket, options: SocketOptions): Promise<TextSocket> {
	const { url, agent, timeout, signal } = options;
	signal.throwIfAborted();
	const given: ClientOptions = {
		handshakeTimeout: timeout,
		maxPayload: MAX_MESSAGE,
		perMessageDeflate: false,
		followRedirects: false,
		...(agent ? { agent } : {}),
	};
	const socket = new Socket(url, given);
	const abort = () => socket.terminate();
	signal.addEventListener("abort", abort, { once: true });
	socket.on("message", (data, isBinary) => {
		if (!isBinary) options.onText(data.toString());
	});
	return new Promise((resolve, reject) => {
		let isOpen = false;
		socket.once("unexpected-response", (request, response) => {
			request.destroy();
			reject(refused(options, response.statusCode ?? 0));
		});
		// Also behind the opening: an error without a listener would end the process.
		socket.on("error", (error: Error & { code?: string }) => {
			const isLate = /handshake has timed out/.test(error.message);
			reject(networkError(isLate ? Object.assign(error, { name: "TimeoutError" }) : error, asRequest(options)));
		});
		socket.once("open", () => {
			isOpen = true;
			resolve({
				send: (text) => socket.send(text),
				close: () => {
					socket.close();
					// Whoever does not answer the farewell is left.
					socket.terminate();
				},
			});
		});
		socket.once("close", () => {
			signal.removeEventListener("abort", abort);
			if (isOpen) options.onClose();
		});
	});
}

async function openOwn(Socket: typeof WebSocket, options: SocketOptions): Promise<TextSocket> {
	const { url, timeout, signal } = options;
	signal.throwIfAborted();
	const socket = new Socket(url.href);
	const abort = () => socket.close();
	signal.addEventListener("abort", abort, { once: true });
	socket.addEventListener("message", ({ data }) => {
		if (typeof data === "string") options.onText(data);
	});
	return new Promise((resolve, reject) => {
		let isOpen = false;
		const fail = (name: string) => reject(networkError(Object.assign(new Error(), { name }), asRequest(options)));
		const late = setTimeout(() => {
			fail("TimeoutError");
			socket.close();
		}, timeout);
		socket.addEventListener("open", () => {
			isOpen = true;
			clearTimeout(late);
			resolve({ send: (text) => socket.send(text), close: () => socket.close() });
		});
		socket.addEventListener("error", () => fail("Error"));
		socket.addEventListener("close", () => {
			clearTimeout(late);
			signal.removeEventListener("abort", abort);
			if (isOpen) options.onClose();
			else fail("Error");
		});
	});
}

const asRequest = ({ url, signal, peer }: SocketOptions) => ({
	method: "GET" as const,
	url,
	headers: {},
	signal,
	peer,
});

/** An answer that opens no socket. */
function refused({ url, peer: { title, field } }: SocketOptions, status: number): StellantisError {
	const sentence = `${title.replace(/^the /, "The ")}${url.host} opens no WebSocket at ${url.pathname} (${status}).`;
	if (status === 401 || status === 403)
		return new StellantisError("ERR_FORBIDDEN", `${sentence} Something in front of it lets nobody in.`, {
			statusCode: status,
		});
	if (status >= 300 && status < 400)
		return new StellantisError(
			"ERR_BAD_RESPONSE",
			`${title.replace(/^the /, "The ")}${url.host} redirects (${status}), which was not followed. Enter the address that it leads to as the account's ${field}.`,
			{ statusCode: status },
		);
	return new StellantisError(
		status >= 500 ? "ERR_SERVER" : "ERR_NOT_FOUND",
		`${sentence} Check the account's ${field}; a reverse proxy in front of it must pass WebSockets on.`,
		{ statusCode: status },
	);
}
