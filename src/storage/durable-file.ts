import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorName, StorageError } from "./storage-error";

/**
 * Replaces a file so that whoever looks, at any moment and after any crash, finds the old content or the new, whole.
 * When it resolves the new content is on the disk. File mode 0600, directory 0700. Calls for one path must not overlap.
 *
 * @throws StorageError
 */
export async function writeDurably(path: string, content: string | Buffer): Promise<void> {
	const directory = dirname(path);
	try {
		await makeDirectory(directory);
		await removeLeftovers(directory, basename(path));
		await replace(path, content);
		await syncDirectory(directory);
	} catch (error) {
		throw StorageError.of(error, directory);
	}
}

/**
 * Deletes a file for good; one that is not there is no error.
 *
 * @throws StorageError
 */
export async function removeDurably(path: string): Promise<void> {
	const directory = dirname(path);
	try {
		await rm(path, { force: true });
		await syncDirectory(directory);
	} catch (error) {
		throw StorageError.of(error, directory);
	}
}

/** Makes a directory that only its owner can look into, and makes it last. */
export async function makeDirectory(directory: string): Promise<void> {
	const created = await mkdir(directory, { recursive: true, mode: 0o700 });
	if (created !== undefined) await syncDirectory(dirname(created));
	await chmod(directory, 0o700);
}

/** Makes a new file, a rename or a removal last. Where directories can't be opened (Windows, missing), there is nothing to sync. */
export async function syncDirectory(directory: string): Promise<void> {
	try {
		const handle = await open(directory, "r");
		// Nobody has to wait until it is closed.
		await handle.sync().finally(() => void handle.close().catch(() => {}));
	} catch (error) {
		if (!["EISDIR", "EPERM", "EACCES", "EINVAL", "ENOTSUP", "ENOENT"].includes(errorName(error))) throw error;
	}
}

async function replace(path: string, content: string | Buffer): Promise<void> {
	const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
	try {
		const file = await open(temporary, "wx", 0o600);
		try {
			await file.writeFile(content);
			await file.sync();
		} finally {
			await file.close();
		}
		await rename(temporary, path);
	} catch (error) {
		await rm(temporary, { force: true });
		throw error;
	}
}

/** What earlier writers left behind when they were killed. */
async function removeLeftovers(directory: string, name: string): Promise<void> {
	const leftovers = (await readdir(directory)).filter(
		(entry) => entry.startsWith(`${name}.`) && entry.endsWith(".tmp"),
	);
	await Promise.all(leftovers.map((entry) => rm(join(directory, entry), { force: true })));
}
