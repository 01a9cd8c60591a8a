import type { StellantisError } from "../../error";
import type { Sql } from "./sql";

/** A value as it was read, and the number of its writes. */
export interface Revised {
	data: unknown;
	rev: number;
}

/** What single values are kept by. */
export interface Values {
	/** @throws ERR_STORE */
	read(scope: string, key: string): Promise<Revised | undefined>;
	/**
	 * Writes if nobody has written since.
	 *
	 * @param rev the revision it was read with; 0 where there was none; undefined writes over whatever is there
	 * @returns the new revision; undefined where somebody was first
	 * @throws ERR_STORE
	 */
	write(scope: string, key: string, data: unknown, rev?: number): Promise<number | undefined>;
	/** @throws ERR_STORE */
	remove(scope: string, key: string): Promise<void>;
}

/** Slots in time that were taken, in the store's order. */
export interface Slots {
	/** Milliseconds from now until each may be used. */
	waits: number[];
	/** Milliseconds until nothing may be sent at all; 0 where nobody has paused. */
	held: number;
	/** Instances that use the store now. */
	instances: number;
}

/**
 * What several Node-RED share. Nothing is kept in a session of the database; locks end with their transaction, and what
 * an instance holds is another's when it was not heard of for a while.
 */
export interface SharedStore extends Values {
	/** Id of this instance, new at every start. */
	readonly instance: string;
	/** Why the store can't be used; undefined where it can, as far as is known. */
	readonly away: StellantisError | undefined;
	/** Milliseconds for which it could be used without a break. */
	availableFor(): number;
	/** Told when the store goes away (why) or is back (undefined), until the returned function is called. */
	onState(listener: (away: StellantisError | undefined) => void): () => void;
	/** Resolves when the schema is there and this instance is known. Every other method waits for it. @throws ERR_STORE */
	ready(): Promise<void>;
	/** One statement in one round trip. @throws ERR_STORE */
	query<Row extends object>(text: (table: Sql["table"]) => string, values?: readonly unknown[]): Promise<Row[]>;
	/** Statements that all hold or none, see `StorePool.transaction`. @throws ERR_STORE; what the task throws */
	transaction<T>(task: (sql: Sql) => Promise<T>): Promise<T>;
	/** As {@link transaction}, while no other instance runs one under this name. */
	alone<T>(name: string, task: (sql: Sql) => Promise<T>): Promise<T>;
	/**
	 * Waits until nobody else has a name, and takes it: until the returned function is called, which never rejects, or this
	 * instance was not heard of for a minute. While the store is away nobody else has it; it is free when that is back.
	 *
	 * @throws ERR_STORE; the signal's reason
	 */
	lock(name: string, signal: AbortSignal): Promise<() => Promise<void>>;
	/**
	 * Takes slots in time: so many a second may be used, by all instances together.
	 *
	 * @param gate what is counted together
	 * @param perSecond 0: no cap, only the pause is told
	 * @throws ERR_STORE
	 */
	slots(gate: string, count: number, perSecond: number): Promise<Slots>;
	/** Nothing is sent through a gate for so many milliseconds. @throws ERR_STORE */
	hold(gate: string, milliseconds: number): Promise<void>;
	/** Work that is not over when its node closes: the store waits some seconds for it before it closes itself. */
	closeAfter(work: Promise<unknown>): void;
	/** The instance leaves: what it holds is free at once. */
	close(): Promise<void>;
}

/** Seconds without a sign of life, of which there is one in 5, after which an instance is cut off, or gone. */
const SILENT = 15;

/** SQL that is true for rows of the table of instances, under an alias, that were heard of lately. */
export function heardOfLately(alias: string): string {
	return `${alias}.seen > clock_timestamp() - interval '${SILENT} seconds'`;
}

/** SQL for the time that is as long before another as a sign of life may take. */
export function justBefore(time: string): string {
	return `(${time} - interval '${SILENT} seconds')`;
}

/**
 * SQL that is true where a holder was not heard of for so many seconds; `instance` is the qualified table. Where nobody was
 * heard of lately the store itself was away, and their silence says nothing.
 */
export function notHeardOf(holder: string, instance: string, seconds: number): string {
	return `(not exists (select 1 from ${instance} alive where alive.id = ${holder} and alive.seen > clock_timestamp() - interval '${seconds} seconds')
		and exists (select 1 from ${instance} lately where ${heardOfLately("lately")}))`;
}
