// @ts-check
/**
 * Which kind of client an account of an owner has: what goes together is filled in when it is chosen, and what can't go
 * together is said. The choice itself is not kept: the fields tell.
 */
import { applies, facts } from "../editor/conditions.js";
import { current } from "../editor/properties.js";
import { text } from "../editor/text.js";
import { CLIENTS, DOCUMENTED_SCOPE, FAMILIES } from "../generated/facts.js";

/** When the kind of client matters. */
const MATTERS = "server=live brands=true auth=authorization-code";

const SCOPE = new RegExp(DOCUMENTED_SCOPE);

/** @param {any} node @param {string} name */
const given = (node, name) => String(current(node, name) ?? "").trim();

/** @param {string} address */
const hostOf = (address) => (URL.canParse(address) ? new URL(address).host : "");

/** The kind of client that the server of an account is for; empty where nobody knows. @param {any} node */
function kindOf(node) {
	const address = given(node, "baseUrl") || FAMILIES[given(node, "api")]?.baseUrl || "";
	return Object.keys(CLIENTS).find((kind) => hostOf(CLIENTS[kind]?.baseUrl ?? "") === hostOf(address)) ?? "";
}

/** A server that asks for a certificate gets one. @this {any} @param {unknown} _value @param {any} opt */
export function validRoot(_value, { label }) {
	if (!applies(MATTERS, facts(this)) || !CLIENTS[kindOf(this)]?.certificate) return true;
	// Node-RED has an option of its own for no configuration node
	if (!["", "_ADD_"].includes(given(this, "tls"))) return true;
	return text("account.error.client.certificate", { prop: label });
}

/** Scopes are those that the server knows. @this {any} @param {unknown} _value @param {any} opt */
export function validScope(_value, { label }) {
	const client = CLIENTS[kindOf(this)];
	if (!client || !applies(MATTERS, facts(this))) return true;
	const scope = given(this, "scope");
	if (client.certificate && !SCOPE.test(scope)) return text("account.error.client.partnerScope", { prop: label });
	if (!client.certificate && SCOPE.test(scope)) return text("account.error.client.appScope", { prop: label });
	return true;
}

/**
 * Asks which kind of client there is.
 * @param {any} node
 * @param {string} callback our own address, to which a browser can come back
 */
export function prepare(node, callback) {
	const choice = $("#stellantis-client");
	const isNew = !RED.nodes.node(node.id);
	const tell = () => {
		const kind = choice.val() || "none";
		$("#stellantis-client-hint").text(text(`account.hint.client.${kind}`));
	};
	/** @param {string} name @param {string} value */
	const fill = (name, value) => $(`#node-config-input-${name}`).val(value).trigger("change");
	choice.val(isNew ? "" : kindOf(node));
	choice.on("change", () => {
		const client = CLIENTS[String(choice.val())];
		tell();
		if (!client) return;
		const usual = FAMILIES[given(node, "api")]?.baseUrl === client.baseUrl;
		fill("baseUrl", usual ? "" : client.baseUrl);
		fill("scope", client.comesBack ? client.scope : "");
		fill("redirectUri", client.comesBack ? callback : "");
	});
	tell();
}
