// @ts-check
/** An open form, whichever it is: what its fields hold at first, and what is said below them about what they hold. */
import { prefixOf, saved, variableIn } from "./properties.js";
import { text } from "./text.js";

/** Remembers whose form is open, see current, and makes room for its labels. @param {any} node */
export function opened(node) {
	const form = $(`#${prefixOf(node)}-name`).closest("form");
	form.addClass("stellantis-form").data("stellantis", node.id);
	fillIn(node);
	if (StellantisMigrations.migrate(node.type, node).newer)
		$('<div class="form-tips">').css("marginBottom", "12px").text(text("error.newer")).prependTo(form);
	explain(node);
}

/**
 * Shows what this version makes of properties that another one saved, and the default of those that are not there.
 * @param {any} node
 */
function fillIn(node) {
	const now = saved(node);
	for (const [name, property] of Object.entries(/** @type {Record<string, any>} */ (node._def.defaults))) {
		const value = now[name] ?? property.value;
		const field = $(`#${prefixOf(node)}-${name}`);
		if (field.attr("type") === "checkbox") {
			// Node-RED ticks it for any text, also for one that says no
			const on = /^(true|1)$/.test(String(value));
			if (field.prop("checked") !== on) field.prop("checked", on).trigger("change");
			// neither yes nor no, until somebody decides
			field.prop("indeterminate", variableIn(value) !== undefined);
			continue;
		}
		if (node[name] === value || !["string", "number", "boolean"].includes(typeof value)) continue;
		// Node-RED has an option of its own for no configuration node
		if (property.type && value === "") continue;
		field.val(value).trigger("change");
	}
}

/**
 * Says beside each field what is wrong with it, as one types: the sentence of the property's own `validate`. Node-RED
 * alone would draw a red border and keep the sentence for those who hold a mouse over it.
 * @param {any} node
 */
function explain(node) {
	const prefix = prefixOf(node);
	const form = $(`#${prefix}-name`).closest("form");
	const properties = { ...node._def.defaults, ...node._def.credentials };
	// one voice for the whole form, and only about the field one is in
	const voice = $('<div role="status" class="stellantis-voice">').appendTo(form);
	// a typed input hands on what is typed when the key is let go
	form.on("input change keyup", ({ target, originalEvent }) => {
		for (const [name, property] of Object.entries(properties)) {
			const field = $(`#${prefix}-${name}`);
			if (!field.length) continue;
			const sentence = complaint(node, property, field);
			complain(field, sentence);
			if (originalEvent && fieldAndInput(field).is(target) && voice.text() !== sentence) voice.text(sentence);
		}
	});
}

/** A typed input hides the field and shows another one in its place. @param {JQuery} field */
const fieldAndInput = (field) => field.add(field.next(".red-ui-typedInput-container").find(".red-ui-typedInput-input"));

/**
 * What is wrong with what a field holds, or an empty text; as Node-RED judges it, which offers no function for this.
 * @param {any} node
 * @param {any} property one of `defaults` or `credentials`
 * @param {JQuery} field
 * @returns {string}
 */
function complaint(node, property, field) {
	const value = field.attr("type") === "checkbox" ? field.prop("checked") : field.val();
	if (/^\$(\{\w+\}|\(\w+\))$/.test(String(value))) return "";
	const { label, required, type, validate } = property;
	if (required && (value === "" || (type && value === "_ADD_")))
		return label ? RED._("validator.errors.missing-required-prop", { prop: label }) : "";
	const verdict = validate?.call(node, value, label ? { label } : {});
	return typeof verdict === "string" ? verdict : "";
}

/**
 * Puts a sentence below a field, or takes it away. A section that hides the field opens when the sentence is new.
 * @param {JQuery} field
 * @param {string} sentence empty: nothing is wrong
 */
export function complain(field, sentence) {
	const id = `${field.attr("id")}-complaint`;
	const place = $(`#${id}`);
	if (place.text() === sentence) return;
	const seen = fieldAndInput(field);
	const described = (field.attr("aria-describedby") ?? "").split(" ").filter((other) => other && other !== id);
	if (sentence === "") {
		place.remove();
		seen.removeAttr("aria-invalid");
	} else {
		const row = field.closest("li, .form-row");
		if (!place.length) field.closest("details").prop("open", true);
		(place.length ? place : $("<div>").attr("id", id).addClass("stellantis-complaint"))
			.text(sentence)
			.appendTo(row.length ? row : field.parent());
		seen.attr("aria-invalid", "true");
		described.push(id);
	}
	if (described.length) seen.attr("aria-describedby", described.join(" "));
	else seen.removeAttr("aria-describedby");
}
