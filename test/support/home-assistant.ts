/**
 * A stand-in for Home Assistant with the integration Stellantis Vehicles: its websocket, its REST API, the registry of
 * entities, and the ways in which both fail.
 */
import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

export const HA_TOKEN = "token-of-home-1f7c";

/** Buttons of a car, in two languages. */
const BUTTONS: Readonly<Record<string, readonly [en: string, de: string]>> = {
	doors_lock: ["Doors lock", "Türen verriegeln"],
	doors_unlock: ["Doors unlock", "Türen entriegeln"],
	horn: ["Horn", "Hupe"],
	lights: ["Lights", "Lichter"],
	wakeup: ["Wake up", "Aufwecken"],
	preconditioning_start: ["Preconditioning start", "Vorklimatisierung: Start"],
	preconditioning_stop: ["Preconditioning stop", "Vorklimatisierung: Stopp"],
	charge_start: ["Charge start", "Laden starten"],
	charge_stop: ["Charge stop", "Laden stoppen"],
	charge_limit_on: ["Charge limit on", "Ladegrenze an"],
	charge_limit_off: ["Charge limit off", "Ladegrenze aus"],
};
/** The words of a status; German lacks some, as the integration's does. */
const CODES: Readonly<Record<string, readonly [en: string, de?: string]>> = {
	"900": ["Accepted", "Angenommen"],
	"901": ["Vehicle sleeping, waking up", "Fahrzeug schläft, wird geweckt"],
	"903": ["Sent to vehicle", "An das Fahrzeug gesendet"],
	"0": ["Success", "Erfolgreich"],
	"300": ["Timeout or cancelled", "Zeitüberschreitung"],
	"500": ["Error", "Fehler"],
	"502": ["Duplicate"],
	not_compatible: ["Not compatible", "Nicht kompatibel"],
	failed: ["Failed"],
	rate_limit: ["Rate limit"],
};

interface State {
	entity_id: string;
	state: string;
	attributes: Record<string, unknown>;
	last_changed: string;
	last_updated: string;
}

interface Entry {
	entity_id: string;
	unique_id: string;
	platform: string;
	disabled_by: string | null;
	[more: string]: unknown;
}

/** What a press does instead of working. */
export type PressFault =
	| "lost" // pressed, the connection breaks
	| "unheard" // not pressed, the connection breaks
	| "silent" // pressed, no answer
	| "500"
	| "400 pending"
	| "429"
	| "400 echo" // repeats the token
	| "500 pending"
	| "redirect";

export class HomeAssistant {
	/** Entity ids of the buttons that were pressed, and of those that were asked for. */
	readonly pressed: string[] = [];
	readonly asked: string[] = [];
	/** `Authorization` of every request, and every token of a websocket. */
	readonly tokens: string[] = [];
	language = "en";
	/** What goes before every path. */
	base = "";
	/** Where its websocket is below that. */
	socket = "/api/websocket";
	/** Whether it sends those who open its websocket elsewhere, as a proxy does that wants https. */
	isMoved = false;
	/** What becomes of the next press. */
	faults: PressFault[] = [];
	/** Told of each press, by VIN and key of the button; what it answers is done after the press was answered. */
	onPress: (vin: string, key: string) => unknown = () => undefined;
	token = HA_TOKEN;
	now: () => number = Date.now;
	registry: Entry[] = [];
	readonly #states = new Map<string, State>();
	readonly #subscribers = new Map<WebSocket, number>();
	/** Those who want to hear of the registry. */
	readonly #readers = new Map<WebSocket, number>();
	readonly #happened = new EventEmitter().setMaxListeners(0);
	readonly #sockets = new Set<Socket>();
	#server: Server;
	#ws = new WebSocketServer({ noServer: true });
	#port = 0;

	private constructor() {
		this.#server = this.#made();
	}

	static async start(): Promise<HomeAssistant> {
		const assistant = new HomeAssistant();
		await assistant.#listen();
		return assistant;
	}

	/** Its root address, as an account has it. */
	get url(): string {
		return `http://127.0.0.1:${this.#port}${this.base}`;
	}

	/** Websockets that are open now. */
	get conversations(): number {
		return this.#ws.clients.size;
	}

	/** Adds a car with all its entities, as the newest version of the integration does. */
	addCar(vin: string, name = vin.toLowerCase(), keys = Object.keys(BUTTONS)): this {
		const add = (domain: string, key: string, slug: string, state: string) => {
			const id = `${domain}.${name}_${slug}`;
			this.registry.push({
				entity_id: id,
				unique_id: `${vin}_${key}`,
				platform: "stellantis_vehicles",
				disabled_by: null,
				device_id: `device-${name}`,
				config_entry_id: "entry-1",
				translation_key: key,
			});
			this.#set(id, state);
		};
		for (const key of keys) add("button", key, key, "unknown");
		add("sensor", "command_status", "command_status", "unknown");
		add("sensor", "battery", "battery", "60");
		add("binary_sensor", "doors", "doors", "on");
		add("binary_sensor", "preconditioning", "preconditioning", "off");
		add("binary_sensor", "battery_charging", "charging", "off");
		add("binary_sensor", "remote_commands", "remote_commands", "on");
		return this;
	}

	/** The entity of a car by domain and key: `button.doors_lock`. */
	entity(vin: string, name: string): Entry {
		const [domain = "", key] = name.split(".");
		const found = this.registry.find(
			(entry) => entry.unique_id === `${vin}_${key}` && entry.entity_id.startsWith(`${domain}.`),
		);
		if (!found) throw new Error(`no ${name} of ${vin}`);
		return found;
	}

	/** Renames an entity, as users do. */
	rename(vin: string, name: string, id: string): void {
		const entry = this.entity(vin, name);
		const state = this.#states.get(entry.entity_id);
		this.#states.delete(entry.entity_id);
		entry.entity_id = id;
		const data = { action: "update", entity_id: id, old_entity_id: state?.entity_id, changes: {} };
		for (const [client, subscription] of this.#readers)
			client.send(
				JSON.stringify({ id: subscription, type: "event", event: { event_type: "entity_registry_updated", data } }),
			);
		if (state) this.#set(id, state.state, state.attributes);
	}

	/** Sets the state of an entity. */
	state(vin: string, name: string, state: string, attributes: Record<string, unknown> = {}): void {
		this.#set(this.entity(vin, name).entity_id, state, attributes);
	}

	/** Shows the status of a command, in its own language where there is a word for it. */
	status(vin: string, key: string, code: string): void {
		const place = this.language === "de" ? 1 : 0;
		const name = BUTTONS[key]?.[place] ?? key;
		const word = CODES[code]?.[place] ?? (place === 1 ? CODES[code]?.[0] : undefined) ?? code;
		this.state(vin, "sensor.command_status", `${name}: ${word}`);
	}

	/** Tells all who listen of a change of a state, in whatever words. */
	tell(data: string): void {
		for (const [client, subscription] of this.#subscribers)
			client.send(
				`{"id": ${subscription}, "type": "event", "event": {"event_type": "state_changed", "data": ${data}}}`,
			);
	}

	/** Resolves when so many presses were asked for. */
	async presses(count: number): Promise<void> {
		while (this.asked.length < count) await once(this.#happened, "asked");
	}

	/** Resolves when somebody has subscribed to states, again. */
	async subscribed(): Promise<void> {
		await once(this.#happened, "subscribed");
	}

	/** Can't be reached over its websocket for a while, and goes on. */
	cutOff(): void {
		this.isMoved = true;
		for (const client of this.#ws.clients) client.terminate();
	}

	/** Goes away as in a restart; {@link back} ends that. */
	async away(): Promise<void> {
		for (const client of this.#ws.clients) client.terminate();
		for (const socket of this.#sockets) socket.destroy();
		await new Promise((resolve) => this.#server.close(resolve));
	}

	/** Is there again; all states are those of before, with the time of the start. */
	async back(): Promise<void> {
		const time = new Date(this.now()).toISOString();
		for (const state of this.#states.values()) Object.assign(state, { last_changed: time, last_updated: time });
		this.#server = this.#made();
		this.#ws = new WebSocketServer({ noServer: true });
		await this.#listen();
	}

	async stop(): Promise<void> {
		for (const client of this.#ws.clients) client.terminate();
		for (const socket of this.#sockets) socket.destroy();
		await new Promise((resolve) => this.#server.close(resolve));
	}

	#set(id: string, state: string, attributes: Record<string, unknown> = {}): void {
		const before = this.#states.get(id);
		const time = new Date(this.now()).toISOString();
		// Home Assistant tells of no change where there is none.
		if (before?.state === state && JSON.stringify(before.attributes) === JSON.stringify(attributes)) return;
		const changed = before?.state === state ? before.last_changed : time;
		const next = { entity_id: id, state, attributes, last_changed: changed, last_updated: time };
		this.#states.set(id, next);
		for (const [client, subscription] of this.#subscribers)
			client.send(
				JSON.stringify({
					id: subscription,
					type: "event",
					event: {
						event_type: "state_changed",
						data: { entity_id: id, old_state: before ?? null, new_state: next },
						time_fired: time,
					},
				}),
			);
	}

	#made(): Server {
		const server = createServer((request, response) => void this.#rest(request, response));
		server.on("connection", (socket: Socket) => {
			this.#sockets.add(socket);
			socket.on("error", () => {}).on("close", () => this.#sockets.delete(socket));
		});
		server.on("upgrade", (request, socket, head) => {
			if (this.isMoved) {
				socket.end(
					"HTTP/1.1 301 Moved Permanently\r\nlocation: https://elsewhere.example/\r\nconnection: close\r\n\r\n",
				);
				return;
			}
			if (request.url !== `${this.base}${this.socket}`) {
				socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n");
				return;
			}
			this.#ws.handleUpgrade(request, socket, head, (client) => this.#talk(client));
		});
		return server;
	}

	async #listen(): Promise<void> {
		await new Promise<void>((resolve) => this.#server.listen(this.#port, "127.0.0.1", resolve));
		this.#port = (this.#server.address() as AddressInfo).port;
	}

	#talk(client: WebSocket): void {
		let isIn = false;
		const say = (message: object) => client.send(JSON.stringify(message));
		say({ type: "auth_required", ha_version: "2026.11.0" });
		client
			.on("error", () => {})
			.on("close", () => {
				this.#subscribers.delete(client);
				this.#readers.delete(client);
			});
		client.on("message", (data) => {
			const { id, type, ...fields } = JSON.parse(String(data)) as Record<string, unknown> & { id: number };
			if (!isIn) {
				this.tokens.push(String(fields.access_token));
				isIn = type === "auth" && fields.access_token === this.token;
				say(
					isIn
						? { type: "auth_ok", ha_version: "2026.11.0" }
						: { type: "auth_invalid", message: "Invalid access token or password" },
				);
				if (!isIn) client.close();
				return;
			}
			const result = (value: unknown) => say({ id, type: "result", success: true, result: value });
			if (type === "config/entity_registry/list") result(this.registry);
			else if (type === "get_config") result({ version: "2026.11.0", language: this.language, state: "RUNNING" });
			else if (type === "get_states") result(this.#all());
			else if (type === "frontend/get_translations") result({ resources: this.#texts(String(fields.language)) });
			else if (type === "subscribe_events" && fields.event_type === "state_changed") {
				this.#subscribers.set(client, id);
				result(null);
				this.#happened.emit("subscribed");
			} else if (type === "subscribe_events" && fields.event_type === "entity_registry_updated") {
				this.#readers.set(client, id);
				result(null);
			} else
				say({ id, type: "result", success: false, error: { code: "unknown_command", message: "Unknown command." } });
		});
	}

	/** All states but those of disabled entities. */
	#all(): State[] {
		const disabled = new Set(this.registry.filter((entry) => entry.disabled_by !== null).map((each) => each.entity_id));
		return [...this.#states.values()].filter(({ entity_id: id }) => !disabled.has(id));
	}

	#texts(language: string): Record<string, string> {
		const place = language === "de" ? 1 : 0;
		const root = "component.stellantis_vehicles.entity";
		return Object.fromEntries([
			...Object.entries(BUTTONS).map(([key, words]) => [`${root}.button.${key}.name`, words[place]]),
			...Object.entries(CODES).flatMap(([code, words]) =>
				words[place] === undefined ? [] : [[`${root}.sensor.command_status.state.${code}`, words[place]]],
			),
		]);
	}

	async #rest(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const { authorization = "" } = request.headers;
		this.tokens.push(authorization.replace("Bearer ", ""));
		const answer = (status: number, body: unknown = "", headers: Record<string, string> = {}) => {
			if (response.destroyed) return;
			response.writeHead(status, { "content-type": "application/json", ...headers });
			response.end(typeof body === "string" ? body : JSON.stringify(body));
		};
		if (authorization !== `Bearer ${this.token}`) return answer(401, "401: Unauthorized");
		if (request.method !== "POST" || request.url !== `${this.base}/api/services/button/press`)
			return answer(404, "404: Not Found");
		const { entity_id: id } = JSON.parse(Buffer.concat(chunks).toString()) as { entity_id: string };
		this.asked.push(id);
		const fault = this.faults.shift();
		if (fault === "redirect") answer(307, "", { location: `http://127.0.0.1:${this.#port}/elsewhere` });
		else if (fault === "unheard") request.socket.destroy();
		else if (fault === "429") answer(429, "429: Too Many Requests", { "retry-after": "20" });
		else if (fault === "400 pending") answer(400, { message: "Command already pending" });
		else if (fault === "400 echo") answer(400, { message: `no ${this.token}` });
		else {
			const changed = this.#press(id);
			if (fault === "lost") request.socket.destroy();
			else if (fault === "500" || fault === "500 pending") answer(500, "500: Internal Server Error");
			else if (fault !== "silent") answer(200, changed);
			// What follows comes from the car: later than the answer.
			const entry = this.registry.find((each) => each.entity_id === id);
			const [vin = "", key = ""] = entry ? [entry.unique_id.slice(0, 17), entry.unique_id.slice(18)] : [];
			if (changed.length > 0 && fault !== "500 pending") await this.onPress(vin, key);
		}
		this.#happened.emit("asked");
	}

	/** A button that is not there, or not available, is left out without a word. */
	#press(id: string): State[] {
		const state = this.#states.get(id);
		if (!state || state.state === "unavailable") return [];
		this.pressed.push(id);
		this.#set(id, new Date(this.now()).toISOString());
		return [this.#states.get(id) as State];
	}
}
