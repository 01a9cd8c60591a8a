import { badInput } from "../../error";
import { defined } from "../../json";
import { refusedAtPage } from "./failure";
import { shellWords } from "./shell-words";

/** The answer of a sign-in page, found in what a person pasted. */
export interface PastedAnswer {
	code: string;
	/** Absent when only the code was pasted. */
	state?: string;
}

/** What is known of the answer that a sign-in must get. */
export interface ExpectedAnswer {
	/** Where the sign-in page sends the browser: an address that begins so is the answer, whatever its name. */
	redirectUri?: string | undefined;
	/** Characters of a code, where all have as many. */
	codeLength?: number | undefined;
}

interface Answer {
	/** The address before its parameters; empty where there is none. */
	address: string;
	code?: string;
	state?: string;
	error?: string;
	description?: string;
}

/** Most characters of what is pasted: more than a request copied with all its cookies has. */
const LONGEST_PASTE = 100_000;
const WHAT_TO_PASTE = "Paste the whole address the browser ended on, the code alone, or the request copied as cURL.";

/**
 * Pages of the brands' sign-in that the browser passes on its way, or ends on when something is wrong. Each has a
 * `code` in its address, and none of them is the one that counts. They go by the last part of their path.
 */
const PAGES_ON_THE_WAY: readonly { name: RegExp; says: string }[] = [
	{
		name: /^OPErrorPage\.php$/i,
		says: "That is the error page of the sign-in server (OPErrorPage.php): the sign-in has failed, and its code is the number of an error. Begin the sign-in again in Firefox or Chrome.",
	},
	{
		name: /^OAuthProxy\.jsp$/i,
		says: "That is a page on the way (OAuthProxy.jsp): its code is not the one that counts. Go on to the end of the sign-in.",
	},
	{
		name: /^login$/i,
		says: "That is the log-in page, a page on the way (login): its code is not the one that counts. Log in and go on to the end.",
	},
	{
		name: /consent/i,
		says: "That is the page that asks for your consent, a page on the way: its code is not the one that counts. Agree there and go on to the end.",
	},
];

/**
 * Finds the code in what the browser gave: the whole redirect address (of any scheme), the bare code, or a request
 * copied "as cURL" (bash or cmd) from the network tab. Where there are several, the address with the expected state
 * counts, then the one that begins as the redirect address, then one of an app's own scheme.
 * @param expectedState the state of the sign-in the text must belong to; a text that carries none is taken as such
 * @throws StellantisError `ERR_BAD_INPUT` without a code, with another state, or with the address of a page on the way;
 *   `ERR_SIGN_IN_NEEDED` when the sign-in page answered with an error (RFC 6749, section 4.1.2.1)
 */
export function parsePasted(text: string, expectedState?: string, expected: ExpectedAnswer = {}): PastedAnswer {
	const { redirectUri } = expected;
	if (text.length > LONGEST_PASTE)
		throw badInput(`That is too long to be the answer of a sign-in. ${whatToPaste(redirectUri)}`);
	const trimmed = text.trim();
	if (trimmed === "") throw badInput(`Nothing was pasted. ${WHAT_TO_PASTE}`);
	const answers = wordsOf(trimmed).flatMap((word) => answersIn(word));
	const finals = answers.filter((answer) => answer.code !== undefined || answer.error !== undefined);
	const isRedirect = ({ address }: Answer) => redirectUri !== undefined && address.startsWith(redirectUri);
	const pageOf = (answer: Answer) =>
		isRedirect(answer) ? undefined : PAGES_ON_THE_WAY.find(({ name }) => name.test(lastPartOf(answer.address)));
	const unnamed = finals.filter((answer) => pageOf(answer) === undefined);
	const whole = unnamed.filter(({ code }) => code !== undefined && code.length === expected.codeLength);
	// Where all codes are of one length, the others are only looked at to say what is wrong with them.
	const usable = whole.length > 0 ? whole : unnamed;
	const answer =
		usable.find((each) => expectedState !== undefined && each.state === expectedState) ??
		usable.find(isRedirect) ??
		usable.find(({ address }) => ofPrivateScheme(address)) ??
		usable[0];
	if (answer === undefined) {
		const page = finals.map(pageOf).find((each) => each !== undefined);
		if (page !== undefined) throw badInput(`${page.says} ${whatToPaste(redirectUri)}`);
		return { code: checked(bareCode(trimmed, answers.length > 0), expected) };
	}
	if (expectedState !== undefined && answer.state !== undefined && answer.state !== expectedState) {
		throw badInput(
			"What was pasted belongs to another sign-in. Paste the answer of the sign-in just begun, or begin again.",
		);
	}
	if (answer.code === undefined) throw refusedAtPage(answer.error ?? "", answer.description);
	return { code: checked(answer.code, expected), ...defined({ state: answer.state }) };
}

/** True for an address of an app's own scheme (RFC 8252, section 7.1). */
function ofPrivateScheme(address: string): boolean {
	return /^[a-z][\w+.-]*:/i.test(address) && !/^https?:/i.test(address);
}

function lastPartOf(address: string): string {
	return address.split("/").findLast((part) => part !== "") ?? "";
}

function whatToPaste(redirectUri: string | undefined): string {
	if (redirectUri === undefined) return WHAT_TO_PASTE;
	return `Paste the address that begins with ${redirectUri}: a browser shows it in the network tab only, and its code lives a minute or two.`;
}

function checked(code: string, { codeLength, redirectUri }: ExpectedAnswer): string {
	if (codeLength === undefined || code.length === codeLength) return code;
	throw badInput(
		`The code that counts has ${codeLength} characters, the one in what was pasted has ${code.length}. ${whatToPaste(redirectUri)}`,
	);
}

function wordsOf(text: string): string[] {
	if (/^\s*curl(\.exe)?\s/i.test(text)) return shellWords(text);
	return text.replaceAll("&amp;", "&").split(/[\s"'<>`]+/);
}

/** Every set of answer parameters in a word: in its query, its fragment, or nested in one of its parameters. */
function answersIn(word: string, depth = 0): Answer[] {
	if (!/[?#&]|^(code|error)=/.test(word)) return [];
	const parameters = new URLSearchParams(word.replace(/^[a-z][\w+.-]*:[^?#]*/i, "").replace(/[?#]/g, "&"));
	const answer: Answer = { address: word.split(/[?#]/, 1)[0] ?? "" };
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
