/**
 * The words of a command that a browser's network tab gave as cURL, for bash or for Windows' cmd, without their quotes.
 * Never throws: what is no proper quoting is taken as it stands.
 */
export function shellWords(command: string): string[] {
	const text = /\^["&%\r\n]/.test(command) ? withoutCarets(command) : command.replace(/\\\r?\n/g, " ");
	const words: string[] = [];
	const parts = /\$'((?:[^'\\]|\\[\s\S])*)'|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\])|(\s+)|[\s\S]/g;
	let word: string | undefined;
	for (const [all, ansi, single, double, escaped, bare, space] of text.matchAll(parts)) {
		if (space !== undefined) {
			if (word !== undefined) words.push(word);
			word = undefined;
			continue;
		}
		const piece =
			(ansi === undefined ? undefined : withoutAnsiEscapes(ansi)) ??
			single ??
			double?.replace(/\\(["\\$`])/g, "$1") ??
			escaped ??
			bare ??
			all;
		word = (word ?? "") + piece;
	}
	return word === undefined ? words : [...words, word];
}

/** cmd: a caret takes the meaning off the character after it, and joins lines. */
function withoutCarets(command: string): string {
	return command.replace(/\^\r?\n/g, " ").replace(/\^([\s\S])/g, "$1");
}

const ANSI: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** bash: the escapes of $'...' that browsers write. */
function withoutAnsiEscapes(text: string): string {
	return text.replace(/\\(?:u([0-9a-f]{1,4})|x([0-9a-f]{1,2})|([\s\S]))/gi, (_all, unicode, hex, other: string) => {
		const digits: string | undefined = unicode ?? hex;
		return digits === undefined ? (ANSI[other] ?? other) : String.fromCharCode(Number.parseInt(digits, 16));
	});
}
