import { hash, timingSafeEqual } from "node:crypto";
import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from "express";
import { notificationText } from "../../api/notifications";

/** Largest body of a webhook, in bytes; a hundred events with their extensions fit well. */
const LARGEST_BODY = 1024 * 1024;
/** What is read and thrown away of a body that is too large, so that the client gets to hear the answer. */
const LARGEST_WASTE = 8 * LARGEST_BODY;

const TOO_DEEP = "An event came that is nested too deeply; it was left out.";

/** An address that ends in a secret, as it is kept: whoever reads it can't tell the secret. */
export interface Address {
	/** With one slash at its start. */
	path: string;
	/** See {@link digestOfSecret}. */
	digest: string;
}

/** Where webhooks go that know the secret. */
export interface Receiver {
	/** False when nothing can be taken for now; the server shall come again. */
	isOpen(): boolean;
	/**
	 * Takes a notification; what rejects is asked for again. The work it makes must leave the next answers their turn.
	 *
	 * @param text the notification's JSON
	 * @param body what it says
	 */
	receive(text: string, body: unknown, request: { vin: string | undefined }): Promise<void>;
	/** Told of a notification that was refused, or left out, though it knew the secret. */
	refused(sentence: string): void;
}

/** An address that is known here, with the one who receives there now. */
interface Known {
	digest: Buffer;
	receiver: Receiver | undefined;
}

interface Route {
	handlers: (RequestHandler | ErrorRequestHandler)[];
	known: Set<Known>;
	/** True while any secret may be one that nobody has told yet. */
	isUntold: boolean;
}

/** The routes of a runtime's HTTP server, by path: several nodes may share one. */
const routesOf = new WeakMap<Express, Map<string, Route>>();

/** True for what a secret can be. */
export function isSecret(text: unknown): boolean {
	return typeof text === "string" && /^[\w.~-]{20,200}$/.test(text);
}

/** SHA-256 of an address' secret, in Base64url. */
export function digestOfSecret(secret: string): string {
	return hash("sha256", secret, "base64url");
}

/** An address that is answered. */
export interface OpenAddress {
	/** Lets webhooks in. */
	open(receiver: Receiver): void;
	/** The server shall come again. */
	close(): void;
	/** It is no address any more. */
	forget(): void;
}

/**
 * Makes an address known: what comes to `<path>/<secret>` is asked to come again as long as nobody receives there.
 * Everything else under that path is a 404 that tells nothing.
 */
export function knowAddress(app: Express, { path, digest }: Address): OpenAddress {
	const route = routeAt(app, path);
	const known: Known = { digest: Buffer.from(digest, "base64url"), receiver: undefined };
	route.known.add(known);
	return {
		open(receiver) {
			known.receiver = receiver;
		},
		close() {
			known.receiver = undefined;
		},
		forget() {
			known.receiver = undefined;
			route.known.delete(known);
			leaveRoute(app, path, route);
		},
	};
}

/**
 * Asks everything that may be an address under a path to come again: before flows run, nobody knows a secret that comes
 * from the environment.
 *
 * @returns ends it
 */
export function awaitAddresses(app: Express, path: string): () => void {
	const route = routeAt(app, path);
	route.isUntold = true;
	return () => {
		route.isUntold = false;
		leaveRoute(app, path, route);
	};
}

function routeAt(app: Express, path: string): Route {
	const routes = routesOf.get(app) ?? new Map<string, Route>();
	routesOf.set(app, routes);
	const route = routes.get(path) ?? newRoute(app, path);
	routes.set(path, route);
	return route;
}

/** Takes a route away that nobody needs any more. */
function leaveRoute(app: Express, path: string, route: Route): void {
	const routes = routesOf.get(app);
	if (route.known.size > 0 || route.isUntold || routes?.get(path) !== route) return;
	routes.delete(path);
	removeRoute(app, route.handlers);
}

function newRoute(app: Express, path: string): Route {
	const handler: RequestHandler = (request, response) => {
		const address = find(route.known, request.params.secret);
		if (request.method !== "POST") response.sendStatus(404);
		else if (address) void serve(address, request, response);
		else if (route.isUntold && isSecret(request.params.secret)) void serve(NOBODY, request, response);
		else response.sendStatus(404);
	};
	// What can't be decoded ends before any handler, with a page that tells more than a 404.
	const undecodable: ErrorRequestHandler = (error, _request, response, next) => {
		if (error instanceof URIError && !response.headersSent) response.sendStatus(404);
		else next(error);
	};
	app.all(`${path}/:secret`, handler);
	app.use(path, undecodable);
	const route: Route = { handlers: [handler, undecodable], known: new Set(), isUntold: false };
	return route;
}

interface Layer {
	handle?: unknown;
	route?: { stack: { handle: unknown }[] };
}

/** Express can only add; Node-RED's own http nodes take their routes away like this too. */
function removeRoute(app: Express, handlers: Route["handlers"]): void {
	const server = app as unknown as { _router?: { stack: Layer[] }; router: { stack: Layer[] } };
	// Express 4 throws when asked for `router`, its successor has no `_router`.
	const { stack } = server._router ?? server.router;
	for (const handler of handlers) {
		const place = stack.findIndex((layer) => (layer.route?.stack ?? [layer]).some(({ handle }) => handle === handler));
		if (place >= 0) stack.splice(place, 1);
	}
}

/**
 * The address that a secret belongs to; of several the one that is received at. Looks at all, however soon one fits: the
 * time taken tells nothing.
 */
function find(addresses: Iterable<Known>, secret: unknown): Known | undefined {
	const given = Buffer.from(digestOfSecret(String(secret)), "base64url");
	let found: Known | undefined;
	for (const known of addresses)
		if (given.length === known.digest.length && timingSafeEqual(given, known.digest) && !found?.receiver) found = known;
	return found;
}

const NOBODY: Pick<Known, "receiver"> = { receiver: undefined };

/** Answers when the receiver has taken it. The API knows two answers: 200 for received, 500 for come again. */
async function serve({ receiver }: Pick<Known, "receiver">, request: Request, response: Response): Promise<void> {
	try {
		if (!receiver?.isOpen()) throw new Refusal(undefined);
		const { text, body } = await readJson(request, receiver);
		if (!receiver.isOpen()) throw new Refusal(undefined);
		await receiver.receive(text, body, { vin: firstText(request.get("x-vehicle-vin"), request.query.vin) });
		response.status(200).end();
	} catch (error) {
		if (error instanceof Refusal && error.sentence !== undefined) receiver?.refused(error.sentence);
		if (!response.headersSent && !response.destroyed) response.set("connection", "close").status(500).end();
	}
}

class Refusal extends Error {
	constructor(readonly sentence: string | undefined) {
		super(sentence);
	}
}

async function readJson(request: Request, receiver: Receiver): Promise<{ text: string; body: unknown }> {
	const type = request.get("content-type");
	if (type !== undefined && !/\bjson\b/i.test(type)) throw new Refusal("A notification came that is no JSON.");
	const given = request.readableEnded ? parsedBefore(request) : await readText(request);
	try {
		const body: unknown = typeof given === "string" ? JSON.parse(given) : given;
		if (typeof body === "object" && body !== null) {
			const text = typeof given === "string" ? given : notificationText(body, () => receiver.refused(TOO_DEEP));
			// Sent in chunks, the size of what somebody else has read is known only now.
			if (Buffer.byteLength(text) > LARGEST_BODY && request.get("content-length") === undefined) throw tooLarge();
			return { text, body };
		}
	} catch (error) {
		if (error instanceof Refusal) throw error;
		// The parser's message quotes the body; the sentence below says enough.
	}
	throw new Refusal("A notification came whose JSON is broken, or is neither object nor array.");
}

/** A middleware may have read the body: Node-RED's editor does, where it shares its root, and takes more than we do. */
function parsedBefore(request: Request): unknown {
	const given = (request as { body: unknown }).body;
	const length = request.get("content-length");
	if (length !== undefined && Number(length) > LARGEST_BODY) throw tooLarge();
	return Buffer.isBuffer(given) ? decode(given) : given;
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
		request.on("end", () => resolve(decode(Buffer.concat(chunks))));
		request.on("error", () => reject(new Refusal(undefined)));
		request.on("close", () => {
			if (!request.readableEnded) reject(new Refusal(undefined));
		});
	});
}

/** UTF-8, without a byte order mark (RFC 8259, section 8.1, lets a reader ignore one). */
function decode(bytes: Buffer): string {
	return new TextDecoder().decode(bytes);
}

function firstText(...values: unknown[]): string | undefined {
	return values.find((value): value is string => typeof value === "string" && value !== "");
}
