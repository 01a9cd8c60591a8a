import { appendFile, readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { removeDurably, writeDurably } from "../../storage/durable-file";

/** The server repeats what it could not deliver for three days (user-v4.openapi.yaml, callbacks); some hours beside. */
const KEEP = 78 * 3600;
const MOST = 200_000;
/** Milliseconds for which events are gathered before they are written. */
const GATHER = 20;

export interface SeenOptions {
	/** Epoch milliseconds. */
	now?: () => number;
	/** Most events remembered; the oldest go first. */
	most?: number;
	/** Told once when the file can't be written. */
	onWarning?: (sentence: string) => void;
}

/** Knows the ids of the events of the last days, also after a restart. */
export class SeenEvents {
	readonly #path: string;
	readonly #now: () => number;
	readonly #most: number;
	readonly #onWarning: (sentence: string) => void;
	/** Seconds since 1970 at which an id was first seen, oldest first. */
	readonly #seen = new Map<string, number>();
	#unwritten: string[] = [];
	#lines = 0;
	#writing: Promise<void> | undefined;
	#warned = false;

	private constructor(path: string, { now = Date.now, most = MOST, onWarning = () => {} }: SeenOptions) {
		this.#path = path;
		this.#now = now;
		this.#most = most;
		this.#onWarning = onWarning;
	}

	/** Opens the memory in a file; a missing or damaged one is as good as its readable lines. */
	static async open(path: string, options: SeenOptions = {}): Promise<SeenEvents> {
		const memory = new SeenEvents(path, options);
		const content = await readFile(path, "utf8").catch(() => "");
		for (const line of content.split("\n")) {
			const [, time, id] = /^(\d{1,12}) (\S+)$/.exec(line) ?? [];
			if (time !== undefined && id !== undefined) memory.#seen.set(id, Number(time));
		}
		memory.#forgetOld();
		// Written anew, so that a line which a crash cut off never runs into the next one.
		if (content !== "") await memory.#rewrite();
		return memory;
	}

	/** True the first time an id comes; from then on it is remembered. */
	isNew(id: string): boolean {
		const now = Math.floor(this.#now() / 1000);
		const before = this.#seen.get(id);
		if (before !== undefined && now - before < KEEP) return false;
		this.#seen.delete(id);
		this.#seen.set(id, now);
		this.#unwritten.push(`${now} ${id}\n`);
		if (this.#seen.size > this.#most) this.#forgetOld();
		void this.#startWriting();
		return true;
	}

	/** Resolves when everything remembered so far is in the file. */
	async flush(): Promise<void> {
		await this.#writing;
		while (this.#unwritten.length > 0) await this.#startWriting();
	}

	#startWriting(): Promise<void> {
		this.#writing ??= this.#write().finally(() => {
			this.#writing = undefined;
		});
		return this.#writing;
	}

	async remove(): Promise<void> {
		await this.flush();
		await removeDurably(this.#path);
	}

	/** What comes while a write is under way goes into the next one, all at once. */
	async #write(): Promise<void> {
		while (this.#unwritten.length > 0) {
			// A burst of events is one write, not hundreds.
			await pause(GATHER);
			const lines = this.#unwritten;
			this.#unwritten = [];
			try {
				if (this.#lines === 0 || this.#lines > 2 * this.#most) await this.#rewrite();
				else {
					await appendFile(this.#path, lines.join(""), { mode: 0o600 });
					this.#lines += lines.length;
				}
			} catch {
				if (!this.#warned)
					this.#onWarning(`${this.#path} can't be written, so a restart forgets which events have come.`);
				this.#warned = true;
			}
		}
	}

	async #rewrite(): Promise<void> {
		this.#forgetOld();
		const entries = [...this.#seen];
		await writeDurably(this.#path, entries.map(([id, time]) => `${time} ${id}\n`).join(""));
		this.#lines = Math.max(1, entries.length);
	}

	#forgetOld(): void {
		const oldest = Math.floor(this.#now() / 1000) - KEEP;
		for (const [id, time] of this.#seen) {
			if (time > oldest && this.#seen.size <= this.#most) break;
			this.#seen.delete(id);
		}
	}
}
