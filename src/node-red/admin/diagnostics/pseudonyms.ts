/** What a private value is, as far as anybody can tell; the name that replaces it begins with this. */
export type Kind =
	| "vehicle"
	| "vin"
	| "fleet"
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
	| "time"
	| "header"
	| "parameter"
	| "variable"
	| "value";

/** Most characters by which values are told apart, beside their length. */
const LONGEST = 2_000;

/** Gives private values names, the same value the same name within one file, however it is spelled. */
export class Pseudonyms {
	readonly #names = new Map<string, string>();
	readonly #counts = new Map<Kind, number>();

	/** The name of a value; one that has a name already keeps it, whatever it is taken for now. */
	of(kind: Kind, value: string): string {
		const key = keyOf(value);
		const known = this.#names.get(key);
		if (known !== undefined) return known;
		const number = (this.#counts.get(kind) ?? 0) + 1;
		this.#counts.set(kind, number);
		const name = `${kind}-${number}`;
		this.#names.set(key, name);
		return name;
	}

	/** How many values of each kind have a name. */
	get counts(): Record<string, number> {
		return Object.fromEntries(this.#counts);
	}
}

/** One key for all spellings of a value: URL-encoded or not, in capitals or not. */
function keyOf(value: string): string {
	if (value.length > LONGEST) return `${value.length} ${keyOf(value.slice(0, LONGEST))}`;
	return decoded(value.trim()).normalize("NFC").toLowerCase();
}

function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
