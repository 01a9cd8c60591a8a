// @ts-check
/** Rows that several forms have. A form writes `<div data-rows="account vehicle"></div>` where it wants them, see ROWS. */
import { CATALOG } from "./text.js";

/**
 * @param {string} name property
 * @param {string} icon Font Awesome name
 * @param {string} field the field itself
 * @param {string} [show] see applies
 */
const row = (name, icon, field, show) =>
	`<div class="form-row"${show ? ` data-show="${show}"` : ""}>` +
	`<label for="node-input-${name}"><i class="fa fa-${icon}"></i> ` +
	`<span data-i18n="${CATALOG}reading.label.${name}"></span></label> ${field}</div>`;

/** @param {string} name @param {string} [placeholder] key of its placeholder */
const input = (name, placeholder, style = "") =>
	`<input type="text" id="node-input-${name}"${style}` +
	`${placeholder ? ` data-i18n="[placeholder]${CATALOG}reading.placeholder.${placeholder}"` : ""}>`;

/** @param {string} name @param {string[]} values in the order they are offered */
const select = (name, values) =>
	`<select id="node-input-${name}" style="width: 70%">${values
		.map((value) => `<option value="${value}" data-i18n="${CATALOG}reading.${name}.${value}"></option>`)
		.join("")}</select>`;

/** @param {string} name @param {string} [show] see applies */
const checkbox = (name, show) =>
	`<div class="form-row"${show ? ` data-show="${show}"` : ""}><label></label> ` +
	`<input type="checkbox" id="node-input-${name}" style="width: auto; vertical-align: top"> ` +
	`<label for="node-input-${name}" style="width: auto" data-i18n="${CATALOG}reading.label.${name}"></label></div>`;

/** @param {string} name of a typed input; its type is kept in a hidden field beside it */
const typed = (name, placeholder = name) =>
	// without a width of its own, a typed input takes that of the moment it is made, before the form has its final one
	`${input(name, placeholder, ' style="width: 70%"')}<input type="hidden" id="node-input-${name}Type">`;

/** @type {Record<string, string>} */
const ROWS = {
	account: row("account", "key", input("account")),
	scope: row("scope", "bullseye", select("scope", ["vehicle", "fleet"]), "fleetWide=true"),
	vehicle: row("vehicle", "car", typed("vehicle"), "oneVehicle=true"),
	range: row("from", "calendar", typed("from", "time")) + row("to", "calendar", typed("to", "time")),
	order: row("order", "sort", select("order", ["descending", "ascending"]), "onlyNew!=true"),
	news:
		checkbox("onlyNew") +
		row("firstRun", "step-forward", select("firstRun", ["all", "none"]), "onlyNew=true") +
		row("store", "database", '<select id="node-input-store" style="width: 70%"></select>', "onlyNew=true"),
	output: row("output", "sign-out", select("output", ["item", "page", "array"])),
	paging:
		row("pageSize", "file-o", input("pageSize")) +
		row("maxItems", "hand-stop-o", input("maxItems", "maxItems")) +
		row("parallel", "exchange", input("parallel")),
	name: row("name", "tag", input("name", "name")),
};

/**
 * Puts the shared rows into a form. Called before the node is registered, so that Node-RED finds the fields when it
 * fills them in.
 * @param {string} type node type whose form it is
 * @returns {string} the whole form
 */
export function expandRows(type) {
	const template = $(`script[data-template-name='${type}']`);
	const html = template.text().replace(/<div data-rows="([^"]*)"><\/div>/g, (_, names) =>
		names
			.split(" ")
			.map((/** @type {string} */ name) => ROWS[name])
			.join(""),
	);
	template.text(html);
	return html;
}
