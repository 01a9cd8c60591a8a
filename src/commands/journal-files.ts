import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type LogFile, logFiles } from "../storage/log-files";
import { errorName, StorageError } from "../storage/storage-error";

/** Name of the journal's files. */
export const JOURNAL = "journal";

/** Days that a journal is kept, by folder; without a number as much as its files may hold. */
const days = new Map<string, number>();

/** A journal is kept for so many days; said before it is first written. */
export function keepJournalFor(folder: string, number: number): void {
	days.set(folder, number);
}

/** How many days a journal is kept; undefined where nobody has said. */
export function daysOfJournal(folder: string): number | undefined {
	return days.get(folder);
}

/** True when there is a journal at all. */
export async function journalExists(folder: string): Promise<boolean> {
	return (await journalFiles(folder)).length > 0;
}

/** The files of a journal, oldest first. @throws an error with a sentence where the folder can't be read */
export async function journalFiles(folder: string): Promise<LogFile[]> {
	try {
		return await logFiles(folder, JOURNAL);
	} catch (error) {
		// To move it away would be the wrong advice: it may well be the journal.
		if (errorName(error) === "ENOTDIR") throw new Error(`${resolve(folder)} is a file. Give the folder that it is in.`);
		throw StorageError.of(error, resolve(folder), "read");
	}
}

/** The lines of a journal, oldest first, file by file. */
export async function* journalLines(folder: string): AsyncGenerator<string> {
	for (const { path } of await journalFiles(folder)) yield* await linesOf(path);
}

/** The lines of one of its files, the last of them without an end. @throws an error with a sentence where it can't be read */
export async function linesOf(path: string): Promise<string[]> {
	try {
		return (await readFile(path, "utf8")).split("\n");
	} catch (error) {
		throw new Error(`The journal's file ${resolve(path)} can't be read (${errorName(error)}).`);
	}
}
