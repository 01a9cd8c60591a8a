import { EventEmitter, once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Node } from "node-red";
import sinon from "sinon";
import { systemClock } from "../../src/commands/clock";
import type { AccountConnection } from "../../src/node-red/account/connection";
import type { FlowMessage, FlowNode } from "../support/runtime";
import "../support/patient-deploy";

const ROOT = "/connectedcar/v4";

/** A user-v4 API that takes commands; what becomes of them is scripted. */
export class CommandApi {
	/** Method and path of every request, and the bodies of those posted. */
	readonly requests: string[] = [];
	readonly posted: Record<string, unknown>[] = [];
	/** Answers to the next posts; `drop` breaks the connection after the request was read, `hold` never answers. */
	post: { status?: number; drop?: boolean; hold?: boolean; before?: () => void; body?: unknown }[] = [];
	/** Answers to the polls, one after the other; the last one stays. A number is an HTTP status. */
	polls: (Record<string, unknown> | number)[] = [{ status: "Success" }];
	status: unknown = 404;
	capability: unknown = 404;
	channels: unknown[] = [{ id: "cb1", status: "Running", subscribe: { label: "ours", type: ["Remote"] } }];
	readonly #happened = new EventEmitter().setMaxListeners(0);
	readonly #server: Server = createServer((request, response) => void this.#answer(request, response));

	static async start(): Promise<CommandApi> {
		const api = new CommandApi();
		await new Promise<void>((resolve) => api.#server.listen(0, "127.0.0.1", resolve));
		return api;
	}

	get root(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${ROOT}`;
	}

	stop(): Promise<void> {
		return new Promise((resolve) => {
			this.#server.close(() => resolve());
			this.#server.closeAllConnections();
		});
	}

	/** Resolves when so many commands were posted. */
	async posts(count: number): Promise<void> {
		while (this.posted.length < count) await once(this.#happened, "request");
	}

	/** Resolves at the next request. */
	async next(): Promise<void> {
		await once(this.#happened, "request");
	}

	async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const url = new URL(request.url ?? "/", "http://x");
		const path = url.pathname.slice(ROOT.length);
		this.requests.push(`${request.method} ${path}`);
		const send = (answer: unknown, status = 200) => {
			response.writeHead(typeof answer === "number" ? answer : status, { "content-type": "application/json" });
			response.end(typeof answer === "number" ? "{}" : JSON.stringify(answer));
		};
		if (request.method === "POST") {
			this.posted.push(JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>);
			this.#happened.emit("request");
			const { status = 202, drop, hold, before, body } = this.post.shift() ?? {};
			const id = `r${this.posted.length}`;
			before?.();
			if (drop) request.socket.destroy();
			else if (!hold)
				send(body ?? { remoteActionId: id, _links: { remote: { href: `${this.root}${path}/${id}` } } }, status);
			return;
		}
		if (/^\/user\/vehicles\/\w+\/callbacks\/\w+\/remotes\/r?\d+$/.test(path)) {
			const next = this.polls.length > 1 ? this.polls.shift() : this.polls[0];
			if (next === -1) request.socket.destroy();
			else send(next);
		} else if (path === "/user/callbacks") send({ total: 1, _embedded: { callbacks: this.channels } });
		else if (path.endsWith("/status")) send(this.status);
		else send(this.capability);
		this.#happened.emit("request");
	}
}

/** A clock that stands until a test moves it. */
export class ManualClock {
	time = Date.parse("2026-03-10T12:00:00Z");
	readonly #sleepers = new Set<{ length: number; due: number; wake: () => void }>();
	readonly #fell = new EventEmitter().setMaxListeners(0);

	/** Takes the place of the clock of all desks, until sinon restores it. */
	install(): this {
		sinon.replace(systemClock, "now", () => this.time);
		sinon.replace(systemClock, "sleep", (length: number, signal: AbortSignal) => this.#sleep(length, signal));
		return this;
	}

	/** Waits until somebody sleeps for exactly this long. */
	async asleep(length: number): Promise<void> {
		while (![...this.#sleepers].some((sleeper) => sleeper.length === length)) await once(this.#fell, "asleep");
	}

	/** Waits until somebody sleeps for exactly this long, and lets the time pass. */
	async pass(length: number): Promise<void> {
		await this.asleep(length);
		this.advance(length);
	}

	advance(length: number): void {
		this.time += length;
		for (const sleeper of [...this.#sleepers]) if (sleeper.due <= this.time) sleeper.wake();
	}

	#sleep(length: number, signal: AbortSignal): Promise<void> {
		return new Promise((resolve, reject) => {
			const over = () => {
				this.#sleepers.delete(sleeper);
				signal.removeEventListener("abort", abort);
			};
			const abort = () => {
				over();
				reject(Object.assign(new Error("Aborted"), { name: "AbortError" }));
			};
			const wake = () => {
				over();
				resolve();
			};
			const sleeper = { length, due: this.time + length, wake };
			if (signal.aborted) return abort();
			signal.addEventListener("abort", abort);
			this.#sleepers.add(sleeper);
			this.#fell.emit("asleep");
		});
	}
}

interface Helper {
	init(runtime: string, settings?: Record<string, unknown>): void;
	startServer(): Promise<void>;
	stopServer(): Promise<void>;
	load(nodes: unknown[], flow: FlowNode[], credentials: Record<string, unknown>): Promise<void>;
	setFlows(flow: FlowNode[], type: string, credentials: Record<string, unknown>): Promise<void>;
	unload(): Promise<void>;
	getNode(id: string): Node & { receive(msg: FlowMessage): void; connection: AccountConnection };
	log(): { args: [{ level: number; msg: unknown }][] };
}

const helper: Helper = require("node-red-node-test-helper");
const ID = "account1";
const SECOND = "account2";
export const TOKEN = "token-8d1f2e";
/** Made anew each time: Node-RED takes out of what it is given what the flow does not need. */
const credentials = (more: Record<string, string>) => ({
	[ID]: { accessToken: TOKEN, ...more },
	[SECOND]: { accessToken: TOKEN },
});

/**
 * A Node-RED with one account and remote-command nodes `command` and `other`, in a user directory of its own. A second
 * account, where there is one, has the node `second`.
 */
export class CommandFlow {
	readonly userDir: string;
	readonly results: FlowMessage[] = [];
	readonly progress: FlowMessage[] = [];
	readonly errors: FlowMessage[] = [];
	/** More of the first account, or others than it has. */
	credentials: Record<string, string> = {};
	readonly #happened = new EventEmitter().setMaxListeners(0);

	constructor(userDir = mkdtempSync(join(tmpdir(), "commands-"))) {
		this.userDir = userDir;
	}

	get folder(): string {
		return join(this.userDir, "stellantis");
	}

	async load(
		api: Pick<CommandApi, "root">,
		node: Record<string, unknown> = {},
		account: Record<string, unknown> = {},
		second?: Record<string, unknown>,
	): Promise<void> {
		helper.init(require.resolve("node-red"), { userDir: this.userDir });
		await helper.startServer();
		const nodes = ["account", "remote-command"].map((name) => require(`../../nodes/${name}`));
		await helper.load(nodes, flowOf(api, node, account, second), credentials(this.credentials));
		this.#listen();
	}

	async redeploy(
		api: CommandApi,
		node: Record<string, unknown> = {},
		account: Record<string, unknown> = {},
		second?: Record<string, unknown>,
		type: "full" | "nodes" = "full",
	): Promise<void> {
		await helper.setFlows(flowOf(api, node, account, second), type, credentials(this.credentials));
		// The ends of the flow are the same ones where only what has changed is deployed.
		if (type === "full") this.#listen();
	}

	send(msg: FlowMessage = {}, id = "command"): void {
		helper.getNode(id).receive(msg);
	}

	/** What an events node of the account would emit. */
	hear(event: Record<string, unknown>): void {
		helper.getNode(ID).connection.remoteEvents.emit("remote", event);
	}

	/** Resolves with the next thing that reaches the end of the flow, result or error. */
	async end(): Promise<FlowMessage> {
		const count = this.results.length + this.errors.length;
		while (this.results.length + this.errors.length === count) await once(this.#happened, "message");
		return this.#last as FlowMessage;
	}

	#last: FlowMessage | undefined;

	/** Told of each message that leaves the second output. */
	onProgress: (msg: FlowMessage) => void = () => {};

	/** Statuses that left the second output. */
	get statuses(): unknown[] {
		return this.progress.map(({ payload }) => (payload as { status?: unknown }).status);
	}

	/** Entries of the first account's journal, wherever it keeps it. */
	async journal(): Promise<Record<string, unknown>[]> {
		const { shared } = helper.getNode(ID).connection;
		const lines = shared
			? await shared.query<{ line: string }>(
					(table) => `select line from ${table("journal")} where account = $1 order by seq`,
					[shared.name],
				)
			: readFileSync(join(this.folder, "journal.jsonl"), "utf8")
					.trim()
					.split("\n")
					.map((line) => ({ line }));
		return lines.map(({ line }) => JSON.parse(line) as Record<string, unknown>);
	}

	log(): string {
		return JSON.stringify(helper.log().args.map(([entry]) => [entry.level, String(entry.msg)]));
	}

	async stop(): Promise<void> {
		await helper.unload();
		await helper.stopServer();
	}

	remove(): void {
		rmSync(this.userDir, { recursive: true, force: true });
	}

	#listen(): void {
		const collect = (id: string, into: FlowMessage[], ends: boolean) =>
			helper.getNode(id).on("input", (arrived) => {
				const msg = arrived as unknown as FlowMessage;
				into.push(msg);
				if (ends) this.#last = msg;
				else this.onProgress(msg);
				this.#happened.emit("message");
			});
		collect("results", this.results, true);
		collect("errors", this.errors, true);
		collect("progress", this.progress, false);
	}
}

function flowOf(
	api: Pick<CommandApi, "root">,
	node: Record<string, unknown>,
	account: Record<string, unknown>,
	second?: Record<string, unknown>,
): FlowNode[] {
	const command = {
		type: "stellantis-remote-command",
		z: "tab",
		account: ID,
		vehicle: "v1",
		vehicleType: "str",
		command: "lock",
		wires: [["results"], ["progress"]],
		...node,
	};
	const live = {
		type: "stellantis-account",
		configVersion: 1,
		server: "live",
		api: "user-v4",
		baseUrl: api.root,
		auth: "token",
		retries: 0,
		timeout: 5,
	};
	return [
		{ id: "tab", type: "tab", label: "test" },
		{ id: ID, ...live, ...account },
		...(second ? [{ id: SECOND, ...live, ...second }] : []),
		...(second ? [{ id: "second", ...command, account: SECOND }] : []),
		{ id: "command", ...command },
		{ id: "other", ...command },
		{ id: "on-error", type: "catch", z: "tab", wires: [["errors"]] },
		...["results", "progress", "errors"].map((id) => ({ id, type: "helper", z: "tab", wires: [] })),
	];
}
