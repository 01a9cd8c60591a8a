import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Secrets that occur in a text, in any spelling: `name (spelling)` for each. */
export function leaksIn(text: string, secrets: Readonly<Record<string, string>>): string[] {
	return Object.entries(secrets).flatMap(([name, secret]) =>
		Object.entries(spellings(secret))
			.filter(([, spelling]) => text.includes(spelling))
			.map(([how]) => `${name} (${how})`),
	);
}

function spellings(secret: string): Record<string, string> {
	const form = new URLSearchParams([["", secret]]).toString().slice(1);
	const all: Record<string, string> = {
		plain: secret,
		"as JSON": JSON.stringify(secret).slice(1, -1),
		"URL-encoded": encodeURIComponent(secret),
		"form-encoded": form,
		"URL-encoded in small letters": encodeURIComponent(secret).replace(/%../g, (hex) => hex.toLowerCase()),
		hexadecimal: Buffer.from(secret).toString("hex"),
	};
	// In Base64 a text reads in three ways, by its place in what is around it; the letters at both ends vary.
	for (const [place, text] of Object.entries({ secret, form }))
		for (let shift = 0; shift < 3; shift++) {
			const encoded = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]).toString("base64");
			const core = encoded.replace(/=+$/, "").slice(shift === 0 ? 0 : shift + 1, -1);
			all[`Base64 of ${place}, shifted ${shift}`] = core;
			all[`Base64url of ${place}, shifted ${shift}`] = core.replaceAll("+", "-").replaceAll("/", "_");
		}
	return all;
}

/** The content of every file below a directory, with its path. */
export function filesUnder(directory: string): [path: string, content: string][] {
	return readdirSync(directory).flatMap((name): [string, string][] => {
		const path = join(directory, name);
		const there = lstatSync(path);
		if (there.isDirectory()) return filesUnder(path);
		// a link may lead nowhere, or to what was not written here
		return [[path, there.isSymbolicLink() ? readlinkSync(path) : readFileSync(path, "latin1")]];
	});
}
