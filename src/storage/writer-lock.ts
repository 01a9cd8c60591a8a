import { link, readFile, rename, stat, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { errorName } from "./storage-error";

/**
 * How old (ms) the mark of a writer is that must have died, wherever it was: a write takes a moment. So ends what
 * version 0.1.0 left half made, too.
 */
const STALE = 30_000;
/** Milliseconds between two looks. */
const AGAIN = 5;

/**
 * Runs `task` while no other process does so under the same path, where a mark stands meanwhile. The mark of a process
 * that was killed holds nobody up. Tasks of one process must take turns themselves.
 *
 * @throws the file system's error where the mark can't be made
 */
export async function asOnlyWriter<T>(path: string, task: () => Promise<T>): Promise<T> {
	const whole = `${path}.${process.pid}.${hostname()}`;
	await mark(path, whole);
	// Its second name is of no use any more; whoever waits for the task does not wait for that. One that stays is
	// written over by the next.
	const tidied = gone(whole).catch(() => {});
	try {
		return await task();
	} finally {
		await Promise.all([tidied, gone(path)]);
	}
}

/**
 * Puts the mark there in one step: one that a kill left half made would tell nobody whose it is. No sync is needed, for
 * a power failure takes longer than a mark lasts.
 */
async function mark(path: string, whole: string): Promise<void> {
	const content = `${process.pid} ${hostname()}`;
	await writeWhole(whole, content);
	try {
		while (!(await isPut(whole, path, content))) {
			if (await isStale(path)) await setAside(path);
			else await pause(AGAIN);
		}
	} catch (error) {
		await gone(whole);
		throw error;
	}
}

async function writeWhole(whole: string, content: string): Promise<void> {
	try {
		await writeFile(whole, content, { flag: "wx", mode: 0o600 });
	} catch (error) {
		if (errorName(error) !== "EEXIST") throw error;
		// What a kill left under this name may still be another's mark, too: it must not be written to.
		await gone(whole);
		await writeFile(whole, content, { mode: 0o600 });
	}
}

async function gone(path: string): Promise<void> {
	try {
		await unlink(path);
	} catch (error) {
		if (errorName(error) !== "ENOENT") throw error;
	}
}

/** @returns false where there is one already */
async function isPut(whole: string, path: string, content: string): Promise<boolean> {
	try {
		await link(whole, path).catch((error: unknown) => {
			if (errorName(error) === "EEXIST") throw error;
			// A file system without hard links.
			return writeFile(path, content, { flag: "wx", mode: 0o600 });
		});
		return true;
	} catch (error) {
		if (errorName(error) !== "EEXIST") throw error;
		return false;
	}
}

async function isStale(path: string): Promise<boolean> {
	try {
		const [written, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
		const [pid = "", host] = written.split(" ");
		if (host === hostname() && (Number(pid) === process.pid || !isAlive(Number(pid)))) return true;
		// Its number may have been given to another process meanwhile.
		return Math.abs(Date.now() - mtimeMs) > STALE;
	} catch (error) {
		if (errorName(error) === "ENOENT") return false;
		throw error;
	}
}

/** Of several that find the same stale mark one moves it. */
async function setAside(path: string): Promise<void> {
	const aside = `${path}.${process.pid}`;
	try {
		await rename(path, aside);
	} catch (error) {
		if (errorName(error) !== "ENOENT") throw error;
	}
	await gone(aside);
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return errorName(error) === "EPERM";
	}
}
