import { link, lstat, readFile, readlink, rename, symlink, unlink, writeFile } from "node:fs/promises";
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
	const content = `${process.pid} ${hostname()}`;
	while (!(await isPut(path, content))) {
		if (await isStale(path)) await setAside(path);
		else await pause(AGAIN);
	}
	try {
		return await task();
	} finally {
		await gone(path);
	}
}

/**
 * Puts the mark there in one step: one that a kill left half made would tell nobody whose it is. It is a symbolic link
 * that leads nowhere, for that is made with its content at once. No sync is needed, for a power failure takes longer than
 * a mark lasts.
 *
 * @returns false where there is one already
 */
async function isPut(path: string, content: string): Promise<boolean> {
	try {
		await symlink(content, path);
		return true;
	} catch (error) {
		return errorName(error) === "EEXIST" ? false : isFilePut(path, content);
	}
}

/** As {@link isPut}, where there are no symbolic links or nobody may make one: a file that gets its name when it is whole. */
async function isFilePut(path: string, content: string): Promise<boolean> {
	const whole = `${path}.${process.pid}.${hostname()}`;
	// What a kill left under this name may still be another's mark, too: it must not be written to.
	await gone(whole);
	await writeFile(whole, content, { mode: 0o600 });
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
	} finally {
		await gone(whole);
	}
}

async function gone(path: string): Promise<void> {
	try {
		await unlink(path);
	} catch (error) {
		if (errorName(error) !== "ENOENT") throw error;
	}
}

async function isStale(path: string): Promise<boolean> {
	try {
		const there = await lstat(path);
		const written = await (there.isSymbolicLink() ? readlink(path) : readFile(path, "utf8"));
		const [pid = "", host] = written.split(" ");
		if (host === hostname() && (Number(pid) === process.pid || !isAlive(Number(pid)))) return true;
		// Its number may have been given to another process meanwhile.
		return Math.abs(Date.now() - there.mtimeMs) > STALE;
	} catch (error) {
		// It is gone, or another one's of the other kind by now.
		if (["ENOENT", "EINVAL"].includes(errorName(error))) return false;
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
