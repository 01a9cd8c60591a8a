import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { DurableLog, type LineFormat, type LogPlace } from "./durable-log";
import { JsonFile } from "./json-file";
import { locked } from "./keyed-lock";

/** Where a queue is and how much it takes. */
export interface QueueOptions<Entry> {
	folder: string;
	/** Its files begin with it. */
	name: string;
	/** What an entry looks like. Lines that are anything else are passed over. */
	schema: z.ZodType<Entry>;
	/** Bytes that may wait; beyond them {@link DurableQueue.append} throws LogFull. */
	mostBytes?: number;
	/** Milliseconds for which deliveries are gathered before they are on the disk. */
	gather?: number;
	/** Least milliseconds between two reads: while one reads, nobody appends. */
	linger?: number;
	/** Told when a delivery can't be remembered, so that the entry comes again after a restart. */
	onError?: (error: unknown) => void;
}

/** An entry to be delivered. */
export interface Queued<Entry> {
	entry: Entry;
	/** Says that this one, and all before it, are delivered. */
	delivered(): void;
}

const MOST_BYTES = 64 * 1024 * 1024;
const FILE_BYTES = 1024 * 1024;
const GATHER = 100;
const START: LogPlace = { file: 0, offset: 0 };

const placeShape = z.object({
	version: z.literal(1),
	file: z.number().int().nonnegative(),
	offset: z.number().int().nonnegative(),
});

/**
 * What must be delivered although we may be killed: on the disk when {@link append} resolves, erased when it was
 * delivered. At least once: after a crash those come again whose delivery was not on the disk yet.
 */
export class DurableQueue<Entry> {
	readonly #log: DurableLog<Entry>;
	readonly #placeFile: JsonFile<z.infer<typeof placeShape>>;
	readonly #key: string;
	readonly #gather: number;
	readonly #linger: number;
	readonly #onError: (error: unknown) => void;
	#delivered: LogPlace | undefined;
	#kept: LogPlace | undefined;
	#keeping: Promise<void> | undefined;
	#isRemoved = false;
	#wake: () => void = () => {};

	constructor({
		folder,
		name,
		schema,
		mostBytes = MOST_BYTES,
		gather = GATHER,
		linger = 0,
		onError = () => {},
	}: QueueOptions<Entry>) {
		const fileBytes = Math.min(FILE_BYTES, mostBytes);
		this.#log = new DurableLog({ folder, name, format: checked(schema), fileBytes, mostBytes });
		this.#placeFile = new JsonFile(join(folder, `${name}.place.json`), placeShape);
		this.#key = `queue ${this.#placeFile.path}`;
		this.#gather = gather;
		this.#linger = linger;
		this.#onError = onError;
	}

	/**
	 * Takes entries; when it resolves they are delivered whatever happens.
	 *
	 * @throws LogFull, StorageError: none of them was taken
	 */
	async append(entries: readonly Entry[]): Promise<void> {
		await this.#log.append(entries);
		this.#wake();
	}

	/** What is not delivered yet, oldest first, and then whatever comes; ends when the signal aborts. One reader at a time. */
	async *read(signal: AbortSignal): AsyncGenerator<Queued<Entry>, void> {
		const stop = () => this.#wake();
		signal.addEventListener("abort", stop);
		try {
			let place = await this.#start();
			while (!signal.aborted) {
				// Made before reading, so that what comes meanwhile is no news that nobody heard.
				const news = new Promise<void>((resolve) => {
					this.#wake = resolve;
				});
				const lines = await this.#log.read(place);
				for (const { entry, end } of lines) {
					if (signal.aborted) return;
					place = end;
					if (entry === undefined) this.#deliveredTo(end);
					else yield { entry, delivered: () => this.#deliveredTo(end) };
				}
				if (lines.length === 0 && !signal.aborted) await news;
				else if (this.#linger > 0) await pause(this.#linger, undefined, { signal }).catch(() => {});
			}
		} finally {
			signal.removeEventListener("abort", stop);
		}
	}

	/** Resolves when every delivery is on the disk, and what was delivered is erased; rejects where that fails. */
	flush(): Promise<void> {
		return this.#keep();
	}

	/** Deletes it, delivered or not. */
	async remove(): Promise<void> {
		this.#isRemoved = true;
		await locked(this.#key, async () => {
			await this.#log.remove();
			await this.#placeFile.remove();
		});
	}

	async #start(): Promise<LogPlace> {
		if (this.#kept) return this.#delivered ?? this.#kept;
		// A damaged place is none: all that is still there comes again.
		const place = (await this.#placeFile.read().catch(() => undefined)) ?? START;
		this.#kept = place;
		// A crash may have come between remembering and erasing.
		if (place !== START) await this.#log.erase(place, async () => {}).catch(this.#onError);
		return place;
	}

	#deliveredTo(place: LogPlace): void {
		this.#delivered = place;
		this.#keeping ??= pause(this.#gather, undefined, { ref: false })
			.then(() => {
				this.#keeping = undefined;
				return this.#keep();
			})
			.catch(this.#onError);
	}

	#keep(): Promise<void> {
		return locked(this.#key, async () => {
			const place = this.#delivered;
			if (place === undefined || place === this.#kept || this.#isRemoved) return;
			await this.#log.erase(place, (left) => this.#placeFile.write({ version: 1, ...left }));
			this.#kept = place;
		});
	}
}

/** Lines with a checksum before the entry: what a failing disk made of a line is not taken for an entry. */
function checked<Entry>(schema: z.ZodType<Entry>): LineFormat<Entry> {
	return {
		encode(entry) {
			const json = JSON.stringify(entry);
			return `${checksum(json)} ${json}`;
		},
		decode(line) {
			const json = line.slice(9);
			if (line.slice(0, 9) !== `${checksum(json)} `) return undefined;
			try {
				return schema.safeParse(JSON.parse(json)).data;
			} catch {
				return undefined;
			}
		},
	};
}

function checksum(text: string): string {
	return crc32(text).toString(16).padStart(8, "0");
}
