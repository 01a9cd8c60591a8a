// @ts-check
/**
 * Which kind of client an account of an owner has: what goes together is filled in when it is chosen, and what can't go
 * together is said, as the runtime would. The choice itself is not kept: the fields tell.
 */
import { applies, facts } from "../editor/conditions.js";
import { current } from "../editor/properties.js";
import { text } from "../editor/text.js";
import { BRANDS, CLIENTS, FAMILIES } from "../generated/facts.js";

/** When a client is one of an owner's, and when it asks for scopes. */
const OWNERS = "server=live brands=true";
const WITH_SCOPE = `${OWNERS} auth=authorization-code,client-credentials`;

/** @param {any} node @param {string} name */
const given = (node, name) => String(current(node, name) ?? "").trim();

/** @param {string} address */
const hostOf = (address) => (URL.canParse(address) ? new URL(address).host : "");

/** The public root of the account's family. @param {any} node */
const rootOf = (node) => FAMILIES[given(node, "api")]?.baseUrl ?? "";

/** The kind of client that the server of an account is for; empty where nobody knows. @param {any} node */
function kindOf(node) {
	const host = hostOf(given(node, "baseUrl") || rootOf(node));
	return Object.keys(CLIENTS).find((kind) => CLIENTS[kind]?.host === host) ?? "";
}

/** Whether scopes are such as a kind of client may ask for. @param {string} scope @param {string} kind */
const isOf = (scope, kind) =>
	scope.split(/[\s,]+/).some((each) => CLIENTS[kind]?.scopes.some((beginning) => each.startsWith(beginning)));

/** A server that asks for a certificate gets one. @this {any} @param {unknown} _value @param {any} opt */
export function validRoot(_value, { label }) {
	if (!applies(OWNERS, facts(this)) || !CLIENTS[kindOf(this)]?.certificate) return true;
	// Node-RED has an option of its own for no configuration node
	if (!["", "_ADD_"].includes(given(this, "tls"))) return true;
	return text("account.error.client.certificate", { prop: label });
}

/** Scopes are those that the server knows. @this {any} @param {unknown} _value @param {any} opt */
export function validScope(_value, { label }) {
	const kind = kindOf(this);
	if (!kind || !applies(WITH_SCOPE, facts(this))) return true;
	const scope = given(this, "scope") || BRANDS[given(this, "brand")]?.scope || "";
	const [other = ""] = Object.keys(CLIENTS).filter((each) => each !== kind && isOf(scope, each));
	return !other || isOf(scope, kind) ? true : text(`account.error.client.${kind}`, { prop: label });
}

/**
 * Asks which kind of client there is.
 * @param {any} node
 * @param {string} callback our own address, to which a browser can come back
 */
export function prepare(node, callback) {
	const choice = $("#stellantis-client");
	const tell = () => {
		const kind = choice.val() || "none";
		$("#stellantis-client-hint").text(text(`account.hint.client.${kind}`));
	};
	/** @param {string} name @param {string} value */
	const fill = (name, value) => $(`#node-config-input-${name}`).val(value).trigger("change");
	choice.val(RED.nodes.node(node.id) && node.server === "live" ? kindOf(node) : "");
	choice.on("change", () => {
		const client = CLIENTS[String(choice.val())];
		tell();
		const root = rootOf(node);
		if (!client || !root) return;
		fill("baseUrl", hostOf(root) === client.host ? "" : root.replace(hostOf(root), client.host));
		// what the brand's own sign-in asks for is meant by none; what a contract allows, only that tells
		fill("scope", "");
		fill("redirectUri", client.privateRedirect ? "" : callback);
	});
	tell();
}
