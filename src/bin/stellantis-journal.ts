#!/usr/bin/env node
/** The command `stellantis-journal`: checks the journal of commands, and exports it, for whoever has to vouch for it. */
import { parseArgs } from "node:util";
import { type ExportOptions, exportJournal, exportStore, momentOf } from "../commands/journal-export";
import { noJournal, reportOnJournal, reportOnStore } from "../commands/journal-report";
import { StoredJournal } from "../commands/shared/stored-journal";
import { placeOfEnvironment } from "../storage/shared/environment";

const USAGE = `Usage: stellantis-journal [--seen <hash>] [folder | --store <schema>]
       stellantis-journal export [--since <time>] [--json] [folder | --store <schema>]
       stellantis-journal prune --days <number> --store <schema>

Checks the journal of commands in a folder; without one: in stellantis/ of the folder you are in, the user directory
of Node-RED. --seen takes the hash that an earlier check gave, and fails unless that entry is still there.
Ends with 0 when nothing is missing, 1 when something is, 2 when there is nothing to check.

--store takes the schema of a store (stellantis, if its form says nothing else): the journals of its accounts. Where the
PostgreSQL is and who asks, the environment says: PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, PGSSLMODE and
PGSSLROOTCERT, or DATABASE_URL.

export writes it out, oldest first: a line a command, with tabs between begin, end, command, outcome, vehicle and what
else is known; --json: each entry as it is, as JSON Lines, with its own hash. --since takes a time such as 2026-05-01 or
2026-05-01T12:00:00Z, days back such as 30d, or a duration back such as PT12H.

prune deletes from a store what is older than so many days; only the owner of the schema may. The chain goes on.`;

/** The folder of a Node-RED that says nothing else, from its user directory. */
const USUAL = "stellantis";

const options = {
	seen: { type: "string" },
	store: { type: "string" },
	since: { type: "string" },
	json: { type: "boolean" },
	days: { type: "string" },
	help: { type: "boolean", short: "h" },
} as const;

/** What each way to call it takes beside a folder or a store. */
const TAKES: Readonly<Record<string, readonly string[]>> = {
	check: ["seen", "store"],
	export: ["since", "json", "store"],
	prune: ["days", "store"],
};

const write = (line: string) => process.stdout.write(`${line}\n`);

let stored: StoredJournal | undefined;

/** Does what is asked. @returns what the command ends with */
async function asked(): Promise<number> {
	try {
		const { values, positionals } = parseArgs({ options, allowPositionals: true });
		const { seen, store, since, json = false, days, help } = values;
		const [first = ""] = positionals;
		const work = first === "export" || first === "prune" ? first : "check";
		const places = work === "check" ? positionals : positionals.slice(1);
		const [folder = USUAL] = places;
		const isPlaceClear = places.length <= (store === undefined ? 1 : 0);
		const isMixed = Object.keys(values).some((name) => !TAKES[work]?.includes(name));
		const isPruneWhole = work !== "prune" || (store !== undefined && days !== undefined);
		if (help || !isPlaceClear || isMixed || !isPruneWhole) {
			console.log(USAGE);
			return help ? 0 : 2;
		}
		stored = store === undefined ? undefined : new StoredJournal(placeOfEnvironment(store, process.env));
		if (work === "prune" && stored) return await prune(stored, days);
		if (work === "export") {
			const from = since === undefined ? Number.NEGATIVE_INFINITY : momentOf(since.trim());
			const how: ExportOptions = { since: from, isJson: json };
			await (stored ? exportStore(stored, how, write) : exportJournal(folder, how, write));
			return 0;
		}
		const { report, found, isEmpty } = await (stored ? reportOnStore(stored, seen) : reportOnJournal(folder, seen));
		console.log(report);
		if (found) return 1;
		return isEmpty ? 2 : 0;
	} catch (error) {
		console.error(error instanceof Error ? error.message : String(error));
		return 2;
	}
}

async function prune(journal: StoredJournal, days: string | undefined): Promise<number> {
	const number = Number(days);
	if (!Number.isInteger(number) || number < 1) throw new Error("--days takes a whole number of days, at least 1.");
	const heads = await journal.heads();
	if (heads.length === 0) throw noJournal(journal);
	for (const head of heads) {
		const count = await journal.prune(head, number);
		write(`"${head.account}": ${count === 1 ? "1 entry" : `${count} entries`} deleted. Last entry: hash ${head.hash}`);
	}
	return 0;
}

// Whoever reads may have enough, as `head` has; that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
	if (error.code !== "EPIPE") throw error;
	process.exit(process.exitCode ?? 0);
});

asked().then(async (code) => {
	// Before connections end, which may take a while.
	process.exitCode = code;
	await stored?.close();
});
