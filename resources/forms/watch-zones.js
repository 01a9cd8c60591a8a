// @ts-check
/** The zones of a watch: a card for each, filled in by where a vehicle is now or by coordinates. */
import { current, saved } from "../editor/properties.js";
import { addressee, failure, request } from "../editor/requests.js";
import { text as common } from "../editor/text.js";
import * as widgets from "../editor/widgets.js";
import { WATCH } from "../generated/facts.js";
import { namesOf, text, zoneFields, zoneProblems, zoneWord } from "./watch-checks.js";

/** @type {StellantisWords} */
const WORDS = { label: zoneWord, option: () => "", hint: () => "" };

/** Vehicles that are offered by name. */
const OFFERED = 50;

/**
 * Shows the zones of a node in its form.
 * @param {any} node
 * @returns {() => void} puts them into the node as they are now; nothing where nobody has touched them
 */
export function prepareZones(node) {
	const part = $("#node-input-zones-container");
	const was = saved(node).zones;
	// a list that is no list yet, such as a variable, is kept
	const isList = Array.isArray(was) || !was;
	/** @type {any[]} */
	const zones = structuredClone(Array.isArray(was) ? was : []);
	let touched = false;
	/** @type {((problems: Record<string, string>) => void)[]} */
	let tellers = [];

	function tell() {
		const names = namesOf(zones);
		for (const [index, zone] of zones.entries()) tellers[index]?.(zoneProblems(zone, names.slice(0, index)));
		$("#stellantis-zone-add, #stellantis-zone-here").prop("disabled", !isList || zones.length >= WATCH.mostZones);
	}

	function render() {
		part.empty();
		tellers = zones.map((zone, index) => card(zone ?? {}, index));
		tell();
		RED.tray.resize();
	}

	/** @param {Record<string, any>} zone @param {number} index */
	function card(zone, index) {
		const id = `stellantis-zone-${index}-`;
		const title = text("watch.zone.title", { index: index + 1 });
		const box = $("<div>").addClass("stellantis-program").attr({ role: "group", "aria-label": title }).appendTo(part);
		const cells = $("<div>").addClass("stellantis-cells").appendTo(box);
		const tell1 = widgets.fields(cells, zoneFields(zone), {
			id,
			words: WORDS,
			values: zone,
			compact: true,
			change: (name, value) => {
				touched = true;
				if (value === undefined) delete zone[name];
				else zone[name] = value;
				zones[index] = zone;
				tell();
			},
		});
		if (typeof zone.price === "object" && zone.price !== null)
			$("<div>").addClass("stellantis-hint").text(text("watch.zone.prices")).appendTo(box);
		const remove = $('<button type="button">')
			.addClass("red-ui-button red-ui-button-small")
			.attr({ id: `${id}remove`, "aria-label": text("watch.zone.remove", { index: index + 1 }) })
			.append($("<i>").addClass("fa fa-remove"));
		remove.on("click", () => {
			touched = true;
			zones.splice(index, 1);
			render();
			$("#stellantis-zone-add").trigger("focus");
		});
		cells.append(remove);
		return tell1;
	}

	/** @param {object} place */
	function add(place) {
		touched = true;
		const first = zones.length === 0 ? { name: text("watch.zone.home") } : { name: "" };
		zones.push({ ...first, ...place, ...WATCH.freshZone });
		render();
		$(`#stellantis-zone-${zones.length - 1}-name`)
			.trigger("focus")
			.trigger("select");
	}

	$("#stellantis-zone-add").on("click", () => add({}));
	prepareHere(node, add);
	if (!isList) part.append($("<div>").addClass("stellantis-note").text(text("watch.zone.variable")));
	else render();
	return () => {
		if (touched) node.zones = zones;
	};
}

/**
 * The button that makes a zone of where a vehicle is now: the node's, the account's only one, or one that is chosen.
 * @param {any} node
 * @param {(place: { latitude: number, longitude: number }) => void} add
 */
function prepareHere(node, add) {
	const button = $("#stellantis-zone-here");
	const state = $("#stellantis-zone-state");
	const which = $("#stellantis-zone-which").attr("aria-label", text("watch.zone.which"));
	const say = (/** @type {string} */ sentence) => state.text(sentence).toggle(sentence !== "");
	let asked = 0;

	/** @param {string} what @param {object} data @param {(answer: any) => void} then */
	function ask(what, data, then) {
		const account = addressee(node);
		const turn = ++asked;
		if (account === undefined) {
			say(common("picker.noAccount"));
			return;
		}
		say(common("picker.loading"));
		// of several questions only the last counts, and none when the form is closed
		const isCurrent = () => turn === asked && document.contains(button[0] ?? null);
		request(account, what, { data }).then(
			(/** @type {any} */ answer) => isCurrent() && then(answer),
			(/** @type {JQuery.jqXHR} */ answer) => isCurrent() && say(failure(answer)),
		);
	}

	/** @param {string} vehicle id or VIN */
	const place = (vehicle) =>
		ask("position", { vehicle }, ({ position }) => {
			say(position ? "" : text("watch.zone.unknown"));
			if (position) add({ latitude: position.latitude, longitude: position.longitude });
		});

	button.on("click", () => {
		which.hide().empty();
		const vehicle = current(node, "vehicleType") === "str" ? String(current(node, "vehicle") ?? "").trim() : "";
		if (vehicle) {
			place(vehicle);
			return;
		}
		ask("vehicles", { limit: OFFERED }, ({ vehicles, complete }) => {
			const [first, second] = vehicles;
			if (!first) say(common("picker.none.vehicle"));
			else if (!second) place(first.id);
			else {
				say(complete ? "" : text("watch.zone.more", { max: OFFERED }));
				$("<option>").val("").text(text("watch.zone.which")).appendTo(which);
				for (const { id, vin, label, model } of vehicles)
					$("<option>")
						.val(id)
						.text([label ?? model, vin ?? id].filter(Boolean).join(" · "))
						.appendTo(which);
				which.show().trigger("focus");
			}
		});
	});
	which.on("change", () => {
		if (which.val()) place(String(which.val()));
		which.hide();
	});
	which.hide();
	say("");
}
