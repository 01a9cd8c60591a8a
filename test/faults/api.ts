import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo, Socket } from "node:net";

/** The vehicles of the account, in the order of the collection, and their pages. */
export const VEHICLES = ["v1", "v2", "v3", "v4", "v5"];
const PAGES = [VEHICLES.slice(0, 2), VEHICLES.slice(2, 4), VEHICLES.slice(4)];

/** A request in the hands of a fault. */
export interface Exchange {
	request: IncomingMessage;
	response: ServerResponse;
	socket: Socket;
	api: FaultApi;
	/** The body that a healthy server would send. */
	body: string;
	/** Everything secret that the request carried, as a careless server might echo it. */
	echo: string;
	/** Writes bytes of the answer as they are. */
	raw(head: string[], body?: string | Buffer): void;
	json(status: number, body: unknown, headers?: Record<string, string>): void;
	/** Answers as a healthy server. */
	serve(): void;
}

export type Fault = (exchange: Exchange) => unknown;

export interface Seen {
	method: string;
	/** Path and query. */
	url: string;
	authorization: string | undefined;
	headers: IncomingMessage["headers"];
	/** Milliseconds since some fixed moment. */
	at: number;
	page: number;
	body: string;
}

/**
 * A small API with a token endpoint that rotates refresh tokens strictly: one that was used is dead at once, and so is
 * the access token before. Faults are planned for pages, or for everything.
 */
export class FaultApi {
	readonly seen: Seen[] = [];
	readonly tokenRequests: { body: URLSearchParams; authorization: string | undefined }[] = [];
	/** Every token ever issued: secrets that must show nowhere. */
	readonly issued: string[] = [];
	/** Headers of healthy answers. */
	headers: Record<string, string> = {};
	/** The only `Authorization` that is let in; undefined lets everybody in. */
	accepted: string | undefined;
	lifetime = 3600;
	/** Seconds that the refresh token lives, as the server tells; undefined: it doesn't. */
	refreshLifetime: number | undefined;
	/** Most requests answered at the same time. */
	mostAtOnce = 0;
	url = "";
	#refresh: string | undefined;
	#atOnce = 0;
	#plan: { page: number | "any"; times: number; fault: Fault }[] = [];
	#tokenFaults: Fault[] = [];
	#server: Server | undefined;
	readonly #sockets = new Set<Socket>();

	async start(tls?: ServerOptions): Promise<this> {
		const handle = (request: IncomingMessage, response: ServerResponse) => void this.#handle(request, response);
		const server = tls ? createTlsServer(tls, handle) : createServer(handle);
		server.on("connection", (socket: Socket) => {
			this.#sockets.add(socket);
			socket.on("error", () => {}).on("close", () => this.#sockets.delete(socket));
		});
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		this.#server = server;
		this.url = `${tls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`;
		return this;
	}

	async stop(): Promise<void> {
		for (const socket of this.#sockets) socket.destroy();
		await new Promise((resolve) => this.#server?.close(resolve));
	}

	/** The next requests for a page (from 1) get this fault. */
	plan(page: number | "any", fault: Fault, times = 1): void {
		this.#plan.push({ page, fault, times });
	}

	planToken(fault: Fault): void {
		this.#tokenFaults.push(fault);
	}

	/** All is well from now on. */
	heal(): void {
		this.#plan = [];
		this.#tokenFaults = [];
	}

	/** A refresh token that works, once. */
	mintRefreshToken(): string {
		this.#refresh = this.#issue("refresh");
		return this.#refresh;
	}

	/** The access token in use is dead from now on. */
	killAccessToken(): void {
		this.accepted = "nobody";
	}

	#issue(kind: string): string {
		const token = `cnry-${kind}/${this.issued.length}+${Math.random().toString(36).slice(2)}=`;
		this.issued.push(token);
		return token;
	}

	async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
		this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
		response.once("close", () => this.#atOnce--);
		response.on("error", () => {});
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk);
		const sent = Buffer.concat(chunks).toString();
		const url = new URL(request.url ?? "/", this.url);
		const page = Number(url.searchParams.get("pageToken")?.slice(1) ?? 1);
		const { authorization } = request.headers;
		const json: Exchange["json"] = (status, body, headers = {}) => {
			response
				.writeHead(status, { "content-type": "application/hal+json", ...this.headers, ...headers })
				.end(typeof body === "string" ? body : JSON.stringify(body));
		};
		const isToken = url.pathname === "/token";
		const form = new URLSearchParams(sent);
		const exchange: Exchange = {
			request,
			response,
			socket: request.socket,
			api: this,
			body: JSON.stringify(documentOf(page)),
			echo: `${authorization} ${request.headers["x-gateway"]} ${request.url} ${sent} ${form.get("refresh_token")}`,
			raw: (head, body = "") => {
				request.socket.write(`${head.join("\r\n")}\r\n\r\n`);
				request.socket.write(body);
			},
			json,
			serve: () => {
				if (isToken) this.#grant(form, json);
				else if (this.accepted !== undefined && authorization !== this.accepted)
					json(401, { httpCode: "401", httpMessage: "Unauthorized", moreInformation: `bad token ${authorization}` });
				else json(200, documentOf(page));
			},
		};
		if (isToken) {
			this.tokenRequests.push({ body: form, authorization });
			await (this.#tokenFaults.shift() ?? (() => exchange.serve()))(exchange);
			return;
		}
		this.seen.push({
			method: request.method ?? "",
			url: request.url ?? "",
			authorization,
			headers: request.headers,
			at: performance.now(),
			page,
			body: sent,
		});
		const planned = this.#plan.find((entry) => (entry.page === "any" || entry.page === page) && entry.times > 0);
		if (planned) planned.times--;
		await (planned?.fault ?? (() => exchange.serve()))(exchange);
	}

	#grant(form: URLSearchParams, json: Exchange["json"]): void {
		const given = form.get("refresh_token");
		if (form.get("grant_type") === "refresh_token" && given !== this.#refresh) {
			json(400, { error: "invalid_grant", error_description: `dead: ${given}` });
			return;
		}
		const access = this.#issue("access");
		this.accepted = `Bearer ${access}`;
		json(200, {
			access_token: access,
			token_type: "Bearer",
			expires_in: this.lifetime,
			refresh_token: this.mintRefreshToken(),
			refresh_token_expires_in: this.refreshLifetime,
		});
	}
}

function documentOf(page: number): object {
	const link = (number: number) => ({ href: `/connectedcar/v4/user/vehicles?pageToken=p${number}` });
	return {
		total: VEHICLES.length,
		totalPage: PAGES.length,
		currentPage: page,
		_links: {
			self: link(page),
			...(page < PAGES.length ? { next: link(page + 1) } : {}),
		},
		_embedded: { vehicles: (PAGES[page - 1] ?? []).map((id) => ({ id, vin: `VIN${id.padStart(14, "0")}` })) },
	};
}
