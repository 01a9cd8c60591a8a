import { StellantisError } from "../error";
import { ownValue } from "../json";

const NO_RIGHT = "give Node-RED's user the right to read and write there";
const FULL = "make room on its disk";
const IN_THE_WAY = "something else is in its place, move that away";
const TOO_MANY = "too many files are open on this machine";

/** What helps, by the system's own names of reasons. */
const REMEDIES: Readonly<Record<string, string>> = {
	EACCES: NO_RIGHT,
	EPERM: NO_RIGHT,
	EROFS: "make its file system writable",
	ENOSPC: FULL,
	EDQUOT: FULL,
	ENOTDIR: IN_THE_WAY,
	EISDIR: IN_THE_WAY,
	EEXIST: IN_THE_WAY,
	EMFILE: TOO_MANY,
	ENFILE: TOO_MANY,
};

/** Something could not be kept, or not be read again. The message is one sentence for people: which folder, why, what helps. */
export class StorageError extends Error {
	override readonly name = "StorageError";
	/** The system's own name of the reason, such as `EACCES`. */
	readonly code: string;

	private constructor(folder: string, done: "read" | "written", code: string) {
		const remedy = ownValue(REMEDIES, code) ?? "check the folder and its disk";
		super(`The folder ${folder} can't be ${done} (${code}): ${remedy}.`);
		this.code = code;
	}

	/** The error of the file system that came up while something in a folder was read or written, told for people. */
	static of(error: unknown, folder: string, done: "read" | "written" = "written"): StorageError {
		return error instanceof StorageError ? error : new StorageError(folder, done, errorName(error));
	}
}

/** Why something could not be kept or read, as a sentence of its own. */
export function storageSentence(error: unknown): string {
	return error instanceof StorageError || error instanceof StellantisError
		? error.message
		: `The reason: ${errorName(error)}.`;
}

/** What the system calls an error, such as ENOSPC; its text may hold more than people should see. */
export function errorName(error: unknown): string {
	const code = error instanceof Error && "code" in error ? error.code : undefined;
	return typeof code === "string" ? code : error instanceof Error ? error.name : "unknown error";
}
