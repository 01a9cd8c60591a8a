/** What was measured, as a table for people: on the screen, and in docs/speed.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";

/** A line of the table. */
export interface Row {
	what: string;
	measured: string;
	value: number;
	goal: number;
	/** Written behind the numbers. */
	unit: string;
	/** True where the goal is to be reached, not kept under. */
	atLeast?: boolean;
}

/** True when the goal is reached. */
export const isMet = ({ value, goal, atLeast }: Row) => (atLeast ? value >= goal : value <= goal);

/** The rows as a table in Markdown. */
export function tableOf(rows: readonly Row[]): string {
	const lines = rows.map((row) => {
		const { what, measured, value, goal, unit, atLeast } = row;
		const digits = unit === "" ? 2 : 1;
		const verdict = isMet(row) ? "" : " (missed)";
		return `| ${what} | ${measured} | ${value.toFixed(digits)}${unit} | ${atLeast ? "at least " : ""}${goal}${unit}${verdict} |`;
	});
	return ["| what | measured | value | goal |", "| --- | --- | --- | --- |", ...lines].join("\n");
}

const PAGE = join(__dirname, "../docs/speed.md");
const BEGINNING = "<!-- written by npm run bench -- --write -->";
const END = "<!-- end of what the bench writes -->";

/** Puts the table into docs/speed.md, with the machine and the day. */
export function writeReport(rows: readonly Row[]): void {
	const page = readFileSync(PAGE, "utf8");
	const from = page.indexOf(BEGINNING);
	const to = page.indexOf(END);
	if (from < 0 || to < from) throw new Error(`${PAGE} has no place for the table.`);
	const [first] = cpus();
	const machine = `${cpus().length} cores (${first?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB, Node.js ${process.versions.node}`;
	const when = new Date().toISOString().slice(0, 10);
	const text = `${BEGINNING}\n\nMeasured on ${when}: ${machine}.\n\n${tableOf(rows)}\n\n`;
	writeFileSync(PAGE, page.slice(0, from) + text + page.slice(to));
}
