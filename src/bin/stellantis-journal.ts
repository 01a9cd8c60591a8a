#!/usr/bin/env node
/** The command `stellantis-journal`: checks the journal of commands, and exports it, for whoever has to vouch for it. */
import { parseArgs } from "node:util";
import { exportJournal, momentOf } from "../commands/journal-export";
import { reportOnJournal } from "../commands/journal-report";

const USAGE = `Usage: stellantis-journal [--seen <hash>] [folder]
       stellantis-journal export [--since <time>] [--json] [folder]

Checks the journal of commands in a folder; without one: in stellantis/ of the folder you are in, the user directory
of Node-RED. --seen takes the hash that an earlier check gave, and fails unless that entry is still there.
Ends with 0 when nothing is missing, 1 when something is, 2 when there is nothing to check.

export writes it out, oldest first: a line a command, with tabs between begin, end, command, outcome, vehicle and what
else is known; --json: each entry as it is, as JSON Lines, with its own hash. --since takes a time such as 2026-05-01 or
2026-05-01T12:00:00Z, days back such as 30d, or a duration back such as PT12H.`;

/** The folder of a Node-RED that says nothing else, from its user directory. */
const USUAL = "stellantis";

const options = {
	seen: { type: "string" },
	since: { type: "string" },
	json: { type: "boolean" },
	help: { type: "boolean", short: "h" },
} as const;

async function main(): Promise<number> {
	try {
		const { values, positionals } = parseArgs({ options, allowPositionals: true });
		const { seen, since, json = false, help } = values;
		const isExport = positionals[0] === "export";
		const [folder = USUAL, ...more] = isExport ? positionals.slice(1) : positionals;
		const isMixed = isExport ? seen !== undefined : since !== undefined || json;
		if (help || more.length > 0 || isMixed) {
			console.log(USAGE);
			return help ? 0 : 2;
		}
		if (isExport) {
			const from = since === undefined ? Number.NEGATIVE_INFINITY : momentOf(since.trim());
			await exportJournal(folder, { since: from, isJson: json }, (line) => process.stdout.write(`${line}\n`));
			return 0;
		}
		const { report, found } = await reportOnJournal(folder, seen);
		console.log(report);
		return found ? 1 : 0;
	} catch (error) {
		console.error(error instanceof Error ? error.message : String(error));
		return 2;
	}
}

main().then((code) => {
	process.exitCode = code;
});
