import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { NodeAPI } from "node-red";
import { keepJournalFor } from "../commands/journal-files";
import { FolderMark, MARK, type OtherWriter } from "../storage/folder-mark";
import { folderChoice } from "./folder";
import { packageSettings } from "./operations/settings";

/** Stands in the usual folder and says where the files are while settings.js names another. */
const SIGNPOST = "moved-to.txt";

/** Milliseconds. */
const DAY = 86_400_000;
/** A hundred years. */
const MOST_DAYS = 36_525;

/** The mark of each folder that this process uses. */
const marks = new Map<string, FolderMark>();

/**
 * Looks after the folder of this package's files: says where files of before are when settings.js names another folder
 * now, and when another Node-RED keeps its files in the same one. Once for each folder.
 */
export function watchFolder(RED: NodeAPI): void {
	// An embedded runtime without one keeps nothing that lasts.
	if (RED.settings.userDir === undefined) return;
	const { folder, usual, problem } = folderChoice(RED);
	if (marks.has(folder)) return;
	const mark = new FolderMark(folder);
	marks.set(folder, mark);
	if (problem !== undefined) RED.log.error(problem);
	keepJournal(RED, folder);
	const left = leftBehind(folder, usual);
	if (left !== undefined) RED.log.warn(left);
	const isNamed = folder !== usual;
	// As long as nothing has come from where it leads to, it is what tells where that is.
	if (isNamed && (left === undefined || signpost(usual) === undefined)) writeSignpost(usual, folder);
	mark.keep((other) => RED.log.error(otherSentence(folder, other)), isNamed);
}

/** `stellantis.journal.days` of settings.js: how long the journal of commands is kept. */
function keepJournal(RED: NodeAPI, folder: string): void {
	const { days } = Object(packageSettings(RED).journal) as { days?: unknown };
	if (days === undefined) return;
	if (typeof days !== "number" || !(days >= 1 && days <= MOST_DAYS)) {
		RED.log.error(
			`stellantis.journal.days in settings.js must be a number from 1 to ${MOST_DAYS}. The journal of commands keeps its latest files.`,
		);
		return;
	}
	keepJournalFor(folder, days);
	const { journalIn } = require("../commands/journal") as typeof import("../commands/journal");
	// What is in the way, health tells, and the next command.
	const removeOld = () =>
		journalIn(folder)
			.removeOld()
			.catch(() => {});
	void removeOld();
	setInterval(removeOld, DAY).unref();
}

/** What is wrong with the folder; undefined where nothing is. */
export function folderProblem(RED: NodeAPI): string | undefined {
	const { folder, problem } = folderChoice(RED);
	const { other, failure } = marks.get(folder) ?? {};
	return problem ?? (other ? otherSentence(folder, other) : failure);
}

function otherSentence(folder: string, { pid, host }: OtherWriter): string {
	return `Another Node-RED (process ${pid} on ${host}) keeps its files in ${folder}, too: sign-ins, marks and limits of both get mixed up. Give each of them a folder of its own (stellantis.folder in settings.js), or let them share a store.`;
}

/** Where the files of before are, when the folder of now has none. */
function leftBehind(folder: string, usual: string): string | undefined {
	// What settings.js named before may be a third one.
	const before = [signpost(usual), usual].find(
		(place) => place !== undefined && place !== folder && filesIn(place) > 0,
	);
	return before !== undefined && filesIn(folder) === 0
		? `There are no files of this package in ${folder} yet, but in ${before}, where they were kept before: sign-ins, marks and the journal of commands are there. Stop Node-RED and move them, or set stellantis.folder in settings.js back.`
		: undefined;
}

function filesIn(folder: string): number {
	try {
		return readdirSync(folder).filter((name) => name !== SIGNPOST && name !== MARK).length;
	} catch {
		return 0;
	}
}

function signpost(usual: string): string | undefined {
	try {
		return readFileSync(join(usual, SIGNPOST), "utf8").trim() || undefined;
	} catch {
		return undefined;
	}
}

/** Left where somebody looks who takes the setting away; that it can't be is no harm. */
function writeSignpost(usual: string, folder: string): void {
	mkdir(usual, { recursive: true, mode: 0o700 })
		.then(() => writeFileSync(join(usual, SIGNPOST), `${folder}\n`, { mode: 0o600 }))
		.catch(() => {});
}
