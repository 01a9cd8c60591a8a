import { type LogFile, logFiles } from "../storage/log-files";

/** Name of the journal's files. */
export const JOURNAL = "journal";

/** True when there is a journal at all. */
export async function journalExists(folder: string): Promise<boolean> {
	return (await journalFiles(folder)).length > 0;
}

/** The files of a journal, oldest first. */
export function journalFiles(folder: string): Promise<LogFile[]> {
	return logFiles(folder, JOURNAL);
}
