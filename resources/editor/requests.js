// @ts-check
/** Requests to the runtime, and what is said when one fails. */
import { accountOf } from "./properties.js";
import { text } from "./text.js";

/**
 * Whom to ask about the account of a node: the account as it is deployed; of the demo, the family as it is in the
 * form, deployed or not.
 * @param {any} node
 * @returns {string | undefined} undefined without an account
 */
export function addressee(node) {
	const account = accountOf(node);
	if (!account) return undefined;
	return account.server === "demo" ? `demo.${account.api}` : account.id;
}

/**
 * Asks the runtime about an account.
 * @param {string} id of the account, or see addressee
 * @param {string} what name of the route
 * @param {JQuery.AjaxSettings} [more]
 */
export const request = (id, what, more) =>
	$.ajax({ url: `stellantis/account/${encodeURIComponent(id)}/${what}`, dataType: "json", cache: false, ...more });

/**
 * Asks the runtime to do something.
 * @param {string} what path of the route below `stellantis/`
 */
export const ask = (what) =>
	$.ajax({ url: `stellantis/${what}`, method: "POST", contentType: "application/json", data: "{}", dataType: "json" });

/** Of failures whose own sentence is meant for those who look at another place. */
const ELSEWHERE = { ERR_NO_ACCOUNT: "picker.notRunning", ERR_SIGN_IN_NEEDED: "picker.signIn" };

/**
 * The sentence for a request to the runtime that failed.
 * @param {JQuery.jqXHR} answer
 * @param {Record<string, string>} [sentences] keys of those that are said instead of the runtime's own, by code
 * @returns {string}
 */
export function failure(answer, sentences = ELSEWHERE) {
	if (answer.status === 0) return text("picker.offline");
	if (answer.status === 401 || answer.status === 403) return text("account.answer.notAllowed");
	const { code, message, missing } = answer.responseJSON?.error ?? {};
	if (missing) return text("account.error.missing", { prop: text(`account.label.${missing}`) });
	const instead = sentences[code];
	return instead ? text(instead) : (message ?? text("account.answer.noAnswer"));
}
