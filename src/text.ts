/** A number and what it counts: `1 vehicle`, `2 vehicles`. Every noun here makes its plural with an s. */
export function counted(count: number, plural: string): string {
	return `${count} ${count === 1 ? plural.replace(/s$/, "") : plural}`;
}

/** White space, control characters, and those that turn the direction of what stands around them (Unicode, UAX #9). */
const DISTURBING = /[\s\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** Visible ASCII with single blanks between. */
const PLAIN = /^[!-~]+( [!-~]+)*$/;

/**
 * A text of the API as it may stand in one line: one blank for all that breaks or disturbs a line, at most `most`
 * characters long. Undefined for what is no text, or an empty one. It is still text, never markup.
 */
export function plainText(value: unknown, most = 100): string | undefined {
	if (typeof value !== "string") return undefined;
	// Most texts are; for the vehicles of a fleet all others take too long.
	if (value.length <= most && PLAIN.test(value)) return value;
	const text = value
		.slice(0, 10 * most)
		.replace(DISTURBING, " ")
		.trim();
	// By characters, so that none is cut in half.
	const characters = [...text];
	if (characters.length === 0) return undefined;
	return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}

/** Half of a pair that makes one character, without the other half. */
const HALF = /\p{Surrogate}/gu;

/**
 * A text as a database can hold it: U+FFFD, Unicode's own replacement character, where there is a NUL or half a character.
 * What is looked for there by a text must have gone through this, too.
 */
export function storable(text: string): string {
	return text.replaceAll("\0", "\ufffd").replace(HALF, "\ufffd");
}

const SLASH = 0x2f;

/** A path or an address without the slashes at its end. */
export function withoutEndSlashes(path: string): string {
	let end = path.length;
	while (end > 0 && path.charCodeAt(end - 1) === SLASH) end--;
	return path.slice(0, end);
}
