/** How a transaction, or a single statement, asks the database. */
export interface Sql {
	/**
	 * Runs one statement.
	 *
	 * @param values what stands for `$1`, `$2` and so on
	 * @returns its rows
	 * @throws ERR_STORE
	 */
	query<Row extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
	/** The qualified name of one of our tables: a pooler may hand out a connection with any search path. */
	table(name: string): string;
}

/** Quotes a name for SQL. */
export function identifier(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}

/** In JSON as it is written here: NUL, half a character, or any other escape. */
const ESCAPE = /\\(?:(u0000|ud[89a-f][0-9a-f]{2})|.)/g;

/** JSON that a column of the type jsonb takes: the same replacement as `storable` makes, in texts and names. */
export function jsonOf(value: unknown): string {
	return JSON.stringify(value).replace(ESCAPE, (whole, bad?: string) => (bad === undefined ? whole : "\ufffd"));
}

/** SQL for the database's clock as epoch milliseconds; times of different machines are never compared. */
export const NOW = "(extract(epoch from clock_timestamp()) * 1000)::float8";
