/** The HTTP side: listens on loopback, checks credentials, finds the route, words refusals, keeps a list of requests. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { refusal } from "./answers/refusals";
import { ApiFailure } from "./base/failure";
import { day } from "./base/time";
import type { Desks } from "./desk/desks";
import type { Remotes } from "./desk/remotes";
import type { PostOffice } from "./events/post";
import { type Family, families, fleetId } from "./families";
import { checkCredentials } from "./requests/credentials";
import type { Answer, Match } from "./route";
import type { Model } from "./world/model";

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
	find: (family: Family, method: string, path: string) => Match | undefined;
	desks: Desks;
	remotes: Remotes;
	post: PostOffice;
	port: number;
	/** Milliseconds every answer is held back. */
	latency: number;
	seen: (request: SeenRequest) => void;
}

/** Calls a day and a second: generous, for nobody should meet them by accident. */
const limits = { day: 1_000_000, burst: 10_000 };
/** Bytes. */
const largestBody = 262_144;

/** Starts to listen on 127.0.0.1. */
export async function listen(options: ServerOptions): Promise<Server> {
	const answerTo = answerer(options);
	const server = createServer((request, response) => {
		const seen = note(request);
		options.seen(seen);
		const answer = (body: Buffer | undefined) => {
			const sent = answerTo(request, body);
			seen.status = sent.status;
			respond(request, response, sent);
		};
		collect(request, (body) => {
			if (options.latency > 0) holdBack(response, () => answer(body), options.latency);
			else answer(body);
		});
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

/** Reads a body; undefined for one that is too large, whose rest nobody wants. */
function collect(request: IncomingMessage, done: (body: Buffer | undefined) => void): void {
	const chunks: Buffer[] = [];
	let size = 0;
	request.on("data", (chunk: Buffer) => {
		if (size > largestBody) return;
		size += chunk.length;
		if (size <= largestBody) chunks.push(chunk);
		else done(undefined);
	});
	request.once("end", () => {
		if (size <= largestBody) done(Buffer.concat(chunks));
	});
}

/**
 * The JSON of a request.
 * @throws ApiFailure 413 and 400
 */
function readJson(body: Buffer | undefined): unknown {
	if (!body) throw new ApiFailure(413, `The body must not be larger than ${largestBody} bytes.`);
	if (body.length === 0) return undefined;
	try {
		return JSON.parse(body.toString());
	} catch {
		throw new ApiFailure(400, "The body is not JSON.");
	}
}

function holdBack(response: ServerResponse, send: () => void, latency: number): void {
	const timer = setTimeout(send, latency);
	response.once("close", () => clearTimeout(timer));
}

type Sent = { status: number; headers: Record<string, string>; body: string };

function answerer(options: ServerOptions): (request: IncomingMessage, body: Buffer | undefined) => Sent {
	const { model } = options;
	const counts = { day: 0, daySlot: 0, burst: 0, burstSlot: 0 };
	return (request, body) => {
		const now = model.now();
		const [daySlot, burstSlot] = [Math.floor(now / day), Math.floor(now / 1000)];
		counts.day = daySlot === counts.daySlot ? counts.day + 1 : 1;
		counts.burst = burstSlot === counts.burstSlot ? counts.burst + 1 : 1;
		Object.assign(counts, { daySlot, burstSlot });
		const headers: Record<string, string> = {
			"X-RateLimit-Limit-1": String(limits.day),
			"X-RateLimit-Remaining-1": String(Math.max(0, limits.day - counts.day)),
			"X-RateLimit-Limit-2": String(limits.burst),
			"X-RateLimit-Remaining-2": String(Math.max(0, limits.burst - counts.burst)),
		};
		const answer = serve(options, request, body);
		if (answer.body === undefined) return { status: answer.status, headers, body: "" };
		headers["Content-Type"] = answer.type ?? "application/hal+json;charset=utf-8";
		return { status: answer.status, headers, body: JSON.stringify(answer.body) };
	};
}

function serve(options: ServerOptions, request: IncomingMessage, body: Buffer | undefined): Answer {
	const { model, find, desks, remotes, post } = options;
	// Not the Host header: whatever a client calls this server, its links stay on loopback.
	const origin = `http://127.0.0.1:${request.socket.localPort}`;
	const url = URL.canParse(request.url ?? "/", origin) ? new URL(request.url ?? "/", origin) : new URL(origin);
	const family = Object.values(families).find((each) => url.pathname.startsWith(`${each.root}/`));
	try {
		if (!family) throw new ApiFailure(404, "No resources match requested URI", "gateway");
		checkCredentials(family, request.headers, url.searchParams);
		const method = request.method === "HEAD" ? "GET" : (request.method ?? "GET");
		const match = find(family, method, url.pathname.slice(family.root.length));
		if (!match) throw new ApiFailure(404, "Resource not found.");
		if (match.params.fid !== undefined && match.params.fid !== fleetId) throw new ApiFailure(404, "Fleet not found.");
		return match.route.serve({
			family,
			model,
			origin,
			path: url.pathname,
			params: match.params,
			query: url.searchParams,
			body: method === "GET" ? undefined : readJson(body),
			desks,
			remotes,
			post,
		});
	} catch (error) {
		const failure = error instanceof ApiFailure ? error : new ApiFailure(500, `Unexpected condition: ${error}`);
		return { status: failure.status, body: refusal(family, failure, model.now()), type: "application/json" };
	}
}

function respond(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Sent) {
	const length = status === 204 ? {} : { "Content-Length": Buffer.byteLength(body) };
	response.writeHead(status, { ...headers, ...length });
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
