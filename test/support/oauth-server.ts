import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server, Socket } from "node:net";
import type { Certificate } from "./certificates";

/** A server on loopback that closes every connection when stopped. */
export interface TestServer {
	url: string;
	stop(): Promise<void>;
}

export function listen(handler: RequestListener, tls?: Certificate & { ca: string }): Promise<TestServer> {
	const server: Server =
		tls === undefined
			? createServer(handler)
			: createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: false }, handler);
	const sockets = new Set<Socket>();
	server.on(tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
		sockets.add(socket);
		socket.once("close", () => sockets.delete(socket));
	});
	return new Promise((resolve) => {
		server.listen(0, "127.0.0.1", () => {
			const { port } = server.address() as AddressInfo;
			resolve({
				url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
				stop: () =>
					new Promise((done) => {
						server.close(() => done());
						for (const socket of sockets) socket.destroy();
					}),
			});
		});
	});
}

/** What a request to a {@link PlainTokenServer} carried. */
export interface TokenRequest {
	path: string;
	query: URLSearchParams;
	body: URLSearchParams;
	authorization: string | undefined;
}

type Answer = (request: TokenRequest, response: ServerResponse, message: IncomingMessage) => unknown;

/**
 * A token server made by hand: no discovery, no PKCE, and any odd behaviour a test sets with `answerNext`. Otherwise it
 * rotates refresh tokens at every use; the one before stays good until the new one is used (as a lenient server does).
 */
export class PlainTokenServer implements TestServer {
	readonly requests: TokenRequest[] = [];
	url = "";
	lifetime: number | string | undefined = 3600;
	/** Extra fields of every token answer. */
	extra: Record<string, unknown> = {};
	issued = 0;
	#good = new Set<string>();
	#odd: Answer[] = [];
	#server: TestServer | undefined;

	async start(): Promise<this> {
		this.#server = await listen((message, response) => void this.#handle(message, response));
		this.url = this.#server.url;
		return this;
	}

	async stop(): Promise<void> {
		await this.#server?.stop();
	}

	/** A refresh token that is good now. */
	mintRefreshToken(): string {
		const token = `refresh-${++this.issued}-${randomBytes(8).toString("hex")}`;
		this.#good.add(token);
		return token;
	}

	/** How the next request is answered, once. */
	answerNext(answer: Answer): void {
		this.#odd.push(answer);
	}

	/** No refresh token is good any more. */
	revokeAll(): void {
		this.#good.clear();
	}

	/** Answers as a server should. */
	grant(request: TokenRequest, response: ServerResponse): void {
		const kind = request.body.get("grant_type");
		const refresh = request.body.get("refresh_token") ?? "";
		if (kind === "refresh_token" && !this.#good.has(refresh)) {
			json(response, 400, { error: "invalid_grant" });
			return;
		}
		if (kind === "refresh_token") this.#good = new Set([refresh]);
		json(response, 200, {
			access_token: `access-${++this.issued}-${randomBytes(8).toString("hex")}`,
			token_type: "Bearer",
			...(this.lifetime === undefined ? {} : { expires_in: this.lifetime }),
			...(kind === "client_credentials" ? {} : { refresh_token: this.mintRefreshToken() }),
			...this.extra,
		});
	}

	async #handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
		const url = new URL(message.url ?? "/", this.url);
		const chunks: Buffer[] = [];
		for await (const chunk of message) chunks.push(chunk);
		const request = {
			path: url.pathname,
			query: url.searchParams,
			body: new URLSearchParams(Buffer.concat(chunks).toString()),
			authorization: message.headers.authorization,
		};
		this.requests.push(request);
		const odd = this.#odd.shift();
		if (odd !== undefined) odd(request, response, message);
		else if (request.path === "/revoke") json(response, 200, {});
		else this.grant(request, response);
	}
}

export function json(
	response: ServerResponse,
	status: number,
	body: unknown,
	headers: Record<string, string> = {},
): void {
	response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}
