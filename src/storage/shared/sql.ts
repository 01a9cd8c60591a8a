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

/** SQL for the database's clock as epoch milliseconds; times of different machines are never compared. */
export const NOW = "(extract(epoch from clock_timestamp()) * 1000)::float8";
