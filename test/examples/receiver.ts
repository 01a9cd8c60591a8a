/** A server on loopback that keeps what it is sent. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface ReceivedRequest {
	method: string;
	/** With the query. */
	path: string;
	headers: IncomingHttpHeaders;
	body: string;
}

export class Receiver {
	readonly requests: ReceivedRequest[] = [];
	/** Status of its answers. */
	answer: number;
	/** What it answers with while all is well. */
	body = "";
	/** Told of each request before it is answered; it may change the answer. */
	heard: (request: ReceivedRequest) => void | Promise<void> = () => {};
	readonly #server: Server;

	private constructor(answer: number) {
		this.answer = answer;
		this.#server = createServer(async (request, response) => {
			const { method = "", url: path = "", headers } = request;
			const received = { method, path, headers, body: await text(request) };
			this.requests.push(received);
			await this.heard(received);
			response.writeHead(this.answer).end(this.answer < 300 ? this.body : "refused");
		});
	}

	static async start(answer = 200): Promise<Receiver> {
		const receiver = new Receiver(answer);
		receiver.#server.listen(0, "127.0.0.1");
		await once(receiver.#server, "listening");
		return receiver;
	}

	get url(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	async stop(): Promise<void> {
		this.#server.closeAllConnections();
		this.#server.close();
		await once(this.#server, "close");
	}
}
