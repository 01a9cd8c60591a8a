import type { Open } from "../../commands/unfinished";

/** Reads of journals that are under way, by folder. */
const reading = new Map<string, Promise<readonly Open[]>>();

/**
 * The commands of all accounts that have no end in the journal of a folder. Accounts that start at the same time share
 * one read: a journal is megabytes, and there may be hundreds of them.
 *
 * @throws StorageError
 */
export function commandsLeftOpen(folder: string): Promise<readonly Open[]> {
	const known = reading.get(folder);
	if (known) return known;
	const read = readOpen(folder).finally(() => reading.delete(folder));
	reading.set(folder, read);
	return read;
}

async function readOpen(folder: string): Promise<readonly Open[]> {
	const { journalExists } = require("../../commands/journal-files") as typeof import("../../commands/journal-files");
	if (!(await journalExists(folder))) return [];
	const { journalIn } = require("../../commands/journal") as typeof import("../../commands/journal");
	const { openCommands } = require("../../commands/unfinished") as typeof import("../../commands/unfinished");
	return openCommands(await journalIn(folder).recent());
}
