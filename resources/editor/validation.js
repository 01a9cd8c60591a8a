// @ts-check
/** Checks of properties, as Node-RED calls them: true, or a sentence. */
import { FAMILIES, NAMED_TIMES } from "../generated/facts.js";
import { applies, facts } from "./conditions.js";
import { accountOf, asText, current } from "./properties.js";
import { text } from "./text.js";

/** What Node-RED shows in place of a stored secret. */
export const STORED_SECRET = "__PWRD__";

/**
 * What a property or a credential has to be. The build writes it from the runtime's table and the form, see
 * scripts/forms/definition.ts.
 * @typedef {object} Rule
 * @property {string} [label] key of the field's label
 * @property {string} [show] when the field can be seen, see applies: what can't be seen is not wrong
 * @property {string[]} [choices] all that it may be
 * @property {{ min?: number, above?: number, max?: number | "page", whole?: boolean, blank?: boolean }} [number]
 * @property {string} [needed] when it must not be empty, see applies
 * @property {RegExp} [looks] what a text looks like
 * @property {string} [error] key of the sentence when it doesn't
 * @property {string} [missing] key of the sentence when it is empty
 * @property {string} [typed] name of a typed input, whose type is kept in `<name>Type`
 * @property {string} [time] name of a typed input that is a bound of a time range when it is written down
 */

/** @typedef {(this: any, value: any, opt: any) => true | string} Check */

/**
 * The check of a property.
 * @param {Rule} rule
 * @param {Check} [own] what is particular about it
 * @returns {Check}
 */
export function check(rule, own) {
	// two arguments: the answer may be a sentence
	return function validate(value, opt) {
		if (rule.show && !applies(rule.show, facts(this))) return true;
		const prop = rule.label ? text(rule.label) : "";
		for (const complaint of [wrongChoice, wrongText, wrongNumber]) {
			const sentence = complaint(this, rule, value, prop);
			if (sentence) return sentence;
		}
		const told = { ...opt, label: prop };
		if (rule.time) return time(this, rule.time, value, told);
		if (rule.typed) return typedValue(this, rule.typed, value, told);
		return own?.call(this, value, told) ?? true;
	};
}

/** @param {any} _node @param {Rule} rule @param {unknown} value @param {string} prop */
function wrongChoice(_node, { choices }, value, prop) {
	// saved before there was such a property: the runtime takes the default
	if (!choices || value === undefined || ["", ...choices].includes(String(value))) return "";
	return text("error.choice", { prop });
}

/** @param {any} node @param {Rule} rule @param {unknown} value @param {string} prop */
function wrongText(node, { needed, missing = "error.needed", looks, error = "" }, value, prop) {
	const given = String(value ?? "").trim();
	if (given === "") return needed !== undefined && applies(needed, facts(node)) ? text(missing, { prop }) : "";
	return !looks || given === STORED_SECRET || looks.test(given) ? "" : text(error, { prop });
}

/** @param {any} node @param {Rule} rule @param {unknown} value @param {string} prop */
function wrongNumber(node, { number }, value, prop) {
	if (!number || value === undefined) return "";
	const given = String(value ?? "").trim();
	if (given === "" && number.blank) return "";
	const { min = Number.NEGATIVE_INFINITY, above = Number.NEGATIVE_INFINITY, whole } = number;
	const max = number.max === "page" ? largestPage(node) : (number.max ?? Number.POSITIVE_INFINITY);
	const amount = Number(given);
	if (given === "" || !Number.isFinite(amount)) return text("error.number", { prop });
	if (whole && !Number.isInteger(amount)) return text("error.whole", { prop });
	if (amount < min) return text("error.min", { prop, min });
	if (amount <= above) return text("error.above", { prop, min: above });
	return amount > max ? text("error.max", { prop, max }) : "";
}

/** @param {any} node @param {string} name @param {string} value @param {any} opt */
export const typedValue = (node, name, value, opt) =>
	value ? RED.utils.validateTypedProperty(asText(value), current(node, `${name}Type`), opt) : true;

const INSTANT = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/i;
const DURATION =
	/^P(\d+([.,]\d+)?Y)?(\d+([.,]\d+)?M)?(\d+([.,]\d+)?W)?(\d+([.,]\d+)?D)?(T(\d+([.,]\d+)?H)?(\d+([.,]\d+)?M)?(\d+([.,]\d+)?S)?)?$/;

/** One that tells any time, behind its `P` and behind its `T`, with a fraction in its last part alone. @param {string} given */
const isDuration = (given) => DURATION.test(given) && /\d[A-Z]$/.test(given) && !/[.,]\d+[A-Z]T?\d/.test(given);

/**
 * A bound of a time range: RFC 3339, ISO 8601 duration, epoch milliseconds or the name of a time when typed in.
 * @param {any} node @param {string} name @param {string} value @param {any} opt
 */
function time(node, name, value, opt) {
	if (!value || current(node, `${name}Type`) !== "str") return typedValue(node, name, value, opt);
	const given = String(value).trim();
	if (NAMED_TIMES.includes(given) || INSTANT.test(given) || isDuration(given) || /^\d+$/.test(given)) return true;
	return text("error.time", { prop: opt.label });
}

/** The largest page that the chosen account's family allows; without an account, the largest there is. @param {any} node */
export function largestPage(node) {
	const resource = String(current(node, "resource"));
	const largest = (/** @type {StellantisFamily} */ { pageSize, pageSizes }) => pageSizes[resource] ?? pageSize;
	const family = FAMILIES[accountOf(node)?.api];
	return family ? largest(family) : Math.max(...Object.values(FAMILIES).map(largest));
}
