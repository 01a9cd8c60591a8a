import type { LogFile } from "../storage/log-files";
import { GENESIS, hashOf, readLine } from "./journal";
import { journalFiles, linesOf } from "./journal-files";

/** A place where the journal is not what was written. */
export interface JournalGap {
	/** Its name; in a store what the account is shared as. */
	file: string;
	/** From 1. */
	line: number;
	/**
	 * `unreadable`: no entry. `chain broken`: the entry before it was changed, or entries are missing. `branched`: it goes
	 * on from an earlier entry, as when two Node-RED of version 0.1.0 wrote at the same time, or one was put in.
	 * `cut off`: the store knows of another last entry.
	 */
	reason: "unreadable" | "chain broken" | "branched" | "cut off";
}

/** What is found in a chain of lines. */
export interface ChainFound {
	lines: number;
	gaps: JournalGap[];
	/** False when the journal does not begin with its first line ever: the oldest were put away, or removed. */
	fromBeginning: boolean;
	/** The last line, with its own hash; undefined where there is none. */
	last: { time: string; hash: string } | undefined;
	/** True when a line with the hash that was asked for is there. */
	isSeen: boolean;
}

/** What {@link verifyJournal} found. */
export interface JournalCheck extends ChainFound {
	files: number;
	/** True when a crash, or a write that is under way, left a part of a line at the end. */
	unfinished: boolean;
}

/**
 * Checks the chain of a journal: every line that was changed, and every place where lines are missing, is a gap. Lines
 * that were cut off at the end are none, and neither is a chain that was written anew from some line on: only a hash
 * that somebody kept shows them. Begins again when a file was put aside meanwhile.
 *
 * @param seen hash of a line that should be there
 */
export async function verifyJournal(folder: string, seen?: string): Promise<JournalCheck> {
	const before = await journalFiles(folder);
	const [outcome] = await Promise.allSettled([verifyFiles(before, seen)]);
	if (namesOf(await journalFiles(folder)) !== namesOf(before)) return verifyJournal(folder, seen);
	if (outcome.status === "rejected") throw outcome.reason;
	return outcome.value;
}

function namesOf(files: readonly LogFile[]): string {
	return files.map(({ name }) => name).join();
}

async function verifyFiles(files: readonly LogFile[], seen?: string): Promise<JournalCheck> {
	const check = new ChainCheck(seen);
	let unfinished = false;
	for (const { name, path } of files) {
		const lines = await linesOf(path);
		// Behind the last line break of all stands nothing, or a line that nobody has relied on.
		if (path === files.at(-1)?.path) unfinished = lines.pop() !== "";
		for (const [index, line] of lines.entries()) if (line !== "") check.add(line, name, index + 1);
	}
	return { files: files.length, ...check.found(), unfinished };
}

/** Checks that the lines of a journal hold together, as they come. */
export class ChainCheck {
	readonly #seen: string | undefined;
	readonly #gaps: JournalGap[] = [];
	/** What a line may go on from. */
	readonly #hashes = new Set([GENESIS]);
	#lines = 0;
	#fromBeginning = true;
	#isSeen = false;
	#last: ChainFound["last"];

	constructor(seen: string | undefined) {
		this.#seen = seen;
	}

	/** The next line, and where it stands. */
	add(line: string, file: string, number: number): void {
		const entry = readLine(line);
		const hash = hashOf(line);
		const gap = (reason: JournalGap["reason"]) => this.#gaps.push({ file, line: number, reason });
		if (!entry) gap("unreadable");
		else if (this.#last === undefined) this.#fromBeginning = entry.prev === GENESIS;
		else if (entry.prev !== this.#last.hash)
			gap(this.#hashes.has(entry.prev) && !this.#hashes.has(hash) ? "branched" : "chain broken");
		this.#lines++;
		this.#hashes.add(hash);
		this.#last = { time: entry?.time ?? "", hash };
		this.#isSeen ||= hash === this.#seen;
	}

	/** What was found up to here. */
	found(): ChainFound {
		return {
			lines: this.#lines,
			gaps: this.#gaps,
			fromBeginning: this.#fromBeginning,
			last: this.#last,
			isSeen: this.#isSeen,
		};
	}
}
