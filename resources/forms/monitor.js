// @ts-check
/** The monitor's form: common definitions as fields, which write the JSON as they are filled in. */
import { prepare as prepareForm } from "../editor/node.js";
import { asText, current } from "../editor/properties.js";
import { textsOf } from "../editor/text.js";
import { typedValue } from "../editor/validation.js";
import * as widgets from "../editor/widgets.js";
import * as monitors from "./monitor-templates.js";

const text = textsOf("stellantis-monitor");

/** The name of the monitor, which every template asks for. @type {StellantisField} */
const LABEL = { name: "label", kind: "text", needed: true };

const option = (/** @type {string} */ name, /** @type {string} */ value) => text(`monitor.option.${name}.${value}`);

/** @type {StellantisWords} */
const WORDS = {
	label: (name) => text(`monitor.field.${name}`),
	option: (name, value) => option(name, value || "any"),
	hint: () => "",
};

/**
 * What is wrong with the fields of a template, as sentences by the name of the field.
 * @param {string} template
 * @param {Record<string, any>} values
 */
function problems(template, values) {
	const fields = [LABEL, ...(monitors.TEMPLATES[template]?.fields ?? [])];
	const wrong = fields.map((field) => {
		const value = values[field.name] === "" ? undefined : values[field.name];
		return [field.name, widgets.problem(field, value, WORDS.label(field.name))];
	});
	return Object.fromEntries(wrong.filter(([, sentence]) => sentence));
}

/** The fields that wrote a definition are right. @this {any} @param {any} body @param {any} opt */
function validBody(body, opt) {
	const given = typedValue(this, "body", body, opt);
	if (given !== true || current(this, "bodyType") !== "json") return given;
	if (!["create", "update"].includes(String(current(this, "action")))) return given;
	const known = monitors.read(asText(body));
	const [sentence] = Object.values(known ? problems(known.template, { label: known.label, ...known.values }) : {});
	return sentence ?? true;
}

/** The definition that a new node has. */
const BODY = JSON.stringify(monitors.build("battery", "battery low", monitors.TEMPLATES.battery?.values ?? {}));

/** Makes the form work. @param {any} node */
function prepare(node) {
	prepareForm(node);
	const choice = $("#stellantis-template");
	const body = $("#node-input-body");
	const part = $("#stellantis-template-fields");
	for (const name of Object.keys(monitors.TEMPLATES))
		$("<option>")
			.val(name)
			.text(text(`monitor.template.${name}`))
			.appendTo(choice);
	/** @type {Record<string, Record<string, any>>} what was filled in, by template */
	const filled = {};
	let own = "";
	let written = "";

	/** @param {string} template */
	function show(template) {
		choice.val(template);
		part.empty();
		const { fields } = monitors.TEMPLATES[template] ?? {};
		const values = filled[template];
		body.closest(".form-row").toggleClass("stellantis-as-fields", Boolean(fields));
		if (!fields || !values) return;
		const tell = widgets.fields(part, [LABEL, ...fields], {
			id: "stellantis-",
			words: WORDS,
			values,
			change: (name, value) => {
				values[name] = value;
				write(template);
				tell(problems(template, values));
			},
		});
		tell(problems(template, values));
		RED.tray.resize();
	}

	/** @param {string} template */
	function write(template) {
		const { label = "", ...values } = filled[template] ?? {};
		written = JSON.stringify(monitors.build(template, label, values));
		if (body.typedInput("type") !== "json") body.typedInput("type", "json");
		body.typedInput("value", written);
	}

	/** Shows the template that could have written the definition. */
	function follow() {
		const json = body.typedInput("type") === "json" ? body.typedInput("value") : "";
		const known = monitors.read(json);
		if (known) filled[known.template] = { label: known.label, ...known.values };
		else if (json) own = json;
		show(known?.template ?? "");
	}

	choice.on("change", () => {
		const template = String(choice.val());
		if (template === "") {
			if (own) {
				written = own;
				body.typedInput("value", own);
			}
		} else {
			filled[template] ??= {
				label: text(`monitor.template.${template}`),
				...monitors.TEMPLATES[template]?.values,
			};
			write(template);
		}
		show(template);
	});
	body.on("change", () => {
		if (body.typedInput("value") !== written || body.typedInput("type") !== "json") follow();
	});
	follow();
}

// for the script of the node's own file
Object.assign(window, { StellantisMonitorForm: { BODY, prepare, validBody } });
