/** The libraries that are ES modules only. */
interface Libraries {
	got: typeof import("got");
	"openid-client": typeof import("openid-client");
	"url-template": typeof import("url-template");
}

const loaded: Partial<Libraries> = {};

/**
 * Loads libraries that are ES modules only, before the first file that uses them: Node.js 22.9 to 22.11 can import but
 * not require them.
 */
export async function loadLibraries(...names: (keyof Libraries)[]): Promise<void> {
	await Promise.all(
		names.map(async (name) => {
			Object.assign(loaded, { [name]: loaded[name] ?? (await import(name)) });
		}),
	);
}

/** A library that was loaded before; where nobody did, it is required, which any Node.js can but 22.9 to 22.11. */
export function library<Name extends keyof Libraries>(name: Name): Libraries[Name] {
	const found: Libraries[Name] = loaded[name] ?? require(name);
	loaded[name] = found;
	return found;
}
