import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { NodeAPI } from "node-red";

/** Where Node-RED keeps the texts that all nodes share: under the node that every one of them needs. */
const CATALOG = "node-red-contrib-stellantis/stellantis-account";

/** Milliseconds in which a time of day can be of one day only, whichever of both is looked from. */
const HALF_A_DAY = 12 * 3_600_000;

/** What badges count. */
export type Noun = "alerts" | "events" | "items" | "monitors" | "pages" | "requests" | "trips" | "vehicles";
/** A text of the catalog, such as `badge.done`. */
export type Key = `badge.${string}` | `account.command.${string}` | `account.label.${string}`;

/**
 * The texts of badges in the language of Node-RED's `settings.js` (`lang`), with the numbers and times of that language.
 * English where Node-RED has loaded no catalog.
 */
export class BadgeTexts {
	readonly #RED: Pick<NodeAPI, "_">;
	/** What was found in the catalog: Node-RED takes longer to look it up than all else that a badge takes. */
	readonly #found = new Map<Key, string>();

	constructor(RED: Pick<NodeAPI, "_">) {
		this.#RED = RED;
	}

	/** The text of a key, its `__name__` filled in. */
	text(key: Key, values: Readonly<Record<string, string>> = {}): string {
		const text = this.#find(key) ?? "";
		return text.replace(/__(\w+?)__/g, (whole, name: string) => values[name] ?? whole);
	}

	number(value: number): string {
		return this.#formats.numbers.format(value);
	}

	/** A number and what it counts: `1 vehicle`, `2 vehicles`. */
	count(count: number, noun: Noun): string {
		const form = this.#formats.plurals.select(count) === "one" ? "one" : "other";
		return this.text(`badge.count.${noun}.${form}`, { count: this.number(count) });
	}

	/** Local date and time to the minute. @param time epoch milliseconds */
	time(time: number): string {
		return this.#formats.times.format(time);
	}

	/** Local time of day to the minute, as `14:05` in every language. @param time epoch milliseconds */
	clock(time: number): string {
		return this.#formats.clock.format(time);
	}

	/** Local day of the week and time of day. @param time epoch milliseconds, within a few days */
	weekdayClock(time: number): string {
		return `${this.#formats.weekday.format(time)} ${this.clock(time)}`;
	}

	/**
	 * When something was measured, which stays true however late it is read: the time of day, or the day of another day.
	 * What was measured last night is not of another day for who looks just after midnight.
	 */
	moment(time: number, now: number): string {
		const [then, today] = [new Date(time), new Date(now)];
		if (then.toDateString() === today.toDateString() || Math.abs(now - time) < HALF_A_DAY) return this.clock(time);
		const { day, date } = this.#formats;
		return (then.getFullYear() === today.getFullYear() ? day : date).format(time);
	}

	/** A command and where it stands, which may be a word of the API that nobody knows yet. */
	command(command: string, status: string): string {
		return `${this.#word(`account.command.${command}`) ?? command} · ${this.#word(`badge.command.${status}`) ?? status}`;
	}

	/** A text whose key ends with a word from outside. */
	#word(key: Key): string | undefined {
		return /^[\w.-]+$/.test(key) ? this.#find(key) : undefined;
	}

	#find(key: Key): string | undefined {
		const known = this.#found.get(key);
		if (known !== undefined) return known;
		const text: unknown = this.#RED._(`${CATALOG}:${key}`);
		// A key that is not found comes back, with or without its catalog, and nothing before any catalog was loaded.
		const isMissing = typeof text !== "string" || `${CATALOG}:${key}`.endsWith(text);
		if (isMissing) return english(key);
		this.#found.set(key, text);
		return text;
	}

	get #formats(): Formats {
		const language = this.text("badge.language");
		const known = formats.get(language) ?? formatsOf(language);
		formats.set(language, known);
		return known;
	}
}

/** How a language writes numbers and times. Each takes a while to make, and a badge may change with every page. */
interface Formats {
	numbers: Intl.NumberFormat;
	plurals: Intl.PluralRules;
	times: Intl.DateTimeFormat;
	clock: Intl.DateTimeFormat;
	weekday: Intl.DateTimeFormat;
	day: Intl.DateTimeFormat;
	date: Intl.DateTimeFormat;
}

const formats = new Map<string, Formats>();

/** In this machine's own kind of the language, where it speaks it: a date in British English is no American one. */
function formatsOf(language: string): Formats {
	const own = new Intl.DateTimeFormat().resolvedOptions().locale;
	const locale = own.split("-")[0] === language.split("-")[0] ? own : language;
	return {
		numbers: new Intl.NumberFormat(locale),
		plurals: new Intl.PluralRules(locale),
		times: new Intl.DateTimeFormat(locale, { dateStyle: "short", timeStyle: "short" }),
		clock: new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
		weekday: new Intl.DateTimeFormat(locale, { weekday: "short" }),
		date: new Intl.DateTimeFormat(locale, { dateStyle: "short" }),
		day: new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" }),
	};
}

let catalog: unknown;

function english(key: Key): string | undefined {
	catalog ??= JSON.parse(readFileSync(join(__dirname, "../../nodes/locales/en-US/account.json"), "utf8"));
	const text = key.split(".").reduce<unknown>((texts, name) => Object(texts)[name], catalog);
	return typeof text === "string" ? text : undefined;
}
