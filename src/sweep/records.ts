import type { Moment, Sweep } from "./sweep";

/** What a sweep is of. */
export interface SweepSubject {
	/** Id of the node. */
	node: string;
	/** Under which the account is known to all that take part. */
	account: string;
	/** Address of the first page with everything that is asked, below the API's root: `/path?query`. */
	start: string;
}

/** An item of a page, as far as it takes to read it again. */
export interface ListedItem {
	/** What makes it the same; null where nothing does. */
	key: string | null;
	id: string | null;
	vin: string | null;
}

/** A page as it was listed. */
export interface ListedPage {
	/** Address to read it again, below the API's root. */
	address: string;
	items: ListedItem[];
}

/** What a change of a sweep leads to. */
export interface Change<Result> {
	result: Result;
	/** The sweep as it is from now on; absent where nothing has changed. */
	sweep?: Sweep;
	/** What a new sweep is of, and the properties of the message that started it. What was kept before is gone. */
	anew?: { subject: SweepSubject; starter: unknown };
	/** Where the list goes on. */
	next?: unknown;
	/** A page that was listed. */
	page?: { number: number; listed: ListedPage };
}

/** A sweep that is not over. */
export interface RunningSweep {
	key: string;
	subject: SweepSubject;
	sweep: Sweep;
}

/** Where sweeps are kept: in files of this Node-RED, or in the store that several share. */
export interface SweepRecords {
	/** Who we are among those that share it. */
	readonly instance: string;
	/** True where nobody else takes part. */
	readonly isLocal: boolean;

	/**
	 * Changes a sweep in one step, which lasts when it resolves, before anybody else changes it.
	 *
	 * @param change told the sweep that is kept under the key, which it may change; it may be asked twice
	 * @throws StorageError, ERR_STORE; what `change` throws
	 */
	change<Result>(key: string, change: (sweep: Sweep | undefined, moment: Moment) => Change<Result>): Promise<Result>;

	/** The sweeps of a node that are not over. */
	running(node: string): Promise<RunningSweep[]>;

	/** Where the list of a sweep goes on; undefined for one that is not there. */
	next(key: string): Promise<unknown>;

	/** The properties of the message that started a sweep. */
	starter(key: string): Promise<unknown>;

	/** A page of a sweep; undefined for one that is not there. */
	page(key: string, sweep: string, number: number): Promise<ListedPage | undefined>;

	/** Forgets all sweeps of a node for good. */
	remove(node: string): Promise<void>;
}
