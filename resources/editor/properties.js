// @ts-check
/** Properties of a node: as saved, and as they are while its form is open. */
import "../migrations.js";
import { FAMILIES, TYPES } from "../generated/facts.js";

/** What the ids of the fields of a configuration node's form begin with. */
export const CONFIG = "node-config-input";

/** What the ids of the fields of a node's form begin with. @param {any} node */
export const prefixOf = (node) => (node._def?.category === "config" ? CONFIG : "node-input");

/** A node as this version reads it, whichever version saved it. @param {any} node @returns {any} */
const migrated = (node) => StellantisMigrations.migrate(node.type, node).config;

/** @param {unknown} value */
const isObject = (value) => typeof value === "object" && value !== null;

/** A value as a field can hold it: of an object, such as a hand writes where forms write JSON, its JSON. @param {any} value */
export const asText = (value) => (isObject(value) ? JSON.stringify(value) : value);

/** The same as its form shows it: JSON is text. @param {any} node @returns {any} */
export function saved(node) {
	const now = migrated(node);
	const objects = Object.entries(TYPES[node.type] ?? {}).filter(
		([name, types]) => types.includes("json") && isObject(now[name]),
	);
	return objects.length ? { ...now, ...Object.fromEntries(objects.map(([name]) => [name, asText(now[name])])) } : now;
}

/**
 * The value a property has now: that of its field while its node is being edited, else that of the node.
 * @param {any} node
 * @param {string} name
 */
export function current(node, name) {
	const field = $(`#${prefixOf(node)}-${name}`);
	if (field.closest("form").data("stellantis") !== node.id) return saved(node)[name];
	if (field.attr("type") === "checkbox") return field.prop("checked");
	// what a list does not offer, such as a variable, stands behind it and stays
	return field.val() ?? saved(node)[name];
}

/** The name of the variable that a whole value stands for. @param {unknown} value @returns {string | undefined} */
export const variableIn = (value) => /^\$\{([^}]+)\}$/.exec(String(value))?.[1];

/**
 * What a variable of the groups, the flow or the subflow around a node holds; a subflow's is the one that its
 * instances begin with. Undefined for those of the machine, which the editor does not know.
 * @param {any} node
 * @param {string} name
 * @returns {unknown}
 */
function variable(node, name) {
	const around = [];
	for (let group = RED.nodes.group(node.g); group; group = RED.nodes.group(group.g)) around.push(group);
	around.push(RED.nodes.workspace(node.z) ?? RED.nodes.subflow(node.z));
	return around.flatMap((place) => place?.env ?? []).find((held) => held.name === name)?.value;
}

/** The account that a node has chosen, undefined without one that is known. @param {any} node @returns {any} */
export function accountOf(node) {
	const chosen = current(node, "account");
	const name = variableIn(chosen);
	const account = RED.nodes.node(String(name === undefined ? chosen : variable(node, name)));
	return account ? saved(account) : undefined;
}

/**
 * The accounts that nodes of a flow can use: those of all flows and its own, none that is disabled.
 * @param {string} flow its id
 * @returns {any[]}
 */
export function accountsFor(flow) {
	/** @type {any[]} */
	const found = [];
	RED.nodes.eachConfig((/** @type {any} */ node) => {
		if (node.type === "stellantis-account" && !node.d && (!node.z || node.z === flow)) found.push(node);
	});
	return found;
}

/** What a demo account is called that nobody has named; the examples name theirs so. */
export const DEMO_NAME = "Demo";

/**
 * What a demo account is, whichever its id: a form writes numbers as text, and how it signed in while it was a live one
 * makes it no other.
 * @param {any} account
 */
function contentOf(account) {
	const now = saved(account);
	const { auth: _, ...counted } = /** @type {Record<string, any>} */ (account._def.defaults);
	const values = Object.entries(counted).map(([name, { value }]) => {
		const own = now[name] ?? value;
		return name === "name"
			? own || DEMO_NAME
			: Array.isArray(own)
				? own.map((each) => JSON.stringify(each)).sort()
				: String(own);
	});
	return JSON.stringify([account.z ?? "", ...values]);
}

/**
 * Accounts in groups of those that are the same for whoever chooses: demo accounts with equal properties, such as every
 * example brings one. A live account is always one of its own, for what it signs in with is not known here.
 * @param {any[]} accounts
 * @returns {any[][]}
 */
export function alike(accounts) {
	const groups = new Map();
	for (const account of accounts) {
		const key = saved(account).server === "demo" ? contentOf(account) : account.id;
		groups.set(key, [...(groups.get(key) ?? []), account]);
	}
	return [...groups.values()];
}

/**
 * The account of which there is no choice: the only one, or the first of several that are alike.
 * @param {any} node
 * @returns {string | undefined} its id
 */
export function onlyAccount(node) {
	const [group = [], another] = alike(accountsFor(node.z));
	return another ? undefined : group[0]?.id;
}

/** What is known of the chosen account's family; undefined without an account. @param {any} node */
export const familyOf = (node) => FAMILIES[accountOf(node)?.api];

/** Makes of a node what this version saves of it, before the fields are read. @param {any} node */
export function bringUpToDate(node) {
	const now = migrated(node);
	for (const name of Object.keys(node._def.defaults)) {
		if (now[name] !== undefined) node[name] = now[name];
		const field = $(`#${prefixOf(node)}-${name}`);
		// What nobody has decided stays with its variable, and what nobody has changed stays an object: Node-RED must not
		// find the field, and make a no, or a text, of it.
		if (field.prop("indeterminate") || (isObject(now[name]) && field.val() === asText(now[name])))
			field.removeAttr("id");
	}
}
