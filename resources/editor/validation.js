// @ts-check
/**
 * Validators of properties, as Node-RED calls them: true, or a sentence. What goes without saying they leave to the form
 * they belong to, see guard.
 */
import { applies, facts } from "./conditions.js";
import { FAMILIES } from "./families.js";
import { accountOf, current } from "./properties.js";
import { text } from "./text.js";

/**
 * @param {string} label key of the property's label
 * @param {{ min?: number, above?: number, max?: (node: any) => number, whole?: boolean, blank?: boolean }} limits
 */
export function number(label, limits) {
	/** @this {any} @param {unknown} value @param {unknown} _opt two arguments: the answer may be a sentence */
	return function validate(value, _opt) {
		// saved before there was such a property: the runtime takes the default
		if (value === undefined) return true;
		const given = String(value ?? "").trim();
		if (given === "" && limits.blank) return true;
		const max = limits.max?.(this) ?? Number.POSITIVE_INFINITY;
		const amount = Number(given);
		const prop = text(label);
		if (given === "" || !Number.isFinite(amount)) return text("error.number", { prop });
		if (limits.whole && !Number.isInteger(amount)) return text("error.whole", { prop });
		if (amount < (limits.min ?? Number.NEGATIVE_INFINITY)) return text("error.min", { prop, min: limits.min });
		if (amount <= (limits.above ?? Number.NEGATIVE_INFINITY)) return text("error.above", { prop, min: limits.above });
		return amount > max ? text("error.max", { prop, max }) : true;
	};
}

/** @param {string} name property whose type is kept in `<name>Type` */
export function typedValue(name) {
	/** @this {any} @param {string} value @param {any} opt */
	return function validate(value, opt) {
		if (!value) return true;
		return RED.utils.validateTypedProperty(value, current(this, `${name}Type`), opt);
	};
}

/**
 * A typed value that must not be empty under some conditions.
 * @param {string} message key of the sentence
 * @param {string} conditions see applies
 * @param {string} name property
 */
export function needed(message, conditions, name) {
	const typedIn = typedValue(name);
	/** @this {any} @param {string} value @param {any} opt */
	return function validate(value, opt) {
		if (!applies(conditions, (property) => current(this, property))) return true;
		return value ? typedIn.call(this, value, opt) : text(message);
	};
}

const INSTANT = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/i;
const DURATION =
	/^P(\d+([.,]\d+)?Y)?(\d+([.,]\d+)?M)?(\d+([.,]\d+)?W)?(\d+([.,]\d+)?D)?(T(\d+([.,]\d+)?H)?(\d+([.,]\d+)?M)?(\d+([.,]\d+)?S)?)?$/;

/** One that tells any time, behind its `P` and behind its `T`. @param {string} given */
const isDuration = (given) => DURATION.test(given) && /\d[A-Z]$/.test(given);

/** A bound of a time range: RFC 3339, ISO 8601 duration or epoch milliseconds when typed in. @param {string} name */
export function time(name) {
	const typedIn = typedValue(name);
	/** @this {any} @param {string} value @param {any} opt */
	return function validate(value, opt) {
		if (!value || current(this, `${name}Type`) !== "str") return typedIn.call(this, value, opt);
		const given = String(value).trim();
		if (INSTANT.test(given) || isDuration(given) || /^\d+$/.test(given)) return true;
		return text("error.time", { prop: text(`reading.label.${name}`) });
	};
}

/** The largest page that the chosen account's family allows; without an account, the largest there is. @param {any} node */
export function largestPage(node) {
	const size = current(node, "resource") === "telemetry" ? "telemetryPageSize" : "pageSize";
	const sizes = Object.values(FAMILIES).map((family) => family[size]);
	return FAMILIES[accountOf(node)?.api]?.[size] ?? Math.max(...sizes);
}

/** Elements without an end tag, of those that forms have. */
const VOID = ["input", "br", "hr", "img"];

/**
 * When the field of each property can be seen: all `data-show` around it, see applies.
 * @param {string} html of a form
 */
function conditionsIn(html) {
	/** @type {Record<string, string>} */
	const conditions = {};
	/** @type {string[]} */
	const around = [];
	for (const [, end, tag = "", attributes = ""] of html.matchAll(/<(\/?)([a-z]\w*)([\s/](?:"[^"]*"|[^"<>])*)?>/g)) {
		if (end) {
			around.pop();
			continue;
		}
		const show = /data-show="([^"]*)"/.exec(attributes)?.[1] ?? "";
		const name = / id="node-input-(\w+)/.exec(attributes)?.[1];
		if (name) conditions[name] = [...around, show].filter(Boolean).join(" ");
		if (!VOID.includes(tag)) around.push(show);
	}
	return conditions;
}

/** What the lists of choices in a form offer. @param {string} html @returns {Record<string, string[]>} */
function choicesIn(html) {
	const [, ...lists] = html.split('<select id="node-input-');
	const offered = lists.map((list) => {
		const options = list.slice(list.indexOf(">"), list.indexOf("</select>"));
		return [
			list.slice(0, list.indexOf('"')),
			[...options.matchAll(/ value="([^"]*)"/g)].map(([, value = ""]) => value),
		];
	});
	// a list that is filled when the form opens takes what comes
	return Object.fromEntries(offered.filter(([, values]) => values?.length));
}

/** Key of a property's label. @param {string} html of a form @param {string} type its node type @param {string} name */
function labelIn(html, type, name) {
	const [, field = ""] = html.split(`<label for="node-input-${name}"`);
	const label = /data-i18n="([^"]*)"/.exec(field)?.[1] ?? "";
	return label.includes(":") ? label : `node-red-contrib-stellantis/${type}:${label}`;
}

/**
 * Gives the properties of a form what goes without saying: what is wrong names its field, a list of choices takes what
 * it offers, and what can't be seen is not wrong.
 * @param {Record<string, any>} properties
 * @param {string} html of the form
 * @param {string} type node type whose form it is
 */
export function guard(properties, html, type) {
	const conditions = conditionsIn(html);
	const choices = choicesIn(html);
	for (const [name, property] of Object.entries(properties)) {
		const { validate } = property;
		const choice = choices[name];
		if (!validate && !choice) continue;
		// found once: Node-RED validates every node when it opens
		const key = labelIn(html, type, name);
		/** @this {any} @param {unknown} value @param {any} opt two arguments: the answer may be a sentence */
		property.validate = function (value, opt) {
			if (conditions[name] && !applies(conditions[name], facts(this))) return true;
			const label = text(key);
			if (choice && value !== undefined && !["", ...choice].includes(String(value)))
				return text("error.choice", { prop: label });
			return validate?.call(this, value, { ...opt, label }) ?? true;
		};
	}
}
