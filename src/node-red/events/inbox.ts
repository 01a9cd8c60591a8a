import { randomUUID } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { z } from "zod";
import { type ApiEvent, eventsIn, hasRemoteNews } from "../../api/notifications";
import { defined } from "../../json";
import type { DurableQueue } from "../../storage/durable-queue";
import { received } from "../../telemetry";
import type { FlowsState } from "../flows-state";
import { Pace } from "../pace";
import { type Digest, digestOf, type SeenEvents } from "./seen-events";
import type { NamedVehicle } from "./vehicle-names";

/** A notification as it waits on the disk. */
export const waitingShape = z.object({
	/** Epoch milliseconds at which it came. */
	at: z.number(),
	/** What its request says about the vehicle. */
	vin: z.optional(z.string()),
	/** Names it among those of several receivers. */
	key: z.optional(z.string()),
	/** Its JSON. */
	text: z.string(),
});

export type Waiting = z.infer<typeof waitingShape>;

/** Characters of notifications that are read ahead of those that are being sent, so that their vehicles are looked up meanwhile. */
const READ_AHEAD = 1024 * 1024;

const GATHER = 250;
/** How long (ms) after a failure of the disk the inbox looks again. */
const PAUSE = 1_000;

export interface InboxOptions {
	queue: Pick<DurableQueue<Waiting>, "append" | "read">;
	seen: Pick<SeenEvents, "has" | "add" | "flush">;
	/**
	 * Which events of a notification are to be sent, where there are several receivers: those that none before it, at any
	 * of them, has told. Absent: all. Never fails.
	 *
	 * @param key of the notification
	 */
	claim?(key: string, digests: readonly Digest[]): Promise<ReadonlySet<Digest>>;
	flows: Pick<FlowsState, "whenRunning">;
	/** Whether events of a kind are sent. */
	wants(kind: ApiEvent["kind"]): boolean;
	/** Hears of every new event of a command at once, wanted or not; what it throws keeps no event from being sent. */
	hear(event: ApiEvent): void;
	/** Told of an event that is not sent, since nobody wants it. */
	skipped?(event: ApiEvent): void;
	/** Looks an event's vehicle up; never fails, and never takes long. */
	name(event: ApiEvent): Promise<NamedVehicle | undefined>;
	/** Sends one event; the next one waits for it. */
	deliver(event: ApiEvent, vehicle: NamedVehicle | undefined): Promise<void>;
	onError(error: unknown): void;
	/** Told once when what waits can't be read; it is tried again until it can. */
	onOutage(error: unknown): void;
	/** Milliseconds for which what has left is gathered before it is remembered. */
	gather?: number;
	/** Epoch milliseconds. */
	now?: () => number;
}

/** An event on its way: read, and perhaps still without the name of its vehicle. */
interface Named {
	event: ApiEvent;
	digest: Digest;
	vehicle: Promise<NamedVehicle | undefined>;
}

/**
 * Takes notifications, which last from then on, and sends their events one after the other while flows run; repeats are
 * dropped. What has not certainly left when flows stop is sent again when they run, by this inbox or the next one.
 */
export class Inbox {
	readonly #options: InboxOptions;
	readonly #closing = new AbortController();
	readonly #taking = new Set<Promise<void>>();
	/** One notification may hold tens of thousands of events. */
	readonly #pace = new Pace();
	/** News of commands, told one after the other. */
	#telling: Promise<void> = Promise.resolve();
	readonly #startedAt: number;
	#sending: Promise<void> = Promise.resolve();
	/** Says that the last notification, and all before it, has left; undefined when that was said. */
	#left: (() => void) | undefined;
	#keeping: NodeJS.Timeout | undefined;
	/** Why nothing could be read since something was. */
	#outage: string | undefined;

	constructor(options: InboxOptions) {
		this.#options = options;
		this.#startedAt = (options.now ?? Date.now)();
	}

	/** Sends what waits, and then what comes. */
	start(): void {
		this.#sending = this.#send();
	}

	/**
	 * Takes a notification; it is on the disk when the promise resolves. The work that it makes leaves the answers of all
	 * that came with it their turn.
	 *
	 * @param body what its text says
	 * @throws LogFull, StorageError: it was not taken
	 */
	async take(text: string, body: unknown, vin: string | undefined): Promise<void> {
		const at = (this.#options.now ?? Date.now)();
		const key = this.#options.claim && randomUUID();
		const appending = this.#options.queue.append([{ at, text, ...defined({ vin, key }) }]);
		this.#taking.add(appending);
		try {
			await appending;
		} finally {
			this.#taking.delete(appending);
		}
		if (hasRemoteNews(body)) this.#telling = this.#telling.then(() => this.#tellNews(body, vin));
	}

	/** Sends nothing from now on; resolves when all that was taken is on the disk, and what was sent is remembered. */
	async close(): Promise<void> {
		this.#closing.abort();
		await Promise.allSettled([this.#sending, ...this.#taking]);
		await nextTurn();
		await this.#telling;
		clearTimeout(this.#keeping);
		await this.#keep();
	}

	async #tellNews(body: unknown, vin: string | undefined): Promise<void> {
		const { seen, hear, onError } = this.#options;
		await nextTurn();
		try {
			for (const event of eventsIn(body, vin)) {
				if (event.remote && !seen.has(digestOf(event.id))) this.#guarded(() => hear(event));
				await this.#pace.turn();
			}
		} catch (error) {
			onError(error);
		}
	}

	async #send(): Promise<void> {
		const { signal } = this.#closing;
		while (!signal.aborted) {
			try {
				const running = await this.#options.flows.whenRunning(signal);
				await this.#sendWhile(running);
			} catch (error) {
				if (signal.aborted) return;
				const reason = String(error);
				if (reason !== this.#outage) this.#options.onOutage(error);
				this.#outage = reason;
				await new Promise((resolve) => setTimeout(resolve, PAUSE).unref());
			}
		}
	}

	/** @param running aborts when flows stop */
	async #sendWhile(running: AbortSignal): Promise<void> {
		const signal = AbortSignal.any([running, this.#closing.signal]);
		/** Those that were sent but whose flows may not have got them yet. */
		const leaving = new Set<Digest>();
		let before = Promise.resolve();
		let ahead = 0;
		for await (const { entry, delivered } of this.#options.queue.read(signal)) {
			this.#outage = undefined;
			const named = await this.#eventsOf(entry, leaving, signal);
			const claimed = this.#options.claim?.(
				entry.key ?? randomUUID(),
				named.map(({ digest }) => digest),
			);
			before = before.then(async () => {
				ahead -= entry.text.length;
				if (!(await this.#sendAll(named, await claimed, signal))) return;
				// What is known as one that has come is not told any more.
				await this.#telling;
				// Node-RED hands a message on in the next turn; if flows stop until then, nobody has got it.
				setImmediate(() => {
					if (running.aborted) return;
					for (const { digest } of named) {
						leaving.delete(digest);
						this.#options.seen.add(digest);
					}
					this.#left = delivered;
					this.#keeping ??= setTimeout(() => void this.#keep(), this.#options.gather ?? GATHER).unref();
				});
			});
			ahead += entry.text.length;
			if (ahead > READ_AHEAD) await before;
		}
		await before;
	}

	/** An event is known as one that has come before its notification is erased: the server may repeat it at any time. */
	async #keep(): Promise<void> {
		this.#keeping = undefined;
		const left = this.#left;
		this.#left = undefined;
		await this.#options.seen.flush();
		left?.();
	}

	/**
	 * The new events of a notification, as far as they were read when the signal aborts. Nothing that goes wrong here may
	 * cost another event than the one it is about.
	 */
	async #eventsOf({ at, text, vin }: Waiting, leaving: Set<Digest>, signal: AbortSignal): Promise<Named[]> {
		const { seen, wants, hear, name, onError } = this.#options;
		const named: Named[] = [];
		try {
			const events = eventsIn(JSON.parse(text), vin, () =>
				onError(new Error("it is nested too deeply to be sent through a flow")),
			);
			for (const event of events) {
				await this.#pace.turn();
				if (signal.aborted) break;
				const digest = digestOf(event.id);
				const isRepeat = leaving.has(digest) || seen.has(digest);
				received.tell(() => ({ kind: event.kind ?? "unknown", isRepeat }));
				if (isRepeat) continue;
				// Its news were told when it came, unless that was before Node-RED was started.
				if (event.remote && at < this.#startedAt) this.#guarded(() => hear(event));
				leaving.add(digest);
				named.push({ event, digest, vehicle: wants(event.kind) ? name(event) : Promise.resolve(undefined) });
			}
		} catch (error) {
			onError(error);
		}
		return named;
	}

	/**
	 * @param own those that are to be sent; undefined: all
	 * @returns false when it was stopped before all were sent
	 */
	async #sendAll(named: readonly Named[], own: ReadonlySet<Digest> | undefined, signal: AbortSignal): Promise<boolean> {
		// Also where there is nothing to send: it must not say that those before it have left.
		if (signal.aborted) return false;
		for (const { event, vehicle, digest } of named) {
			if (own?.has(digest) === false) continue;
			if (!this.#options.wants(event.kind)) {
				await this.#pace.turn();
				this.#guarded(() => this.#options.skipped?.(event));
				continue;
			}
			const known = await vehicle;
			if (signal.aborted) return false;
			await this.#options.deliver(event, known).catch(this.#options.onError);
		}
		return true;
	}

	#guarded(work: () => void): void {
		try {
			work();
		} catch (error) {
			this.#options.onError(error);
		}
	}
}
