import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { removeDurably, writeDurably } from "../../storage/durable-file";

const SECRET_BYTES = 32;

const shape = z.object({
	version: z.literal(1),
	/** Last segment of the webhook's path. */
	secret: z.string().regex(/^[\w-]{43}$/),
	/** The channel that was registered, and the account it belongs to. */
	channel: z.optional(z.object({ id: z.string(), account: z.string() })),
});

export type Notes = z.infer<typeof shape>;

/** What one events node must know after a restart, in a file that only its owner can read. */
export class Notebook {
	readonly #path: string;
	#notes: Notes;

	private constructor(path: string, notes: Notes) {
		this.#path = path;
		this.#notes = notes;
	}

	/**
	 * Opens the node's notes; the first time, and when they are damaged, they begin with a new secret.
	 *
	 * @param onWarning told when they can't be kept; the node works on without
	 */
	static async open(directory: string, nodeId: string, onWarning: (sentence: string) => void): Promise<Notebook> {
		const path = `${eventsFile(directory, nodeId)}.json`;
		const kept = await readNotes(path);
		if (kept) return new Notebook(path, kept);
		const fresh = { version: 1 as const, secret: randomBytes(SECRET_BYTES).toString("base64url") };
		const notebook = new Notebook(path, fresh);
		await notebook.#write().catch(() => onWarning(unwritable(path)));
		return notebook;
	}

	get secret(): string {
		return this.#notes.secret;
	}

	get channel(): Notes["channel"] {
		return this.#notes.channel;
	}

	/** Remembers the channel that was registered, or forgets it. */
	async noteChannel(channel: Notes["channel"]): Promise<void> {
		const { channel: old, ...rest } = this.#notes;
		if (old?.id === channel?.id && old?.account === channel?.account) return;
		this.#notes = channel === undefined ? rest : { ...rest, channel };
		await this.#write();
	}

	async remove(): Promise<void> {
		await removeDurably(this.#path);
	}

	#write(): Promise<void> {
		return writeDurably(this.#path, JSON.stringify(this.#notes));
	}
}

/** The channel that an events node has registered; undefined where it has none. */
export async function notedChannel(directory: string, nodeId: string): Promise<Notes["channel"]> {
	return (await readNotes(`${eventsFile(directory, nodeId)}.json`))?.channel;
}

/** Where an events node keeps its files, without an ending. A node's id must not become a path. */
export function eventsFile(directory: string, nodeId: string): string {
	const name = /^[\w-]{1,64}$/.test(nodeId) ? nodeId : createHash("sha256").update(nodeId).digest("hex");
	return join(resolve(directory), `events-${name}`);
}

async function readNotes(path: string): Promise<Notes | undefined> {
	try {
		return shape.parse(JSON.parse(await readFile(path, "utf8")));
	} catch {
		return undefined;
	}
}

/** The sentence for a file that can't be written. */
export function unwritable(path: string): string {
	return `${path} can't be written. Events come in, but after a restart they need a new address, and repeats are not known any more. Check the permissions of the user directory.`;
}
