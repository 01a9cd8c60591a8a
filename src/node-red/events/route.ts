import { timingSafeEqual } from "node:crypto";
import type { Express, Request, RequestHandler, Response } from "express";

/** Largest body of a webhook, in bytes; a hundred events with their extensions fit well. */
const LARGEST_BODY = 1024 * 1024;
/** What is read and thrown away of a body that is too large, so that the client gets to hear the answer. */
const LARGEST_WASTE = 8 * LARGEST_BODY;

/** Where webhooks go that know the secret. */
export interface Receiver {
	secret: string;
	/** False when no more can be taken for now; the server shall come again. */
	hasRoom(): boolean;
	/** Takes a notification that was just answered; the work it makes must leave the next answers their turn. */
	receive(body: unknown, request: { vin: string | undefined }): void;
	/** Told of a notification that was refused though it knew the secret. */
	refused(sentence: string): void;
}

interface Route {
	handler: RequestHandler;
	/** With the secret that each knows. */
	receivers: Map<Receiver, Buffer>;
}

/** The routes of a runtime's HTTP server, by path: several nodes may share one. */
const routesOf = new WeakMap<Express, Map<string, Route>>();

/**
 * Lets webhooks in at `<path>/<secret>`. Everything else under that path is a 404 that tells nothing.
 *
 * @returns takes the receiver away again, and the route with the last one
 */
export function openRoute(app: Express, path: string, receiver: Receiver): () => void {
	const routes = routesOf.get(app) ?? new Map<string, Route>();
	routesOf.set(app, routes);
	const route = routes.get(path) ?? newRoute(app, path);
	routes.set(path, route);
	route.receivers.set(receiver, Buffer.from(receiver.secret));
	return () => {
		route.receivers.delete(receiver);
		if (route.receivers.size > 0 || routes.get(path) !== route) return;
		routes.delete(path);
		removeRoute(app, route.handler);
	};
}

function newRoute(app: Express, path: string): Route {
	const receivers = new Map<Receiver, Buffer>();
	const handler: RequestHandler = (request, response) => {
		const receiver = findReceiver(receivers, request.params.secret);
		if (receiver && request.method === "POST") void serve(receiver, receivers, request, response);
		else response.sendStatus(404);
	};
	app.all(`${path}/:secret`, handler);
	return { handler, receivers };
}

interface Layer {
	route?: { stack: { handle: unknown }[] };
}

/** Express can only add; Node-RED's own http nodes take their routes away like this too. */
function removeRoute(app: Express, handler: RequestHandler): void {
	const server = app as unknown as { _router?: { stack: Layer[] }; router: { stack: Layer[] } };
	// Express 4 throws when asked for `router`, its successor has no `_router`.
	const { stack } = server._router ?? server.router;
	const place = stack.findIndex(({ route }) => route?.stack.some(({ handle }) => handle === handler));
	if (place >= 0) stack.splice(place, 1);
}

/** Looks at every receiver, however soon one fits: the time taken tells nothing but a length, which is no secret. */
function findReceiver(receivers: Map<Receiver, Buffer>, secret: unknown): Receiver | undefined {
	const given = Buffer.from(String(secret));
	let found: Receiver | undefined;
	for (const [receiver, known] of receivers)
		if (given.length === known.length && timingSafeEqual(given, known)) found = receiver;
	return found;
}

/** Answers first, then lets the receiver work. The API knows two answers: 200 for received, 500 for come again. */
async function serve(
	receiver: Receiver,
	receivers: Map<Receiver, Buffer>,
	request: Request,
	response: Response,
): Promise<void> {
	try {
		const body = await readJson(request);
		if (!receivers.has(receiver) || !receiver.hasRoom()) throw new Refusal(undefined);
		const vin = firstText(request.get("x-vehicle-vin"), request.query.vin);
		response.status(200).end();
		receiver.receive(body, { vin });
	} catch (error) {
		if (error instanceof Refusal && error.sentence !== undefined) receiver.refused(error.sentence);
		if (!response.headersSent && !response.destroyed) response.set("connection", "close").status(500).end();
	}
}

class Refusal extends Error {
	constructor(readonly sentence: string | undefined) {
		super(sentence);
	}
}

async function readJson(request: Request): Promise<unknown> {
	const type = request.get("content-type");
	if (type !== undefined && !/\bjson\b/i.test(type)) throw new Refusal("A notification came that is no JSON.");
	const body = request.readableEnded ? parsedBefore(request) : await readText(request);
	try {
		const value: unknown = typeof body === "string" ? JSON.parse(body) : body;
		if (typeof value === "object" && value !== null) return value;
	} catch {
		// The parser's message quotes the body; the sentence below says enough.
	}
	throw new Refusal("A notification came whose JSON is broken, or is neither object nor array.");
}

/** A middleware may have read the body: Node-RED's editor does, where it shares its root, and takes more than we do. */
function parsedBefore(request: Request): unknown {
	const given = (request as { body: unknown }).body;
	const body = Buffer.isBuffer(given) ? given.toString("utf8") : given;
	const length = request.get("content-length");
	// Sent in chunks, its size is known only by writing it anew.
	const size = length === undefined ? Buffer.byteLength(JSON.stringify(body) ?? "") : Number(length);
	if (size > LARGEST_BODY) throw tooLarge();
	return body;
}

function tooLarge(): Refusal {
	return new Refusal(`A notification came that is larger than ${LARGEST_BODY} bytes.`);
}

function readText(request: Request): Promise<string> {
	return new Promise((resolve, reject) => {
		const chunks: Buffer[] = [];
		let size = 0;
		if (Number(request.get("content-length") ?? 0) > LARGEST_BODY) reject(tooLarge());
		request.on("data", (chunk: Buffer) => {
			size += chunk.length;
			if (size <= LARGEST_BODY) chunks.push(chunk);
			else {
				chunks.length = 0;
				reject(tooLarge());
				if (size > LARGEST_WASTE) request.destroy();
			}
		});
		request.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
		request.on("error", () => reject(new Refusal(undefined)));
		request.on("close", () => {
			if (!request.readableEnded) reject(new Refusal(undefined));
		});
	});
}

function firstText(...values: unknown[]): string | undefined {
	return values.find((value): value is string => typeof value === "string" && value !== "");
}
