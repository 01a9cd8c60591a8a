import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { FlowNode } from "./runtime";

/** What a fake API answers. Without `body` and `text` the answer is empty. */
export interface Answer {
	status?: number;
	headers?: Record<string, string>;
	/** Sent as JSON. */
	body?: unknown;
	/** Sent as it stands. */
	text?: string;
	/** Breaks the connection instead of answering. */
	drop?: boolean;
}

export interface FakeRequest {
	method: string;
	/** Path below the API's root. */
	path: string;
	query: URLSearchParams;
	headers: IncomingMessage["headers"];
}

type Answerer = (request: FakeRequest) => Answer | Promise<Answer>;

export interface CollectionOptions {
	/** Items on a page; `pageSize` is not asked. */
	size?: number;
	/** Key in `_embedded`. */
	key?: string;
	links?: "absolute" | "relative" | "query";
	/** What the server says of itself, or nothing. */
	total?: number | "none";
	/** An empty page behind the last one. */
	emptyLast?: boolean;
	/** True: asks for `last` and `prev` work. */
	backwards?: boolean;
}

/** An API on loopback that does exactly what a test has scripted, and remembers what it was asked. */
export class FakeApi {
	readonly requests: FakeRequest[] = [];
	readonly #server: Server;
	readonly #paths = new Map<string, Answerer>();
	readonly #faults: { when: (request: FakeRequest) => boolean; answer: Answerer; times: number }[] = [];
	readonly #events = new EventEmitter();
	/** Requests that were broken off by the client. */
	aborted = 0;

	private constructor() {
		this.#server = createServer((message, response) => {
			this.#answer(message, response).catch((error: unknown) => response.destroy(error as Error));
		});
	}

	static async start(): Promise<FakeApi> {
		const api = new FakeApi();
		await new Promise<void>((resolve) => api.#server.listen(0, "127.0.0.1", resolve));
		return api;
	}

	get origin(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	/** Root of the API, as the account's base URL. */
	get root(): string {
		return `${this.origin}/connectedcar/v4`;
	}

	/** Forgets everything that was scripted and seen. */
	clear(): void {
		this.requests.length = 0;
		this.#paths.clear();
		this.#faults.length = 0;
		this.aborted = 0;
	}

	stop(): Promise<void> {
		return new Promise((resolve) => {
			this.#server.close(() => resolve());
			this.#server.closeAllConnections();
		});
	}

	/** Answers a path below the root, query aside. */
	on(path: string, answer: Answer | Answerer): this {
		this.#paths.set(path, typeof answer === "function" ? answer : () => answer);
		return this;
	}

	/** Answers the next `times` requests of a path (and page, from 1) otherwise. */
	fault(path: string, answer: Answer | Answerer, { page, times = 1 }: { page?: number; times?: number } = {}): this {
		this.#faults.push({
			when: (request) => request.path === path && (page === undefined || pageOf(request) === page),
			answer: typeof answer === "function" ? answer : () => answer,
			times,
		});
		return this;
	}

	/** Serves items in pages, in the order given. */
	collection(
		path: string,
		items: readonly unknown[] | (() => readonly unknown[]),
		options: CollectionOptions = {},
	): this {
		const { size = 2, key = "things", links = "absolute", total, emptyLast = false, backwards = true } = options;
		return this.on(path, (request) => {
			const all = typeof items === "function" ? items() : items;
			const page = pageOf(request);
			const pages = Math.max(1, Math.ceil(all.length / size)) + (emptyLast ? 1 : 0);
			const link = (number: number) => {
				const query = `?pageToken=${number}`;
				const href =
					links === "absolute"
						? this.root + path + query
						: links === "relative"
							? `/connectedcar/v4${path}${query}`
							: query;
				return { href };
			};
			const counts = total === "none" ? {} : { total: total ?? all.length, totalPage: pages, currentPage: page };
			return {
				body: {
					_links: {
						self: link(page),
						first: link(1),
						...(backwards ? { last: link(pages) } : {}),
						...(page < pages ? { next: link(page + 1) } : {}),
						...(backwards && page > 1 ? { prev: link(page - 1) } : {}),
					},
					...counts,
					_embedded: { [key]: all.slice((page - 1) * size, page * size) },
				},
			};
		});
	}

	/** How often a path was asked for. */
	count(path: string): number {
		return this.requests.filter((request) => request.path === path).length;
	}

	/** Resolves when so many requests have come. */
	async requested(count: number): Promise<void> {
		while (this.requests.length < count) await once(this.#events, "requested");
	}

	/** Resolves when the client has broken off so many requests. */
	async abortedRequests(count: number): Promise<void> {
		while (this.aborted < count) await once(this.#events, "aborted");
	}

	async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
		message.resume();
		const url = new URL(message.url ?? "/", this.origin);
		const path = url.pathname.replace("/connectedcar/v4", "");
		const request = { method: message.method ?? "", path, query: url.searchParams, headers: message.headers };
		this.requests.push(request);
		this.#events.emit("requested");
		response.once("close", () => {
			if (response.writableFinished) return;
			this.aborted++;
			this.#events.emit("aborted");
		});
		const fault = this.#faults.find(({ when, times }) => times > 0 && when(request));
		if (fault) fault.times--;
		const answerer = fault?.answer ?? this.#paths.get(path);
		const answer = answerer ? await answerer(request) : { status: 404, text: "nothing here" };
		if (answer.drop) {
			message.socket.destroy();
			return;
		}
		response.writeHead(answer.status ?? 200, { "content-type": "application/hal+json", ...answer.headers });
		response.end(answer.body === undefined ? answer.text : JSON.stringify(answer.body));
	}
}

function pageOf(request: FakeRequest): number {
	return Number(request.query.get("pageToken") ?? 1);
}

/** The secrets of the account that {@link liveAccount} makes. */
export const SECRETS = { accessToken: "token-4f1c9a7e", clientId: "client-77" };

/** A user-v4 account at a fake API, without retries, to be loaded with {@link liveCredentials}. */
export function liveAccount(api: FakeApi, more: Record<string, unknown> = {}): FlowNode {
	return {
		id: "account",
		type: "stellantis-account",
		configVersion: 1,
		server: "live",
		api: "user-v4",
		baseUrl: api.root,
		auth: "token",
		retries: 0,
		timeout: 5,
		...more,
	};
}

export const liveCredentials = { account: SECRETS };

/** A promise and the function that resolves it. */
export function gate(): { opened: Promise<void>; open: () => void } {
	let open = () => {};
	const opened = new Promise<void>((resolve) => {
		open = resolve;
	});
	return { opened, open };
}

/**
 * The last three o'clock in the morning (UTC, epoch milliseconds), when the demo's cars stand at home: for a simulator
 * in which nothing happens while a test runs.
 */
export const AT_NIGHT = Math.floor(Date.now() / 86_400_000 - 3 / 24) * 86_400_000 + 3 * 3_600_000;
