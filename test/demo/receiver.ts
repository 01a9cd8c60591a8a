/** A webhook on loopback that tests can read and make fail. */
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";

export interface Received {
	url: string;
	headers: IncomingHttpHeaders;
	// biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes, read by name
	body: any;
}

export class Receiver {
	readonly received: Received[] = [];
	/** Status of the answers. */
	status = 200;
	readonly #server: Server;

	readonly #protocol: "http" | "https";

	/** @param certificate makes it speak https */
	constructor(certificate?: { key: string; cert: string }) {
		const receive: RequestListener = (request, response) => {
			const chunks: Buffer[] = [];
			request.on("data", (chunk: Buffer) => chunks.push(chunk));
			request.once("end", () => {
				const body = JSON.parse(Buffer.concat(chunks).toString());
				this.received.push({ url: request.url ?? "", headers: request.headers, body });
				response.writeHead(this.status, { location: "/elsewhere" }).end();
			});
		};
		this.#protocol = certificate ? "https" : "http";
		this.#server = certificate ? createSecureServer(certificate, receive) : createServer(receive);
	}

	/** @param host the only address it listens on */
	async open(host = "127.0.0.1"): Promise<string> {
		await new Promise<void>((resolve) => this.#server.listen(0, host, resolve));
		return `${this.#protocol}://${host}:${(this.#server.address() as AddressInfo).port}/events/secret`;
	}

	async close(): Promise<void> {
		this.#server.closeAllConnections();
		await new Promise((resolve) => this.#server.close(resolve));
	}
}
