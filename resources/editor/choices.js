// @ts-check
/** Fields that choose several values, kept as an array in the node. */
import { applies, facts } from "./conditions.js";
import { accountOf, prefixOf, saved } from "./properties.js";

/**
 * The words of a list as the runtime reads it: an environment variable, say, gives it as text.
 * @param {unknown} value
 * @param {string[]} usual what a node means that has no such property
 */
function wordsOf(value, usual) {
	const words = typeof value === "string" ? value.split(",") : (value ?? usual);
	return Array.isArray(words) ? words.map((word) => String(word).trim()) : [];
}

/**
 * Turns a field into a choice of several values that are kept as an array in the node.
 * @param {any} node
 * @param {string} name property, shown in a field whose id ends with `-choice`
 * @param {{ value: string, label: string }[]} options
 * @param {{ usual?: string[], none?: string }} [more] `usual`: what a node means that has no such property; `none`: what
 *   it means to choose nothing, where the number 0 does not say it
 */
export function prepareChoice(node, name, options, { usual = [], none } = {}) {
	const field = $(`#${prefixOf(node)}-${name}-choice`);
	field.val(wordsOf(saved(node)[name], usual).join(","));
	/** @param {JQuery} place @param {unknown[]} chosen */
	const valueLabel = (place, { length: count }) =>
		place.text(count === 0 && none ? none : RED._("typedInput.selected", { count }));
	field.typedInput({ types: [{ value: "choice", multiple: true, options, valueLabel }] });
	field.data("stellantis-was", field.typedInput("value"));
}

/**
 * Keeps what is chosen; nothing where the account's family has no use for the field and hides it. What nobody has
 * touched stays as it is: it may hold more than the field offers, such as a command of a newer version.
 * @param {any} node
 * @param {string} name see prepareChoice
 */
export function saveChoice(node, name) {
	const field = $(`#${prefixOf(node)}-${name}-choice`);
	const seen = applies(field.closest("[data-show]").attr("data-show") ?? "", facts(node)) || !accountOf(node);
	const chosen = String(field.typedInput("value"));
	if (seen && node[name] !== undefined && chosen === field.data("stellantis-was")) return;
	node[name] = seen ? chosen.split(",").filter(Boolean) : [];
}
