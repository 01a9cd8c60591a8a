import { readFile } from "node:fs/promises";
import type { LogFile } from "../storage/log-files";
import { GENESIS, hashOf, readLine } from "./journal";
import { journalFiles } from "./journal-files";

/** A place where the journal is not what was written. */
export interface JournalGap {
	file: string;
	/** From 1. */
	line: number;
	/**
	 * `unreadable`: no entry. `chain broken`: the entry before it was changed, or entries are missing. `branched`: it goes
	 * on from an earlier entry, as when two Node-RED of version 0.1.0 wrote at the same time, or one was put in.
	 */
	reason: "unreadable" | "chain broken" | "branched";
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
	const gaps: JournalGap[] = [];
	const check = { files: files.length, lines: 0, gaps, fromBeginning: true, unfinished: false, isSeen: false };
	/** What a line may go on from. */
	const hashes = new Set([GENESIS]);
	let last: JournalCheck["last"];
	for (const { name: file, path } of files) {
		const lines = (await readFile(path, "utf8")).split("\n");
		// Behind the last line break of all stands nothing, or a line that nobody has relied on.
		if (path === files.at(-1)?.path) check.unfinished = lines.pop() !== "";
		for (const [index, line] of lines.entries()) {
			if (line === "") continue;
			const entry = readLine(line);
			const hash = hashOf(line);
			const gap = (reason: JournalGap["reason"]) => gaps.push({ file, line: index + 1, reason });
			if (!entry) gap("unreadable");
			else if (last === undefined) check.fromBeginning = entry.prev === GENESIS;
			else if (entry.prev !== last.hash) gap(hashes.has(entry.prev) && !hashes.has(hash) ? "branched" : "chain broken");
			check.lines++;
			hashes.add(hash);
			last = { time: entry?.time ?? "", hash };
			check.isSeen ||= hash === seen;
		}
	}
	return { ...check, last };
}
