import { type ApiEvent, readNotification } from "../../api/notifications";
import type { SeenEvents } from "./seen-events";

/** Most events that wait to be sent; beyond that the server is asked to come again. */
const MOST_WAITING = 50_000;

export interface InboxOptions {
	seen: Pick<SeenEvents, "isNew">;
	/** Whether events of a kind are sent. */
	wants(kind: ApiEvent["kind"]): boolean;
	/** Hears of every new event at once, wanted or not; what it throws keeps no event from being sent. */
	hear(event: ApiEvent): void;
	/** Sends one event; the next one waits for it. */
	deliver(event: ApiEvent): Promise<void>;
	onError(error: unknown): void;
}

/** Takes notifications apart, drops repeats, and sends one event after the other. */
export class Inbox {
	readonly #options: InboxOptions;
	/** Notifications that nobody has looked into yet. */
	#arrived: { body: unknown; vin: string | undefined }[] = [];
	#waiting: ApiEvent[] = [];
	#working: Promise<void> | undefined;
	#closed = false;

	constructor(options: InboxOptions) {
		this.#options = options;
	}

	get hasRoom(): boolean {
		return this.#arrived.length + this.#waiting.length < MOST_WAITING;
	}

	/** Takes a notification (see {@link readNotification}); it is read when all that came with it are answered. */
	take(body: unknown, vin: string | undefined): void {
		this.#arrived.push({ body, vin });
		if (this.#arrived.length === 1) setImmediate(() => this.#read());
	}

	/** Resolves when nothing waits any more. */
	async settled(): Promise<void> {
		this.#read();
		await this.#working;
	}

	/** Sends nothing from now on. */
	close(): void {
		this.#closed = true;
	}

	#read(): void {
		const arrived = this.#arrived;
		this.#arrived = [];
		for (const { body, vin } of arrived)
			this.#guarded(() => {
				for (const event of readNotification(body, vin)) this.#sort(event);
			});
		this.#start();
	}

	/** Nothing that goes wrong here may cost an event: its notification was answered, and comes no second time. */
	#sort(event: ApiEvent): void {
		const { seen, hear, wants } = this.#options;
		if (!seen.isNew(event.id)) return;
		if (wants(event.kind)) this.#waiting.push(event);
		this.#guarded(() => hear(event));
	}

	#guarded(work: () => void): void {
		try {
			work();
		} catch (error) {
			this.#options.onError(error);
		}
	}

	#start(): void {
		if (this.#working || this.#waiting.length === 0 || this.#closed) return;
		this.#working = this.#work().finally(() => {
			this.#working = undefined;
			this.#start();
		});
	}

	async #work(): Promise<void> {
		while (this.#waiting.length > 0 && !this.#closed) {
			const batch = this.#waiting;
			this.#waiting = [];
			for (const event of batch) {
				if (this.#closed) break;
				await this.#options.deliver(event).catch(this.#options.onError);
			}
		}
	}
}
