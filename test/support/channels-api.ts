import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { FamilyId } from "../../src/api/families";

type Json = Record<string, unknown>;

export interface SeenCall {
	method: string;
	/** Path below the API's root. */
	path: string;
	body: unknown;
}

interface Kept {
	id: string;
	body: Json;
	status: string;
	vehicleIds: string[];
}

const SPELLING = {
	"user-v4": { vehicles: "/user/vehicles", channels: "/user/callbacks", name: "callback" },
	"accounts-v1": { vehicles: "/accounts/vehicles", channels: "/accounts/channels", name: "channel" },
	"fleet-v3": { vehicles: "/fleets/f1/vehicles", channels: "/fleets/f1/remote/callbacks", name: "callback" },
} as const;

const MOST_CHANNELS = 5;

/** An API on loopback that keeps channels and monitors, in the spelling of one family. */
export class ChannelsApi {
	readonly calls: SeenCall[] = [];
	readonly channels = new Map<string, Kept>();
	readonly monitors = new Map<string, Kept>();
	readonly vehicles = [
		{ id: "vehicle-1", vin: "VR3UPHNKSKT100001" },
		{ id: "vehicle-2", vin: "VR3UPHNKSKT100002" },
	];
	/** States of vehicles, by their id. */
	readonly states = new Map<string, Json>();
	/** Answers the calls that fit with this status. */
	refuse: { method: string; path: RegExp; status: number } | undefined;
	/** Says "not found" of lists with nothing in them, as real servers do. */
	hidesEmptyLists = false;
	/** Says "not found" of what stands below a vehicle that is not on the list. */
	isStrict = false;
	readonly #family: FamilyId;
	readonly #server: Server;

	private constructor(family: FamilyId) {
		this.#family = family;
		this.#server = createServer((message, response) => void this.#serve(message, response));
	}

	static async start(family: FamilyId = "user-v4"): Promise<ChannelsApi> {
		const api = new ChannelsApi(family);
		await new Promise<void>((resolve) => api.#server.listen(0, "127.0.0.1", resolve));
		return api;
	}

	/** The account node that asks this API, to be loaded with the credentials beside it. */
	get account(): { id: string; type: string; [property: string]: unknown } {
		const baseUrl = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/root`;
		const { id, type } = { id: "account", type: "stellantis-account" };
		return {
			id,
			type,
			server: "live",
			api: this.#family,
			fleetId: "f1",
			baseUrl,
			auth: "token",
			retries: 0,
			timeout: 5,
		};
	}

	readonly credentials = { account: { accessToken: "token-of-the-test" } };

	stop(): Promise<void> {
		return new Promise((resolve) => {
			this.#server.close(() => resolve());
			this.#server.closeAllConnections();
		});
	}

	/** Puts a channel there that somebody else has made. */
	addChannel(label: string, target: string, more: { status?: string; body?: Json } = {}): string {
		const id = randomUUID();
		const { name } = SPELLING[this.#family];
		const body = { label, [name]: { webhook: { target, name: label } }, ...more.body };
		this.channels.set(id, { id, body, status: more.status ?? "Running", vehicleIds: [] });
		return id;
	}

	/** Address of the only channel's webhook. */
	get target(): string {
		const { name } = SPELLING[this.#family];
		const [channel] = [...this.channels.values()].map(({ body }) => body[name] as { webhook: { target: string } });
		return channel?.webhook.target ?? "";
	}

	count(method: string): number {
		return this.calls.filter((call) => call.method === method).length;
	}

	async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
		const chunks: Buffer[] = [];
		for await (const chunk of message) chunks.push(chunk as Buffer);
		const text = Buffer.concat(chunks).toString();
		const method = message.method ?? "";
		const path = new URL(message.url ?? "/", "http://host").pathname.replace(/^\/root/, "");
		const body: unknown = text === "" ? undefined : JSON.parse(text);
		this.calls.push({ method, path, body });
		const refused = this.refuse?.method === method && this.refuse.path.test(path) ? this.refuse.status : undefined;
		const [status, answer] = refused ? [refused, { message: "no" }] : this.#answer(method, path, body as Json);
		response.writeHead(status, { "content-type": "application/hal+json" });
		response.end(answer === undefined ? undefined : JSON.stringify(answer));
	}

	#answer(method: string, path: string, body: Json): [number, unknown] {
		const { vehicles, channels, name } = SPELLING[this.#family];
		if (path === vehicles) {
			const items = this.vehicles.map((each) => ({ ...each, _links: { self: { href: `/root${path}/${each.id}` } } }));
			return [200, { _embedded: { vehicles: items }, total: 2 }];
		}
		const vehicle = path.startsWith(`${vehicles}/`) ? path.slice(vehicles.length + 1).split("/")[0] : undefined;
		if (this.isStrict && vehicle !== undefined && this.vehicles.every(({ id }) => id !== vehicle))
			return [404, { code: 40410, uuid: randomUUID(), message: "No such vehicle" }];
		const state = path.endsWith("/status") ? this.states.get(vehicle ?? "") : undefined;
		if (state !== undefined) return [200, state];
		const monitors =
			this.#family === "user-v4"
				? /^\/user\/vehicles\/[^/]+\/callbacks\/[^/]+\/monitors/
				: this.#family === "accounts-v1"
					? /^\/accounts\/channels\/[^/]+\/monitors/
					: /^\/fleets\/f1\/monitors/;
		const monitorRoot = monitors.exec(path)?.[0];
		if (monitorRoot !== undefined)
			return this.#collection(this.monitors, "monitor", "monitors", method, path, monitorRoot, body);
		if (path.startsWith(channels)) {
			if (method === "POST" && path === channels && this.channels.size >= MOST_CHANNELS)
				return [400, { message: "too many" }];
			return this.#collection(this.channels, name, `${name}s`, method, path, channels, body);
		}
		return [404, { message: "nothing here" }];
	}

	#collection(
		all: Map<string, Kept>,
		name: string,
		key: string,
		method: string,
		path: string,
		root: string,
		body: Json,
	): [number, unknown] {
		const [id = "", part] = path.slice(root.length + 1).split("/");
		const times = { createdAt: "2026-01-01T00:00:00Z", updatedAt: "2026-01-01T00:00:00Z" };
		const show = (kept: Kept) => ({
			...(name === "monitor" ? { monitorId: kept.id, monitor: kept.body } : { id: kept.id, subscribe: kept.body }),
			status: kept.status,
			...times,
			_links: { self: { href: `/root${root}/${kept.id}` } },
		});
		if (id === "" && method === "GET" && all.size === 0 && this.hidesEmptyLists)
			return [404, { code: 40400, uuid: randomUUID(), message: "Not found" }];
		if (id === "" && method === "GET")
			return [200, { _embedded: { [key]: [...all.values()].map(show) }, total: all.size }];
		if (id === "" && method === "POST") {
			const kept = { id: randomUUID(), body, status: "Running", vehicleIds: [] };
			all.set(kept.id, kept);
			return [name === "monitor" ? 202 : 200, { [`${name}Id`]: kept.id, status: "Running", ...times }];
		}
		const kept = all.get(id);
		if (!kept) return [404, { message: "no such thing" }];
		if (part === "status") kept.status = String(body.status);
		else if (part === "handles" && method === "GET")
			return [200, { _embedded: { vehicleIds: kept.vehicleIds, groups: [] }, total: kept.vehicleIds.length }];
		else if (part === "handles") kept.vehicleIds = (body.vehicleIds as string[]) ?? [];
		else if (method === "GET") return [200, show(kept)];
		else if (method === "PUT") kept.body = body;
		else if (method === "DELETE") {
			all.delete(id);
			return [204, undefined];
		}
		return [202, { [`${name}Id`]: id, status: kept.status, ...times }];
	}
}
