/** What stands where a secret stood. */
const REDACTED = "•••";

/** Header and parameter names whose values are secret wherever they are written. */
const SECRET_NAMES =
	"authorization|proxy-authorization|cookie|set-cookie|x-ibm-client-secret|access_token|refresh_token|id_token|client_secret|code_verifier|password|passphrase|api[_-]?key|secret";

const PATTERNS: [RegExp, string][] = [
	// Header lines, which hold several words.
	[/\b((?:proxy-)?authorization|(?:set-)?cookie)(\s*:\s*)[^\r\n"'}]+/gi, `$1$2${REDACTED}`],
	// What follows the scheme, if it is no ordinary word: "Basic authentication" is none of our business.
	[
		/\b([Bb]earer|BEARER|[Bb]asic|BASIC)\s+(?=[\w.~+/=-]*(?:[\d=+/~_]|[a-z][A-Z])|[\w.~+/=-]{20})[\w.~+/=-]{4,}/g,
		`$1 ${REDACTED}`,
	],
	[
		new RegExp(
			`((?:\\b|_)(?:${SECRET_NAMES})\\\\?["']?\\s*[:=]\\s*)(?:\\\\"[^"\\\\]*|"(?:[^"\\\\]|\\\\.)*"|'[^']*'|[^\\s&,;}"']+)`,
			"gi",
		),
		`$1${REDACTED}`,
	],
	// The one-time code of a sign-in, in an address.
	[/([?&]code=)[^&\s"']+/gi, `$1${REDACTED}`],
	// A JSON Web Token, and the private part of a PEM file.
	[/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, REDACTED],
	[/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, REDACTED],
	// User and password inside an address.
	[/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#"']+@/gi, `$1${REDACTED}@`],
];

/**
 * Takes every secret out of a text that a person or a flow will see: the `known` secrets of the account in plain,
 * URL-encoded and Base64 spelling, and whatever looks like one.
 */
export function redact(text: string, known: Iterable<string> = []): string {
	let clean = text;
	// The longest first, so that a secret within another leaves nothing of it. One this short would blank ordinary words;
	// patterns still catch it by its name.
	const spellings = [...known].filter((secret) => secret.length >= 4).flatMap(spellingsOf);
	for (const spelling of spellings.sort((a, b) => b.length - a.length)) clean = clean.replaceAll(spelling, REDACTED);
	for (const [pattern, replacement] of PATTERNS) clean = clean.replace(pattern, replacement);
	return clean;
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
		bytes.toString("base64").replace(/=+$/, ""),
		bytes.toString("base64url"),
		JSON.stringify(secret).slice(1, -1),
	];
}
