import { badInput } from "../../error";
import { refusedAtPage } from "./failure";
import { shellWords } from "./shell-words";

/** The answer of a sign-in page, found in what a person pasted. */
export interface PastedAnswer {
	code: string;
	/** Absent when only the code was pasted. */
	state?: string;
}

interface Answer {
	code?: string;
	state?: string;
	error?: string;
	description?: string;
}

/** Most characters of what is pasted: more than a request copied with all its cookies has. */
const LONGEST_PASTE = 100_000;
const WHAT_TO_PASTE = "Paste the whole address the browser ended on, the code alone, or the request copied as cURL.";

/**
 * Finds the code in what the browser gave: the whole redirect address (of any scheme), the bare code, or a request
 * copied "as cURL" (bash or cmd) from the network tab.
 * @param expectedState the state of the sign-in the text must belong to; a text that carries none is taken as such
 * @throws StellantisError `ERR_BAD_INPUT` without a code or with another state, `ERR_SIGN_IN_NEEDED` when the sign-in
 *   page answered with an error (RFC 6749, section 4.1.2.1)
 */
export function parsePasted(text: string, expectedState?: string): PastedAnswer {
	if (text.length > LONGEST_PASTE) throw badInput(`That is too long to be the answer of a sign-in. ${WHAT_TO_PASTE}`);
	const trimmed = text.trim();
	if (trimmed === "") throw badInput(`Nothing was pasted. ${WHAT_TO_PASTE}`);
	const answers = wordsOf(trimmed).flatMap((word) => answersIn(word));
	const finals = answers.filter((answer) => answer.code !== undefined || answer.error !== undefined);
	const mine = finals.find((answer) => expectedState !== undefined && answer.state === expectedState);
	const answer = mine ?? finals[0];
	if (answer === undefined) return { code: bareCode(trimmed, answers.length > 0) };
	if (expectedState !== undefined && answer.state !== undefined && answer.state !== expectedState) {
		throw badInput(
			"What was pasted belongs to another sign-in. Paste the answer of the sign-in just begun, or begin again.",
		);
	}
	if (answer.code === undefined) throw refusedAtPage(answer.error ?? "", answer.description);
	return { code: answer.code, ...(answer.state === undefined ? {} : { state: answer.state }) };
}

function wordsOf(text: string): string[] {
	if (/^\s*curl(\.exe)?\s/i.test(text)) return shellWords(text);
	return text.replaceAll("&amp;", "&").split(/[\s"'<>`]+/);
}

/** Every set of answer parameters in a word: in its query, its fragment, or nested in one of its parameters. */
function answersIn(word: string, depth = 0): Answer[] {
	if (!/[?#&]|^(code|error)=/.test(word)) return [];
	const parameters = new URLSearchParams(word.replace(/^[a-z][\w+.-]*:[^?#]*/i, "").replace(/[?#]/g, "&"));
	const answer: Answer = {};
	// A plus sign is a space only in forms; codes hold no spaces, but some hold a bare plus.
	const code = parameters.get("code")?.replaceAll(" ", "+");
	const state = parameters.get("state");
	const error = parameters.get("error");
	const description = parameters.get("error_description");
	if (code) answer.code = code;
	if (state) answer.state = state;
	if (error) answer.error = error;
	if (description) answer.description = description;
	const nested = depth > 1 ? [] : [...parameters.values()].filter((value) => /[?&#](code|error)=/.test(value));
	return [answer, ...nested.flatMap((value) => answersIn(value, depth + 1))];
}

function bareCode(text: string, hasParameters: boolean): string {
	if (/^[a-z][\w+.-]*:\/\//i.test(text) || hasParameters) {
		throw badInput(
			`There is no code in what was pasted. Is it the address of the sign-in page itself? ${WHAT_TO_PASTE}`,
		);
	}
	if (!/^[\w.~+/=%!*:-]{6,4096}$/.test(text)) throw badInput(`There is no code in what was pasted. ${WHAT_TO_PASTE}`);
	return /%[0-9a-f]{2}/i.test(text) ? decoded(text) : text;
}

function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
