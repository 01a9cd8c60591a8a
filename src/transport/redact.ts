/** What stands where a secret stood. */
const REDACTED = "•••";

/** Most characters of a text that are looked at and passed on. */
const LONGEST = 10_000;
/** Characters read beyond that, so that no secret is seen in part: one that the cut goes through is dropped with them. */
const MARGIN = 4_096;

const SCHEME = /\b(bearer|basic)\s+([\w.~+/=-]{4,})/gi;
/** A name whose value is secret wherever it is written. */
const NAME =
	/(?:\b|_)(?:authorization|cookie|x-ibm-client-secret|access_token|refresh_token|id_token|client_secret|code_verifier|password|passphrase|api[_-]?key|secret)/gi;
/** Names of headers, whose line may hold several words. */
const HEADER = /(?:authorization|cookie)$/i;
const REST_OF_LINE = /(\s*: ?)[^\r\n"'}]+/y;
/** The value behind any name; its quotes may be missing, or escaped. */
const VALUE = /(\\?["']?\s*[:=]\s*)(?:\\"[^"\\]*|"(?:[^"\\]|\\[\s\S])*"?|'[^']*'?|[^\s&,;}"']+)/y;
/** The one-time code of a sign-in, in an address. */
const CODE = /([?&]code=)[^&\s"']+/gi;
/** A word in which none of these patterns can be: all of them need a dot, a blank or something else between. */
const ONE_WORD = /^[\w-]*$/;
const LONGEST_WORD = 100;
/** What a JSON Web Token may stand in. */
const WORD = /[\w.-]{12,}/g;
/** Where the private part of a PEM file begins and, if it is whole, ends. */
const KEY_BEGIN = /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/;
const KEY_END = /-----END [A-Z ]{0,30}PRIVATE KEY-----/;
/** User and password inside an address. */
const USER = /(:\/\/)[^\s/?#"']+@/g;

/**
 * Takes every secret out of a text that a person or a flow will see: the `known` secrets of the account in plain,
 * URL-encoded and Base64 spelling, and whatever looks like one. A text is cut before it is read, so that the longest
 * costs no more than `most` characters of it.
 */
export function redact(text: string, known: Iterable<string> = [], most: number = LONGEST): string {
	// The longest first, so that a secret within another leaves nothing of it. One this short would blank ordinary words;
	// patterns still catch it by its name. No spelling is shorter than its secret.
	const spellings = [...known].filter(({ length }) => length >= 4 && length <= text.length).flatMap(spellingsOf);
	spellings.sort((a, b) => b.length - a.length);
	const margin = Math.max(MARGIN, spellings[0]?.length ?? 0);
	const isCut = text.length > most + margin;
	let clean = isCut ? text.slice(0, most + margin) : text;
	for (const spelling of spellings) clean = clean.replaceAll(spelling, REDACTED);
	// Ids, VINs and names: no pattern can be in one.
	if (clean.length <= LONGEST_WORD && ONE_WORD.test(clean)) return cut(clean, most);
	clean = withoutLookalikes(withoutNamed(withoutKeys(clean)));
	// Behind the last secret that was whole, a part of one may stand at the cut.
	const end = isCut ? Math.max(clean.length - margin, clean.lastIndexOf(REDACTED) + REDACTED.length) : clean.length;
	return cut(clean, Math.min(end, most));
}

/** The beginning of a text, with no half of a character (a lone surrogate) at its end. */
function cut(text: string, end: number): string {
	const isHalf = end < text.length && /[\ud800-\udbff]/.test(text.charAt(end - 1));
	return text.slice(0, isHalf ? end - 1 : end);
}

/** "Basic authentication" is none of our business. */
function isOrdinary(word: string): boolean {
	return word.length < 20 && !/[\d=+/~_]|[a-z][A-Z]/.test(word);
}

function withoutLookalikes(text: string): string {
	return text
		.replace(SCHEME, (whole, scheme: string, word: string) => (isOrdinary(word) ? whole : `${scheme} ${REDACTED}`))
		.replace(CODE, `$1${REDACTED}`)
		.replace(WORD, withoutTokens)
		.replace(USER, `$1${REDACTED}@`);
}

/** Takes out what stands behind a name that says it is secret. */
function withoutNamed(text: string): string {
	let clean = "";
	let end = 0;
	for (const { 0: name, index } of text.matchAll(NAME)) {
		// Within the value of another.
		if (index < end) continue;
		const start = index + name.length;
		const value = (HEADER.test(name) ? matchAt(REST_OF_LINE, text, start) : null) ?? matchAt(VALUE, text, start);
		if (!value) continue;
		clean += text.slice(end, start) + value[1] + REDACTED;
		end = start + value[0].length;
	}
	return clean + text.slice(end);
}

function matchAt(pattern: RegExp, text: string, start: number): RegExpExecArray | null {
	pattern.lastIndex = start;
	return pattern.exec(text);
}

/** Takes out what stands between the lines of a private key, and those. */
function withoutKeys(text: string): string {
	const [before = "", ...keys] = text.split(KEY_BEGIN);
	return before + keys.map((key) => REDACTED + key.split(KEY_END).slice(1).join("")).join("");
}

/** Takes JSON Web Tokens out of words with dots between: three parts, the first of which begins a JSON object. */
function withoutTokens(dotted: string): string {
	const parts = dotted.split(".");
	const left: string[] = [];
	for (let place = 0; place < parts.length; place++) {
		const part = parts[place] ?? "";
		const start = parts[place + 1] && parts[place + 2] !== undefined ? part.search(/\beyJ[\w-]{8}/) : -1;
		left.push(start < 0 ? part : part.slice(0, start) + REDACTED);
		if (start >= 0) place += 2;
	}
	return left.join(".");
}

/** A secret as it may be written in an address, a form, a header or JSON. */
function spellingsOf(secret: string): string[] {
	// Half a character (a lone surrogate) can't be encoded.
	const bytes = Buffer.from(secret);
	const text = bytes.toString();
	const form = new URLSearchParams([["", text]]).toString().slice(1);
	return [
		secret,
		encodeURIComponent(text),
		form,
		bytes.toString("base64").replace(/={1,2}$/, ""),
		bytes.toString("base64url"),
		JSON.stringify(secret).slice(1, -1),
	];
}
