import { createHash } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { isRecord } from "../api/summaries/readers";
import { locked } from "../storage/keyed-lock";

/** What the journal says about one command, step by step; `key` holds the steps of one command together. */
export interface JournalEntry {
	key: string;
	/**
	 * `intent`: about to be sent. `taken`: the API has taken it under `id`. `status`: a change of status.
	 * `end`: nothing follows; `outcome` says how.
	 */
	event: "intent" | "taken" | "status" | "end";
	[field: string]: unknown;
}

/** A line of the journal: the entry with its time (RFC 3339) and the SHA-256 of the line before. */
export type JournalLine = JournalEntry & { time: string; prev: string };

/** How large a journal may grow. */
export interface JournalOptions {
	/** Size (bytes) after which a file is put aside. */
	maxBytes?: number;
	/** Files put aside that are kept. */
	keep?: number;
	now?: () => number;
}

/** Stands where the first line ever has no line before it. */
export const GENESIS = "0".repeat(64);

const CURRENT = "journal.jsonl";
const ASIDE = /^journal\.(\d+)\.jsonl$/;

/**
 * The journal of commands: JSON Lines in `journal.jsonl`, on the disk before {@link append} resolves, put aside as
 * `journal.<n>.jsonl` when it has grown. Every line holds the hash of the line before, over the ends of files too, so
 * that a line that was changed or taken out shows (see {@link verifyJournal}). One process writes it.
 */
export class Journal {
	readonly #directory: string;
	readonly #maxBytes: number;
	readonly #keep: number;
	readonly #now: () => number;
	#head: { hash: string; size: number } | undefined;

	constructor(directory: string, { maxBytes = 5 * 1024 * 1024, keep = 10, now = Date.now }: JournalOptions = {}) {
		this.#directory = directory;
		this.#maxBytes = maxBytes;
		this.#keep = keep;
		this.#now = now;
	}

	/** Writes an entry; when it resolves the entry outlives a crash. Rejects when the disk does not take it. */
	append(entry: JournalEntry): Promise<void> {
		return locked(`journal ${this.#directory}`, () => this.#append(entry));
	}

	/** The latest lines, oldest first: those of the current file and of the one put aside last. */
	recent(): Promise<JournalLine[]> {
		return locked(`journal ${this.#directory}`, async () => {
			const files = (await journalFiles(this.#directory)).slice(-2);
			const texts = await Promise.all(files.map((file) => readFile(join(this.#directory, file), "utf8")));
			return texts.flatMap((text) => text.split("\n")).flatMap((line) => parsed(line) ?? []);
		});
	}

	/** Checks the whole journal (see {@link verifyJournal}) between two lines, never in the middle of one. */
	verify(): Promise<JournalCheck> {
		return locked(`journal ${this.#directory}`, () => verifyJournal(this.#directory));
	}

	async #append(entry: JournalEntry): Promise<void> {
		try {
			const head = this.#head ?? (await this.#open());
			const { key, event, ...rest } = entry;
			const line = JSON.stringify({
				time: new Date(this.#now()).toISOString(),
				key,
				event,
				...rest,
				prev: head.hash,
			});
			const size = Buffer.byteLength(line) + 1;
			const full = head.size > 0 && head.size + size > this.#maxBytes;
			if (full) await this.#putAside();
			const file = await open(join(this.#directory, CURRENT), "a", 0o600);
			try {
				await file.writeFile(`${line}\n`);
				await file.sync();
			} finally {
				await file.close();
			}
			this.#head = { hash: hashOf(line), size: (full ? 0 : head.size) + size };
		} catch (error) {
			// A line may stand there in part: what is on the disk is looked at again before the next one.
			this.#head = undefined;
			throw error;
		}
	}

	/** Finds the end of the journal; what a crash left of a line is cut off, for nobody has relied on it. */
	async #open(): Promise<{ hash: string; size: number }> {
		await mkdir(this.#directory, { recursive: true, mode: 0o700 });
		let hash = GENESIS;
		let size = 0;
		for (const file of (await journalFiles(this.#directory)).slice(-2)) {
			const path = join(this.#directory, file);
			const text = await readFile(path, "utf8");
			const whole = text.slice(0, text.lastIndexOf("\n") + 1);
			if (whole.length < text.length) await truncate(path, Buffer.byteLength(whole));
			const last = whole.trimEnd().split("\n").at(-1);
			if (last) hash = hashOf(last);
			size = file === CURRENT ? Buffer.byteLength(whole) : 0;
		}
		return { hash, size };
	}

	async #putAside(): Promise<void> {
		const aside = (await journalFiles(this.#directory)).filter((file) => file !== CURRENT);
		const next = aside.length === 0 ? 1 : numberOf(aside.at(-1) ?? "") + 1;
		await rename(join(this.#directory, CURRENT), join(this.#directory, `journal.${next}.jsonl`));
		for (const old of aside.slice(0, Math.max(0, aside.length + 1 - this.#keep)))
			await rm(join(this.#directory, old), { force: true });
	}
}

/** A place where the journal is not what was written. */
export interface JournalGap {
	file: string;
	/** From 1. */
	line: number;
	reason: "unreadable" | "chain broken";
}

/** What {@link verifyJournal} found. */
export interface JournalCheck {
	files: number;
	lines: number;
	gaps: JournalGap[];
	/** False when the journal does not begin with its first line ever: old files were put away, or removed. */
	fromBeginning: boolean;
	/** True when a crash, or a write that is under way, left a part of a line at the end. */
	unfinished: boolean;
	/** The last line, with its own hash; undefined where there is none. */
	last: { time: string; hash: string } | undefined;
	/** True when a line with the hash that was asked for is there. */
	isSeen: boolean;
}

/**
 * Checks the chain of a journal: every line that was changed, and every place where lines are missing, is a gap. Lines
 * that were cut off at the end are none; only a hash that somebody kept shows them. Begins again when a file was put aside
 * meanwhile.
 *
 * @param seen hash of a line that should be there
 */
export async function verifyJournal(directory: string, seen?: string): Promise<JournalCheck> {
	const files = await journalFiles(directory);
	const [outcome] = await Promise.allSettled([verifyFiles(directory, files, seen)]);
	if (String(await journalFiles(directory)) !== String(files)) return verifyJournal(directory, seen);
	if (outcome.status === "rejected") throw outcome.reason;
	return outcome.value;
}

async function verifyFiles(directory: string, files: string[], seen?: string): Promise<JournalCheck> {
	const gaps: JournalGap[] = [];
	const check = { files: files.length, lines: 0, gaps, fromBeginning: true, unfinished: false, isSeen: false };
	let last: JournalCheck["last"];
	for (const file of files) {
		const text = await readFile(join(directory, file), "utf8");
		const lines = text.split("\n");
		// Behind the last line break of all stands nothing, or a line that nobody has relied on.
		if (file === files.at(-1)) check.unfinished = lines.pop() !== "";
		for (const [index, line] of lines.entries()) {
			if (line === "") continue;
			const entry = parsed(line);
			check.lines++;
			if (!entry) gaps.push({ file, line: index + 1, reason: "unreadable" });
			else if (last === undefined) check.fromBeginning = entry.prev === GENESIS;
			else if (entry.prev !== last.hash) gaps.push({ file, line: index + 1, reason: "chain broken" });
			last = { time: String(entry?.time ?? ""), hash: hashOf(line) };
			check.isSeen ||= last.hash === seen;
		}
	}
	return { ...check, last };
}

/** True when there is a journal at all. */
export async function journalExists(directory: string): Promise<boolean> {
	return stat(join(directory, CURRENT)).then(
		() => true,
		() => false,
	);
}

/** The files of a journal, oldest first. */
async function journalFiles(directory: string): Promise<string[]> {
	const names = await readdir(directory).catch((): string[] => []);
	const aside = names.filter((name) => ASIDE.test(name)).sort((one, other) => numberOf(one) - numberOf(other));
	return names.includes(CURRENT) ? [...aside, CURRENT] : aside;
}

function numberOf(file: string): number {
	return Number(ASIDE.exec(file)?.[1] ?? 0);
}

function hashOf(line: string): string {
	return createHash("sha256").update(line).digest("hex");
}

function parsed(line: string): JournalLine | undefined {
	try {
		const entry: unknown = JSON.parse(line);
		if (isRecord(entry) && typeof entry.key === "string" && typeof entry.prev === "string") return entry as JournalLine;
	} catch {
		// Told as a gap, or left out, by whoever asked.
	}
	return undefined;
}

const journals = new Map<string, Journal>();

/** The journal of a directory; one for all accounts of this process. */
export function journalIn(directory: string): Journal {
	const journal = journals.get(directory) ?? new Journal(directory);
	journals.set(directory, journal);
	return journal;
}
