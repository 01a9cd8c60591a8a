import type { StellantisError } from "../../error";
import { type StorePlace, storeError } from "./errors";
import type { StorePool } from "./pool";
import { identifier, type Sql } from "./sql";

/** Names a table of the schema that is made. */
type Named = (table: string) => string;

/** What each version adds to the one before; nothing is ever taken away while an older package may run beside. */
const MIGRATIONS: readonly ((table: Named) => string[])[] = [
	(table) => [
		// Who takes part, and when it was last heard of.
		`create table ${table("instance")} (id text primary key, name text not null, package text not null, seen timestamptz not null default clock_timestamp())`,
		// What is shared under a name, and a hash of what it belongs to.
		`create table ${table("account")} (id text primary key, bound text not null)`,
		// Single values, each with the number of its writes.
		`create table ${table("value")} (scope text, key text, rev bigint not null default 1, data text not null, changed timestamptz not null default clock_timestamp(), primary key (scope, key))`,
		`create table ${table("sign_in")} (account text primary key, rev bigint not null, sealed text, key text not null, holder text, begun timestamptz)`,
		// Requests in time and pauses: lost with a crash of the server, which costs a second.
		`create unlogged table ${table("gate")} (client text primary key, next float8 not null default 0, held_until float8 not null default 0)`,
		`create table ${table("lane")} (name text primary key)`,
		`create table ${table("held")} (name text primary key, holder text not null, token text not null)`,
		`create table ${table("guarded")} (vin text, account text, asked float8 not null, sent float8, limits text not null, primary key (vin, account))`,
		`create index on ${table("guarded")} (account)`,
		`create index on ${table("guarded")} (sent)`,
		`create table ${table("woken")} (vin text, at float8, primary key (vin, at))`,
		`create table ${table("pause")} (vin text primary key, until float8 not null)`,
		`create table ${table("busy")} (key text primary key, vin text not null, holder text not null, until float8)`,
		`create index on ${table("busy")} (vin)`,
		`create table ${table("journal")} (account text, seq bigint, at timestamptz not null default clock_timestamp(), key text not null, line text not null, hash text not null, primary key (account, seq))`,
		`create index on ${table("journal")} (key)`,
		`create table ${table("journal_head")} (account text primary key, seq bigint not null, hash text not null)`,
		`create table ${table("command")} (key text primary key, account text not null, holder text not null, at timestamptz not null default clock_timestamp())`,
		`create index on ${table("command")} (account)`,
		`create table ${table("seen_event")} (channel text, digest text, holder text not null, at timestamptz not null default clock_timestamp(), primary key (channel, digest))`,
		`create index on ${table("seen_event")} (at)`,
		// Notifications that were answered and not sent yet, and what they told of commands, for those who follow these.
		`create table ${table("event")} (key text primary key, account text not null, node text not null, holder text not null, came timestamptz not null default clock_timestamp(), vin text, body text not null)`,
		`create index on ${table("event")} (account, node)`,
		`create table ${table("command_news")} (n bigint generated always as identity primary key, account text not null, teller text not null, at timestamptz not null default clock_timestamp(), news text not null)`,
		`create index on ${table("command_news")} (account, at)`,
		`create table ${table("sharer")} (node text, instance text, until timestamptz not null, primary key (node, instance))`,
		`create table ${table("share")} (node text, n int, holder text, until timestamptz, rev bigint not null default 0, primary key (node, n))`,
		// The sweeps of a list of vehicles by several instances, and their pages as they were listed.
		`create table ${table("sweep")} (key text primary key, id text, node text, account text, chosen text, start text, state jsonb, next jsonb, starter jsonb, is_open boolean not null default false, changed timestamptz not null default clock_timestamp())`,
		`create index on ${table("sweep")} (node) where is_open`,
		`create table ${table("page")} (key text, n int, listed jsonb not null, primary key (key, n))`,
	],
];

/** Version of the schema that this package makes. */
export const VERSION = MIGRATIONS.length;

/** The tables that this package knows; a newer one may have made others beside them, with rights of their own. */
const TABLES: readonly string[] = tablesOf(MIGRATIONS);

/** The oldest version of the package's schema knowledge that can work with what this one writes. */
const WORKS_FROM = 1;

/** What a working role may do with a table, where that is not everything. */
const RIGHTS: Readonly<Record<string, readonly string[]>> = {
	meta: ["SELECT"],
	journal: ["SELECT", "INSERT"],
};

/** The rights of a role that works with the tables and neither makes, changes nor drops any. */
const WORKING = ["SELECT", "INSERT", "UPDATE", "DELETE"];

/**
 * SQL by which the owner of a schema lets another role work with it: everything but the journal's lines, which are only
 * appended.
 */
export function workingRights(schema: string, role: string): string {
	const [in_, to] = [identifier(schema), identifier(role)];
	return [
		`grant usage on schema ${in_} to ${to}`,
		`grant ${WORKING.join(", ")} on all tables in schema ${in_} to ${to}`,
		`alter default privileges in schema ${in_} grant ${WORKING.join(", ")} on tables to ${to}`,
		...Object.entries(RIGHTS).map(
			([table, rights]) =>
				`revoke ${WORKING.filter((right) => !rights.includes(right)).join(", ")} on ${in_}.${identifier(table)} from ${to}`,
		),
	].join(";\n");
}

function tablesOf(migrations: typeof MIGRATIONS): string[] {
	const tables = new Set(["meta"]);
	const named = (table: string) => {
		tables.add(table);
		return table;
	};
	for (const migration of migrations) migration(named);
	return [...tables];
}

interface Found {
	/** True where the schema is there. */
	schema: boolean;
	/** True where nothing is in it, neither a table nor a function, a sequence or a type. */
	isEmpty: boolean;
	/** Names of its tables. */
	tables: string[];
}

/**
 * Makes the tables, or brings those of an older package up to date; all or nothing. Several instances may start at once.
 *
 * @throws ERR_STORE where the schema is another product's, is a newer package's, or the user lacks a right
 */
export async function prepareSchema(pool: StorePool, place: StorePlace): Promise<void> {
	try {
		await pool.transaction(async (sql) => {
			await sql.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`stellantis-store ${place.schema}`]);
			const found = await lookAt(sql, place.schema);
			const version = await versionOf(sql, found, place);
			if (version < VERSION) await migrate(sql, version, found, place);
			await checkRights(sql, place);
		});
	} catch (error) {
		pool.refuse(error as StellantisError);
		throw error;
	}
}

async function lookAt(sql: Sql, schema: string): Promise<Found> {
	const [there] = await sql.query<{ empty: boolean }>(
		`select not exists (select 1 from pg_class where relnamespace = n.oid) and not exists (select 1 from pg_proc where pronamespace = n.oid)
		and not exists (select 1 from pg_type where typnamespace = n.oid) as empty from pg_namespace n where nspname = $1`,
		[schema],
	);
	const tables = await sql.query<{ name: string }>(
		"select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relkind in ('r', 'p', 'v', 'm')",
		[schema],
	);
	return { schema: there !== undefined, isEmpty: there?.empty ?? true, tables: tables.map(({ name }) => name) };
}

/** The version of the tables that are there; 0 for none. */
async function versionOf(sql: Sql, { isEmpty, tables }: Found, { schema }: StorePlace): Promise<number> {
	if (isEmpty) return 0;
	const isOurs = ["meta", "instance", "journal_head"].every((name) => tables.includes(name));
	if (!isOurs)
		throw storeError(
			`The schema ${schema} belongs to something else: nothing was changed in it. Name another schema in the store's form; it is made where it is missing.`,
		);
	const [meta] = await sql.query<{ version: number; works_from: number }>(
		`select version::int, works_from::int from ${sql.table("meta")}`,
	);
	if (!meta) throw storeError(`The schema ${schema} is damaged: its table meta is empty. Restore it from a backup.`);
	if (meta.works_from > VERSION)
		throw storeError(
			`The schema ${schema} was made by a newer version of this package, which this one can't work with: update node-red-contrib-stellantis on this machine.`,
		);
	return meta.version;
}

async function migrate(sql: Sql, from: number, found: Found, place: StorePlace): Promise<void> {
	const { schema, database } = place;
	const mayMake = `exists(select 1 from pg_namespace where nspname = $1 and has_schema_privilege(oid, 'CREATE'))`;
	const [right] = await sql.query<{ may: boolean }>(
		found.schema
			? `select ${mayMake} as may`
			: "select has_database_privilege(current_database(), 'CREATE') and $1::text is not null as may",
		[schema],
	);
	if (!right?.may)
		throw storeError(
			found.schema
				? `This user may not make tables in the schema ${schema} of the database ${database}: let its owner start once, then grant this user what docs/reference.md lists.`
				: `The database ${database} has no schema ${schema}, and this user may not make one: create the schema for it, or grant it CREATE on the database.`,
		);
	if (!found.schema) await sql.query(`create schema ${identifier(schema)}`);
	if (from === 0) await sql.query(`create table ${sql.table("meta")} (version int not null, works_from int not null)`);
	for (const migration of MIGRATIONS.slice(from))
		for (const statement of migration((table) => sql.table(table))) await sql.query(statement);
	if (from === 0) await sql.query(`insert into ${sql.table("meta")} values ($1, $2)`, [VERSION, WORKS_FROM]);
	else await sql.query(`update ${sql.table("meta")} set version = $1, works_from = $2`, [VERSION, WORKS_FROM]);
}

/** Says at the start what would fail in the midst of work. */
async function checkRights(sql: Sql, { schema }: StorePlace): Promise<void> {
	const rows = await sql.query<{ name: string; right: string }>(
		`select c.relname as name, r as right from pg_class c join pg_namespace n on n.oid = c.relnamespace
		cross join unnest($2::text[]) r where n.nspname = $1 and c.relname = any($3) and c.relkind = 'r' and not has_table_privilege(c.oid, r)`,
		[schema, WORKING, TABLES],
	);
	const lacking = rows.filter(({ name, right }) => RIGHTS[name]?.includes(right) ?? true);
	const [first] = lacking;
	if (first)
		throw storeError(
			`This user may not ${first.right} in the table ${first.name} of the schema ${schema}: let the schema's owner grant what docs/reference.md lists.`,
		);
}
