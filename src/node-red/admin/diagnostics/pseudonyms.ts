/** What a private value is, as far as anybody can tell; the name that replaces it begins with this. */
export type Kind =
	| "vehicle"
	| "vin"
	| "fleet"
	| "trip"
	| "alert"
	| "alarm"
	| "collision"
	| "session"
	| "stolen-report"
	| "channel"
	| "monitor"
	| "remote-action"
	| "account"
	| "node"
	| "name"
	| "user"
	| "client"
	| "host"
	| "address"
	| "path"
	| "email"
	| "time"
	| "number"
	| "id"
	| "header"
	| "parameter"
	| "property"
	| "variable"
	| "value"
	| "text";

/** Shortest value (characters) that is also looked for within longer texts. */
const SHORTEST = 4;

/** Gives private values names, the same value the same name within one file, however it is spelled. */
export class Pseudonyms {
	readonly #names = new Map<string, string>();
	readonly #spellings = new Set<string>();
	readonly #counts = new Map<Kind, number>();

	/** The name of a value; one that has a name already keeps it, whatever it is taken for now. */
	of(kind: Kind, value: string): string {
		const key = keyOf(value);
		const known = this.#names.get(key);
		this.#note(value);
		if (known !== undefined) return known;
		const number = (this.#counts.get(kind) ?? 0) + 1;
		this.#counts.set(kind, number);
		const name = `${kind}-${number}`;
		this.#names.set(key, name);
		return name;
	}

	/** The name that a value has already. */
	known(value: string): string | undefined {
		return this.#names.get(keyOf(value));
	}

	/** How many values of each kind have a name. */
	get counts(): Record<string, number> {
		return Object.fromEntries(this.#counts);
	}

	/** Every spelling of a value that was seen and is long enough to be looked for, the longest first. */
	get spellings(): string[] {
		return [...this.#spellings].sort((one, other) => other.length - one.length);
	}

	#note(value: string): void {
		const trimmed = value.trim();
		for (const spelling of [trimmed, decoded(trimmed)]) if (spelling.length >= SHORTEST) this.#spellings.add(spelling);
	}
}

/** One key for all spellings of a value: URL-encoded or not, in capitals or not. */
function keyOf(value: string): string {
	return decoded(value.trim()).normalize("NFC").toLowerCase();
}

function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
