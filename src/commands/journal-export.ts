import { resolve } from "node:path";
import { timeIn } from "../api/time";
import { durationSeconds } from "../duration";
import { defined } from "../json";
import { plainText } from "../text";
import { hashOf, type JournalLine, readLine } from "./journal";
import { journalExists, journalLines } from "./journal-files";
import { noJournal } from "./journal-report";
import type { StoredJournal, StoredLine } from "./shared/stored-journal";

/** Seconds. */
const DAY = 86_400;

/** What of a journal is exported, and how. */
export interface ExportOptions {
	/** Entries before it (epoch milliseconds) are left out. */
	since: number;
	/** True: JSON Lines, each entry as it is, with its own hash. False: a line a command, for people. */
	isJson: boolean;
}

/**
 * The journal of commands for somebody else's log or table, oldest first. Lines that are no entries are left out: the
 * check of the journal finds those.
 *
 * @throws an error with a sentence for people where there is no journal, or it can't be read
 */
export async function exportJournal(folder: string, options: ExportOptions, write: Write): Promise<void> {
	if (!(await journalExists(folder))) throw new Error(`There is no journal in ${resolve(folder)}.`);
	await exportLines(journalLines(folder), options, write);
}

/**
 * As {@link exportJournal}, of a store: one account after the other.
 *
 * @throws an error with a sentence for people where there is no journal; ERR_STORE
 */
export async function exportStore(journal: StoredJournal, options: ExportOptions, write: Write): Promise<void> {
	const heads = await journal.heads();
	if (heads.length === 0) throw noJournal(journal);
	for (const head of heads) await exportLines(textsOf(journal.lines(head)), options, write);
}

async function* textsOf(lines: AsyncIterable<StoredLine>): AsyncGenerator<string> {
	for await (const { line } of lines) yield line;
}

type Write = (line: string) => void;

async function exportLines(
	lines: AsyncIterable<string>,
	{ since, isJson }: ExportOptions,
	write: Write,
): Promise<void> {
	const commands = new Map<string, Told>();
	for await (const line of lines) {
		const entry = readLine(line);
		if (!entry) continue;
		const isAsked = !(Date.parse(entry.time ?? "") < since);
		if (isJson && isAsked) write(JSON.stringify({ ...entry, hash: hashOf(line) }));
		// A command that began before and ended since is told whole. What entered a store is told by its entries.
		if (!isJson && entry.event !== "entered") noteStep(commands, entry, isAsked);
	}
	for (const command of commands.values()) if (command.isAsked) write(sentenceOf(command));
}

/**
 * When a moment was that somebody writes: RFC 3339 (without offset: UTC), a date, or how long ago, as a number of days such as `30d` or an
 * ISO 8601 duration such as `P30D`.
 */
export function momentOf(text: string, now: number = Date.now()): number {
	const [, days] = /^(\d{1,6})d$/.exec(text) ?? [];
	const ago = days === undefined ? durationSeconds(text.toUpperCase()) : Number(days) * DAY;
	// A number alone is no time: Date.parse would take the 365 of a forgotten "d" for a year.
	const time = ago === null ? timeIn(text) : now - ago * 1000;
	if (time === undefined)
		throw new Error(
			"--since takes a time such as 2026-05-01 or 2026-05-01T12:00:00Z, days back such as 30d, or a duration back such as PT12H.",
		);
	return time;
}

/** What the entries of one command say together. */
interface Told {
	line: Record<string, unknown>;
	/** Times of its first and last entry. */
	began: string;
	ended: string | undefined;
	isAsked: boolean;
}

function noteStep(commands: Map<string, Told>, entry: JournalLine, isAsked: boolean): void {
	const { key, time = "", ...line } = entry;
	const known = commands.get(key) ?? { line: {}, began: time, ended: undefined, isAsked: false };
	commands.set(key, known);
	Object.assign(known.line, defined(line));
	known.isAsked ||= isAsked;
	if (line.event === "end") known.ended = time;
}

/** Texts of a flow or a server stand in one line. */
function sentenceOf({ line, began, ended }: Told): string {
	const { command, vehicle, vin, account, node, actor, args, outcome, code, failureCause } = line;
	const words = (value: unknown) => plainText(typeof value === "string" ? value : JSON.stringify(value), 500) ?? "-";
	const fields = [began, ended ?? "-", words(command), words(outcome ?? "no end"), words(vin ?? vehicle)];
	const more = Object.entries(defined({ account, node, actor, args, code, failureCause }));
	return [...fields, ...more.map(([name, value]) => `${name}=${words(value)}`)].join("\t");
}
