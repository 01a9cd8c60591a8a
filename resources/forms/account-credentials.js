// @ts-check
/**
 * Whether an account has what its way to sign in needs. Credentials are not part of a flow: the editor knows those that
 * a form has loaded, and of all others the runtime says which are there, never what they are. What nobody knows is taken
 * to be right, and nothing of all this is saved.
 */
import { current } from "../editor/properties.js";
import { request } from "../editor/requests.js";
import { text } from "../editor/text.js";
import { NEEDED, VIAS } from "../generated/facts.js";

const TYPE = "stellantis-account";

/** Names of the credentials that are there, by account, as the runtime has said since the last deploy. @type {Map<string, string[]>} */
const told = new Map();

/** True while a form is being saved: only then do its fields count as what the account has. */
let isSaving = false;

/** What an open form says beside its fields need not be said beside the choice too, until it is saved. */
export function savingCredentials() {
	isSaving = true;
	setTimeout(() => {
		isSaving = false;
	}, 0);
}

/** The open form of an account. @param {any} node */
function formOf(node) {
	const form = $("#node-config-input-clientId").closest("form");
	return form.data("stellantis") === node.id ? form : undefined;
}

/** Whether it is known that an account lacks a credential. @param {any} node @param {string} name */
function lacks(node, name) {
	const { credentials } = node;
	if (credentials?.[name] || credentials?.[`has_${name}`]) return String(credentials[name] ?? "kept").trim() === "";
	// a form has loaded all there are
	if (credentials?._) return true;
	return told.get(node.id)?.includes(name) === false;
}

/** @this {any} @param {unknown} value @param {any} _opt */
export function validAuth(value, _opt) {
	if (current(this, "server") !== "live" || (formOf(this) && !isSaving)) return true;
	// an account may send commands another way, and read nothing
	if (String(current(this, "commandsVia")) in VIAS) return true;
	const [missing] = (NEEDED[String(value)] ?? []).filter((name) => lacks(this, name));
	return missing === undefined ? true : text("account.error.missing", { prop: text(`account.label.${missing}`) });
}

/** Judges an account anew, and the nodes that use it. @param {any} account */
function judge(account) {
	const was = account.valid;
	RED.editor.validateNode(account);
	if (account.valid === was) return;
	for (const user of account.users) RED.editor.validateNode(user);
	RED.events.emit("nodes:change", account);
	RED.view.redraw();
}

/** Asks the runtime about an account that signs in, where the editor does not know. @param {any} account */
function look(account) {
	if (account.type !== TYPE || account.server !== "live" || account.credentials?._) return;
	request(account.id, "given").done((/** @type {any} */ { given }) => {
		if (!Array.isArray(given)) return;
		told.set(account.id, given);
		judge(account);
	});
}

let isLoaded = false;
const lookAtAll = () => {
	isLoaded = true;
	told.clear();
	RED.nodes.eachConfig(look);
};

RED.events.on("flows:loaded", lookAtAll);
// Node-RED forgets what its forms have loaded
RED.events.on("deploy", lookAtAll);
RED.events.on("nodes:add", (account) => isLoaded && look(account));
