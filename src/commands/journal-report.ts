import { resolve } from "node:path";
import { counted } from "../text";
import { ChainCheck, type ChainFound, type JournalCheck, type JournalGap, verifyJournal } from "./journal-check";
import type { StoredJournal } from "./shared/stored-journal";

/** The result of a check, for people. */
export interface JournalReport {
	report: string;
	/** True when something was changed or is missing. */
	found: boolean;
	/** True where there is no entry at all: nothing could be checked. */
	isEmpty: boolean;
}

/**
 * Checks the journal of commands in a folder.
 *
 * @param seen the hash of an entry that an earlier check gave; it must still be there
 * @throws an error with a sentence for people where there is no journal, or it can't be read
 */
export async function reportOnJournal(folder: string, seen?: string): Promise<JournalReport> {
	const known = hashIn(seen);
	const check = await verifyJournal(folder, known);
	if (check.files === 0)
		throw new Error(
			`There is no journal in ${resolve(folder)}. It begins with the first command, in the folder stellantis of Node-RED's user directory.`,
		);
	const size = `${entries(check)} in ${counted(check.files, "files")}`;
	const sentences = [`${resolve(folder)}: ${size}.`, ...shown(check), ...seenAgain(check, known), ...notShown(check)];
	return {
		report: sentences.join("\n"),
		found: check.gaps.length > 0 || (known !== undefined && !check.isSeen),
		isEmpty: check.lines === 0,
	};
}

/**
 * Checks the journals of a store, one chain for each account.
 *
 * @param seen as {@link reportOnJournal}; it may be any account's
 * @throws an error with a sentence for people where there is no journal; ERR_STORE
 */
export async function reportOnStore(journal: StoredJournal, seen?: string): Promise<JournalReport> {
	const known = hashIn(seen);
	const sentences: string[] = [];
	const outcome = { found: false, isSeen: false, isEmpty: true };
	for (const head of await journal.heads()) {
		const check = new ChainCheck(known);
		for await (const { line, seq } of journal.lines(head)) check.add(line, head.account, seq);
		const found = check.found();
		if (found.last?.hash !== head.hash) found.gaps.push({ file: head.account, line: head.seq, reason: "cut off" });
		outcome.found ||= found.gaps.length > 0;
		outcome.isSeen ||= found.isSeen;
		outcome.isEmpty &&= found.lines === 0;
		sentences.push(`"${head.account}": ${entries(found)} in the store.`, ...shown(found), ...notShown(found));
	}
	if (sentences.length === 0) throw noJournal(journal);
	return {
		report: [...sentences, ...seenAgain(outcome, known)].join("\n"),
		found: outcome.found || (known !== undefined && !outcome.isSeen),
		isEmpty: outcome.isEmpty,
	};
}

/** A store without a single command. */
export function noJournal({ place }: StoredJournal): Error {
	return new Error(`There is no journal in the schema ${place.schema}. It begins with the first command.`);
}

/** @throws where it is no hash */
function hashIn(seen: string | undefined): string | undefined {
	const known = seen?.trim().toLowerCase();
	if (known !== undefined && !/^[0-9a-f]{64}$/.test(known))
		throw new Error("--seen takes the hash of an entry: 64 digits and letters, as an earlier check gave it.");
	return known;
}

function entries({ lines }: ChainFound): string {
	return lines === 1 ? "1 entry" : `${lines} entries`;
}

/** What the chain shows. */
function shown({ lines, fromBeginning, gaps, unfinished = false }: ChainFound & Partial<JournalCheck>): string[] {
	const sentences: string[] = [];
	const [first] = gaps;
	if (lines === 0)
		sentences.push("No command was written yet, or all entries were taken out: an empty journal can't tell.");
	else if (!fromBeginning)
		sentences.push("The oldest entries are not here: the journal does not keep them for ever, or they were taken out.");
	if (first) sentences.push(`${counted(gaps.length, "gaps")}, the first in ${placeOf(first)}`);
	else if (lines > 0) sentences.push("No gap: no entry was changed, and none was taken out between two others.");
	if (unfinished)
		sentences.push("Behind the last entry stands one that was not written to its end; it counts for nothing.");
	return sentences;
}

function seenAgain({ isSeen }: Pick<ChainFound, "isSeen">, known: string | undefined): string[] {
	if (known === undefined) return [];
	return isSeen
		? ["The entry of --seen is still there."]
		: ["The entry of --seen is not there: it was taken out, or is no longer kept."];
}

/** What no chain can show of itself. */
function notShown({ last }: ChainFound): string[] {
	if (!last) return [];
	return [
		"Not shown by this check: whether the end is complete. Entries that were cut off at the end leave no gap, and who may write the journal can write all entries from some point on anew.",
		"Only a hash that is kept elsewhere shows that: give the one below to --seen the next time, to learn whether that entry is still there.",
		// What somebody wrote there may have none.
		`Last entry: ${[last.time, `hash ${last.hash}`].filter(Boolean).join(", ")}`,
	];
}

const GAPS: Readonly<Record<JournalGap["reason"], string>> = {
	unreadable: "this is no entry.",
	"chain broken": "the entry before it was changed, or entries before it are missing.",
	"cut off": "the store knows of another last entry: this one was changed, or entries behind it were taken out.",
	branched:
		"it goes on from an earlier entry than the one before it. Either two Node-RED with version 0.1.0 wrote here at the same time, or an entry was put in.",
};

function placeOf({ file, line, reason }: JournalGap): string {
	return `${file}, line ${line}: ${GAPS[reason]}`;
}
