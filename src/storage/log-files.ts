import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { errorName } from "./storage-error";

/** A file of a log. */
export interface LogFile {
	name: string;
	path: string;
	/** Grows with every file of the log. */
	number: number;
	/** True for the one that is written to; the others were put aside. */
	isCurrent: boolean;
}

/** The files of a log, oldest first: `<name>.<number>.jsonl` were put aside, `<name>.jsonl` is the current one. */
export async function logFiles(folder: string, log: string): Promise<LogFile[]> {
	const names = await readdir(folder).catch((error: unknown): string[] => {
		if (errorName(error) === "ENOENT") return [];
		throw error;
	});
	const aside: LogFile[] = [];
	for (const name of names) {
		const number = numberIn(name, log);
		if (number !== undefined) aside.push({ name, path: join(folder, name), number, isCurrent: false });
	}
	aside.sort((one, other) => one.number - other.number);
	const current = `${log}.jsonl`;
	if (!names.includes(current)) return aside;
	const number = (aside.at(-1)?.number ?? 0) + 1;
	return [...aside, { name: current, path: join(folder, current), number, isCurrent: true }];
}

/** The number in the name of a file that was put aside. */
function numberIn(name: string, log: string): number | undefined {
	if (!name.startsWith(`${log}.`) || !name.endsWith(".jsonl")) return undefined;
	const digits = name.slice(log.length + 1, -".jsonl".length);
	return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}
