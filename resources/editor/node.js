// @ts-check
/** The part of registration and form that is the same for all nodes but the account. */
import { attach } from "../pickers.js";
import { facts, show } from "./conditions.js";
import { opened } from "./form.js";
import { accountOf, bringUpToDate, current, onlyAccount, saved } from "./properties.js";
import { expandRows } from "./rows.js";
import { text } from "./text.js";
import { guard, largestPage, number, time, typedValue } from "./validation.js";

const ANYWHERE = ["flow", "global", "env", "jsonata"];
/**
 * Typed inputs that several forms have: their types, and the list (see pickers.js) behind what is written down.
 * @type {Record<string, { types: string[], list?: (node: any) => string }>}
 */
const TYPED = {
	vehicle: { types: ["msg", "str", ...ANYWHERE], list: () => "vehicle" },
	from: { types: ["str", "msg", ...ANYWHERE, "date"] },
	to: { types: ["str", "msg", ...ANYWHERE, "date"] },
	target: {
		types: ["str", "msg", ...ANYWHERE],
		list: (node) => (current(node, "resource") === "path" ? "path" : "link"),
	},
	channel: { types: ["str", "msg", ...ANYWHERE], list: () => "channel" },
	monitor: { types: ["msg", "str", ...ANYWHERE], list: () => "monitor" },
};

/**
 * Properties that go together, by name of the group. Functions, because Node-RED writes into what it is given.
 * @type {Record<string, () => Record<string, any>>}
 */
const PROPERTIES = {
	vehicle: () => ({
		vehicle: { value: "vehicle", validate: typedValue("vehicle") },
		vehicleType: { value: "msg" },
		scope: { value: "vehicle" },
	}),
	collection: () => ({
		output: { value: "item" },
		pageSize: {
			value: "",
			validate: number("reading.label.pageSize", { min: 1, max: largestPage, whole: true, blank: true }),
		},
		maxItems: { value: "", validate: number("reading.label.maxItems", { min: 1, whole: true, blank: true }) },
		parallel: { value: 1, validate: number("reading.label.parallel", { min: 1, whole: true }) },
	}),
	range: () => ({
		from: { value: "", validate: time("from") },
		fromType: { value: "str" },
		to: { value: "", validate: time("to") },
		toType: { value: "str" },
		order: { value: "descending" },
	}),
	news: () => ({
		onlyNew: { value: false },
		firstRun: { value: "all" },
		store: { value: "" },
	}),
};

/**
 * The part of a reading node's registration that is the same for all of them.
 * @param {string} type node type
 * @param {string[]} groups names of PROPERTIES
 * @param {Record<string, any>} [own] properties of this node alone
 */
export function readingNode(type, groups, own = {}) {
	const defaults = Object.assign(
		{
			name: { value: "" },
			configVersion: { value: StellantisMigrations.versionOf(type) },
			account: {
				value: "",
				type: "stellantis-account",
				required: true,
				// read late: at this point another form's catalog may not be there yet
				get label() {
					return text("reading.label.account");
				},
			},
		},
		...groups.map((group) => PROPERTIES[group]?.()),
		own,
	);
	guard(defaults, expandRows(type), type);
	return {
		category: "Stellantis",
		color: "#7FB0D6",
		align: "left",
		defaults,
		inputs: 1,
		inputLabels: () => text("reading.port.input"),
		/** @param {number} index */
		outputLabels: (index) => text(index === 0 ? "reading.port.items" : "reading.port.completion"),
		/** @this {any} */
		labelStyle() {
			return this.name ? "node_label_italic" : "";
		},
		/** Node-RED asks this also of what is imported, which stays as it is. @this {any} */
		onadd() {
			if (!RED.nodes.node(this.id)) this.account = onlyAccount(this) ?? "";
		},
		/** @this {any} */
		oneditprepare() {
			prepare(this);
		},
		/** @this {any} */
		oneditsave() {
			save(this);
		},
	};
}

/** Makes the fields of a reading node's form work, whichever of them it has. @param {any} node */
export function prepare(node) {
	opened(node);
	const only = node.account ? undefined : onlyAccount(node);
	if (only) $("#node-input-account").val(only).trigger("change");
	for (const [name, { types, list }] of Object.entries(TYPED)) {
		const field = $(`#node-input-${name}`);
		if (!field.length) continue;
		if (list) attach(node, name, types, () => list(node));
		else field.typedInput({ default: types[0], types, typeField: `#node-input-${name}Type` });
		const label = $(`label[for="node-input-${name}"]`).attr("id", `node-label-${name}`);
		field
			.next()
			.find(".red-ui-typedInput-input")
			.attr("aria-labelledby", label.attr("id") ?? "");
	}
	offerStores($("#node-input-store"), saved(node).store);

	const form = $("#node-input-name").closest("form");
	const update = () => {
		const largest = text("reading.placeholder.pageSize", { max: largestPage(node) });
		$("#node-input-pageSize").attr("placeholder", largest);
		show(form, facts(node));
	};
	form.on("change", "select, input[type=checkbox], #node-input-target", update);
	form.on("keyup", "#node-input-target", update);
	update();
}

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
