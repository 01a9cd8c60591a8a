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
	readonly #onWarning: (sentence: string) => void;
	#notes: Notes;
	/** What keeps the notes from being written. */
	#problem: string | undefined;

	private constructor(file: JsonFile<Notes>, notes: Notes, onWarning: (sentence: string) => void) {
		this.#file = file;
		this.#notes = notes;
		this.#onWarning = onWarning;
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
		if (kept) return new EventsFile(file, kept, onWarning);
		const fresh = { version: 1 as const, secret: randomBytes(SECRET_BYTES).toString("base64url") };
		const begun = new EventsFile(file, fresh, onWarning);
		await begun.#write();
		return begun;
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
	 * What can't be kept is told once, and kept with the next note.
	 */
	async note(news: Partial<Notes>): Promise<void> {
		const before = JSON.stringify(this.#notes);
		this.#notes = { ...this.#notes, ...news };
		if (this.#problem !== undefined || JSON.stringify(this.#notes) !== before) await this.#write();
	}

	async #write(): Promise<void> {
		try {
			await this.#file.write(this.#notes);
			this.#problem = undefined;
		} catch (error) {
			const { message } = error as Error;
			if (message !== this.#problem) this.#onWarning(message);
			this.#problem = message;
		}
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
