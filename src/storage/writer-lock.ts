import { readFile, rename, rm, stat, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { errorName } from "./storage-error";

/** How old (ms) the mark of a writer is that must have died, wherever it was: a write takes a moment. */
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
	while (!(await mark(path))) {
		if (await isStale(path)) await setAside(path);
		else await pause(AGAIN);
	}
	try {
		return await task();
	} finally {
		await unlink(path).catch((error: unknown) => {
			if (errorName(error) !== "ENOENT") throw error;
		});
	}
}

async function mark(path: string): Promise<boolean> {
	try {
		await writeFile(path, `${process.pid} ${hostname()}`, { flag: "wx", mode: 0o600 });
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
	await rm(aside, { force: true });
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return errorName(error) === "EPERM";
	}
}
