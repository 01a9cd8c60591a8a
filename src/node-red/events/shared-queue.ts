import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { StellantisError } from "../../error";
import { defined } from "../../json";
import { LogFull } from "../../storage/durable-log";
import type { DurableQueue, Queued } from "../../storage/durable-queue";
import type { SharedAccount } from "../../storage/shared/shared-account";
import { notHeardOf } from "../../storage/shared/store";
import type { Waiting } from "./inbox";

/** What keeps notifications until their events were sent. */
export type EventQueue = Pick<DurableQueue<Waiting>, "append" | "read" | "flush" | "remove">;

/** Most characters of notifications that one instance has answered and not sent. */
const MOST = 32 * 1024 * 1024;
/** Notifications, and their characters, of one statement. */
const AT_ONCE = 1_000;
const LENGTH_AT_ONCE = 4 * 1024 * 1024;
/** Milliseconds for which a webhook waits for the store before its notification is kept on this machine. */
const PATIENCE = 2_000;
/** Milliseconds between two looks for what others have left behind. */
const LOOK = 5_000;
/** Notifications that are taken over at once; one who has that many left to send takes over none. */
const TAKEN_OVER = 200;
/** Seconds without a sign of life after which an instance's notifications are another's. */
const GONE = 60;
/** Milliseconds for which a store must have been back, so that all who live have given a sign of life since. */
const SETTLED = 15_000;
/** Hours after which what waits for a node that is in no flow is deleted, and days for an account that nobody has. */
const KEEP_HOURS = 78;
const KEEP_DAYS = 30;

type Kept = Waiting & { key: string };

interface Appending {
	entries: readonly Kept[];
	answer(isStored: boolean): void;
}

/** A notification on its way to the inbox. */
interface Coming {
	entry: Waiting;
	/** Told when it, and all that came before it, are sent. */
	delivered(): void;
}

/**
 * What must be delivered although we may be killed, kept in the store that several Node-RED share: in the database when
 * {@link append} resolves, erased when it was delivered. What an instance has left behind is delivered by another that
 * has the same node. While the store is away a log on this machine takes its place.
 */
export class SharedQueue implements EventQueue {
	readonly #account: SharedAccount;
	readonly #node: string;
	readonly #local: EventQueue;
	/** What this instance has in the store and has not delivered, oldest first. */
	readonly #held = new Map<string, Kept>();
	/** Keys of what is being written, and of what is delivered and not erased yet. */
	readonly #writing = new Set<string>();
	readonly #delivered = new Set<string>();
	#appending: Appending[] = [];
	#isWriting = false;
	#erasing: Promise<void> | undefined;
	/** Characters that are held, and those on their way there. */
	#size = 0;
	#coming = 0;
	/** Hands what comes to the reader. */
	#onNews: (entry: Kept) => void = () => {};

	/** @param local takes what the store does not take */
	constructor(account: SharedAccount, node: string, local: EventQueue) {
		this.#account = account;
		this.#node = node;
		this.#local = local;
	}

	async append(entries: readonly Waiting[]): Promise<void> {
		const named = entries.map((entry) => ({ ...entry, key: entry.key ?? randomUUID() }));
		const size = sizeOf(named);
		if (this.#size + this.#coming + size > MOST)
			throw new LogFull("So many events wait in the store that no more are taken.");
		this.#coming += size;
		try {
			// Under the same key: should the store take it after all, it is known as the same.
			if (!(await this.#isStored(named))) await this.#local.append(named);
		} finally {
			this.#coming -= size;
		}
	}

	async *read(signal: AbortSignal): AsyncGenerator<Queued<Waiting>, void> {
		const ending = new AbortController();
		const until = AbortSignal.any([signal, ending.signal]);
		const coming: Coming[] = [];
		let wake = () => {};
		let room = () => {};
		const add = (one: Coming) => {
			coming.push(one);
			wake();
		};
		const addHeld = (entry: Kept) => add({ entry, delivered: () => this.#noteDelivered(entry) });
		for (const entry of this.#held.values()) addHeld(entry);
		this.#onNews = addHeld;
		const local = async () => {
			for await (const one of this.#local.read(until)) {
				add(one);
				if (until.aborted) return;
				// The log stays on the disk until its turn comes.
				await new Promise<void>((resolve) => {
					room = resolve;
				});
			}
		};
		let failure: { error: unknown } | undefined;
		const work = Promise.all([local(), this.#lookAgain(until)]).catch((error: unknown) => {
			failure = { error };
			wake();
		});
		const stop = () => {
			wake();
			room();
		};
		until.addEventListener("abort", stop);
		const out: { n: number; one: Coming }[] = [];
		try {
			for (let n = 0; !until.aborted; ) {
				const one = coming.shift();
				if (one) {
					const own = ++n;
					out.push({ n: own, one });
					yield { entry: one.entry, delivered: () => deliveredTo(out, own) };
				} else if (failure) throw failure.error;
				else {
					const news = new Promise<void>((resolve) => {
						wake = resolve;
					});
					room();
					if (coming.length === 0 && !until.aborted && !failure) await news;
				}
			}
		} finally {
			this.#onNews = () => {};
			ending.abort();
			until.removeEventListener("abort", stop);
			room();
			await work;
		}
	}

	/** Resolves when what was delivered is erased; what the store can't erase now, this machine knows as delivered. */
	async flush(): Promise<void> {
		await this.#erase().catch(() => {});
		await this.#local.flush();
	}

	async remove(): Promise<void> {
		await this.#local.remove();
		await this.#account.query(
			(table) => `delete from ${table("event")} where account = $1 and node = $2 and holder = $3`,
			[this.#account.name, this.#node, this.#account.store.instance],
		);
	}

	/**
	 * Deletes what waits for nodes that are in no flow any more, and for accounts that nobody has, once it is old.
	 *
	 * @param nodes ids of all nodes in flows; one in a subflow goes by the id of the subflow's instance and its own
	 */
	async tidy(nodes: readonly string[]): Promise<void> {
		await this.#account
			.query(
				(table) => `delete from ${table("event")} event where ${notHeardOf("event.holder", table("instance"), GONE)}
					and (came < clock_timestamp() - interval '${KEEP_DAYS} days' or (account = $1
					and came < clock_timestamp() - interval '${KEEP_HOURS} hours'
					and not (node = any($2) or split_part(node, '-', 1) = any($2))))`,
				[this.#account.name, nodes],
			)
			.catch(() => {});
	}

	/** @returns false where the store does not take them, or does not say so soon */
	#isStored(entries: readonly Kept[]): Promise<boolean> {
		return new Promise((resolve) => {
			const timer = setTimeout(() => resolve(false), PATIENCE).unref();
			const answer = (isStored: boolean) => {
				clearTimeout(timer);
				resolve(isStored);
			};
			this.#appending.push({ entries, answer });
			if (!this.#isWriting) void this.#writeAll();
		});
	}

	/** Those that come at the same time share a statement. */
	async #writeAll(): Promise<void> {
		this.#isWriting = true;
		while (this.#appending.length > 0) {
			const group: Appending[] = [];
			for (let next = this.#appending[0], size = 0; next; next = this.#appending[0]) {
				size += sizeOf(next.entries);
				if (group.length > 0 && (group.length === AT_ONCE || size > LENGTH_AT_ONCE)) break;
				group.push(next);
				this.#appending.shift();
			}
			const entries = group.flatMap((each) => each.entries);
			for (const { key } of entries) this.#writing.add(key);
			try {
				await this.#insert(entries);
				for (const entry of entries) this.#hold(entry);
				for (const { answer } of group) answer(true);
			} catch {
				for (const { answer } of group) answer(false);
			}
			for (const { key } of entries) this.#writing.delete(key);
		}
		this.#isWriting = false;
	}

	async #insert(entries: readonly Kept[]): Promise<void> {
		await this.#account.query(
			(table) => `insert into ${table("event")} (key, account, node, holder, vin, body)
				select key, $1, $2, $3, vin, body from unnest($4::text[], $5::text[], $6::text[]) entry (key, vin, body)`,
			[
				this.#account.name,
				this.#node,
				this.#account.store.instance,
				entries.map(({ key }) => key),
				entries.map(({ vin }) => vin ?? null),
				entries.map(({ text }) => text),
			],
		);
	}

	#hold(entry: Kept): void {
		this.#size += entry.text.length;
		this.#held.set(entry.key, entry);
		this.#onNews(entry);
	}

	#noteDelivered({ key }: Kept): void {
		const entry = this.#held.get(key);
		if (!entry) return;
		this.#held.delete(key);
		this.#size -= entry.text.length;
		this.#delivered.add(key);
		void this.#erase().catch(() => {});
	}

	/** Erases all that is delivered; while one erases, nobody else does. */
	#erase(): Promise<void> {
		this.#erasing ??= this.#eraseAll().finally(() => {
			this.#erasing = undefined;
		});
		return this.#erasing;
	}

	async #eraseAll(): Promise<void> {
		while (this.#delivered.size > 0) {
			const keys = [...this.#delivered].slice(0, AT_ONCE);
			await this.#account.query((table) => `delete from ${table("event")} where key = any($1)`, [keys]);
			for (const key of keys) this.#delivered.delete(key);
		}
	}

	/** Looks for what was left behind, until the signal aborts. */
	async #lookAgain(signal: AbortSignal): Promise<void> {
		while (!signal.aborted) {
			try {
				await this.#erase();
				while (!signal.aborted && (await this.#takeOver()) === TAKEN_OVER);
			} catch (error) {
				// While the store is away there is nothing to look at.
				if (!(error instanceof StellantisError)) throw error;
			}
			await pause(LOOK * (0.75 + Math.random() / 2), undefined, { signal, ref: false }).catch(() => {});
		}
	}

	/**
	 * Takes what another instance has left behind, which has gone or was not heard of, and what of its own it doesn't know:
	 * the store's answer to a write was lost.
	 */
	async #takeOver(): Promise<number> {
		if (this.#held.size >= TAKEN_OVER || this.#size > MOST / 2) return 0;
		const { store, name } = this.#account;
		const rows = await this.#account.query<{ key: string; vin: string | null; body: string }>(
			(
				table,
			) => `with taken as (update ${table("event")} set holder = $3 where key in (select key from ${table("event")} event
				where account = $1 and node = $2 and ((holder = $3 and not key = any($4))
				or not exists (select 1 from ${table("instance")} known where known.id = holder)
				or ($5 and ${notHeardOf("event.holder", table("instance"), GONE)}))
				order by came limit ${TAKEN_OVER} for update skip locked) returning key, vin, body, came)
				select key, vin, body from taken order by came`,
			[
				name,
				this.#node,
				store.instance,
				[...this.#held.keys(), ...this.#writing, ...this.#delivered],
				store.availableFor() > SETTLED,
			],
		);
		for (const { key, vin, body } of rows) {
			// Written while this was asked.
			if (this.#held.has(key) || this.#writing.has(key) || this.#delivered.has(key)) continue;
			// Nobody here has heard its news of commands.
			this.#hold({ at: 0, key, text: body, ...defined({ vin: vin ?? undefined }) });
		}
		return rows.length;
	}
}

function deliveredTo(out: { n: number; one: Coming }[], n: number): void {
	for (let first = out[0]; first && first.n <= n; first = out[0]) {
		out.shift();
		first.one.delivered();
	}
}

function sizeOf(entries: readonly Waiting[]): number {
	return entries.reduce((sum, { text }) => sum + text.length, 0);
}
