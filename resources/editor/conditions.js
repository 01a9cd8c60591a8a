// @ts-check
/** When a part of a form applies: `data-show="conditions"`, see applies. */
import { FAMILIES } from "./families.js";
import { accountOf, current } from "./properties.js";

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

/** Resources with more than one entry; of `link` and `path` nobody knows before asking. */
const COLLECTIONS = ["telemetry", "collisions", "alarms", "charging-sessions", "stolen", "link", "path"];

/**
 * What a reading node's form depends on, with the answers that follow from several fields.
 * @param {any} node
 * @returns {(name: string) => unknown}
 */
export function facts(node) {
	const resource = current(node, "resource");
	const account = accountOf(node);
	const ofFleet = FAMILIES[account?.api]?.fleetResources ?? [];
	// a form without a choice of resources has the choice of a fleet only where its resource is one of them
	const fleetWide = resource ? ofFleet.includes(resource) : ofFleet.length > 0;
	const fleet = fleetWide && current(node, "scope") === "fleet";
	/** @type {Record<string, unknown>} */
	const derived = {
		api: account?.api,
		fleetWide,
		oneVehicle: !fleet && resource !== "user" && (resource !== "path" || isOfVehicle(node)),
		many: fleet || COLLECTIONS.includes(resource),
		ranged: COLLECTIONS.includes(resource),
	};
	return (name) => (name in derived ? derived[name] : current(node, name));
}

/** Whether the path that is read is one of a vehicle, as far as it is known. @param {any} node */
const isOfVehicle = (node) =>
	current(node, "targetType") !== "str" || /\{(id|vid|vin)\}/.test(String(current(node, "target")));
