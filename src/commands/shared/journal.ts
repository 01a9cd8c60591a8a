import { StellantisError } from "../../error";
import { DurableLog, type LogPlace } from "../../storage/durable-log";
import { locked } from "../../storage/keyed-lock";
import type { SharedAccount } from "../../storage/shared/shared-account";
import { NOW, type Sql } from "../../storage/shared/sql";
import { notHeardOf } from "../../storage/shared/store";
import {
	type CommandJournal,
	GENESIS,
	hashOf,
	type JournalEntry,
	type JournalLine,
	lineOf,
	readLine,
} from "../journal";
import { type Before, enterJournal } from "./enter";
import { GONE } from "./guards";

const START: LogPlace = { file: 0, offset: 0 };
/** Bytes of one file of what waits, and of all. */
const FILE = 1024 * 1024;
const MOST = 100 * FILE;
/** How a command ends that was written down and not sent. */
const NOT_SENT = "not sent";

/** An entry that waits in a file, and when it was written (epoch milliseconds on this machine's clock). */
interface Waiting {
	time: number;
	entry: JournalEntry;
}

/**
 * The journal of all instances that share an account: one chain, whose last hash stands in one row. While the store is
 * away nothing new begins; what is under way waits in a file, which is added when the store is back.
 */
export class SharedJournal implements CommandJournal {
	readonly lookAgain = 15_000;
	readonly #account: SharedAccount;
	readonly #waiting: DurableLog<Waiting>;
	readonly #name: string;
	readonly #before: Before;
	#isEntered = false;
	/** True while the file may hold something. */
	#waits = true;

	/** @param before what this Node-RED has kept in files; its folder is where entries wait while the store is away */
	constructor(account: SharedAccount, before: Before) {
		const { folder } = before;
		this.#account = account;
		this.#before = before;
		this.#name = `journal-waiting-${hashOf(account.name).slice(0, 16)}`;
		this.#waiting = new DurableLog({
			folder,
			name: this.#name,
			fileBytes: FILE,
			mostBytes: MOST,
			format: { encode: (waiting) => JSON.stringify(waiting), decode: waitingOf },
		});
		account.store.onState((away) => {
			if (!away) void this.#addWaiting().catch(() => {});
		});
	}

	append(entry: JournalEntry): Promise<void> {
		return this.#inTurn(async () => {
			const isBegun = entry.event !== "intent";
			const wasAway = this.#account.store.away !== undefined;
			try {
				await this.#addAllWaiting();
				await this.#account.transaction((sql) => this.#append(sql, [{ entry, time: undefined }]));
			} catch (error) {
				if (!isAway(error)) throw error;
				// What is not written down is not begun; what has begun goes on.
				if (isBegun) await this.#addLater(entry);
				// The store may have taken it all the same, when only its answer was lost.
				else if (!wasAway) await this.#addLater({ key: entry.key, event: "end", outcome: NOT_SENT }).catch(() => {});
				if (!isBegun) throw error;
			}
		});
	}

	/** Lines of the commands of instances that were not heard of for a minute; they are this instance's from now on. */
	async takeOver(): Promise<JournalLine[]> {
		await this.#addWaiting();
		return this.#account.transaction(async (sql) => {
			const taken = await sql.query<{ key: string }>(
				`update ${sql.table("command")} set holder = $2 where key in (select key from ${sql.table("command")} command
				where account = $1 and holder <> $2 and ${notHeardOf("command.holder", sql.table("instance"), GONE)} for update skip locked) returning key`,
				[this.#account.name, this.#account.store.instance],
			);
			return taken.length === 0
				? []
				: this.#linesOf(
						sql,
						taken.map(({ key }) => key),
					);
		});
	}

	linesOf(key: string): Promise<JournalLine[]> {
		return this.#account.transaction((sql) => this.#linesOf(sql, [key]));
	}

	async #linesOf(sql: Sql, keys: readonly string[]): Promise<JournalLine[]> {
		const lines = await sql.query<{ line: string }>(
			`select line from ${sql.table("journal")} where account = $1 and key = any($2) order by seq`,
			[this.#account.name, keys],
		);
		return lines.flatMap(({ line }) => readLine(line) ?? []);
	}

	/** Adds what was written before there was a store, and what waits in the file, in its order. */
	#addWaiting(): Promise<void> {
		return this.#inTurn(() => this.#addAllWaiting());
	}

	async #addLater(entry: JournalEntry): Promise<void> {
		this.#waits = true;
		await this.#waiting.append([{ time: Date.now(), entry }]);
	}

	async #addAllWaiting(): Promise<void> {
		if (!this.#isEntered) await enterJournal(this.#account, this.#before);
		this.#isEntered = true;
		for (let place = START; this.#waits; ) {
			const lines = await this.#waiting.read(place);
			const end = lines.at(-1)?.end;
			if (!end) {
				this.#waits = false;
				return;
			}
			const entries = lines.flatMap(({ entry }) => entry ?? []);
			await this.#account.transaction(async (sql) => this.#append(sql, await this.#unwritten(sql, entries)));
			await this.#waiting.erase(end, async () => {});
			place = end;
		}
	}

	/** Without what the store has taken though its answer was lost, and without ends of what it never heard of. */
	async #unwritten(sql: Sql, entries: readonly Waiting[]): Promise<Waiting[]> {
		const lines = await this.#linesOf(sql, [...new Set(entries.map(({ entry }) => entry.key))]);
		const last = new Map(lines.map((line) => [line.key, withoutPlace(line)]));
		return entries.filter(({ entry }) => {
			const before = last.get(entry.key);
			const own = withoutPlace(entry);
			if (own === before || (before === undefined && entry.outcome === NOT_SENT)) return false;
			last.set(entry.key, own);
			return true;
		});
	}

	#inTurn<T>(task: () => Promise<T>): Promise<T> {
		return locked(`shared journal ${this.#name}`, task);
	}

	async #append(sql: Sql, entries: readonly { entry: JournalEntry; time: number | undefined }[]): Promise<void> {
		const { name, store } = this.#account;
		const [head, journal, command] = [sql.table("journal_head"), sql.table("journal"), sql.table("command")];
		await sql.query(`insert into ${head} (account, seq, hash) values ($1, 0, $2) on conflict do nothing`, [
			name,
			GENESIS,
		]);
		const [last] = await sql.query<{ seq: number; hash: string; now: number }>(
			`select seq::float8, hash, ${NOW} as now from ${head} where account = $1 for update`,
			[name],
		);
		let { seq, hash } = last ?? { seq: 0, hash: GENESIS };
		for (const { entry, time } of entries) {
			const line = lineOf(entry, time ?? last?.now ?? Date.now(), hash);
			seq++;
			hash = hashOf(line);
			await sql.query(`insert into ${journal} (account, seq, key, line, hash) values ($1, $2, $3, $4, $5)`, [
				name,
				seq,
				entry.key,
				line,
				hash,
			]);
			if (entry.event === "intent")
				await sql.query(`insert into ${command} (key, account, holder) values ($1, $2, $3) on conflict do nothing`, [
					entry.key,
					name,
					store.instance,
				]);
			if (entry.event === "end") await sql.query(`delete from ${command} where key = $1`, [entry.key]);
		}
		await sql.query(`update ${head} set seq = $2, hash = $3 where account = $1`, [name, seq, hash]);
	}
}

/** What an entry says, whenever and behind whatever it is written. */
function withoutPlace({ time, prev, ...entry }: Record<string, unknown>): string {
	return JSON.stringify(entry);
}

function isAway(error: unknown): boolean {
	return error instanceof StellantisError && error.code === "ERR_STORE";
}

function waitingOf(line: string): Waiting | undefined {
	try {
		const { time, entry } = JSON.parse(line);
		return typeof time === "number" && typeof entry?.key === "string" ? { time, entry } : undefined;
	} catch {
		return undefined;
	}
}
