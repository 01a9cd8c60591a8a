import type { EventEmitter } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { SharedAccount } from "../../storage/shared/shared-account";
import type { RemoteEvent } from "../command-events";

/** Milliseconds between two looks for news, as long as a command is under way here. */
const LOOK = 400;
/** Seconds for which news are looked for: what somebody writes for long shows late. */
const FRESH = 30;
/** Minutes after which news are deleted: a command that is followed asks for itself, too. */
const KEEP = 10;
/** News of one statement. */
const AT_ONCE = 500;

/**
 * What the events of commands tell, from the instance where they come in to the one that follows the command. It is
 * asked for only while somebody listens here.
 */
export class CommandNews {
	readonly #account: SharedAccount;
	readonly #events: EventEmitter;
	readonly #signal: AbortSignal;
	#untold: RemoteEvent[] = [];
	#isTelling = false;
	#isLooking = false;
	/** Numbers of what was heard, as long as it is looked for. */
	#heard: string[] = [];

	/**
	 * @param events "remote" is emitted with a `RemoteEvent` that another instance has told
	 * @param signal aborts when the account closes
	 */
	constructor(account: SharedAccount, events: EventEmitter, signal: AbortSignal) {
		this.#account = account;
		this.#events = events;
		this.#signal = signal;
		events.on("newListener", (name) => {
			if (name === "remote" && !this.#isLooking) void this.#lookOn();
		});
	}

	/** Tells the others. While the store is away nobody hears of it, and whoever follows a command finds its end by asking. */
	tell(event: RemoteEvent): void {
		this.#untold.push(event);
		if (!this.#isTelling) void this.#tellAll();
	}

	async #tellAll(): Promise<void> {
		this.#isTelling = true;
		while (this.#untold.length > 0) {
			const some = this.#untold.splice(0, AT_ONCE).map((event) => JSON.stringify(event));
			const { name, store } = this.#account;
			await this.#account
				.query(
					(
						table,
					) => `with old as (delete from ${table("command_news")} where account = $1 and at < clock_timestamp() - interval '${KEEP} minutes')
						insert into ${table("command_news")} (account, teller, news) select $1, $2, news from unnest($3::text[]) news`,
					[name, store.instance, some],
				)
				.catch(() => {});
		}
		this.#isTelling = false;
	}

	async #lookOn(): Promise<void> {
		this.#isLooking = true;
		// The one who has just come is counted from the next turn on.
		await pause(0);
		while (!this.#signal.aborted && this.#events.listenerCount("remote") > 0) {
			await this.#look().catch(() => {});
			await pause(LOOK, undefined, { signal: this.#signal, ref: false }).catch(() => {});
		}
		this.#isLooking = false;
	}

	async #look(): Promise<void> {
		const { name, store } = this.#account;
		const rows = await this.#account.query<{ n: string; news: string; known: boolean }>(
			(table) => `select n::text, news, n = any($3::bigint[]) as known from ${table("command_news")}
				where account = $1 and teller <> $2 and at > clock_timestamp() - interval '${FRESH} seconds' order by n`,
			[name, store.instance, this.#heard],
		);
		this.#heard = rows.map(({ n }) => n);
		for (const { news, known } of rows) if (!known) this.#events.emit("remote", JSON.parse(news) as RemoteEvent);
	}
}
