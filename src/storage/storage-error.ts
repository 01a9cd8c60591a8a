/** What the system's codes mean to people. */
const REASONS: Readonly<Record<string, string>> = {
	EACCES: "Node-RED's user has no right to write there",
	EPERM: "Node-RED's user has no right to write there",
	EROFS: "it is read-only",
	ENOSPC: "the disk is full",
	EDQUOT: "the disk's quota is used up",
	ENOTDIR: "a file is in the way",
	EEXIST: "a file is in the way",
	EMFILE: "too many files are open",
	ENFILE: "too many files are open",
};

/** Something could not be kept. The message is one sentence for people: which folder, why, and what helps. */
export class StorageError extends Error {
	override readonly name = "StorageError";
	/** The system's own name of the reason, such as `EACCES`. */
	readonly code: string;

	private constructor(folder: string, code: string) {
		super(
			`The folder ${folder} can't be written: ${REASONS[code] ?? "the system refuses it"} (${code}). Mend that folder, or Node-RED loses at a restart what it keeps there.`,
		);
		this.code = code;
	}

	/** The error of the file system that came up while something in a folder was written, told for people. */
	static of(error: unknown, folder: string): StorageError {
		return error instanceof StorageError ? error : new StorageError(folder, errorName(error));
	}
}

/** What the system calls an error, such as ENOSPC; its text may hold more than people should see. */
export function errorName(error: unknown): string {
	const code = error instanceof Error && "code" in error ? error.code : undefined;
	return typeof code === "string" ? code : error instanceof Error ? error.name : "unknown error";
}
