import { constants, existsSync, rmSync } from "node:fs";
import { access, mkdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { errorName, StorageError } from "./storage-error";

/** Another process that keeps its files in the same folder. */
export interface OtherWriter {
	pid: number;
	host: string;
}

/** Milliseconds between two signs of life. */
const PACE = 20_000;
/** How old (ms) the sign of a process is that must have died. */
const STALE = 3 * PACE;
/** Its name in the folder. */
export const MARK = "node-red.pid";

/** The marks of this process. */
const kept = new Set<FolderMark>();

/** Says who the process is that keeps its files in a folder, and finds out whether it is another one. */
export class FolderMark {
	readonly #path: string;
	readonly #isAlive: (pid: number) => boolean;
	#other: OtherWriter | undefined;
	/** When the other's mark was last written, epoch milliseconds. */
	#seenAt: number | undefined;
	#isOwn = false;
	#failure: string | undefined;

	constructor(folder: string, isAlive: (pid: number) => boolean = isRunning) {
		this.#path = join(folder, MARK);
		this.#isAlive = isAlive;
	}

	/** The process that was here first and lives; undefined where there is none. */
	get other(): OtherWriter | undefined {
		return this.#other;
	}

	/** Why nothing can be kept there, as a sentence; undefined where it could at the last look. */
	get failure(): string | undefined {
		return this.#failure;
	}

	/**
	 * Looks again and again, as long as the process lives, which it does not prolong.
	 *
	 * @param isNamed true for a folder that somebody has chosen: it is made, so that two that are given it find each other
	 * there before either has anything to keep
	 */
	keep(onOther: (other: OtherWriter) => void, isNamed: boolean): void {
		const folder = dirname(this.#path);
		let isMade = !isNamed;
		const look = async () => {
			const before = this.#other;
			try {
				if (!isMade) await mkdir(folder, { recursive: true, mode: 0o700 });
				isMade = true;
				await this.look();
				// What is not there yet is made with the first thing to keep.
				await access(existsSync(folder) ? folder : dirname(folder), constants.W_OK);
				this.#failure = undefined;
				if (this.#other && !before) onOther(this.#other);
			} catch (error) {
				// The log hears of it from whoever has to keep something.
				this.#failure = StorageError.of(error, folder).message;
			}
		};
		void look();
		setInterval(look, PACE).unref();
		if (kept.size === 0) process.once("exit", leaveAll);
		kept.add(this);
	}

	/** Takes the own mark away. */
	leave(): void {
		if (this.#isOwn) rmSync(this.#path, { force: true });
	}

	/** Renews the own mark, or looks at the one that is there. Nothing is made in a folder that does not exist. */
	async look(now: number = Date.now()): Promise<void> {
		if (this.#isOwn && (await this.#renew(now))) return;
		this.#isOwn = await this.#write("wx");
		const found = this.#isOwn ? undefined : await this.#read();
		const lives = found && (await this.#lives(found, now));
		this.#other = lives ? found : undefined;
		if (lives === false) this.#isOwn = await this.#write("w");
	}

	/** @returns false where another process has put its mark there */
	async #renew(now: number): Promise<boolean> {
		const found = await this.#read();
		if (found?.pid !== process.pid || found.host !== hostname()) return false;
		await utimes(this.#path, now / 1000, now / 1000);
		return true;
	}

	async #write(flag: "wx" | "w"): Promise<boolean> {
		try {
			await writeFile(this.#path, `${process.pid} ${hostname()}`, { flag, mode: 0o600 });
			return true;
		} catch (error) {
			if (["EEXIST", "ENOENT"].includes(errorName(error))) return false;
			throw error;
		}
	}

	async #read(): Promise<OtherWriter | undefined> {
		try {
			const [pid = "", host = ""] = (await readFile(this.#path, "utf8")).split(" ");
			return { pid: Number(pid), host };
		} catch (error) {
			if (errorName(error) !== "ENOENT") throw error;
			return undefined;
		}
	}

	/**
	 * On another machine a process lives that renews its mark: one that was killed just now left a fresh one, too, so
	 * nobody can tell at the first look, which is undefined.
	 */
	async #lives({ pid, host }: OtherWriter, now: number): Promise<boolean | undefined> {
		const { mtimeMs } = await stat(this.#path);
		const before = this.#seenAt;
		this.#seenAt = mtimeMs;
		// After a crash, its number may have been given to a process that renews nothing.
		if (Math.abs(now - mtimeMs) > STALE) return false;
		if (host === hostname()) return pid !== process.pid && this.#isAlive(pid);
		return (before !== undefined && mtimeMs > before) || undefined;
	}
}

function leaveAll(): void {
	for (const mark of kept) mark.leave();
}

function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return errorName(error) === "EPERM";
	}
}
