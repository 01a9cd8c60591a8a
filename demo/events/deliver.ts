/** One POST to a webhook on this computer. */
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { networkInterfaces } from "node:os";

/** Milliseconds a receiver has to answer. */
const patience = 10_000;

/** Whether an address is one of this computer; the demo calls no other. */
export function isHere(target: unknown): boolean {
	if (typeof target !== "string" || !URL.canParse(target)) return false;
	const { hostname, protocol } = new URL(target);
	if (!/^https?:$/.test(protocol)) return false;
	return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname) || ownAddresses().includes(hostname);
}

/** Where a Node-RED is that listens on one address only, spelled as in a URL. */
function ownAddresses(): string[] {
	const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
	return all.map(({ address, family }) => (family === "IPv6" ? `[${address}]` : address));
}

export interface Delivery {
	target: string;
	headers: Readonly<Record<string, string>>;
	query: Readonly<Record<string, string>>;
	body: unknown;
	signal: AbortSignal;
}

/** Posts a notification. Answers the HTTP status, 0 when there was none; never rejects. Redirects are not followed. */
export function deliver({ target, headers, query, body, signal }: Delivery): Promise<number> {
	return new Promise((resolve) => {
		try {
			const url = new URL(target);
			for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
			const text = JSON.stringify(body);
			const request = (url.protocol === "https:" ? requestHttps : requestHttp)(url, {
				method: "POST",
				agent: false,
				// It leads to this computer only, which seldom has a certificate for such an address.
				rejectUnauthorized: false,
				timeout: patience,
				signal,
				headers: { ...headers, "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) },
			});
			request.once("response", (response) => {
				response.resume();
				resolve(response.statusCode ?? 0);
			});
			request.once("timeout", () => request.destroy());
			request.once("error", () => resolve(0));
			request.once("close", () => resolve(0));
			request.end(text);
		} catch {
			// An attribute that is no header.
			resolve(0);
		}
	});
}
