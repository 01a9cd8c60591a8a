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

/** Redirect addresses of the brands' apps, each with a country. */
const APP_ADDRESS = new RegExp(
	`^(${Object.values(BRANDS)
		.map(({ scheme }) => scheme)
		.join("|")})://oauth2redirect/[a-z]{2}$`,
);

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

/** A part of a text, in the order in which they are tried. */
const PARTS = {
	address: String.raw`[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^\s"'<>()]+`,
	path: String.raw`\/[^\s"'<>(),;]+`,
	time: String.raw`\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)?(?![\p{L}\p{N}])`,
	host: String.raw`\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?![\p{L}\p{N}])`,
	number: String.raw`\d+(?:[\s.,:()\/-]+\d+)*(?![\p{L}\p{N}_@%\-])`,
	word: String.raw`[^\s"“”„«»()[\]{}<>,;!?=&|]+`,
};

const PARTS_PATTERN = Object.entries(PARTS)
	.map(([name, pattern]) => `(?<${name}>${pattern})`)
	.join("|");

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
	/** How many spellings {@link #parts} knows. */
	#known = 0;
	#parts = new RegExp(PARTS_PATTERN, "giu");

	/** A sentence: known words stay, every other one is replaced, as are numbers that may be a part of something. */
	text(sentence: string): string {
		const parts: Part[] = [];
		let last = 0;
		const text = sentence.slice(0, LONGEST);
		for (const match of text.matchAll(this.#pattern())) {
			parts.push({ shown: between(text.slice(last, match.index)), kind: "between" });
			parts.push(this.#part(match, parts));
			last = match.index + match[0].length;
		}
		parts.push({ shown: between(text.slice(last)), kind: "between" });
		return parts
			.map((part, index) => (part.kind === "number" ? this.#number(part, index, parts) : part.shown))
			.join("")
			.trim();
	}

	/** An address: the host replaced unless everybody knows it, the path as {@link path}, the query as {@link query}. */
	address(address: string): string {
		if (APP_ADDRESS.test(address)) return address;
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

	/** Finds the parts of a text, those first that have a name already. */
	#pattern(): RegExp {
		const { spellings } = this.pseudonyms;
		if (spellings.length !== this.#known) {
			this.#known = spellings.length;
			const known = spellings.map((spelling) => `${escaped(spelling)}(?![\\p{L}\\p{N}])`).join("|");
			this.#parts = new RegExp(known === "" ? PARTS_PATTERN : `(?<known>${known})|${PARTS_PATTERN}`, "giu");
		}
		return this.#parts;
	}

	#part(match: RegExpMatchArray, before: readonly Part[]): Part {
		const [whole] = match;
		const { known, address, path, time, host, number } = match.groups ?? {};
		if (known !== undefined) return { shown: this.pseudonyms.of("text", whole), kind: "structure" };
		if (address !== undefined) return ended(whole, (text) => this.address(text));
		if (path !== undefined) return ended(whole, (text) => this.path(text));
		if (time !== undefined) return { shown: this.pseudonyms.of("time", whole), kind: "structure" };
		if (host !== undefined) return { shown: this.host(whole), kind: "structure" };
		if (number !== undefined) return { shown: whole, kind: "number" };
		return this.#word(whole, before);
	}

	#word(whole: string, before: readonly Part[]): Part {
		const [, start = "", word = "", end = ""] = /^([.:'’‘…·–-]*)(.*?)([.:'’‘…·–-]*)$/su.exec(whole) ?? [];
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

function escaped(text: string): string {
	return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** What stands between words: blanks and usual punctuation. */
function between(text: string): string {
	return text.replace(/\s+/gu, " ").replace(/[^ "'“”()[\]{}<>,;!?=&|.:…·-]/gu, "");
}

/** The full stop of a sentence belongs to no address. */
function ended(text: string, write: (text: string) => string): Part {
	const [, body = "", end = ""] = /^(.*?)([.:…]*)$/su.exec(text) ?? [];
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
