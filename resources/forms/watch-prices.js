// @ts-check
/** The price of a watch: one number, or rows of hours that write the JSON of a price table. */

import { asText, current } from "../editor/properties.js";
import { text as common } from "../editor/text.js";
import { typedValue } from "../editor/validation.js";
import * as widgets from "../editor/widgets.js";
import { WATCH } from "../generated/facts.js";
import { isRest, priceProblem, rowProblems, text } from "./watch-checks.js";

/** @typedef {{ from?: string, to?: string, price?: unknown }} Row */

/** The right price of a node. @this {any} @param {any} value @param {any} opt */
export function validPrice(value, opt) {
	const type = current(this, "priceType");
	const given = String(asText(value) ?? "").trim();
	if (given === "") return true;
	if (type === "num") {
		const isNumber = /^([+-]?\d+(\.\d+)?|\$\{[^}]+\})$/.test(given);
		return isNumber || common("error.number", { prop: opt.label });
	}
	if (type !== "json") return typedValue(this, "price", value, opt);
	try {
		return priceProblem(JSON.parse(given)) || true;
	} catch {
		return text("watch.error.prices");
	}
}

/** A time as the fields of a browser have it. @param {unknown} clock */
const shown = (clock) => typeof clock === "string" && /^([01]\d|2[0-3]):[0-5]\d$/.test(clock);

/**
 * The rows of a price table, of which the last is for all other hours; undefined for what rows can't show.
 * @param {string} json
 * @returns {{ hours: Row[], rest: Row } | undefined}
 */
export function readRows(json) {
	try {
		const value = json.trim() === "" ? [] : JSON.parse(json);
		if (typeof value === "number") return { hours: [], rest: { price: value } };
		if (!Array.isArray(value)) return undefined;
		const simple = value.every(
			(row) =>
				typeof row === "object" &&
				row !== null &&
				Object.keys(row).every((key) => ["from", "to", "price"].includes(key)) &&
				["number", "string", "undefined"].includes(typeof row.price) &&
				(isRest(row) || [row.from, row.to].every((clock) => clock === undefined || shown(clock))),
		);
		const rests = value.filter(isRest);
		if (!simple || rests.length > 1) return undefined;
		return { hours: value.filter((row) => !isRest(row)), rest: { price: rests[0]?.price } };
	} catch {
		return undefined;
	}
}

/** Makes the rows work that stand below the typed input. */
export function preparePrices() {
	const field = $("#node-input-price");
	const part = $("#stellantis-prices");
	/** @type {{ hours: Row[], rest: Row }} */
	let rows = { hours: [], rest: {} };
	let written = "";
	field.typedInput("types", [
		{ value: "num", label: text("watch.price.num"), icon: "fa fa-money" },
		{ value: "json", label: text("watch.price.rows"), icon: "fa fa-clock-o" },
		"flow",
		"global",
		"jsonata",
	]);

	const list = () => [...rows.hours, ...(rows.rest.price === undefined ? [] : [rows.rest])];

	function write() {
		written = JSON.stringify(list());
		field.typedInput("value", written);
		tell();
	}

	function tell() {
		for (const [index, found] of rowProblems(list()).entries())
			for (const name of ["from", "to", "price"]) {
				const control = $(`#stellantis-price-${index < rows.hours.length ? index : "rest"}-${name}`);
				if (control.length) widgets.tell(control, found[name] ?? "");
			}
		if (rows.rest.price === undefined) widgets.tell($("#stellantis-price-rest-price"), "");
		$("#stellantis-price-add").prop("disabled", list().length >= WATCH.mostPrices);
	}

	/** @param {Row} row @param {number | "rest"} place */
	function line(row, place) {
		const id = `stellantis-price-${place}-`;
		const all = $("<div>").addClass("form-row stellantis-price").appendTo(part);
		const cell = (/** @type {"from" | "to" | "price"} */ name, /** @type {JQuery} */ input, part = all) =>
			input.attr({ id: id + name, "aria-label": text(`watch.price.${name}`) }).appendTo(part);
		if (place === "rest") $("<span>").text(text("watch.price.rest")).appendTo(all);
		else
			for (const name of /** @type {const} */ (["from", "to"])) {
				if (name === "to") $("<span>").text("–").appendTo(all);
				const input = $('<input type="time">').val(row[name] ?? "");
				input.on("input", () => {
					row[name] = String(input.val());
					write();
				});
				cell(name, input);
			}
		const price = $('<input type="text" inputmode="decimal">').val(String(row.price ?? ""));
		price.addClass("stellantis-number").on("input", () => {
			const typed = widgets.amount(String(price.val()));
			row.price = typed;
			write();
		});
		cell("price", price, $("<span>").addClass("stellantis-amount").appendTo(all));
		if (place === "rest") return;
		$('<button type="button">')
			.addClass("red-ui-button red-ui-button-small")
			.attr({ id: `${id}remove`, "aria-label": text("watch.price.remove", { index: place + 1 }) })
			.append($("<i>").addClass("fa fa-remove"))
			.on("click", () => {
				rows.hours.splice(place, 1);
				write();
				render();
				$("#stellantis-price-add").trigger("focus");
			})
			.appendTo(all);
	}

	function render() {
		part.empty();
		for (const [index, row] of rows.hours.entries()) line(row, index);
		line(rows.rest, "rest");
		$('<button type="button">')
			.addClass("red-ui-button red-ui-button-small")
			.attr("id", "stellantis-price-add")
			.append($("<i>").addClass("fa fa-plus"), " ", $("<span>").text(text("watch.button.hours")))
			.on("click", () => {
				rows.hours.push(rows.hours.length === 0 ? { from: "22:00", to: "06:00" } : {});
				write();
				render();
				$(`#stellantis-price-${rows.hours.length - 1}-from`).trigger("focus");
			})
			.appendTo($("<div>").addClass("form-row").appendTo(part));
		tell();
		RED.tray.resize();
	}

	/** Shows as rows what the field holds, where that can be. */
	function follow() {
		const found = field.typedInput("type") === "json" ? readRows(String(field.typedInput("value"))) : undefined;
		part.toggle(found !== undefined);
		field.closest(".form-row").toggleClass("stellantis-as-fields", found !== undefined);
		if (!found) return;
		rows = found;
		render();
	}

	field.on("change", () => {
		if (field.typedInput("value") !== written || field.typedInput("type") !== "json" || part.is(":hidden")) follow();
	});
	follow();
}
