import { type FileHandle, open, readFile, rename, rm, stat, truncate } from "node:fs/promises";
import { join, resolve } from "node:path";
import { makeDirectory, removeDurably, syncDirectory } from "./durable-file";
import { locked } from "./keyed-lock";
import { type LogFile, logFiles } from "./log-files";
import { errorName, StorageError } from "./storage-error";
import { asOnlyWriter } from "./writer-lock";

/** How an entry becomes a line, and a line what is read of it. */
export interface LineFormat<Entry, Read = Entry> {
	/**
	 * The line, without a line break.
	 *
	 * @param before the line before it; undefined for the first one, and where the one before was erased
	 */
	encode(entry: Entry, before: string | undefined): string;
	/** Undefined for a line that is none of this format, or was damaged. */
	decode(line: string): Read | undefined;
}

/** Where a log is and how large it may grow. */
export interface LogOptions<Entry, Read = Entry> {
	folder: string;
	/** Its files are `<name>.jsonl` and, put aside, `<name>.<number>.jsonl`. */
	name: string;
	format: LineFormat<Entry, Read>;
	/** Size (bytes) after which a file is put aside. */
	fileBytes: number;
	/** Files put aside that are kept: the oldest go first. Without it all are kept until they are erased. */
	keep?: number;
	/**
	 * How long (ms) a file put aside is kept after its last line, however many there are; then it goes, however few there
	 * are. A file ends with its day (UTC).
	 */
	keepFor?: number;
	/** Size (bytes) of all files beyond which nothing is taken any more. */
	mostBytes?: number;
}

/** A place between two lines. Places grow: no two lines ever have the same, whatever was erased meanwhile. */
export interface LogPlace {
	/** Number of the file. */
	file: number;
	/** Bytes of that file before the place. */
	offset: number;
}

/** A line as it was read. */
export interface LogLine<Read> {
	/** Undefined where the line is damaged. */
	entry: Read | undefined;
	/** The place behind it. */
	end: LogPlace;
}

/** A log takes nothing any more, because nobody has erased what it holds. */
export class LogFull extends Error {
	override readonly name = "LogFull";
}

/** Bytes that are read at once; a longer line is read whole. */
const CHUNK = 64 * 1024;
const LINE_BREAK = 10;
const DAY = 86_400_000;

interface Waiting<Entry> {
	entries: readonly Entry[];
	resolve(): void;
	reject(error: unknown): void;
}

/** The end of the log. */
interface End {
	/** Number of the current file. */
	file: number;
	/** Bytes of the current file. */
	size: number;
	/** The current file; undefined while there is none. */
	inode: number | undefined;
	/** The last line. */
	line: string | undefined;
	/** Bytes in files put aside. */
	aside: number;
	/** When the current file was written last, epoch milliseconds. */
	writtenAt: number | undefined;
}

/**
 * Lines that are only ever appended, in files that nobody else can read. Entries are on the disk when {@link append}
 * resolves; those that come at the same time share one sync. What a crash left of a line is cut off, for nobody has
 * relied on it. Several processes may append to one log.
 */
export class DurableLog<Entry, Read = Entry> {
	readonly #options: LogOptions<Entry, Read>;
	readonly #folder: string;
	readonly #current: string;
	#waiting: Waiting<Entry>[] = [];
	#isWriting = false;
	#end: End | undefined;
	/** False where the folder has to be made first. */
	#isFolderThere = false;

	constructor(options: LogOptions<Entry, Read>) {
		this.#options = options;
		this.#folder = resolve(options.folder);
		this.#current = join(this.#folder, `${options.name}.jsonl`);
	}

	/**
	 * Appends entries, one behind the other; when it resolves they outlive a crash, when it rejects they are not there.
	 *
	 * @throws StorageError; LogFull; what the format throws
	 */
	append(entries: readonly Entry[]): Promise<void> {
		return new Promise((resolve, reject) => {
			this.#waiting.push({ entries, resolve, reject });
			if (!this.#isWriting) void this.#writeAll();
		});
	}

	/**
	 * Lines behind a place, oldest first: the next few; none at the end of the log.
	 *
	 * @throws StorageError
	 */
	read(from: LogPlace): Promise<LogLine<Read>[]> {
		return this.#reading(async () => {
			for (const file of await this.#files()) {
				if (file.number < from.file) continue;
				const lines = await this.#linesOf(file, file.number === from.file ? from.offset : 0);
				if (lines.length > 0) return lines;
			}
			return [];
		});
	}

	/**
	 * The latest entries, oldest first: those of the current file and of the one put aside last.
	 *
	 * @throws StorageError
	 */
	latest(): Promise<Read[]> {
		return this.#reading(async () => {
			const files = (await this.#files()).slice(-2);
			const texts = await Promise.all(files.map(({ path }) => readFile(path, "utf8")));
			return texts
				.flatMap((text) => text.split("\n").slice(0, -1))
				.flatMap((line) => this.#options.format.decode(line) ?? []);
		});
	}

	/**
	 * Erases what is before a place, in whole files.
	 *
	 * @param remember told, before anything is gone, the place from which everything left is read
	 * @throws StorageError; what `remember` throws
	 */
	erase(before: LogPlace, remember: (place: LogPlace) => Promise<void>): Promise<void> {
		return this.#inTurn(() =>
			this.#asOnlyWriter(async () => {
				const end = await this.#lookAtEnd();
				const isAll = before.file === end.file && end.size > 0 && before.offset >= end.size;
				if (isAll) await this.#putAside(end);
				const place = isAll ? { file: end.file + 1, offset: 0 } : before;
				await remember(place);
				const gone = (await this.#files()).filter(({ number }) => number < place.file);
				// The last one stays without content: its number must not be given a second time.
				const last = gone.pop();
				for (const { path } of gone) await rm(path, { force: true });
				if (last) await truncate(last.path, 0);
				this.#end = undefined;
			}),
		);
	}

	/**
	 * Deletes what was put aside and is kept no longer; else that goes when the next file is put aside. The current file
	 * stays: its last line is what the next one goes on from.
	 *
	 * @throws StorageError
	 */
	removeOld(): Promise<void> {
		const { keepFor } = this.#options;
		return this.#inTurn(async () => {
			if (keepFor === undefined || (await this.#files()).length === 0) return;
			await this.#asOnlyWriter(() => this.#removeOld(keepFor));
		});
	}

	/** Deletes the log for good. */
	remove(): Promise<void> {
		return this.#inTurn(async () => {
			this.#end = undefined;
			for (const { path } of await this.#files()) await removeDurably(path);
		});
	}

	/** Runs a task while this process neither writes nor erases. */
	#inTurn<T>(task: () => Promise<T>): Promise<T> {
		return locked(this.#current, task);
	}

	#reading<T>(task: () => Promise<T>): Promise<T> {
		return this.#inTurn(task).catch((error: unknown) => {
			throw StorageError.of(error, this.#folder, "read");
		});
	}

	async #asOnlyWriter<T>(task: () => Promise<T>): Promise<T> {
		const wasThere = this.#isFolderThere;
		this.#isFolderThere = false;
		let isBegun = false;
		const mark = join(this.#folder, `${this.#options.name}.lock`);
		try {
			if (!wasThere) await makeDirectory(this.#folder);
			const result = await asOnlyWriter(mark, () => {
				isBegun = true;
				return task();
			});
			this.#isFolderThere = true;
			return result;
		} catch (error) {
			// Somebody has taken the folder away meanwhile.
			if (wasThere && !isBegun && errorName(error) === "ENOENT") return this.#asOnlyWriter(task);
			throw StorageError.of(error, this.#folder);
		}
	}

	async #writeAll(): Promise<void> {
		this.#isWriting = true;
		while (this.#waiting.length > 0) {
			const group = this.#waiting;
			this.#waiting = [];
			try {
				while (group.length > 0) {
					const written = await this.#inTurn(() => this.#asOnlyWriter(() => this.#writeSome(group)));
					for (const { resolve } of written) resolve();
				}
			} catch (error) {
				for (const { reject } of group) reject(error);
			}
		}
		this.#isWriting = false;
	}

	/** Writes what fits into the current file, and takes it out of the group. */
	async #writeSome(group: Waiting<Entry>[]): Promise<Waiting<Entry>[]> {
		for (;;) {
			let end = await this.#lookAtEnd();
			if (this.#isOfAnotherDay(end)) {
				await this.#putAside(end);
				end = await this.#lookAtEnd();
			}
			const { lines, bytes, taken } = this.#whatFits(group, end);
			if (taken.length > 0) await this.#appendLines(end, lines, bytes);
			else if (group.length > 0) await this.#putAside(end);
			if (taken.length > 0 || group.length === 0) return group.splice(0, taken.length);
		}
	}

	#isOfAnotherDay({ size, writtenAt }: End): boolean {
		if (this.#options.keepFor === undefined || size === 0 || writtenAt === undefined) return false;
		return Math.floor(writtenAt / DAY) !== Math.floor(Date.now() / DAY);
	}

	/**
	 * What the current file has room for; an empty file has room for the first whatever its size. Those that can't be
	 * written at all hear of it and leave the group.
	 */
	#whatFits(group: Waiting<Entry>[], { size, line, aside }: End) {
		const { format, fileBytes, mostBytes = Number.POSITIVE_INFINITY } = this.#options;
		const lines: string[] = [];
		let bytes = 0;
		let count = 0;
		for (let next = group[0]; next; next = group[count]) {
			try {
				const own: string[] = [];
				for (const entry of next.entries) own.push(format.encode(entry, own.at(-1) ?? lines.at(-1) ?? line));
				const more = own.reduce((sum, each) => sum + Buffer.byteLength(each) + 1, 0);
				if (aside + size + bytes + more > mostBytes) throw new LogFull(`The log ${this.#current} is full.`);
				if (size + bytes > 0 && size + bytes + more > fileBytes) break;
				lines.push(...own);
				bytes += more;
				count++;
			} catch (error) {
				next.reject(error);
				group.splice(count, 1);
			}
		}
		return { lines, bytes, taken: group.slice(0, count) };
	}

	async #appendLines(end: End, lines: readonly string[], bytes: number): Promise<void> {
		// Should it fail, what is on the disk is looked at again before the next line.
		this.#end = undefined;
		const file = await open(this.#current, "a", 0o600);
		try {
			await file.writeFile(lines.map((line) => `${line}\n`).join(""));
			await file.sync();
			const inode = end.inode ?? (await file.stat()).ino;
			if (end.inode === undefined) await syncDirectory(this.#folder);
			this.#end = { ...end, size: end.size + bytes, inode, line: lines.at(-1) ?? end.line, writtenAt: Date.now() };
		} catch (error) {
			// Nobody will have relied on it.
			await file.truncate(end.size).catch(() => {});
			throw error;
		} finally {
			// What was synced is on the disk: nobody has to wait until the file is closed.
			void file.close().catch(() => {});
		}
	}

	/** The end of the log; what a crash left of a line is cut off. */
	async #lookAtEnd(): Promise<End> {
		const known = this.#end;
		if (known?.inode !== undefined) {
			const there = await stat(this.#current).catch(() => undefined);
			// Else another process has written or put the file aside.
			if (there?.ino === known.inode && there.size === known.size) return known;
		}
		const files = await this.#files();
		// The file that was just put aside may have been too old to be kept.
		let line = known?.inode === undefined ? known?.line : undefined;
		let aside = 0;
		const none = { size: 0, inode: undefined, writtenAt: undefined };
		const end: End = { file: (files.at(-1)?.number ?? 0) + 1, ...none, line, aside };
		for (const { path, number, isCurrent } of files) {
			const { ino, size, mtimeMs } = await stat(path);
			let whole = size;
			if (number >= (files.at(-2)?.number ?? 0)) {
				const content = await readFile(path);
				whole = content.lastIndexOf(LINE_BREAK) + 1;
				if (whole < content.length) await truncate(path, whole);
				line = content.subarray(0, whole).toString("utf8").trimEnd().split("\n").at(-1) || line;
			}
			if (isCurrent) Object.assign(end, { file: number, size: whole, inode: ino, writtenAt: mtimeMs });
			else aside += whole;
		}
		this.#end = { ...end, line, aside };
		return this.#end;
	}

	async #putAside(end: End): Promise<void> {
		const { name, keep, keepFor } = this.#options;
		this.#end = undefined;
		await rename(this.#current, join(this.#folder, `${name}.${end.file}.jsonl`));
		await syncDirectory(this.#folder);
		const none = { size: 0, inode: undefined, writtenAt: undefined };
		this.#end = { ...end, file: end.file + 1, ...none, aside: end.aside + end.size };
		if (keepFor !== undefined) await this.#removeOld(keepFor);
		if (keep === undefined || keepFor !== undefined) return;
		const aside = await this.#files();
		for (const { path } of aside.slice(0, Math.max(0, aside.length - keep))) await rm(path, { force: true });
	}

	async #removeOld(keepFor: number): Promise<void> {
		for (const { path, isCurrent } of await this.#files())
			if (!isCurrent && (await stat(path)).mtimeMs < Date.now() - keepFor) await rm(path, { force: true });
	}

	#files(): Promise<LogFile[]> {
		return logFiles(this.#folder, this.#options.name);
	}

	async #linesOf({ path, number }: LogFile, offset: number): Promise<LogLine<Read>[]> {
		const file = await open(path, "r");
		try {
			const content = await wholeLines(file, offset);
			const lines: LogLine<Read>[] = [];
			for (let from = 0; from < content.length; ) {
				const to = content.indexOf(LINE_BREAK, from);
				const entry = this.#options.format.decode(content.toString("utf8", from, to));
				lines.push({ entry, end: { file: number, offset: offset + to + 1 } });
				from = to + 1;
			}
			return lines;
		} finally {
			await file.close();
		}
	}
}

/** Some of the lines behind an offset, each with its line break; empty where there is none. */
async function wholeLines(file: FileHandle, offset: number): Promise<Buffer> {
	for (let size = CHUNK; ; size *= 2) {
		const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, offset);
		const end = buffer.subarray(0, bytesRead).lastIndexOf(LINE_BREAK);
		if (end >= 0 || bytesRead < size) return buffer.subarray(0, end + 1);
	}
}
