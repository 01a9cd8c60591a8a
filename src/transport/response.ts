import { isAscii, isUtf8 } from "node:buffer";
import { type ApiErrorDetails, StellantisError } from "../error";
import { defined } from "../json";
import type { RawResponse } from "./http";
import { secondsIn } from "./retry";

/** The server's budget: requests a day, requests a second (burst), seconds until it is renewed. */
export interface RateLimit {
	day?: { limit?: number; remaining?: number };
	burst?: { limit?: number; remaining?: number };
	reset?: number;
}

/** A budget that shares nothing with the given one. */
export function copyOfRateLimit({ day, burst, reset }: RateLimit): RateLimit {
	const copy: RateLimit = {};
	if (day) copy.day = { ...day };
	if (burst) copy.burst = { ...burst };
	if (reset !== undefined) copy.reset = reset;
	return copy;
}

/** Reads `X-RateLimit-Limit-1/-Remaining-1` (day), `-2` (burst) and `-Reset`; undefined when the server tells none. */
export function rateLimitOf(headers: RawResponse["headers"], now: number = Date.now()): RateLimit | undefined {
	const said = (name: string): string | undefined => {
		const value = headers[name];
		return Array.isArray(value) ? value[0] : value;
	};
	const count = (name: string): number | undefined => {
		const text = said(name);
		const number = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
		return Number.isFinite(number) && number >= 0 ? number : undefined;
	};
	const window = (n: 1 | 2) => {
		const limit = count(`x-ratelimit-limit-${n}`);
		const remaining = count(`x-ratelimit-remaining-${n}`);
		if (limit === undefined && remaining === undefined) return undefined;
		return { ...defined({ limit, remaining }) };
	};
	const day = window(1);
	const burst = window(2);
	const reset = secondsIn(said("x-ratelimit-reset"), now);
	if (!day && !burst && reset === undefined) return undefined;
	return { ...(day ? { day } : {}), ...(burst ? { burst } : {}), ...defined({ reset }) };
}

/**
 * The JSON of a body. The content type is not asked, because gateways get it wrong; the bytes decide.
 *
 * @throws ERR_BAD_RESPONSE for anything but UTF-8 JSON
 */
export function parseBody({ body, statusCode, url }: RawResponse): unknown {
	const text = decode(body);
	try {
		if (text !== undefined) return JSON.parse(text);
	} catch {
		// The parser's message quotes the body, which may hold anything; the sentence below says enough.
	}
	const kind = text === undefined ? "is no UTF-8 text" : describe(text);
	throw new StellantisError(
		"ERR_BAD_RESPONSE",
		`${url.host} answered ${url.pathname} with something that is no HAL document: it ${kind}. Check the account's root address, and that no sign-in page or proxy answers in its place.`,
		{ statusCode },
	);
}

/** The text of UTF-8 bytes, without a byte order mark (RFC 8259, section 8.1, lets a reader ignore one). */
function decode(body: Buffer): string | undefined {
	// The usual case, which is quicker to make a string of.
	if (isAscii(body)) return body.toString("latin1");
	if (!isUtf8(body)) return undefined;
	const text = body.toString("utf8");
	return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/** Blanks at the beginning of a body that are looked beyond. */
const LONGEST_BLANK = 1_000;

function describe(text: string): string {
	const start = text.slice(0, LONGEST_BLANK).trimStart();
	if (start === "") return "is empty";
	if (start.startsWith("<")) return "is a web page";
	return "is broken JSON";
}

/** Most characters of what a server says that are passed on. */
const LONGEST_TEXT = 300;

/**
 * What the server says about a failure, in one shape for the several bodies in use:
 * `{name, debug, message}`, `{code, debug, message}`, `{code, uuid, message, timestamp}` and
 * `{httpCode, httpMessage, moreInformation}`, also nested under `error`. Undefined for anything else, such as HTML.
 *
 * @param clean takes secrets out of a text, of which it passes on the first `most` characters
 */
export function explain(
	{ body }: Pick<RawResponse, "body">,
	clean: (text: string, most: number) => string,
): ApiErrorDetails | undefined {
	let parsed: unknown;
	try {
		parsed = JSON.parse(decode(body) ?? "");
	} catch {
		return undefined;
	}
	if (typeof parsed !== "object" || parsed === null) return undefined;
	const outer = parsed as Record<string, unknown>;
	const fields = (typeof outer.error === "object" && outer.error !== null ? outer.error : outer) as Record<
		string,
		unknown
	>;
	const text = (...names: string[]): string | undefined => {
		const value = names.map((name) => fields[name]).find((each) => typeof each === "string" && each !== "");
		return typeof value === "string" ? clean(value, LONGEST_TEXT) : undefined;
	};
	const code = [fields.code, fields.httpCode].find((each) => typeof each === "number" || typeof each === "string");
	const details: ApiErrorDetails = {};
	if (typeof code === "number") details.code = code;
	else if (typeof code === "string") details.code = clean(code, LONGEST_TEXT);
	const name = text("name", "httpMessage", "error");
	const message = text("message", "moreInformation", "error_description", "debug", "httpMessage");
	const id = text("uuid", "id");
	if (name !== undefined) details.name = name;
	if (message !== undefined) details.message = message;
	if (id !== undefined) details.id = id;
	return Object.keys(details).length > 0 ? details : undefined;
}

/** What stands in the bodies of errors, and nothing else does in them; a resource has data of its own. */
const ERROR_WORDS = new Set(
	"code uuid message timestamp name debug error httpCode httpMessage moreInformation".split(" "),
);
const TELLING_WORDS = ["code", "uuid", "message", "error", "httpCode", "httpMessage"];

/** The two things that an error says and a resource doesn't: how it is known, and what it is in words. */
const CODE_WORDS = ["code", "httpCode", "error"];
const SENTENCE_WORDS = ["message", "httpMessage"];

/**
 * True for the body of an error, whatever the status it came with. One that has links beside it, as HAL allows to any
 * document, is known by a code and a sentence: a resource of few words links to something, too.
 */
export function isErrorBody(body: unknown): boolean {
	if (typeof body !== "object" || body === null || Array.isArray(body)) return false;
	const words = Object.keys(body).filter((word) => word !== "_links");
	if (!words.every((word) => ERROR_WORDS.has(word))) return false;
	const hasOne = (names: readonly string[]) => names.some((name) => words.includes(name));
	return "_links" in body ? hasOne(CODE_WORDS) && hasOne(SENTENCE_WORDS) : hasOne(TELLING_WORDS);
}
