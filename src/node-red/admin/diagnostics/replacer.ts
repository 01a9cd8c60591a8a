import { BRANDS, FAMILIES } from "../../../api/families";
import { isVin } from "../../../api/vehicles";
import { isLoopback } from "../../../transport/loopback";
import { type Kind, Pseudonyms } from "./pseudonyms";
import { isHarmless } from "./words";

/** Hosts that everybody knows. */
const PUBLIC_HOSTS: ReadonlySet<string> = new Set([
	...Object.values(FAMILIES).flatMap(({ baseUrl }) => (baseUrl ? [new URL(baseUrl).host] : [])),
	...Object.values(BRANDS).map(({ domain }) => `idpcvs.${domain}`),
]);

/** Schemes of the brands' apps. */
const APP_SCHEMES: ReadonlySet<string> = new Set(Object.values(BRANDS).map(({ scheme }) => scheme));

/** True for the redirect address of a brand's app, which ends with a country. */
function isAppAddress(address: string): boolean {
	const [scheme = "", country = ""] = address.split("://oauth2redirect/", 2);
	return APP_SCHEMES.has(scheme) && /^[a-z]{2}$/.test(country);
}

/** Segments of paths that the families, this package and usual sign-in servers have in common. */
const SEGMENTS: ReadonlySet<string> = new Set([
	...Object.values(FAMILIES)
		.flatMap(({ routes }) => Object.values(routes))
		.flatMap(({ path }) => path.split("/").filter((segment) => !segment.startsWith("{"))),
	..."connectedcar v1 v2 v3 v4 am oauth2 oauth authorize access_token token revoke stellantis events callback".split(
		" ",
	),
]);

/** What follows a segment of this name is the id of one of them. */
const COLLECTIONS: ReadonlyMap<string, Kind> = new Map<string, Kind>(
	Object.entries({
		vehicles: "vehicle",
		fleets: "fleet",
		trips: "trip",
		alerts: "alert",
		alarms: "alarm",
		collisions: "collision",
		sessions: "session",
		stolen: "stolen-report",
		callbacks: "channel",
		channels: "channel",
		monitors: "monitor",
		remotes: "remote-action",
	}),
);

/** Words before which, in our own sentences, a name stands. */
const INTRODUCED: ReadonlyMap<string, Kind> = new Map<string, Kind>(
	Object.entries({
		vehicle: "vehicle",
		fleet: "fleet",
		channel: "channel",
		callback: "channel",
		monitor: "monitor",
	}),
);

/** Query parameters of the API and of sign-ins, with the values that say nothing about anybody. */
const PARAMETERS: Readonly<Record<string, RegExp | undefined>> = {
	pageSize: /^\d{1,4}$/,
	indexRange: /^\d{1,5}-\d{0,5}$/,
	orderBy: /^(ascending|descending)$/,
	active: /^(true|false)$/,
	type: /^(Normal|Monitor|Remote|environment|privacy)$/,
	extension: /^(onboardCapabilities|branding|pictures|devices|callCenterNumbers|location|maintenance)$/,
	locale: /^[a-z]{2}-[A-Z]{2}$/,
	...Object.fromEntries(
		"pageToken timestamps vinPrefix types states distance duration power level autonomy kinetics propulsions tolerance client_id realm"
			.split(" ")
			.map((name) => [name, undefined]),
	),
};

/** Most characters of a text that are looked at. */
const LONGEST = 2_000;

/** What a part of a text may be, in the order in which it is tried. */
const PART =
	/(?<address>[a-z][a-z0-9+.-]*:\/\/[^\s"'<>()]+)|(?<path>\/[^\s"'<>(),;]+)|(?<time>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)|(?<host>\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?)|(?<number>\d+(?:[\s.,:()/-]+\d+)*)|(?<word>[^\s"“”„«»()[\]{}<>,;!?=&|]+)/iuy;
const WORD = /[^\s"“”„«»()[\]{}<>,;!?=&|]+/uy;
/** What must not follow a time, a host or a number: with it, they are a part of something else. */
const NO_END: Readonly<Record<string, RegExp | undefined>> = {
	time: /^[\p{L}\p{N}]/u,
	host: /^[\p{L}\p{N}]/u,
	number: /^[\p{L}\p{N}_@%-]/u,
};

/** A part as it was found. */
interface Found {
	kind: "known" | "address" | "path" | "time" | "host" | "number" | "word";
	whole: string;
}

/** What stands at this place of a text. */
function partAt(text: string, at: number): Found | undefined {
	PART.lastIndex = at;
	const { 0: whole = "", groups = {} } = PART.exec(text) ?? {};
	const kind = Object.keys(groups).find((name) => groups[name] !== undefined);
	if (kind === undefined) return undefined;
	const not = NO_END[kind];
	const length = not ? lengthBefore(text, at, at + whole.length, not) : whole.length;
	if (length > 0) return { kind: kind as Found["kind"], whole: whole.slice(0, length) };
	WORD.lastIndex = at;
	return { kind: "word", whole: WORD.exec(text)?.[0] ?? whole };
}

/** How much of a part is left when what must not follow it takes its last numbers away; 0 for nothing. */
function lengthBefore(text: string, at: number, end: number, not: RegExp): number {
	let last = end;
	while (last > at && not.test(text.slice(last, last + 2))) {
		while (last > at && isDigit(text[last - 1])) last--;
		while (last > at && !isDigit(text[last - 1])) last--;
	}
	return last - at;
}

function isDigit(character = ""): boolean {
	return character >= "0" && character <= "9";
}

interface Part {
	/** What stands in the file. */
	shown: string;
	kind: "kept" | "number" | "replaced" | "structure" | "between";
}

/**
 * Writes addresses, paths, query parameters and sentences so that nothing private is left in them: what is not known to
 * be harmless gets a name (see {@link Pseudonyms}).
 */
export class Replacer {
	readonly pseudonyms = new Pseudonyms();

	/** A sentence: known words stay, every other one is replaced, as are numbers that may be a part of something. */
	text(sentence: string): string {
		const parts: Part[] = [];
		const text = sentence.slice(0, LONGEST);
		const known = this.#knownIn(text);
		let last = 0;
		for (let at = 0; at < text.length; ) {
			const found = known.get(at) ?? partAt(text, at);
			if (!found) at++;
			else {
				parts.push({ shown: between(text.slice(last, at)), kind: "between" });
				parts.push(this.#part(found, parts));
				last = at += found.whole.length;
			}
		}
		parts.push({ shown: between(text.slice(last)), kind: "between" });
		return parts
			.map((part, index) => (part.kind === "number" ? this.#number(part, index, parts) : part.shown))
			.join("")
			.trim();
	}

	/** An address: the host replaced unless everybody knows it, the path as {@link path}, the query as {@link query}. */
	address(address: string): string {
		if (isAppAddress(address)) return address;
		const url = URL.canParse(address) ? new URL(address) : undefined;
		if (!url || !/^https?:$/.test(url.protocol)) return this.pseudonyms.of("address", address);
		const query = Object.entries(this.query(url.searchParams)).map(([name, value]) => `${name}=${value}`);
		const path = this.path(url.pathname);
		return `${url.protocol}//${this.host(url.host)}${path === "/" ? "" : path}${query.length ? `?${query.join("&")}` : ""}`;
	}

	/** A host with its port: one that everybody knows, this machine, or a name. */
	host(host: string): string {
		if (PUBLIC_HOSTS.has(host)) return host;
		return isLoopback(host.replace(/:\d+$/, "")) ? "this-machine" : this.pseudonyms.of("host", host);
	}

	/** A path: segments that the API has everywhere stay, ids get a name. */
	path(path: string): string {
		const segments = path.replace(/[?#].*$/s, "").split("/");
		return segments
			.map((segment, place) => {
				if (segment === "") return segment;
				const kind = COLLECTIONS.get(segments[place - 1] ?? "");
				if (kind !== undefined) return this.id(kind, segment);
				return SEGMENTS.has(segment) ? segment : this.id("path", segment);
			})
			.join("/");
	}

	/** Query parameters, in a list where one comes several times. */
	query(parameters: URLSearchParams): Record<string, string | string[]> {
		const shown: Record<string, string | string[]> = {};
		for (const given of new Set(parameters.keys())) {
			const isKnown = Object.hasOwn(PARAMETERS, given);
			const name = isKnown ? given : this.pseudonyms.of("parameter", given);
			const harmless = isKnown ? PARAMETERS[given] : undefined;
			const values = parameters
				.getAll(given)
				.map((value) => (value === "" || harmless?.test(value) ? value : this.id("value", value)));
			shown[name] = values.length === 1 ? (values[0] ?? "") : values;
		}
		return shown;
	}

	/** The name of an id, which may be a VIN. */
	id(kind: Kind, value: string): string {
		return this.pseudonyms.of(isVin(value) ? "vin" : kind, value);
	}

	/** Where a text holds what has a name already, in whatever case. */
	#knownIn(text: string): Map<number, Found> {
		const known = new Map<number, Found>();
		const lower = text.toLowerCase();
		// Few letters change their length with their case; with one of those, places could not be compared.
		const searched = lower.length === text.length ? lower : text;
		for (const spelling of this.pseudonyms.spellings) {
			const wanted = searched === lower ? spelling.toLowerCase() : spelling;
			for (let at = searched.indexOf(wanted); at >= 0; at = searched.indexOf(wanted, at + 1)) {
				const end = at + wanted.length;
				if (!known.has(at) && !/^[\p{L}\p{N}]/u.test(text.slice(end, end + 2)))
					known.set(at, { kind: "known", whole: text.slice(at, end) });
			}
		}
		return known;
	}

	#part({ kind, whole }: Found, before: readonly Part[]): Part {
		switch (kind) {
			case "known":
				return { shown: this.pseudonyms.of("text", whole), kind: "structure" };
			case "address":
				return ended(whole, (text) => this.address(text));
			case "path":
				return ended(whole, (text) => this.path(text));
			case "time":
				return { shown: this.pseudonyms.of("time", whole), kind: "structure" };
			case "host":
				return { shown: this.host(whole), kind: "structure" };
			case "number":
				return { shown: whole, kind: "number" };
			case "word":
				return this.#word(whole, before);
		}
	}

	#word(whole: string, before: readonly Part[]): Part {
		const [, start = ""] = /^([.:'’‘…·–-]*)/u.exec(whole) ?? [];
		const [word, end] = splitEnd(whole.slice(start.length), ".:'’‘…·–-");
		if (word === "") return { shown: between(whole), kind: "between" };
		const name = this.pseudonyms.known(word);
		if (name === undefined && isHarmless(word)) return { shown: between(start) + word + between(end), kind: "kept" };
		const kind = kindOf(word);
		if (name === undefined && kind === "host")
			return { shown: between(start) + this.host(word) + between(end), kind: "structure" };
		const earlier = before.findLast(({ kind }) => kind !== "between")?.shown.toLowerCase() ?? "";
		const shown = name ?? this.id(kind ?? INTRODUCED.get(earlier) ?? "text", word);
		return { shown: between(start) + shown + between(end), kind: "replaced" };
	}

	/** A short number stays, unless it may belong to what was replaced beside it, such as a street or a plate. */
	#number({ shown }: Part, index: number, parts: readonly Part[]): string {
		const beside = [parts[index - 2], parts[index + 2]].some((part) => part?.kind === "replaced");
		return /^\d{1,3}$/.test(shown) && !beside ? shown : this.pseudonyms.of("number", shown);
	}
}

/** A text without those characters at its end, and those. */
function splitEnd(text: string, characters: string): [string, string] {
	let length = text.length;
	while (length > 0 && characters.includes(text[length - 1] ?? "")) length--;
	return [text.slice(0, length), text.slice(length)];
}

/** What stands between words: blanks and usual punctuation. */
function between(text: string): string {
	return text.replace(/\s+/gu, " ").replace(/[^ "'“”()[\]{}<>,;!?=&|.:…·-]/gu, "");
}

/** The full stop of a sentence belongs to no address. */
function ended(text: string, write: (text: string) => string): Part {
	const [body, end] = splitEnd(text, ".:…");
	return { shown: write(body) + end, kind: "structure" };
}

function kindOf(word: string): Kind | undefined {
	if (word.includes("@")) return "email";
	if (/^msg\./.test(word)) return "property";
	if (isVin(word)) return "vin";
	if (/^[+-]?\d+([.,]\d+)*$/.test(word)) return "number";
	if (/^(localhost|[\w-]+(\.[\w-]+)*\.[a-z]{2,})(:\d+)?$/i.test(word)) return "host";
	return undefined;
}
