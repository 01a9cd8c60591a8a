/** Rows that several forms have. A form writes `<div data-rows="account vehicle"></div>` where it wants them. */

/** The account's catalog also holds the texts that several forms use. */
export const CATALOG = "node-red-contrib-stellantis/stellantis-account:";

/**
 * @param name property
 * @param icon Font Awesome name
 * @param field the field itself
 * @param show when it applies, see resources/editor/conditions.js
 */
const row = (name: string, icon: string, field: string, show?: string) =>
	`<div class="form-row"${show ? ` data-show="${show}"` : ""}>` +
	`<label for="node-input-${name}"><i class="fa fa-${icon}"></i> ` +
	`<span data-i18n="${CATALOG}reading.label.${name}"></span></label> ${field}</div>`;

/** @param placeholder key of its placeholder */
const input = (name: string, placeholder?: string, style = "") =>
	`<input type="text" id="node-input-${name}"${style}` +
	`${placeholder ? ` data-i18n="[placeholder]${CATALOG}reading.placeholder.${placeholder}"` : ""}>`;

/** Its options are those of the property. */
const select = (name: string, texts = ` data-texts="${CATALOG}reading"`) =>
	`<select id="node-input-${name}"${texts} style="width: 70%"></select>`;

const checkbox = (name: string) =>
	`<div class="form-row"><label></label> ` +
	`<input type="checkbox" id="node-input-${name}" style="width: auto; vertical-align: top"> ` +
	`<label for="node-input-${name}" style="width: auto" data-i18n="${CATALOG}reading.label.${name}"></label></div>`;

/** A sentence below a field. */
const hint = (name: string) => `<div class="stellantis-hint" data-i18n="${CATALOG}reading.hint.${name}"></div>`;

/** Rows behind a fold, which is open where one of them is not as in a new node. */
const section = (name: string, rows: string) =>
	`<details class="stellantis-section"><summary><span data-i18n="${CATALOG}reading.section.${name}"></span> ` +
	`<small data-i18n="${CATALOG}reading.about.${name}"></small></summary>${rows}</details>`;

/** A typed input; its type is kept in a hidden field beside it. */
const typed = (name: string, placeholder = name) =>
	// without a width of its own, a typed input takes that of the moment it is made, before the form has its final one
	`${input(name, placeholder, ' style="width: 70%"')}<input type="hidden" id="node-input-${name}Type">`;

export const ROWS: Readonly<Record<string, string>> = {
	account: row("account", "key", input("account")),
	scope: row("scope", "bullseye", select("scope"), "fleetWide=true"),
	vehicle: row("vehicle", "car", typed("vehicle"), "oneVehicle=true"),
	range: row("from", "calendar", typed("from")) + row("to", "calendar-check-o", typed("to") + hint("range")),
	order: row("order", "sort", select("order"), "onlyNew!=true"),
	news:
		checkbox("onlyNew") +
		row("firstRun", "step-forward", select("firstRun"), "onlyNew=true") +
		row("store", "database", select("store", ""), "onlyNew=true"),
	output: row("output", "sign-out", select("output")),
	paging: section(
		"paging",
		row("pageSize", "file-o", input("pageSize")) +
			row("maxItems", "hand-stop-o", input("maxItems", "maxItems")) +
			row("parallel", "clone", input("parallel")),
	),
	name: row("name", "tag", input("name", "name")),
};
