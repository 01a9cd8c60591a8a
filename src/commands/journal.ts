import { createHash } from "node:crypto";
import { z } from "zod";
import { DurableLog, type LineFormat } from "../storage/durable-log";
import { daysOfJournal, JOURNAL } from "./journal-files";

/** What the journal says about one command, step by step; `key` holds the steps of one command together. */
export interface JournalEntry {
	key: string;
	/**
	 * `intent`: about to be sent. `taken`: the API has taken it under `id`. `status`: a change of status.
	 * `end`: nothing follows; `outcome` says how. `entered`: the next `entries` were in the files of one Node-RED before
	 * there was a store, whose last entry has the hash `last` there, and their check found `gaps`.
	 */
	event: "intent" | "taken" | "status" | "end" | "entered";
	[field: string]: unknown;
}

const lineShape = z.looseObject({ key: z.string(), prev: z.string(), time: z.string().exactOptional() });

/** A line of the journal: the entry with its time (RFC 3339) and the SHA-256 of the line before. */
export type JournalLine = z.infer<typeof lineShape>;

/** Where the steps of commands are written down, before anything is done that can't be undone. */
export interface CommandJournal {
	/** Writes an entry; when it resolves the entry lasts. @throws StorageError, ERR_STORE */
	append(entry: JournalEntry): Promise<void>;
	/** Lines of commands that may be without an end and that nobody follows any more: whoever asks follows them. */
	takeOver(): Promise<JournalLine[]>;
	/** Lines of one command, oldest first, as far as they are at hand. */
	linesOf(key: string): Promise<JournalLine[]>;
	/** Milliseconds until somebody else's commands may have been left behind; undefined: only an earlier run's. */
	readonly lookAgain?: number;
}

/** How large a journal may grow. */
export interface JournalOptions {
	/** Size (bytes) after which a file is put aside. */
	maxBytes?: number;
	/** Files put aside that are kept. */
	keep?: number;
	/** Days that entries are kept, however many files they fill; a file ends with its day then. */
	days?: number | undefined;
	now?: () => number;
}

const DAY = 86_400_000;

/** Stands where the first line ever has no line before it. */
export const GENESIS = "0".repeat(64);

/**
 * The journal of commands: JSON Lines in `journal.jsonl`, on the disk before {@link append} resolves, put aside as
 * `journal.<n>.jsonl` when it has grown. Every line holds the hash of the line before, over the ends of files too, so
 * that a line that was changed or taken out shows (see `verifyJournal`). Several Node-RED on one folder write one chain.
 */
export class Journal implements CommandJournal {
	readonly #log: DurableLog<JournalEntry, JournalLine>;

	constructor(folder: string, { maxBytes = 5 * 1024 * 1024, keep = 10, days, now = Date.now }: JournalOptions = {}) {
		this.#log = new DurableLog({
			folder,
			name: JOURNAL,
			format: chained(now),
			fileBytes: maxBytes,
			keep,
			...(days === undefined ? {} : { keepFor: days * DAY }),
		});
	}

	/**
	 * Writes an entry; when it resolves the entry outlives a crash.
	 *
	 * @throws StorageError when the disk does not take it
	 */
	append(entry: JournalEntry): Promise<void> {
		return this.#log.append([entry]);
	}

	/** Deletes what is kept no longer, also where no command comes. @throws StorageError */
	removeOld(): Promise<void> {
		return this.#log.removeOld();
	}

	/** Those of this folder are an earlier run's. */
	takeOver(): Promise<JournalLine[]> {
		return this.recent();
	}

	/** Of the latest lines. */
	async linesOf(key: string): Promise<JournalLine[]> {
		return (await this.recent()).filter((line) => line.key === key);
	}

	/** The latest lines, oldest first: those of the current file and of the one put aside last. */
	recent(): Promise<JournalLine[]> {
		return this.#log.latest();
	}
}

/** What the line after this one holds of it. */
export function hashOf(line: string): string {
	return createHash("sha256").update(line).digest("hex");
}

/** A line of a journal; undefined for what is none. */
export function readLine(line: string): JournalLine | undefined {
	try {
		return lineShape.safeParse(JSON.parse(line)).data;
	} catch {
		return undefined;
	}
}

/**
 * An entry as a line of the chain.
 *
 * @param prev hash of the line before, or {@link GENESIS}
 */
export function lineOf({ key, event, ...rest }: JournalEntry, time: number, prev: string): string {
	return JSON.stringify({ time: new Date(time).toISOString(), key, event, ...rest, prev });
}

function chained(now: () => number): LineFormat<JournalEntry, JournalLine> {
	return {
		encode(entry, before) {
			return lineOf(entry, now(), before === undefined ? GENESIS : hashOf(before));
		},
		decode: readLine,
	};
}

const journals = new Map<string, Journal>();

/** The journal of a folder; one for all accounts of this process. */
export function journalIn(folder: string): Journal {
	const journal = journals.get(folder) ?? new Journal(folder, { days: daysOfJournal(folder) });
	journals.set(folder, journal);
	return journal;
}
