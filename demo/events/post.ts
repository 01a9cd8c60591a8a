/** Webhooks: what is raised is posted to its channel's address, and again until somebody takes it. */
import type { Clockwork } from "../base/clockwork";
import { isObject, type Json } from "../base/json";
import { day } from "../base/time";
import { type Monitor, type RemoteAction, webhookOf } from "../desk/desk";
import type { Desks } from "../desk/desks";
import type { Family } from "../families";
import type { Model } from "../world/model";
import type { SimulatedVehicle } from "../world/vehicles";
import { deliver, isHere } from "./deliver";
import {
	bodyOf,
	monitorEvent,
	type Notice,
	notice,
	remoteEvent,
	type Sighting,
	type Source,
	variablesOf,
} from "./notices";

/** How long and how often an address is tried, and how much it gets at once. Times in milliseconds. */
interface Policy {
	delay: number;
	attempts: number;
	size: number;
	/** How long a batch that isn't full yet waits for more. */
	window?: number;
}

/** What waits for one address. */
interface Line {
	source: Source;
	waiting: Notice[];
	/** Attempts for the first batch. */
	tried: number;
	/** Something is on its way, or will be by a timer. */
	busy: boolean;
	/** Calls off the end of the time window that a batch is collected in. */
	timed?: () => void;
}

interface Subscription {
	running: boolean;
	/** Holder of the webhook, and of the retry policy where there is one. */
	subscribe: Json;
	label: unknown;
}

/** "Messages retention: data is deleted within 72 hours if not sent" (user-v4, `Webhook`). */
const retention = 3 * day;
/** "Retry delay is set at 10 seconds", "batch size set at 100" (user-v4, `Webhook`). */
const persistent: Policy = { delay: 10_000, attempts: Number.POSITIVE_INFINITY, size: 100 };

export class PostOffice {
	readonly #model: Model;
	readonly #desks: Desks;
	readonly #clockwork: Clockwork;
	readonly #lines = new Map<string, Line>();
	readonly #closing = new AbortController();
	readonly #underway = new Set<Promise<void>>();

	constructor(model: Model, desks: Desks, clockwork: Clockwork) {
		this.#model = model;
		this.#desks = desks;
		this.#clockwork = clockwork;
	}

	/** Tells the channel of a command where it stands. */
	remote(family: Family, action: RemoteAction): void {
		const vehicle = this.#model.find("id", action.vehicleId);
		const source = channelSource(family, action.channelId);
		const { label, attributes } = action.remote;
		const more = { remotetype: action.type, remotestatus: action.status, remotelabel: String(label ?? "") };
		if (vehicle)
			this.#raise(source, vehicle, remoteEvent(family, vehicle.vin, action), [attributes, action.remote], more);
	}

	/** Tells what a monitor has seen to its channel, or to its own webhook. */
	monitor(
		family: Family,
		monitor: Monitor,
		vehicle: SimulatedVehicle,
		seen: Omit<Sighting, "vin" | "monitorId">,
	): void {
		const source: Source = monitor.channelId
			? channelSource(family, monitor.channelId)
			: { family, key: "monitorId", id: monitor.id };
		const event = monitorEvent(family, { ...seen, vin: vehicle.vin, monitorId: monitor.id });
		const { label, attributes, subscribeParam } = monitor.monitor;
		const more = { monitorid: monitor.id, monitorlabel: String(label ?? "") };
		this.#raise(source, vehicle, event, [attributes, subscribeParam], more);
	}

	/** Whether anybody would hear of something raised there. */
	reaches(family: Family, id: string): boolean {
		const subscription = this.#subscription({ family, key: "", id });
		return subscription?.running === true && isHere(webhookOf(subscription.subscribe)?.target);
	}

	/** Forgets what waits for a channel or monitor that is gone. */
	drop(id: string): void {
		this.#lines.delete(id);
	}

	/** Resolves when nothing is on its way; what waits for its time doesn't count. */
	async settled(): Promise<void> {
		while (this.#underway.size > 0) await Promise.all(this.#underway);
	}

	/** Breaks off what is on its way. */
	close(): void {
		this.#closing.abort();
		this.#lines.clear();
	}

	#raise(
		source: Source,
		vehicle: SimulatedVehicle,
		event: Json,
		[attributes, overload]: [unknown, unknown],
		more: Record<string, string>,
	): void {
		if (!this.reaches(source.family, source.id)) return;
		const subscription = this.#subscription(source);
		const own = webhookOf(subscription?.subscribe)?.attributes;
		const all = [own, attributes, overloadOf(overload)].flatMap((list) => (Array.isArray(list) ? list.flat() : []));
		const variables = { ...variablesOf(vehicle, { id: source.id, label: subscription?.label }), ...more };
		let line = this.#lines.get(source.id);
		if (!line) {
			line = { source, waiting: [], tried: 0, busy: false };
			this.#lines.set(source.id, line);
		}
		line.waiting.push(notice(this.#model.now(), event, all, variables));
		this.#next(line);
	}

	/** Sends the next batch, now or as soon as its time has come. */
	#next(line: Line): void {
		if (line.busy || line.waiting.length === 0) return;
		const { size, window } = this.#policy(line.source);
		const full = window === undefined || line.waiting.length >= size;
		if (full) this.#start(line);
		else if (!line.timed) line.timed = this.#clockwork.after(window, () => this.#start(line));
	}

	#start(line: Line): void {
		const sending = this.#send(line).finally(() => this.#underway.delete(sending));
		this.#underway.add(sending);
	}

	async #send(line: Line): Promise<void> {
		line.timed?.();
		delete line.timed;
		const { source } = line;
		const oldest = this.#model.now() - retention;
		line.waiting = line.waiting.filter(({ time }) => time >= oldest);
		const target = webhookOf(this.#subscription(source)?.subscribe)?.target;
		if (!this.reaches(source.family, source.id)) line.waiting = [];
		const policy = this.#policy(source);
		const batch = line.waiting.slice(0, policy.size);
		const [first] = batch;
		if (line.busy || !first) return;
		line.busy = true;
		// Only a single event brings header and query attributes.
		const single = batch.length === 1;
		const status = await deliver({
			target: String(target),
			headers: single ? first.headers : {},
			query: single ? first.query : {},
			body: bodyOf(source, batch),
			signal: this.#closing.signal,
		});
		const taken = status >= 200 && status < 300;
		line.tried++;
		if (taken || line.tried >= policy.attempts) {
			line.waiting.splice(0, batch.length);
			line.tried = 0;
			line.busy = false;
			this.#next(line);
			return;
		}
		this.#clockwork.after(policy.delay, () => {
			line.busy = false;
			this.#start(line);
		});
	}

	#policy({ family, id }: Source): Policy {
		if (!family.channels.retryPolicy) return persistent;
		const { retryPolicy, batchNotify } = this.#subscription({ family, key: "", id })?.subscribe ?? {};
		const { policy = "None", retryNumber = 3, retryDelay = 10 } = (isObject(retryPolicy) ? retryPolicy : {}) as Json;
		const attempts = policy === "Always" ? Number.POSITIVE_INFINITY : policy === "Bounded" ? Number(retryNumber) : 1;
		const { size = 1, timeWindow = 60 } = (isObject(batchNotify) ? batchNotify : {}) as Json;
		return {
			delay: Number(retryDelay) * 1000,
			attempts,
			size: Number(size),
			...(Number(size) > 1 ? { window: Number(timeWindow) * 1000 } : {}),
		};
	}

	#subscription({ family, id }: Source): Subscription | undefined {
		const { channels, monitors } = this.#desks.of(family);
		const channel = channels.get(id);
		if (channel) {
			return { running: channel.status === "Running", subscribe: channel.subscribe, label: channel.subscribe.label };
		}
		const monitor = monitors.get(id);
		const subscribe = monitor?.monitor.subscribeParam;
		if (!monitor || !isObject(subscribe)) return undefined;
		return { running: monitor.status === "Running", subscribe, label: monitor.monitor.label };
	}
}

function channelSource(family: Family, id: string): Source {
	return { family, key: `${family.channels.name}Id`, id };
}

/** Attributes that a command or a monitor adds to those of its channel's webhook. */
function overloadOf(holder: unknown): unknown {
	if (!isObject(holder)) return undefined;
	const more = holder.callbackAttributes ?? holder.channelAttributes;
	return isObject(more) ? more.webhook : undefined;
}
