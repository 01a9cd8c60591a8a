// @ts-check
/** Parts of a form that are folded, for they are rarely needed. */
import { prefixOf, saved } from "./properties.js";
import { STORED_SECRET } from "./validation.js";

/** Opens each section in which something is not as in a new node. @param {any} node @param {JQuery} form */
export function openChanged(node, form) {
	const prefix = prefixOf(node);
	form.find(".stellantis-section").each((_, section) => {
		const names = $(section)
			.find(`[id^=${prefix}-]`)
			.filter((_, { style }) => style.display !== "none")
			.toArray()
			.map(({ id }) => id.replace(`${prefix}-`, "").replace(/-(choice|container|hint)$/, ""));
		$(section).prop(
			"open",
			names.some((name) => isChanged(node, name)),
		);
	});
}

/** @param {any} node @param {string} name property or credential */
function isChanged(node, name) {
	const usual = node._def.defaults[name]?.value ?? "";
	const kept = node.credentials?.[name] ?? (node.credentials?.[`has_${name}`] ? STORED_SECRET : usual);
	return String(saved(node)[name] ?? kept) !== String(usual);
}
