import { createHash, randomBytes } from "node:crypto";
import { join, resolve } from "node:path";
import { z } from "zod";
import { JsonFile } from "../../storage/json-file";
import type { Address } from "./route";

const SECRET_BYTES = 32;

const shape = z.object({
	version: z.literal(1),
	/** Last segment of the webhook's path, where the node has no secret of its user's. */
	secret: z.string().regex(/^[\w-]{43}$/),
	/** True where the secret is that of several Node-RED with one store. */
	isShared: z.optional(z.boolean()),
	/** The channel that was registered, the account it belongs to, and its address without the secret. */
	channel: z.optional(z.object({ id: z.string(), account: z.string(), base: z.optional(z.string()) })),
	/** Where the API may still deliver: the address of the channel, and the one it shall get. */
	addresses: z.optional(z.array(z.object({ path: z.string(), digest: z.string() }))),
});

export type Notes = z.infer<typeof shape>;

/** What one events node must know after a restart, in a file that only its owner can read. */
export class EventsFile {
	readonly #file: JsonFile<Notes>;
	#notes: Notes;

	private constructor(file: JsonFile<Notes>, notes: Notes) {
		this.#file = file;
		this.#notes = notes;
	}

	/**
	 * Opens the node's file; the first time, and when it is damaged, it begins with a new secret.
	 *
	 * @param base see {@link eventsFile}
	 * @param onWarning told when it can't be kept; the node works on without
	 */
	static async open(base: string, onWarning: (sentence: string) => void): Promise<EventsFile> {
		const file = fileOf(base);
		const kept = await file.read().catch(() => undefined);
		if (kept) return new EventsFile(file, kept);
		const fresh = { version: 1 as const, secret: randomBytes(SECRET_BYTES).toString("base64url") };
		await file.write(fresh).catch((error: Error) => onWarning(error.message));
		return new EventsFile(file, fresh);
	}

	get secret(): string {
		return this.#notes.secret;
	}

	/** True where the secret is known to be that of all instances. */
	get isShared(): boolean {
		return this.#notes.isShared ?? false;
	}

	get channel(): Notes["channel"] {
		return this.#notes.channel;
	}

	get addresses(): readonly Address[] {
		return this.#notes.addresses ?? [];
	}

	/**
	 * Remembers the channel that was registered, or forgets it, where the API may deliver, and the secret of all instances.
	 *
	 * @throws StorageError
	 */
	async note(news: Partial<Notes>): Promise<void> {
		const before = JSON.stringify(this.#notes);
		this.#notes = { ...this.#notes, ...news };
		if (JSON.stringify(this.#notes) !== before) await this.#file.write(this.#notes);
	}

	remove(): Promise<void> {
		return this.#file.remove();
	}
}

/** The channel that an events node has registered; undefined where it has none. */
export async function notedChannel(directory: string, nodeId: string): Promise<Notes["channel"]> {
	return (
		await fileOf(eventsFile(directory, nodeId))
			.read()
			.catch(() => undefined)
	)?.channel;
}

/** Where an events node keeps its files, without an ending. A node's id must not become a path. */
export function eventsFile(directory: string, nodeId: string): string {
	const name = /^[\w-]{1,64}$/.test(nodeId) ? nodeId : createHash("sha256").update(nodeId).digest("hex");
	return join(resolve(directory), `events-${name}`);
}

function fileOf(base: string): JsonFile<Notes> {
	return new JsonFile(`${base}.json`, shape);
}
