import { isRecord } from "../../../json";

/** Most characters of a status, and of a word of a translation. */
const LONGEST = 500;

/** What the words of a command's status mean, in the languages that were asked for. */
export interface StatusWords {
	/** Keys of buttons by their names, and of statuses by theirs. */
	buttons: ReadonlyMap<string, string>;
	codes: ReadonlyMap<string, string>;
}

const ENTITY = "component.stellantis_vehicles.entity.";
const BUTTON = `${ENTITY}button.`;
const CODE = `${ENTITY}sensor.command_status.state.`;

/**
 * Reads the answers to `frontend/get_translations`: the texts of the integration by their keys.
 *
 * @param resources one for each language, the one that counts first
 */
export function statusWords(resources: readonly unknown[]): StatusWords {
	const buttons = new Map<string, string>();
	const codes = new Map<string, string>();
	for (const texts of resources)
		for (const [key, text] of Object.entries(isRecord(texts) ? texts : {})) {
			if (typeof text !== "string" || text === "" || text.length > LONGEST) continue;
			if (key.startsWith(BUTTON) && key.endsWith(".name"))
				note(buttons, text, key.slice(BUTTON.length, -".name".length));
			else if (key.startsWith(CODE)) note(codes, text, key.slice(CODE.length));
		}
	return { buttons, codes };
}

function note(words: Map<string, string>, text: string, key: string): void {
	if (!words.has(text)) words.set(text, key);
}

/**
 * What a status says: the key of the button, and the code. A code without a translation stands there as itself, and so
 * does the key of a button. Undefined for what names no button that is known.
 *
 * @param text `<name of the button>: <status>`
 */
export function readStatusText(
	text: string,
	{ buttons, codes }: StatusWords,
): { button: string; code: string } | undefined {
	const said = text.slice(0, LONGEST);
	const keys = new Set(buttons.values());
	for (let colon = said.lastIndexOf(": "); colon > 0; colon = said.lastIndexOf(": ", colon - 1)) {
		const name = said.slice(0, colon);
		const status = said.slice(colon + 2).trim();
		const button = buttons.get(name) ?? (keys.has(name) ? name : undefined);
		if (button !== undefined) return { button, code: codes.get(status) ?? status };
	}
	return undefined;
}
