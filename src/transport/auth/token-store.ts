import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { defined } from "../../json";
import { writeDurably } from "../../storage/durable-file";
import { JsonFile } from "../../storage/json-file";
import { locked } from "../../storage/keyed-lock";
import { errorName, StorageError } from "../../storage/storage-error";
import { fingerprint, KEY_BYTES, seal, unseal } from "./seal";
import type { Tokens } from "./tokens";

/** Where the sign-in of one account outlives the process. */
export interface TokenStore {
	/**
	 * What is stored. Never throws: a file that can't be read is no sign-in, with a reason.
	 * @param typed the refresh token in the account's form, to be compared with the one at the time of writing
	 */
	read(typed?: string): StoredSignIn | { reason: string };
	/** Stores; when it resolves the tokens last. Rejects with a StorageError or ERR_STORE. */
	write(signIn: SignInToStore): Promise<void>;
	/** Deletes what is stored. */
	remove(): Promise<void>;
	/** Grows with every change made by any store of the same account in this process. */
	revision(): number;
	/** Runs tasks of all stores of the same account in this process one after the other. */
	locked<T>(task: () => Promise<T>): Promise<T>;
	/** Looks whether another process has changed what is stored. Absent where none can. @throws ERR_STORE */
	refresh?(): Promise<void>;
	/** Longest time (ms) before the end of a token from which on it is renewed; absent: the usual one. */
	readonly margin?: number;
}

/** A sign-in as it was stored. */
export interface StoredSignIn {
	/** Absent after a sign-out. */
	tokens?: Tokens;
	/** The server and client the tokens belong to. */
	issuedFor: string;
	/** True when `typed` is the refresh token that was in the form when this was stored. */
	typedIsKnown: boolean;
}

/** A sign-in as it shall be stored. */
export interface SignInToStore {
	tokens?: Tokens;
	issuedFor: string;
	/** The refresh token in the form now; only a keyed hash of it is kept. */
	typed?: string | undefined;
}

export const NOBODY = "Nobody is signed in. Open the account and sign in.";
export const UNREADABLE = "The stored sign-in can't be read any more. Open the account and sign in again.";

const tokensShape = z.object({
	accessToken: z.string().exactOptional(),
	refreshToken: z.string().exactOptional(),
	receivedAt: z.number(),
	lifetime: z.number().exactOptional(),
	user: z.string().exactOptional(),
	refreshLifetime: z.number().exactOptional(),
	fullRefreshLifetime: z.number().exactOptional(),
	renewals: z.array(z.number()).exactOptional(),
});

const ELSE_SIGN_IN = "If the sign-in is not back then, open the account and sign in again.";

const sealedShape = z.object({ version: z.literal(1), data: z.string() });

export const recordShape = z.object({
	issuedFor: z.string(),
	typed: z.string().optional(),
	tokens: tokensShape.exactOptional(),
});

const revisions = new Map<string, number>();

/**
 * Keeps the sign-in of an account in a file of its own under `directory`, encrypted with a random key in a file beside
 * it (both mode 0600). Several stores of one account in this process share lock and revision; several processes must
 * not share a directory.
 *
 * Only the newest tokens are kept. When the server has rotated the refresh token and we are killed before its answer is
 * stored, the file holds the one before: all that is left to try, and many servers accept it for a while.
 * @param accountId the file is bound to it and useless for any other
 */
export function fileTokenStore(directory: string, accountId: string): TokenStore {
	const file = new JsonFile(join(directory, `sign-in-${fileName(accountId)}.json`), sealedShape);
	const keyPath = join(resolve(directory), "sign-in.key");
	const changed = () => revisions.set(file.path, (revisions.get(file.path) ?? 0) + 1);

	return {
		revision: () => revisions.get(file.path) ?? 0,
		locked: (task) => locked(`sign-in ${file.path}`, task),
		read(typed) {
			try {
				const sealed = file.readSync();
				if (!sealed) return { reason: NOBODY };
				const key = readKey(keyPath);
				const record = recordShape.parse(JSON.parse(unseal(key, accountId, sealed.data)));
				return {
					...defined({ tokens: record.tokens }),
					issuedFor: record.issuedFor,
					typedIsKnown: typed !== undefined && record.typed === fingerprint(key, typed),
				};
			} catch (error) {
				return { reason: error instanceof StorageError ? `${error.message} ${ELSE_SIGN_IN}` : UNREADABLE };
			}
		},
		async write({ tokens, issuedFor, typed }) {
			const key = await locked(keyPath, () => readOrMakeKey(keyPath));
			const record = { issuedFor, tokens, typed: typed === undefined ? undefined : fingerprint(key, typed) };
			const data = seal(key, accountId, JSON.stringify(record));
			await file.write({ version: 1, data });
			changed();
		},
		async remove() {
			await file.remove();
			changed();
		},
	};
}

/** Account ids are short and harmless as Node-RED makes them; any other id must not become a path. */
function fileName(accountId: string): string {
	return /^[\w-]{1,64}$/.test(accountId) ? accountId : createHash("sha256").update(accountId).digest("hex");
}

function readKey(path: string): Buffer {
	const key = readFileSync(path);
	if (key.length !== KEY_BYTES) throw new Error("The key file is damaged");
	return key;
}

async function readOrMakeKey(path: string): Promise<Buffer> {
	try {
		return readKey(path);
	} catch (error) {
		// A key that is there but can't be read now (permissions, a full table of open files) may be needed again.
		if (error instanceof Error && "code" in error && errorName(error) !== "ENOENT")
			throw StorageError.of(error, dirname(path), "read");
	}
	const key = randomBytes(KEY_BYTES);
	await writeDurably(path, key);
	return key;
}
