import { resolve } from "node:path";
import { counted } from "../text";
import { type JournalGap, verifyJournal } from "./journal";

/** The result of a check, for people. */
export interface CheckedJournal {
	report: string;
	/** True when something was changed or is missing. */
	found: boolean;
}

/**
 * Checks the journal of commands in a folder.
 *
 * @param seen the hash of an entry that an earlier check gave; it must still be there
 * @throws an error with a sentence for people where there is no journal, or it can't be read
 */
export async function checkJournal(folder: string, seen?: string): Promise<CheckedJournal> {
	const known = seen?.trim().toLowerCase();
	if (known !== undefined && !/^[0-9a-f]{64}$/.test(known))
		throw new Error("--seen takes the hash of an entry: 64 digits and letters, as an earlier check gave it.");
	const check = await verifyJournal(folder, known);
	if (check.files === 0)
		throw new Error(
			`There is no journal in ${resolve(folder)}. It begins with the first command, in the folder stellantis of Node-RED's user directory.`,
		);
	const [first] = check.gaps;
	const isMissing = known !== undefined && !check.isSeen;
	const sentences = [
		`${resolve(folder)}: ${check.lines === 1 ? "1 entry" : `${check.lines} entries`} in ${counted(check.files, "files")}.`,
		check.lines === 0
			? "No command was written yet, or all entries were taken out: an empty journal can't tell."
			: undefined,
		check.lines > 0 && !check.fromBeginning
			? "The oldest entries are not here: the journal keeps its latest files only, or the first ones were taken out."
			: undefined,
		first ? `${counted(check.gaps.length, "gaps")}, the first in ${placeOf(first)}` : undefined,
		check.lines > 0 && !first ? "No gap: no entry was changed, and none was taken out between two others." : undefined,
		check.unfinished
			? "Behind the last entry stands one that was not written to its end; it counts for nothing."
			: undefined,
		isMissing ? "The entry of --seen is not there: it was taken out, or its file is no longer kept." : undefined,
		known !== undefined && !isMissing ? "The entry of --seen is still there." : undefined,
		check.last && `Last entry: ${check.last.time}, hash ${check.last.hash}`,
		check.last &&
			"Entries that were cut off at the end leave no gap. Keep this hash elsewhere: --seen with it shows the next time whether that entry is still there.",
	];
	return {
		report: sentences.filter((sentence) => sentence !== undefined).join("\n"),
		found: first !== undefined || isMissing,
	};
}

function placeOf({ file, line, reason }: JournalGap): string {
	return reason === "unreadable"
		? `${file}, line ${line}: this is no entry.`
		: `${file}, line ${line}: the entry before it was changed, or entries before it are missing.`;
}
