import type { Request } from "express";
import { Refusal } from "./refusal";

/** Largest body in bytes: a request copied as cURL, with its cookies, is a few kilobytes. */
const MOST_BYTES = 128 * 1024;

/**
 * Refuses what another web page makes a browser send (RFC 6454). Node-RED's admin API answers every page's CORS
 * question with yes, so without users (`adminAuth` off) nothing else would stand between a foreign page and an account.
 * `Origin` and `Sec-Fetch-Site` are headers that no page can set; `X-Forwarded-Host` is one that any page can.
 *
 * @throws Refusal
 */
export function refuseForeignPages(request: Request): void {
	const { origin } = request.headers;
	const site = request.headers["sec-fetch-site"];
	const own =
		site === undefined ? origin === undefined || isOwn(origin, request) : /^(same-origin|none)$/.test(`${site}`);
	if (!own)
		throw new Refusal(
			403,
			"This request came from another web page. If Node-RED is behind a reverse proxy, let the proxy pass the Host header on.",
		);
}

/**
 * The body of a request that changes something: a JSON object.
 *
 * @throws Refusal
 */
export function jsonBody(request: Request): Record<string, unknown> {
	if (!request.is("application/json")) throw new Refusal(415, "The request must carry JSON.");
	// Node-RED has parsed the body already, up to a limit of megabytes.
	const body: unknown = request.body;
	if (Number(request.headers["content-length"] ?? 0) > MOST_BYTES || JSON.stringify(body ?? null).length > MOST_BYTES)
		throw new Refusal(
			413,
			"The request is too large. Paste only the address, the code, or one request copied as cURL.",
		);
	if (typeof body !== "object" || body === null || Array.isArray(body))
		throw new Refusal(400, "The request must carry a JSON object.");
	return body as Record<string, unknown>;
}

/**
 * The origin under which the user's browser reaches Node-RED, as the form says and the request's headers confirm: the
 * sign-in page sends the browser there with a code, so it must be nobody else's.
 *
 * @throws Refusal
 */
export function confirmedOrigin(value: unknown, request: Request): string {
	const text = typeof value === "string" ? value : "";
	const url = URL.canParse(text) ? new URL(text) : undefined;
	const { origin = text } = request.headers;
	const confirmed = request.headers.origin !== undefined || (url && isOwn(url.origin, request));
	if (url && /^https?:$/.test(url.protocol) && url.origin === text && origin === text && confirmed) return text;
	throw new Refusal(400, "The address of the editor is missing, or not the one this request came to.");
}

/**
 * The path under which the user's browser reaches the editor, with a slash at both ends, as the form says: a reverse
 * proxy may put something in front that only the browser knows. Undefined where the form says nothing.
 *
 * @throws Refusal for anything but a plain path
 */
export function editorPath(value: unknown): string | undefined {
	if (value === undefined) return undefined;
	const origin = "http://localhost";
	const text = typeof value === "string" && URL.canParse(value, origin) ? value : "";
	const url = new URL(text, origin);
	if (url.href === origin + text && text.endsWith("/") && !/[?#]/.test(text)) return text;
	throw new Refusal(400, "The path of the editor is not a plain path that ends with a slash.");
}

function isOwn(origin: string, request: Request): boolean {
	const host = URL.canParse(origin) ? new URL(origin).host : "";
	return host !== "" && hostsOf(request).some((own) => sameHost(own, host, origin));
}

/** Hosts under which the request may have come here; the forwarded one where the user has told Express to trust it. */
function hostsOf(request: Request): string[] {
	const trust = request.app.get("trust proxy fn") as ((address: string, hop: number) => boolean) | undefined;
	const forwarded = request.get("x-forwarded-host")?.split(",")[0]?.trim();
	const trusted = forwarded !== undefined && trust?.(request.socket.remoteAddress ?? "", 0) === true;
	return [request.headers.host ?? "", ...(trusted ? [forwarded] : [])];
}

/** Compares hosts as a URL spells them, without the scheme's usual port. */
function sameHost(own: string, host: string, origin: string): boolean {
	const { protocol } = new URL(origin);
	return URL.canParse(`${protocol}//${own}`) && new URL(`${protocol}//${own}`).host === host;
}
