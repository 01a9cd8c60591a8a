import { createHash } from "node:crypto";
import { access, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DurableLog, type LineFormat } from "../../storage/durable-log";
import { locked } from "../../storage/keyed-lock";
import { errorName, StorageError } from "../../storage/storage-error";

/** Where a watch keeps what it knows, by vehicle. Values are plain JSON. */
export interface WatchStore {
	/** What was saved last of each vehicle. */
	load(): Promise<Map<string, unknown>>;
	/**
	 * Keeps what has changed, undefined forgets; it lasts when it resolves. Calls must not overlap.
	 *
	 * @returns vehicles that are another instance's by now: of these nothing was kept
	 */
	save(changes: ReadonlyMap<string, unknown>): Promise<ReadonlySet<string>>;
	/** Forgets all, for good. */
	remove(): Promise<void>;
}

/** All that counts now. */
export interface All {
	count(): number;
	entries(): Iterable<readonly [vehicle: string, value: unknown]>;
}

/** Where all that was to be kept is kept. */
export const ALL_KEPT: ReadonlySet<string> = new Set();

/** Lines beyond those that count, for each that counts, after which a log is written anew. */
const WASTE = 4;
const LEAST_WASTE = 500;
/** Lines that are written in one go when a log is written anew. */
const AT_ONCE = 200;
/** Ends the copy of all vehicles with which a log begins. */
const COMPLETE = "";

type Line = [vehicle: string, value: unknown];

const format: LineFormat<Line> = {
	encode: ([vehicle, value]) => JSON.stringify([vehicle, value ?? null]),
	decode(text) {
		try {
			const line: unknown = JSON.parse(text);
			return Array.isArray(line) && typeof line[0] === "string" ? [line[0], line[1]] : undefined;
		} catch {
			return undefined;
		}
	},
};

/**
 * Keeps what a watch knows in a log below the folder: one line a change, so that a fleet's thousand changes take one
 * write. A log that has grown is written anew under the next number; one that a crash has left incomplete is not read.
 */
export class FileStore implements WatchStore {
	readonly #folder: string;
	readonly #name: string;
	readonly #all: All;
	#log: DurableLog<Line> | undefined;
	#number = 0;
	#lines = 0;

	/** @param all what counts now, asked when the log is written anew */
	constructor(folder: string, nodeId: string, all: All) {
		this.#folder = resolve(folder);
		this.#name = `watch-${fileName(nodeId)}`;
		this.#all = all;
	}

	async load(): Promise<Map<string, unknown>> {
		// A node's predecessor may still write its last.
		return locked(this.#key, async () => {
			const numbers = await this.#numbers();
			for (const number of numbers.toReversed()) {
				const found = await this.#read(number);
				if (found === undefined) {
					await this.#logOf(number).remove();
					continue;
				}
				for (const older of numbers) if (older < number) await this.#logOf(older).remove();
				this.#number = number;
				this.#log = this.#logOf(number);
				this.#lines = found.lines;
				return found.values;
			}
			return new Map();
		});
	}

	save(changes: ReadonlyMap<string, unknown>): Promise<ReadonlySet<string>> {
		return locked(this.#key, async () => {
			// Somebody may have taken the folder away: what is appended to nothing would be no copy of all.
			if (this.#log === undefined || !(await this.#isThere(this.#number))) await this.#begin(changes);
			else {
				await this.#log.append([...changes]);
				this.#lines += changes.size;
				const most = LEAST_WASTE + WASTE * this.#all.count();
				if (this.#lines > most) await this.#begin(new Map());
			}
			return ALL_KEPT;
		});
	}

	remove(): Promise<void> {
		return locked(this.#key, async () => {
			this.#log = undefined;
			for (const number of await this.#numbers()) await this.#logOf(number).remove();
		});
	}

	get #key(): string {
		return `${this.#folder}/${this.#name}`;
	}

	/** Begins a log with all that counts, and the changes. */
	async #begin(changes: ReadonlyMap<string, unknown>): Promise<void> {
		const before = this.#log;
		const number = Math.max(this.#number, ...(await this.#numbers())) + 1;
		const log = this.#logOf(number);
		let lines: Line[] = [];
		let count = 0;
		for (const [vehicle, value] of this.#all.entries()) {
			if (changes.has(vehicle)) continue;
			lines.push([vehicle, value]);
			count++;
			if (lines.length < AT_ONCE) continue;
			await log.append(lines);
			lines = [];
		}
		await log.append([...lines, ...changes, [COMPLETE, null]]);
		this.#log = log;
		this.#number = number;
		this.#lines = count + changes.size;
		await before?.remove();
	}

	async #read(number: number): Promise<{ values: Map<string, unknown>; lines: number } | undefined> {
		const log = this.#logOf(number);
		const values = new Map<string, unknown>();
		let isComplete = false;
		let lines = 0;
		for (let place = { file: 0, offset: 0 }; ; ) {
			const found = await log.read(place);
			for (const { entry } of found) {
				if (entry === undefined) continue;
				const [vehicle, value] = entry;
				if (vehicle === COMPLETE) isComplete = true;
				else if (value === null) values.delete(vehicle);
				else values.set(vehicle, value);
				lines++;
			}
			const last = found.at(-1);
			if (last === undefined) return isComplete ? { values, lines } : undefined;
			place = last.end;
		}
	}

	#logOf(number: number): DurableLog<Line> {
		const fileBytes = Number.MAX_SAFE_INTEGER;
		return new DurableLog({ folder: this.#folder, name: `${this.#name}.${number}`, format, fileBytes });
	}

	#isThere(number: number): Promise<boolean> {
		return access(join(this.#folder, `${this.#name}.${number}.jsonl`)).then(
			() => true,
			() => false,
		);
	}

	/** Numbers of the logs that are there, smallest first. */
	async #numbers(): Promise<number[]> {
		try {
			const begin = `${this.#name}.`;
			const end = ".jsonl";
			return (await readdir(this.#folder))
				.filter((file) => file.startsWith(begin) && file.endsWith(end))
				.map((file) => file.slice(begin.length, -end.length))
				.filter((number) => /^\d{1,15}$/.test(number))
				.map(Number)
				.sort((one, other) => one - other);
		} catch (error) {
			if (errorName(error) === "ENOENT") return [];
			throw StorageError.of(error, this.#folder, "read");
		}
	}
}

/** The id of a node as part of a file's name: it must not become a path. */
export function fileName(nodeId: string): string {
	return /^[\w-]{1,64}$/.test(nodeId) ? nodeId : createHash("sha256").update(nodeId).digest("hex");
}
