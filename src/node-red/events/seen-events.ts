import { hash } from "node:crypto";
import { type FileHandle, open, readdir, readFile, truncate } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeDirectory, removeDurably } from "../../storage/durable-file";
import { locked } from "../../storage/keyed-lock";

/** Seconds: the server repeats what it could not deliver for three days (user-v4.openapi.yaml, callbacks); some hours beside. */
const KEEP = 78 * 3600;
/** Seconds for which digests go into one file; they are forgotten together. */
const SPAN = 12 * 3600;
/** Most events remembered, some 60 bytes each in memory. */
const MOST = 1_000_000;
/** Files among which the most are divided, so that few are forgotten at once. */
const PARTS = 8;
const DIGEST_BYTES = 16;

/** What stands for an event's id: 16 bytes, whatever its length and characters, as a text of 16 Latin letters. */
export type Digest = string;

export interface SeenOptions {
	/** Epoch milliseconds. */
	now?: () => number;
	/** Most events remembered; the oldest go first. */
	most?: number;
	/** Told when repeats are remembered for a shorter time than the server repeats, and when the files can't be written. */
	onWarning?: (sentence: string) => void;
}

interface Part {
	path: string;
	/** Seconds since 1970. */
	began: number;
	digests: Set<Digest>;
	/** What is not in its file yet. */
	unwritten: Buffer[];
}

export function digestOf(id: string): Digest {
	return hash("sha256", id, "binary").slice(0, DIGEST_BYTES);
}

/**
 * Knows the events of the last days, also after a restart: 16 bytes each, in files `<base>.seen-<seconds since 1970>`
 * that are deleted when all in them is old.
 */
export class SeenEvents {
	readonly #base: string;
	readonly #now: () => number;
	readonly #most: number;
	readonly #onWarning: (sentence: string) => void;
	/** Oldest first. */
	#parts: Part[] = [];
	#count = 0;
	#file: { handle: FileHandle; path: string; size: number } | undefined;
	#warnedOf = { cap: false, disk: false };

	private constructor(base: string, { now = Date.now, most = MOST, onWarning = () => {} }: SeenOptions) {
		this.#base = base;
		this.#now = () => Math.floor(now() / 1000);
		this.#most = most;
		this.#onWarning = onWarning;
	}

	/** Opens the memory; files that are missing or damaged are as good as what can be read of them. */
	static async open(base: string, options: SeenOptions = {}): Promise<SeenEvents> {
		const memory = new SeenEvents(base, options);
		await memory.#readParts();
		await memory.#readOldFormat();
		await memory.#forgetOld();
		return memory;
	}

	has(digest: Digest): boolean {
		const oldest = this.#now() - KEEP;
		return this.#parts.some(({ began, digests }) => began + SPAN > oldest && digests.has(digest));
	}

	/** Remembers an event from now on; over a crash when {@link flush} has resolved. */
	add(digest: Digest): void {
		if (this.has(digest)) return;
		const { digests, unwritten } = this.#currentPart();
		digests.add(digest);
		unwritten.push(Buffer.from(digest, "binary"));
		this.#count++;
	}

	/** Writes what is not in the files yet, and forgets what is old. A file that can't be written is told, once. */
	async flush(): Promise<void> {
		await locked(`seen ${this.#base}`, async () => {
			try {
				await this.#write();
				await this.#forgetOld();
				this.#warnedOf.disk = false;
			} catch {
				if (!this.#warnedOf.disk)
					this.#onWarning(`${this.#base}.seen can't be written, so a restart forgets which events have come.`);
				this.#warnedOf.disk = true;
			}
		});
	}

	async close(): Promise<void> {
		await this.flush();
		await this.#closeFile();
	}

	async remove(): Promise<void> {
		await this.#closeFile();
		for (const { path } of await this.#files()) await removeDurably(path);
	}

	#currentPart(): Part {
		const now = this.#now();
		const last = this.#parts.at(-1);
		const isFull = last && last.digests.size >= Math.max(1, this.#most / PARTS);
		if (last && !isFull && now < last.began + SPAN) return last;
		// The names of two parts must differ, whatever the clock does.
		const began = last && now <= last.began ? last.began + 1 : now;
		const part = { path: `${this.#base}.seen-${began}`, began, digests: new Set<Digest>(), unwritten: [] };
		this.#parts.push(part);
		return part;
	}

	async #write(): Promise<void> {
		for (const { path, unwritten } of this.#parts) {
			const { length } = unwritten;
			if (length === 0) continue;
			const file = await this.#fileOf(path);
			try {
				await file.handle.appendFile(Buffer.concat(unwritten.slice(0, length)));
				await file.handle.datasync();
			} catch (error) {
				// Half a digest would make all behind it unreadable.
				await file.handle.truncate(file.size).catch(() => {});
				throw error;
			}
			file.size += length * DIGEST_BYTES;
			unwritten.splice(0, length);
		}
	}

	async #fileOf(path: string): Promise<{ handle: FileHandle; path: string; size: number }> {
		if (this.#file?.path === path) return this.#file;
		await this.#closeFile();
		await makeDirectory(dirname(path));
		const handle = await open(path, "a", 0o600);
		this.#file = { handle, path, size: (await handle.stat()).size };
		return this.#file;
	}

	async #closeFile(): Promise<void> {
		const file = this.#file;
		this.#file = undefined;
		await file?.handle.close();
	}

	async #forgetOld(): Promise<void> {
		const oldest = this.#now() - KEEP;
		for (let [first, second] = this.#parts; first; [first, second] = this.#parts) {
			// Everything in a part is older than the beginning of the next one.
			const isOld = Math.min(first.began + SPAN, second?.began ?? Number.POSITIVE_INFINITY) <= oldest;
			if (!isOld && (this.#count <= this.#most || !second)) return;
			if (!isOld && second) this.#warnOfCap(second.began);
			this.#parts.shift();
			this.#count -= first.digests.size;
			if (this.#file?.path === first.path) await this.#closeFile();
			await removeDurably(first.path);
		}
	}

	#warnOfCap(since: number): void {
		if (this.#warnedOf.cap) return;
		this.#warnedOf.cap = true;
		const hours = Math.max(0, (this.#now() - since) / 3600).toFixed(1);
		this.#onWarning(
			`More than ${this.#most} events have come within three days. Repeats are known for the last ${hours} hours only: what the API delivers again later comes twice.`,
		);
	}

	async #readParts(): Promise<void> {
		for (const { path, began } of await this.#files()) {
			if (began === undefined) continue;
			const content = (await readFile(path).catch(() => Buffer.alloc(0))).toString("binary");
			const end = content.length - (content.length % DIGEST_BYTES);
			// What a crash left of a digest would make all behind it unreadable.
			if (end < content.length) await truncate(path, end);
			const digests = new Set<Digest>();
			for (let at = 0; at < end; at += DIGEST_BYTES) digests.add(content.slice(at, at + DIGEST_BYTES));
			this.#parts.push({ path, began: Math.min(began, this.#now()), digests, unwritten: [] });
			this.#count += digests.size;
		}
		this.#parts.sort((one, other) => one.began - other.began);
	}

	/** Version 0.1.0 kept lines of text: seconds since 1970, a blank, the id. */
	async #readOldFormat(): Promise<void> {
		const path = `${this.#base}.seen`;
		const content = await readFile(path, "utf8").catch(() => undefined);
		if (content === undefined) return;
		const oldest = this.#now() - KEEP;
		for (const line of content.split("\n")) {
			const [time = "", id] = line.split(" ");
			if (id && Number(time) > oldest) this.add(digestOf(id));
		}
		await this.flush();
		await removeDurably(path).catch(() => {});
	}

	async #files(): Promise<{ path: string; began: number | undefined }[]> {
		const [folder, name] = [dirname(this.#base), `${basename(this.#base)}.seen`];
		const entries = await readdir(folder).catch(() => []);
		return entries
			.filter((entry) => entry === name || entry.startsWith(`${name}-`))
			.map((entry) => {
				const digits = entry.slice(name.length + 1);
				return { path: join(folder, entry), began: /^\d{1,12}$/.test(digits) ? Number(digits) : undefined };
			});
	}
}
