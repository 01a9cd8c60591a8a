import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { z } from "zod";
import { removeDurably, writeDurably } from "./durable-file";
import { locked } from "./keyed-lock";
import { errorName, StorageError } from "./storage-error";

/**
 * One value that lasts, in a JSON file of its own that only its owner can read. All objects of one path in this process
 * take turns.
 */
export class JsonFile<Value> {
	readonly path: string;
	readonly #schema: z.ZodType<Value>;

	constructor(path: string, schema: z.ZodType<Value>) {
		this.path = resolve(path);
		this.#schema = schema;
	}

	/**
	 * The value; undefined where there is none.
	 *
	 * @throws StorageError where it can't be read; DamagedFile for content that the schema does not take
	 */
	async read(): Promise<Value | undefined> {
		return this.#valueOf(await readFile(this.path, "utf8").catch((error) => this.#missing(error)));
	}

	/** As {@link read}, for whoever can't wait. */
	readSync(): Value | undefined {
		let content: string | undefined;
		try {
			content = readFileSync(this.path, "utf8");
		} catch (error) {
			content = this.#missing(error);
		}
		return this.#valueOf(content);
	}

	/**
	 * Stores; on the disk when it resolves.
	 *
	 * @throws StorageError
	 */
	write(value: Value): Promise<void> {
		return locked(this.path, () => writeDurably(this.path, JSON.stringify(value)));
	}

	/** @throws StorageError */
	remove(): Promise<void> {
		return locked(this.path, () => removeDurably(this.path));
	}

	#missing(error: unknown): undefined {
		if (errorName(error) !== "ENOENT") throw StorageError.of(error, dirname(this.path), "read");
	}

	#valueOf(content: string | undefined): Value | undefined {
		if (content === undefined) return undefined;
		try {
			return this.#schema.parse(JSON.parse(content));
		} catch {
			throw new DamagedFile(this.path);
		}
	}
}

/** A file is there, but its content is not what it should be. */
export class DamagedFile extends Error {
	constructor(path: string) {
		super(`${path} is damaged.`);
	}
}

/** For whoever begins anew where a file is damaged: `read().catch(damagedIsNone)`. */
export function damagedIsNone(error: unknown): undefined {
	if (!(error instanceof DamagedFile)) throw error;
}
