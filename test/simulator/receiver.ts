/** A webhook on loopback that tests can read and make fail. */
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
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

	constructor() {
		this.#server = createServer((request, response) => {
			const chunks: Buffer[] = [];
			request.on("data", (chunk: Buffer) => chunks.push(chunk));
			request.once("end", () => {
				const body = JSON.parse(Buffer.concat(chunks).toString());
				this.received.push({ url: request.url ?? "", headers: request.headers, body });
				response.writeHead(this.status, { location: "/elsewhere" }).end();
			});
		});
	}

	async open(): Promise<string> {
		await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/events/secret`;
	}

	async close(): Promise<void> {
		this.#server.closeAllConnections();
		await new Promise((resolve) => this.#server.close(resolve));
	}
}
