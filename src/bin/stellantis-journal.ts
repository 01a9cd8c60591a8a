#!/usr/bin/env node
/** The command `stellantis-journal`: checks the journal of commands, for whoever has to vouch for it. */
import { parseArgs } from "node:util";
import { reportOnJournal } from "../commands/journal-report";

const USAGE = `Usage: stellantis-journal [--seen <hash>] [folder]

Checks the journal of commands in a folder; without one: in stellantis/ of the folder you are in, the user directory
of Node-RED. --seen takes the hash that an earlier check gave, and fails unless that entry is still there.
Ends with 0 when nothing is missing, 1 when something is, 2 when there is nothing to check.`;

async function main(): Promise<number> {
	try {
		const options = { seen: { type: "string" }, help: { type: "boolean", short: "h" } } as const;
		const { values, positionals } = parseArgs({ options, allowPositionals: true });
		if (values.help || positionals.length > 1) {
			console.log(USAGE);
			return values.help ? 0 : 2;
		}
		const { report, found } = await reportOnJournal(positionals[0] ?? "stellantis", values.seen);
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
