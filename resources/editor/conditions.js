// @ts-check
/** When a part of a form applies: `data-show="conditions"`, see applies. */
import { COLLECTIONS, FAMILIES, RANGED, VIAS } from "../generated/facts.js";
import { accountOf, CONFIG, current, prefixOf } from "./properties.js";

/**
 * Whether all conditions hold: `name=a,b` (the value is one of these), `name!=a,b` (it is none of these).
 * @param {string} conditions separated by spaces
 * @param {(name: string) => unknown} value
 */
export function applies(conditions, value) {
	return conditions
		.split(" ")
		.filter(Boolean)
		.every((condition) => {
			const [name = "", values = ""] = condition.split(/!?=/);
			return values.split(",").includes(String(value(name))) !== condition.includes("!=");
		});
}

/** Shows what applies and hides the rest. @param {JQuery} form @param {(name: string) => unknown} value */
export function show(form, value) {
	form.find("[data-show]").each((_, element) => {
		$(element).toggle(applies($(element).attr("data-show") ?? "", value));
	});
	RED.tray.resize();
}

/** Of `link` and `path` nobody knows before asking whether there is more than one entry. */
const UNKNOWN = ["link", "path"];

/**
 * What a form depends on, by name: a property, a trait of the family (see StellantisFamily), `<resource>.<filter>` for a
 * filter that the family knows there, or an answer that follows from several fields.
 * @param {any} node
 * @returns {(name: string) => unknown}
 */
export function facts(node) {
	const resource = current(node, "resource");
	const api = prefixOf(node) === CONFIG ? current(node, "api") : accountOf(node)?.api;
	const family = FAMILIES[api];
	const ofFleet = family?.fleetResources ?? [];
	// a form without a choice of resources has the choice of a fleet only where its resource is one of them
	const fleetWide = resource ? ofFleet.includes(resource) : ofFleet.length > 0;
	const fleet = fleetWide && current(node, "scope") === "fleet";
	/** @type {Record<string, unknown>} */
	const derived = {
		...family?.traits,
		fleetWide,
		oneVehicle: !fleet && resource !== "user" && (resource !== "path" || isOfVehicle(node)),
		many: fleet || [...COLLECTIONS, ...UNKNOWN].includes(resource),
		official: prefixOf(node) === CONFIG || !(String(accountOf(node)?.commandsVia) in VIAS),
		ranged: [...RANGED, ...UNKNOWN].includes(resource),
	};
	return (name) => {
		const [of = "", filter] = name.split(".");
		if (filter !== undefined) return family?.filters[of]?.includes(filter) ?? false;
		return name in derived ? derived[name] : current(node, name);
	};
}

/** Whether the path that is read is one of a vehicle, as far as it is known. @param {any} node */
const isOfVehicle = (node) =>
	current(node, "targetType") !== "str" || /\{(id|vid|vin)\}/.test(String(current(node, "target")));
