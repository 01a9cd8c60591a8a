import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { z } from "zod";
import { removeDurably, writeDurably } from "./durable-file";
import { locked } from "./keyed-lock";
import { errorName } from "./storage-error";

/**
 * One value that lasts, in a JSON file of its own. What a schema does not take is as good as no value: whoever keeps it
 * begins anew. All objects of one path in this process take turns.
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
	 * @throws the file system's error where the file is there but can't be read; DamagedFile for content that is not the schema's
	 */
	async read(): Promise<Value | undefined> {
		return this.#valueOf(await readFile(this.path, "utf8").catch(missing));
	}

	/** As {@link read}, for whoever can't wait. */
	readSync(): Value | undefined {
		let content: string | undefined;
		try {
			content = readFileSync(this.path, "utf8");
		} catch (error) {
			content = missing(error);
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

function missing(error: unknown): undefined {
	if (errorName(error) !== "ENOENT") throw error;
}
