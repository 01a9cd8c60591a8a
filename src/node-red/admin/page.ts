/** Headers of every answer of the admin routes: nothing of it is kept, guessed at or passed on. */
export const PRIVATE_HEADERS: Readonly<Record<string, string>> = {
	"cache-control": "no-store",
	"x-content-type-options": "nosniff",
	"referrer-policy": "no-referrer",
};

/** Headers of the page that ends a sign-in: it runs nothing, loads nothing and can't be framed. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
	...PRIVATE_HEADERS,
	"content-type": "text/html; charset=utf-8",
	"content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	"x-frame-options": "DENY",
	"cross-origin-opener-policy": "same-origin",
};

/** A page of a heading and a sentence. */
export function page(heading: string, sentence: string): string {
	return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(heading)}</title></head>
<body><h1>${escaped(heading)}</h1><p>${escaped(sentence)}</p></body>
</html>
`;
}

function escaped(text: string): string {
	return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
