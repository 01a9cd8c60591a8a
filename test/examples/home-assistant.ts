/**
 * A Home Assistant on a real broker that takes device-based MQTT discovery as strictly as its documentation says:
 * a key it doesn't know, a template it can't render or a state out of place is an error here.
 */
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { connectAsync, type IPublishPacket, type MqttClient } from "mqtt";

/** A broker of its own on loopback. */
export interface Broker {
	port: number;
	/** Resolves when somebody listens to a topic, as it is written in the subscription. */
	listened(topic: string): Promise<void>;
	stop(): Promise<void>;
}

/** @param port 0: any that is free */
export async function startBroker(port = 0): Promise<Broker> {
	// an ES module
	const { Aedes } = await import("aedes");
	const aedes = await Aedes.createBroker();
	const topics = new Set<string>();
	aedes.on("subscribe", (subscriptions) => {
		for (const { topic } of subscriptions) topics.add(topic);
		aedes.emit("topics");
	});
	const server: Server = createServer(aedes.handle);
	server.listen(port, "127.0.0.1");
	await once(server, "listening");
	return {
		port: (server.address() as AddressInfo).port,
		listened: async (topic) => {
			const signal = AbortSignal.timeout(30_000);
			while (!topics.has(topic)) await once(aedes, "topics", { signal });
		},
		stop: async () => {
			await new Promise<void>((resolve) => aedes.close(resolve));
			server.close();
			await once(server, "close");
		},
	};
}

type Config = Record<string, unknown>;

const shared = ["platform", "unique_id", "name", "icon", "entity_category", "availability_topic"];
const shown = ["state_topic", "value_template"];
/** What each platform must have, and may have beside it and what all may have. */
const PLATFORMS: Readonly<Record<string, { needs: string[]; may: string[] }>> = {
	sensor: {
		needs: ["state_topic"],
		may: [...shown, "device_class", "unit_of_measurement", "state_class", "expire_after"],
	},
	binary_sensor: { needs: ["state_topic"], may: [...shown, "device_class", "expire_after"] },
	switch: { needs: ["command_topic"], may: shown },
	lock: { needs: ["command_topic"], may: shown },
	button: { needs: ["command_topic"], may: [] },
	device_tracker: {
		needs: ["json_attributes_topic"],
		may: ["json_attributes_template", "source_type", "state_topic", "value_template"],
	},
};
/** Device classes that are in use, with their units. */
const CLASSES: Readonly<Record<string, readonly string[]>> = {
	battery: ["%"],
	distance: ["km"],
	battery_charging: [],
	plug: [],
};
/** States of those platforms that know only some. */
const STATES: Readonly<Record<string, readonly string[]>> = {
	binary_sensor: ["ON", "OFF"],
	switch: ["ON", "OFF"],
	lock: ["LOCKED", "UNLOCKED"],
};

export interface Entity {
	platform: string;
	/** Name of the device and of the entity, as the user sees them. */
	device: string;
	name: string;
	config: Config;
}

export class HomeAssistant {
	/** All entities by their unique id. */
	readonly entities = new Map<string, Entity>();
	/** Topics of the announcements that came while it was on, retained ones not counted. */
	readonly announced: string[] = [];
	/** What was wrong with what came. */
	readonly complaints: string[] = [];
	readonly #client: MqttClient;
	readonly #url: string;
	/** Last message of each topic. */
	readonly #values = new Map<string, string>();
	readonly #news = new EventEmitter();

	private constructor(client: MqttClient, url: string) {
		this.#client = client;
		this.#url = url;
		client.on("message", (topic, payload, packet) => this.#hear(topic, payload.toString(), packet));
	}

	static async start(port: number): Promise<HomeAssistant> {
		const url = `mqtt://127.0.0.1:${port}`;
		const assistant = new HomeAssistant(await connectAsync(url), url);
		await assistant.#client.subscribeAsync("homeassistant/device/+/config", { qos: 1 });
		return assistant;
	}

	stop(): Promise<void> {
		return this.#client.endAsync();
	}

	/** Says that it has just started. */
	async bear(): Promise<void> {
		await this.#client.publishAsync("homeassistant/status", "online");
	}

	/** Operates an entity, as by its control in the user's dashboard. */
	async press(entity: Entity, payload: string): Promise<void> {
		await this.#client.publishAsync(String(entity.config.command_topic), payload, { qos: 1 });
	}

	/** Publishes something else. */
	async publish(topic: string, payload: string, retain = false): Promise<void> {
		await this.#client.publishAsync(topic, payload, { qos: 1, retain });
	}

	/** An entity by the names of its device and itself; throws when there is none, or another. */
	entity(device: string, name: string): Entity {
		const found = [...this.entities.values()].filter((each) => each.device === device && each.name === name);
		assert.equal(found.length, 1, `${device} ${name}`);
		return found[0] as Entity;
	}

	/** The state of an entity as Home Assistant shows it, undefined before the first. */
	state({ platform, config }: Entity): string | undefined {
		const topic = platform === "device_tracker" ? config.json_attributes_topic : config.state_topic;
		const template = platform === "device_tracker" ? config.json_attributes_template : config.value_template;
		const value = this.#values.get(String(topic));
		return value === undefined ? undefined : render(String(template ?? "{{ value }}"), value);
	}

	/** What an availability topic said last: `online`, `offline`. */
	availability({ config }: Entity): string | undefined {
		return this.#values.get(String(config.availability_topic));
	}

	/** Resolves with what the broker keeps of a topic for who comes later. */
	async kept(topic: string): Promise<string> {
		const late = await connectAsync(this.#url);
		try {
			const heard = new Promise<string>((resolve, reject) => {
				AbortSignal.timeout(30_000).onabort = () => reject(new Error(`nothing is kept of ${topic}`));
				late.on("message", (_, payload, { retain }) => retain && resolve(payload.toString()));
			});
			await late.subscribeAsync(topic, { qos: 1 });
			return await heard;
		} finally {
			await late.endAsync();
		}
	}

	/** Resolves with the first answer of `look` that is not undefined; it looks again when a message has come. */
	async until<T>(look: () => T | undefined, what: string): Promise<T> {
		const signal = AbortSignal.timeout(30_000);
		for (;;) {
			const found = look();
			if (found !== undefined) return found;
			await once(this.#news, "news", { signal }).catch(() => {
				throw new Error(`${what} did not come. Topics: ${JSON.stringify([...this.#values], null, "\t")}`);
			});
		}
	}

	/** Resolves when an entity has a state like this. */
	shows(entity: Entity, state: RegExp): Promise<string> {
		const look = () => {
			const now = this.state(entity);
			return now !== undefined && state.test(now) ? now : undefined;
		};
		return this.until(look, `${entity.device} ${entity.name} ${state}`);
	}

	#hear(topic: string, payload: string, { retain }: IPublishPacket): void {
		if (topic.startsWith("homeassistant/device/")) {
			if (!retain) this.announced.push(topic);
			try {
				this.#discover(topic, JSON.parse(payload) as Config);
			} catch (error) {
				this.complaints.push(`${topic}: ${error}`);
			}
		} else this.#values.set(topic, payload);
		this.#news.emit("news");
	}

	#discover(topic: string, payload: Config): void {
		assert.match(topic, /^homeassistant\/device\/[a-zA-Z0-9_-]+\/config$/);
		const { device, origin, components, ...rest } = payload as Record<string, Config>;
		assert.deepEqual(
			Object.keys(rest).filter((key) => key !== "availability_topic"),
			[],
			"keys of the payload",
		);
		assertKeys(device ?? {}, ["identifiers", "name"], ["manufacturer", "model", "serial_number", "sw_version"]);
		assert.ok(Array.isArray(device?.identifiers) && device.identifiers.length > 0, "a device needs an identifier");
		assertKeys(origin ?? {}, ["name"], ["sw_version", "support_url"]);
		for (const config of Object.values(components ?? {}) as Config[])
			this.#add(String(device?.name), { ...rest, ...config }, topic);
	}

	#add(device: string, config: Config, topic: string): void {
		const { platform, unique_id: id, name } = config;
		const rule = PLATFORMS[String(platform)];
		assert.ok(rule, `platform ${platform}`);
		assertKeys(config, ["platform", "unique_id", "name", ...rule.needs], [...shared, ...rule.may]);
		const before = this.entities.get(String(id));
		assert.ok(!before || before.config.announcedBy === topic, `${id} is unique`);
		for (const [key, value] of Object.entries(config)) {
			if (key.endsWith("_topic")) assert.match(String(value), /^[^+#]+$/, key);
			if (key.endsWith("_template")) render(String(value), "{}");
		}
		if (config.expire_after !== undefined) assert.ok(Number.isInteger(config.expire_after));
		if (config.device_class !== undefined) {
			const units = CLASSES[String(config.device_class)];
			assert.ok(units, `device class ${config.device_class}`);
			if (units.length > 0) assert.ok(units.includes(String(config.unit_of_measurement)), `unit of ${id}`);
		}
		if (!before) {
			const topics = ["availability_topic", "state_topic", "json_attributes_topic"];
			const wanted = topics.flatMap((key) => (config[key] === undefined ? [] : [String(config[key])]));
			this.#client.subscribe(wanted, { qos: 1 });
		}
		this.entities.set(String(id), {
			platform: String(platform),
			device,
			name: String(name),
			config: { ...config, announcedBy: topic },
		});
	}
}

/** Throws for a state that an entity can't have; `None` is how Home Assistant writes that it isn't known. */
export function assertState({ platform, name, config }: Entity, state: string): void {
	if (state === "None") return;
	const states = STATES[platform];
	if (states) assert.ok(states.includes(state), `${name} is ${state}`);
	else if (config.unit_of_measurement !== undefined) assert.match(state, /^-?\d+(\.\d+)?$/, name);
	else if (platform === "device_tracker") {
		const { latitude, longitude, ...rest } = JSON.parse(state) as Record<string, number>;
		if (latitude === undefined && longitude === undefined) return;
		assert.ok(Math.abs(latitude ?? 999) <= 90 && Math.abs(longitude ?? 999) <= 180);
		assert.deepEqual(Object.keys(rest), ["gps_accuracy"]);
	} else assert.ok(state.length <= 255, `${name} is too long`);
}

function assertKeys(given: Config, needs: readonly string[], may: readonly string[]): void {
	for (const key of needs) assert.ok(given[key] !== undefined && given[key] !== "", `${key} is missing`);
	for (const key of Object.keys(given)) assert.ok(needs.includes(key) || may.includes(key), `${key} is unknown`);
}

/** The templates that examples use: the value, a property of its JSON, the same as JSON. */
function render(template: string, value: string): string {
	if (template === "{{ value }}") return value;
	const [, property, asJson] = /^\{\{ value_json\.(\w+)( \| tojson)? \}\}$/.exec(template) ?? [];
	assert.ok(property, `template ${template}`);
	const found = (JSON.parse(value) as Config)[property];
	if (asJson) return JSON.stringify(found);
	return found === null || found === undefined ? "None" : String(found);
}
