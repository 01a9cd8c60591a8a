import { isRecord } from "../../json";
import type { Message } from "../messages";

/** Most characters that are kept of the message that started a sweep. */
export const MOST = 64_000;
/** Deepest nesting that is looked into. */
const DEEPEST = 20;
/** Names of what is nobody's business on a disk or in a database. */
const SECRET = /authorization|cookie|passw(?:or)?d|passphrase|secret|token|api[-_]?key|credential|code_?verifier/i;
/** What the completion has of its own, and what only lives as long as a request. */
const REPLACED = new Set(["payload", "lease", "req", "res"]);

/**
 * What is kept of the message that starts a sweep, for the completion: its properties that are plain data, without
 * whatever has a name that sounds like a secret, and none that would make it large. It never throws.
 *
 * @param redact takes the account's secrets out of a text, of {@link MOST} characters at most
 */
export function keptOf(msg: Message, redact: (text: string) => string): Record<string, unknown> {
	const kept: [string, unknown][] = [];
	const copier = new Copier(redact);
	let room = MOST;
	for (const name of Object.keys(msg)) {
		if (REPLACED.has(name) || SECRET.test(name)) continue;
		const copy = copier.copyOf(name, msg, room);
		if (copy === undefined) continue;
		const length = JSON.stringify(copy).length;
		if (length > room) continue;
		room -= length;
		kept.push([copier.clean(name), copy]);
	}
	// A property may be called __proto__.
	return Object.fromEntries(kept);
}

/** Copies plain data, each text in it without secrets. */
class Copier {
	readonly #redact: (text: string) => string;
	/** Texts that came before: the names in a list are the same again and again. */
	readonly #known = new Map<string, string>();
	#room = 0;

	constructor(redact: (text: string) => string) {
		this.#redact = redact;
	}

	/**
	 * A copy of a message's property.
	 *
	 * @param room characters that it may have; no more of it is looked at
	 * @returns undefined for what JSON can't hold and give back, and for what is too large
	 */
	copyOf(name: string, msg: Message, room: number): unknown {
		this.#room = room;
		try {
			return this.#copy(msg[name], 0);
		} catch {
			// A getter, or what pretends to be an object: whatever it says, it is no plain data.
			return undefined;
		}
	}

	clean(text: string): string {
		const clean = this.#known.get(text) ?? this.#redact(text);
		this.#known.set(text, clean);
		return clean;
	}

	#copy(value: unknown, depth: number): unknown {
		this.#room -= typeof value === "string" ? value.length : 1;
		if (this.#room < 0 || depth > DEEPEST) return undefined;
		if (value === null || typeof value === "boolean") return value;
		if (typeof value === "string") return this.clean(value);
		if (typeof value === "number") return this.#isNumber(value) ? value : undefined;
		if (Array.isArray(value)) return this.#copyOfList(value, depth);
		return isRecord(value) && isPlain(value) ? this.#copyOfRecord(value, depth) : undefined;
	}

	/** A secret may be all digits. */
	#isNumber(value: number): boolean {
		return Number.isFinite(value) && this.clean(String(value)) === String(value);
	}

	#copyOfList(list: readonly unknown[], depth: number): unknown[] | undefined {
		const copies: unknown[] = [];
		for (const each of list) {
			const copy = this.#copy(each, depth + 1);
			if (copy === undefined) return undefined;
			copies.push(copy);
		}
		return copies;
	}

	#copyOfRecord(record: Record<string, unknown>, depth: number): Record<string, unknown> | undefined {
		const copies: [string, unknown][] = [];
		for (const name of Object.keys(record)) {
			const each = record[name];
			// JSON has no word for what is not there.
			if (each === undefined || SECRET.test(name)) continue;
			this.#room -= name.length;
			const copy = this.#copy(each, depth + 1);
			if (copy === undefined) return undefined;
			copies.push([this.clean(name), copy]);
		}
		return Object.fromEntries(copies);
	}
}

/** False for what is of a class of its own, such as a Date or a Buffer. */
function isPlain(value: object): boolean {
	const kind: unknown = Object.getPrototypeOf(value);
	return kind === null || Object.getPrototypeOf(kind) === null;
}
