// @ts-check
/** What the forms of all nodes but the account do alike. */
import { LISTS, TYPES } from "../generated/facts.js";
import { prepareAccountField } from "./accounts.js";
import { prepareChoice, saveChoice } from "./choices.js";
import { facts, show } from "./conditions.js";
import { opened } from "./form.js";
import { attach } from "./pickers.js";
import { accountOf, bringUpToDate, current, onlyAccount, saved } from "./properties.js";
import { openChanged } from "./sections.js";
import { text } from "./text.js";
import { largestPage } from "./validation.js";

/** The list (see pickers.js) behind what is written down in a typed input. @type {Record<string, (node: any) => string>} */
const BEHIND = {
	vehicle: () => "vehicle",
	target: (node) => (current(node, "resource") === "path" ? "path" : "link"),
	channel: () => "channel",
	monitor: () => "monitor",
};

/** A new node takes the only account. Node-RED asks this also of what is imported, which stays as it is. @param {any} node */
export function added(node) {
	if (!RED.nodes.node(node.id)) node.account = onlyAccount(node) ?? "";
}

/** Makes the fields of a node's form work, whichever of them it has. @param {any} node */
export function prepare(node) {
	opened(node);
	const only = node.account ? undefined : onlyAccount(node);
	if (only) $("#node-input-account").val(only).trigger("change");
	prepareAccountField(node);
	for (const [name, types] of Object.entries(TYPES[node.type] ?? {})) {
		const field = $(`#node-input-${name}`);
		// one that needs more than this has been made by its own form
		if (!field.length || field.next(".red-ui-typedInput-container").length) continue;
		const list = BEHIND[name];
		if (list) attach(node, name, types, () => list(node));
		else field.typedInput({ default: types[0], types, typeField: `#node-input-${name}Type` });
		const label = $(`label[for="node-input-${name}"]`).attr("id", `node-label-${name}`);
		field
			.next()
			.find(".red-ui-typedInput-input")
			.attr("aria-labelledby", label.attr("id") ?? "");
	}
	offerStores($("#node-input-store"), saved(node).store);
	for (const [name, values] of listsOf(node)) {
		const options = values.map((value) => ({ value, label: node._(`${formOf(node)}.${name}.${value}`) }));
		prepareChoice(node, name, options, { none: node._(`${formOf(node)}.all`) });
	}

	const form = $("#node-input-name").closest("form");
	const update = () => {
		const largest = text("reading.placeholder.pageSize", { max: largestPage(node) });
		$("#node-input-pageSize").attr("placeholder", largest);
		show(form, facts(node));
	};
	form.on("change", "select, input[type=checkbox], #node-input-target", update);
	form.on("keyup", "#node-input-target", update);
	update();
	openChanged(node, form);
}

/** Properties of a node that are lists, and what they may hold. @param {any} node */
const listsOf = (node) => Object.entries(LISTS[node.type] ?? {});

/** The first part of the keys in a node's catalog. @param {any} node */
const formOf = ({ type }) => type.replace("stellantis-", "");

/** @param {JQuery} field @param {string} chosen name of a context store, empty for the default one */
function offerStores(field, chosen) {
	const option = (/** @type {string} */ value, /** @type {string} */ label) =>
		$("<option>").val(value).text(label).appendTo(field);
	option("", text("reading.store.default", { store: RED.settings.context.default }));
	const stores = new Set(RED.settings.context.stores);
	if (chosen) stores.add(chosen);
	for (const store of stores) option(store, store);
	field.val(chosen ?? "");
}

/**
 * A hidden choice must not act: what doesn't apply goes back to its default. Of an account that is not known here nobody
 * can say what applies.
 * @param {any} node
 */
export function save(node) {
	if (accountOf(node) && !facts(node)("fleetWide")) $("#node-input-scope").val("vehicle");
	bringUpToDate(node);
	keepLineBreaks(node);
	for (const [name] of listsOf(node)) saveChoice(node, name);
}

/** A field of one line has dropped the line breaks of its value: what nobody has changed keeps them. @param {any} node */
function keepLineBreaks(node) {
	for (const name of Object.keys(node._def.defaults)) {
		const field = $(`#node-input-${name}`);
		const value = node[name];
		if (typeof value !== "string" || !/[\r\n]/.test(value)) continue;
		if (oneLine(String(field.val())) === oneLine(value)) field.val(value);
	}
}

/** A text without line breaks; of JSON, without any space that means nothing. @param {string} text */
function oneLine(text) {
	try {
		return JSON.stringify(JSON.parse(text));
	} catch {
		return text.replace(/[\r\n]/g, "");
	}
}
