/** The HTTP side: listens on loopback, checks credentials, finds the route, words refusals, keeps a list of requests. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { checkCredentials } from "./credentials";
import { ApiFailure } from "./failure";
import { type Family, type FamilyId, families, fleetId } from "./families";
import type { Model } from "./model";
import type { Answer, Match } from "./route";

/** A request as the simulator saw it. Secrets are left out: of `authorization` only the scheme is kept. */
export interface SeenRequest {
	method: string;
	/** Path and query. */
	url: string;
	headers: Record<string, string>;
	/** Status of the answer; 0 while there is none. */
	status: number;
}

export interface ServerOptions {
	model: Model;
	find: (family: FamilyId, method: string, path: string) => Match | undefined;
	port: number;
	/** Milliseconds every answer is held back. */
	latency: number;
	seen: (request: SeenRequest) => void;
}

/** Calls a day and a second: generous, for nobody should meet them by accident. */
const limits = { day: 1_000_000, burst: 10_000 };

/** Starts to listen on 127.0.0.1. */
export async function listen(options: ServerOptions): Promise<Server> {
	const answerTo = answerer(options);
	const server = createServer((request, response) => {
		const seen = note(request);
		options.seen(seen);
		request.resume();
		const send = () => {
			const { status, headers, body } = answerTo(request);
			seen.status = status;
			respond(request, response, status, headers, body);
		};
		if (options.latency > 0) holdBack(response, send, options.latency);
		else send();
	});
	await new Promise<void>((resolve, reject) => {
		server.once("error", reject);
		server.listen(options.port, "127.0.0.1", resolve);
	});
	return server;
}

/** `http://127.0.0.1:PORT` of a listening server. */
export function originOf(server: Server): string {
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Stops listening and drops every connection, used or not. */
export async function stop(server: Server): Promise<void> {
	const closed = new Promise<void>((resolve) => server.close(() => resolve()));
	server.closeAllConnections();
	await closed;
}

function holdBack(response: ServerResponse, send: () => void, latency: number): void {
	const timer = setTimeout(send, latency);
	response.once("close", () => clearTimeout(timer));
}

type Sent = { status: number; headers: Record<string, string>; body: string };

function answerer({ model, find }: ServerOptions): (request: IncomingMessage) => Sent {
	const counts = { day: 0, daySlot: 0, burst: 0, burstSlot: 0 };
	return (request) => {
		const now = model.now();
		const [daySlot, burstSlot] = [Math.floor(now / 86_400_000), Math.floor(now / 1000)];
		counts.day = daySlot === counts.daySlot ? counts.day + 1 : 1;
		counts.burst = burstSlot === counts.burstSlot ? counts.burst + 1 : 1;
		Object.assign(counts, { daySlot, burstSlot });
		const headers: Record<string, string> = {
			"X-RateLimit-Limit-1": String(limits.day),
			"X-RateLimit-Remaining-1": String(Math.max(0, limits.day - counts.day)),
			"X-RateLimit-Limit-2": String(limits.burst),
			"X-RateLimit-Remaining-2": String(Math.max(0, limits.burst - counts.burst)),
		};
		const answer = serve(model, find, request);
		if (answer.body === undefined) return { status: answer.status, headers, body: "" };
		headers["Content-Type"] = answer.type ?? "application/hal+json;charset=utf-8";
		return { status: answer.status, headers, body: JSON.stringify(answer.body) };
	};
}

function serve(model: Model, find: ServerOptions["find"], request: IncomingMessage): Answer {
	// Not the Host header: whatever a client calls this server, its links stay on loopback.
	const origin = `http://127.0.0.1:${request.socket.localPort}`;
	const url = URL.canParse(request.url ?? "/", origin) ? new URL(request.url ?? "/", origin) : new URL(origin);
	const family = Object.values(families).find((each) => url.pathname.startsWith(`${each.root}/`));
	try {
		if (!family) throw new ApiFailure(404, "No resources match requested URI", "gateway");
		checkCredentials(family.id, request.headers, url.searchParams);
		const method = request.method === "HEAD" ? "GET" : (request.method ?? "GET");
		const match = find(family.id, method, url.pathname.slice(family.root.length));
		if (!match) throw new ApiFailure(404, "Resource not found.");
		if (match.params.fid !== undefined && match.params.fid !== fleetId) throw new ApiFailure(404, "Fleet not found.");
		return match.route.serve({
			family,
			model,
			origin,
			path: url.pathname,
			params: match.params,
			query: url.searchParams,
		});
	} catch (error) {
		const failure = error instanceof ApiFailure ? error : new ApiFailure(500, `Unexpected condition: ${error}`);
		return { status: failure.status, body: refusal(family, failure, model.now()), type: "application/json" };
	}
}

/** The body of a refusal: one of the kinds that are in use, by family and by who refuses. */
function refusal(family: Family | undefined, { status, message, kind }: ApiFailure, now: number): unknown {
	if (!family || kind === "gateway") {
		const httpMessage = { 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests" }[status] ?? "Forbidden";
		return { httpCode: String(status), httpMessage, moreInformation: message };
	}
	const debug = crypto.randomUUID();
	if (family.id !== "accounts-v1") {
		return { code: status * 100 + 99, uuid: debug, message, timestamp: new Date(now).toISOString() };
	}
	if (kind === "no data") return { name: "DataNotFound", code: 1001, debug, message };
	const name = { 400: "BadRequest", 403: "Forbidden", 404: "NotFound", 405: "MethodNotAllowed" }[status];
	return { name: name ?? "InternalServerError", debug, message };
}

function respond(
	request: IncomingMessage,
	response: ServerResponse,
	status: number,
	headers: Record<string, string>,
	body: string,
) {
	response.writeHead(status, { ...headers, "Content-Length": Buffer.byteLength(body) });
	response.end(request.method === "HEAD" ? undefined : body);
}

function note(request: IncomingMessage): SeenRequest {
	const headers: Record<string, string> = {};
	for (const [name, value] of Object.entries(request.headers)) {
		const text = Array.isArray(value) ? value.join(", ") : (value ?? "");
		headers[name] = name === "authorization" ? text.replace(/ .*/s, "") : /secret|cookie/.test(name) ? "" : text;
	}
	return { method: request.method ?? "", url: request.url ?? "", headers, status: 0 };
}
