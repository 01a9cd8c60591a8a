// @ts-check
/** The form of a watch: which events it tells, and what its zones and prices are. */
import { prepare as prepareForm, save as saveForm } from "../editor/node.js";
import { saved } from "../editor/properties.js";
import { text as common } from "../editor/text.js";
import { isTimeZone } from "../editor/widgets.js";
import { WATCH } from "../generated/facts.js";
import { isVariable, text, unknownEvents, validEvents, validZones } from "./watch-checks.js";
import { preparePrices, validPrice } from "./watch-prices.js";
import { prepareZones } from "./watch-zones.js";

/** Numbers that have a usual one where they are left out, rather than none. */
const USUAL = ["driving", "charging", "parked", "share", "efficiency"];

/** What puts the zones of the open form into its node. */
let saveZones = () => {};

/** @param {string} value @param {any} opt */
function validTimeZone(value, opt) {
	const given = String(value ?? "").trim();
	if (given === "" || /^\$\{[^}]+\}$/.test(given) || isTimeZone(given)) return true;
	return common("field.error.timeZone", { prop: opt.label });
}

/** @param {string} value @param {any} opt */
function validCurrency(value, opt) {
	const given = String(value ?? "").trim();
	if (/^\$\{[^}]+\}$/.test(given) || given.length <= WATCH.longestCurrency) return true;
	return common("field.error.length", { prop: opt.label, max: WATCH.longestCurrency });
}

/** @param {string} id */
const box = (id) => $('<input type="checkbox">').attr("id", `stellantis-event-${id}`);

/** Shows which events a node tells: every one, or those with a tick. @param {any} node */
function prepareEvents(node) {
	const chosen = saved(node).events;
	const part = $("#node-input-events-container");
	for (const [group, ids] of Object.entries(WATCH.events)) {
		const set = $("<fieldset>").append($("<legend>").text(text(`watch.group.${group}`)));
		for (const id of ids)
			set.append(
				$("<label>").append(
					box(id).prop("checked", Array.isArray(chosen) && chosen.includes(id)),
					" ",
					$("<span>").text(text(`watch.event.${id}`)),
				),
			);
		part.append(set);
	}
	const all = $("#stellantis-events-all").prop("checked", !Array.isArray(chosen));
	const update = () => {
		part.toggle(!all.prop("checked"));
		RED.tray.resize();
	};
	all.on("change", update);
	update();
}

/**
 * No list means every event, also those that a later version brings. What is no list and was not touched, a variable,
 * stays; so do events of a list that this version does not know.
 * @param {any} node
 */
function saveEvents(node) {
	if ($("#stellantis-events-all").prop("checked")) {
		if (!isVariable(node.events)) delete node.events;
		return;
	}
	const ticked = Object.values(WATCH.events)
		.flat()
		.filter((id) => $(`#stellantis-event-${id}`).prop("checked"));
	const before = Array.isArray(node.events) ? node.events : [];
	const next = [...ticked, ...unknownEvents(before)];
	const isSame = next.length === before.length && next.every((id) => before.includes(id));
	if (!isSame || !Array.isArray(node.events)) node.events = next;
}

/** Offers what a browser knows in a list below a field. @param {string} name @param {string[]} values */
function suggest(name, values) {
	const list = $("<datalist>").attr("id", `stellantis-${name}-all`);
	for (const value of values) $("<option>").val(value).appendTo(list);
	$(`#node-input-${name}`).attr("list", `stellantis-${name}-all`).after(list);
}

/** Makes the form work. @param {any} node */
function prepare(node) {
	prepareForm(node);
	for (const name of USUAL) $(`#node-input-${name}`).attr("placeholder", node._def.defaults[name].value);
	suggest("timeZone", Intl.supportedValuesOf("timeZone"));
	suggest("currency", Intl.supportedValuesOf("currency"));
	// unlike marks of other nodes, what a watch knows is kept in files where no store is chosen
	$('#node-input-store option[value=""]').text(text("watch.store.files"));
	prepareEvents(node);
	saveZones = prepareZones(node);
	preparePrices();
}

/** Keeps what the form holds. @param {any} node */
function save(node) {
	saveForm(node);
	saveEvents(node);
	saveZones();
}

// for the script of the node's own file
Object.assign(window, {
	StellantisWatchForm: { prepare, save, validCurrency, validEvents, validPrice, validTimeZone, validZones },
});
