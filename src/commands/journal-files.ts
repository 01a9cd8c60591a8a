import { readFile } from "node:fs/promises";
import { type LogFile, logFiles } from "../storage/log-files";

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

/** The files of a journal, oldest first. */
export function journalFiles(folder: string): Promise<LogFile[]> {
	return logFiles(folder, JOURNAL);
}

/** The lines of a journal, oldest first, file by file. */
export async function* journalLines(folder: string): AsyncGenerator<string> {
	for (const { path } of await journalFiles(folder)) yield* (await readFile(path, "utf8")).split("\n");
}
