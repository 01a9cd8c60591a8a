/** What stands where a secret stood. */
export const REDACTED = "•••";

/** Header and parameter names whose values are secret wherever they are written. */
const SECRET_NAMES =
	"authorization|proxy-authorization|cookie|set-cookie|x-ibm-client-secret|access_token|refresh_token|id_token|client_secret|code_verifier|password|passphrase|api[_-]?key|secret";

const PATTERNS: [RegExp, string][] = [
	[/\b(Bearer|Basic)\s+[\w.~+/=-]{4,}/gi, `$1 ${REDACTED}`],
	[
		new RegExp(`(["']?\\b(?:${SECRET_NAMES})["']?\\s*[:=]\\s*)(?:"[^"]*"|'[^']*'|[^\\s&,;}"']+)`, "gi"),
		`$1${REDACTED}`,
	],
	// A JSON Web Token, and the private part of a PEM file.
	[/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, REDACTED],
	[/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, REDACTED],
	// User and password inside an address.
	[/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi, `$1${REDACTED}@`],
];

/**
 * Takes every secret out of a text that a person or a flow will see: the `known` secrets of the account in plain,
 * URL-encoded and Base64 spelling, and whatever looks like one.
 */
export function redact(text: string, known: Iterable<string> = []): string {
	let clean = text;
	for (const secret of known) {
		// A secret this short would blank ordinary words; patterns still catch it by its name.
		if (secret.length < 4) continue;
		for (const spelling of [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")])
			clean = clean.replaceAll(spelling, REDACTED);
	}
	for (const [pattern, replacement] of PATTERNS) clean = clean.replace(pattern, replacement);
	return clean;
}
