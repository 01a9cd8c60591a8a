import { defined } from "../../json";
import type { SharedAccount } from "../../storage/shared/shared-account";
import { NOW, type Sql } from "../../storage/shared/sql";
import { GuardMemory } from "../guard-memory";
import { GENESIS, hashOf, type JournalEntry, type JournalLine, lineOf, readLine } from "../journal";
import { verifyJournal } from "../journal-check";
import { journalLines } from "../journal-files";
import { openCommands } from "../unfinished";

/** What a Node-RED has kept of an account before that had a store. */
export interface Before {
	/** Where its files are. */
	folder: string;
	/** Id of the account node, by which the files know it. */
	node: string;
}

/** How long (ms) a wake-up says anything. */
const KEEP = 31 * 24 * 60 * 60_000;
/** Entries of a journal that one statement takes. */
const BATCH = 1_000;

/**
 * Wake-ups, their pauses and what the account has sent enter the store from `guards.json` (`wakeups.json` of version
 * 0.1.0). What is there already stays, so it does no harm to do it again.
 *
 * @returns the vehicles of which the file knows ids and VIN
 * @throws StorageError where the file can't be read; ERR_STORE
 */
export async function enterGuards(account: SharedAccount, { folder, node }: Before): Promise<Vehicle[]> {
	const memory = new GuardMemory(folder);
	await memory.load();
	const since = Date.now() - KEEP;
	const vehicles = [...memory.named()];
	const woken = vehicles.flatMap(([name, { woken }]) =>
		woken.filter((at) => at > since).map((at) => [name, at] as const),
	);
	const pauses = vehicles.flatMap(([name, { pausedUntil }]) =>
		pausedUntil === undefined ? [] : [[name, pausedUntil] as const],
	);
	const sent = vehicles.flatMap(([name, { accounts }]) => {
		const own = accounts[node];
		return own && own.asked > since ? [{ name, ...own }] : [];
	});
	if (woken.length + pauses.length + sent.length > 0)
		await account.alone("guards", async (sql) => {
			await sql.query(
				`insert into ${sql.table("woken")} (vin, at) select * from unnest($1::text[], $2::float8[]) on conflict do nothing`,
				columns(woken),
			);
			await sql.query(
				`insert into ${sql.table("pause")} as pause (vin, until) select * from unnest($1::text[], $2::float8[])
				on conflict (vin) do update set until = greatest(pause.until, excluded.until)`,
				columns(pauses),
			);
			await sql.query(
				`insert into ${sql.table("guarded")} as own (vin, account, asked, sent, limits)
				select vin, $1, asked, sent, limits from unnest($2::text[], $3::float8[], $4::float8[], $5::text[]) as kept (vin, asked, sent, limits)
				on conflict (vin, account) do update set sent = greatest(own.sent, excluded.sent)`,
				[
					account.name,
					sent.map(({ name }) => name),
					sent.map(({ asked }) => asked),
					sent.map((each) => each.sent ?? null),
					sent.map(({ limits }) => JSON.stringify(limits)),
				],
			);
		});
	return vehicles.flatMap(([vin, { ids }]) => ids.filter((id) => id !== vin).map((id) => ({ id, vin })));
}

interface Vehicle {
	id: string;
	vin: string;
}

function columns(rows: readonly (readonly [string, number])[]): [string[], number[]] {
	return [rows.map(([name]) => name), rows.map(([, value]) => value)];
}

/**
 * The account's entries in this Node-RED's journal enter the shared one while that is empty, all or none: each as a link
 * of the shared chain, with the hash that it has in the files (`was`). The files stay. Commands without an end are
 * nobody's then, so that one of the instances follows them on.
 *
 * @throws StorageError where the files can't be read; ERR_STORE
 */
export async function enterJournal(account: SharedAccount, before: Before): Promise<void> {
	const [begun] = await account.query(
		(table) => `select 1 from ${table("journal_head")} where account = $1`,
		[account.name],
	);
	if (begun) return;
	const lines = await ownLines(before);
	if (lines.length === 0) return;
	const { gaps, last } = await verifyJournal(before.folder);
	const header = { event: "entered", entries: lines.length, gaps: gaps.length, last: last?.hash } as const;
	await account.transaction(async (sql) => {
		// Of several that start together one makes the row, and the others wait here until it is committed.
		const [head] = await sql.query<{ now: number }>(
			`insert into ${sql.table("journal_head")} (account, seq, hash) values ($1, 0, $2) on conflict do nothing returning ${NOW} as now`,
			[account.name, GENESIS],
		);
		if (!head) return;
		let last = await chain(sql, account.name, [{ entry: { key: "entered", ...header }, time: head.now }], {
			seq: 0,
			hash: GENESIS,
		});
		for (let from = 0; from < lines.length; from += BATCH)
			last = await chain(
				sql,
				account.name,
				lines.slice(from, from + BATCH).map(({ line, was }) => entered(line, was, account.name, head.now)),
				last,
			);
		await sql.query(`update ${sql.table("journal_head")} set seq = $2, hash = $3 where account = $1`, [
			account.name,
			last.seq,
			last.hash,
		]);
		const open = openCommands(lines.map(({ line }) => line));
		await sql.query(
			`insert into ${sql.table("command")} (key, account, holder) select key, $2, '' from unnest($1::text[]) key on conflict do nothing`,
			[open.map(({ unfinished }) => unfinished.key), account.name],
		);
	});
}

interface Kept {
	line: JournalLine;
	/** Its hash in the files. */
	was: string;
}

/** The entries of an account node; only the first of a command says whose it is. */
async function ownLines({ folder, node }: Before): Promise<Kept[]> {
	const keys = new Set<string>();
	const own: Kept[] = [];
	for await (const text of journalLines(folder)) {
		const line = readLine(text);
		if (line?.event === "intent" && line.account === node) keys.add(line.key);
		if (line && keys.has(line.key)) own.push({ line, was: hashOf(text) });
	}
	return own;
}

interface Timed {
	entry: JournalEntry;
	time: number;
}

function entered({ time, prev, ...line }: JournalLine, was: string, account: string, now: number): Timed {
	const entry = { ...line, ...defined({ account: line.account === undefined ? undefined : account }), was };
	return { entry: entry as unknown as JournalEntry, time: Date.parse(time ?? "") || now };
}

/** Writes links of the chain. @returns its end */
async function chain(sql: Sql, account: string, entries: readonly Timed[], from: { seq: number; hash: string }) {
	let { hash } = from;
	const rows = entries.map(({ entry, time }) => {
		const line = lineOf(entry, time, hash);
		hash = hashOf(line);
		return { at: time / 1000, key: entry.key, line, hash };
	});
	await sql.query(
		`insert into ${sql.table("journal")} (account, seq, at, key, line, hash)
		select $1, $2 + n, to_timestamp(at), key, line, hash
		from unnest($3::float8[], $4::text[], $5::text[], $6::text[]) with ordinality as link (at, key, line, hash, n)`,
		[
			account,
			from.seq,
			rows.map(({ at }) => at),
			rows.map(({ key }) => key),
			rows.map(({ line }) => line),
			rows.map((row) => row.hash),
		],
	);
	return { seq: from.seq + rows.length, hash };
}
