// @ts-check
/** Texts of the catalogs, and their language. */

import { LANGUAGES } from "../generated/facts.js";

/** The account's catalog also holds the texts that several forms use. */
export const CATALOG = "node-red-contrib-stellantis/stellantis-account:";

/**
 * @param {string} key key in the account's catalog, or in another one as `namespace:key`
 * @param {Record<string, unknown>} [values] values for the `__name__` places of the text
 * @returns {string}
 */
export const text = (key, values) => RED._(key.includes(":") ? key : CATALOG + key, values);

/** The same for the keys of one node type's catalog. @param {string} type */
export const textsOf =
	(type) =>
	(/** @type {string} */ key, /** @type {Record<string, unknown>} */ values = {}) =>
		text(`node-red-contrib-stellantis/${type}:${key}`, values);

/** The language of our texts, for days and times. Node-RED's own answer knows only those that it is in itself. */
export function language() {
	const wanted = localStorage.getItem("editor-language") || navigator.language;
	return LANGUAGES.includes(String(wanted.split("-")[0])) ? wanted : "en-US";
}
