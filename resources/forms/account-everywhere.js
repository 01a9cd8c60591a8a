// @ts-check
/** The offer of an account's form to be used in all nodes: what that changes is listed, done on saving, and can be undone. */
import { text } from "../editor/text.js";

/** Node types that send commands to vehicles. */
const SENDERS = ["stellantis-remote-command"];

/**
 * The nodes that would change: those that have another account, or none; but none whose account a variable names, and
 * none of a locked flow or, where the account is one flow's own, of another flow.
 * @param {string} id of the account
 * @returns {any[]}
 */
function othersThan(id) {
	const flow = String($("#red-ui-editor-config-scope").val() ?? "");
	return RED.nodes
		.filterNodes({})
		.filter(
			({ account, z, _def }) =>
				_def?.defaults?.account?.type === "stellantis-account" &&
				account !== id &&
				!/^\$[{(]/.test(String(account)) &&
				(flow === "" || z === flow) &&
				!RED.workspaces.isLocked?.(z),
		);
}

/** A node as people know it: its name or what it is, its flow, and the account it has. @param {any} node */
function line(node) {
	const place = /** @type {any} */ (RED.nodes.workspace(node.z) ?? RED.nodes.subflow(node.z));
	const account = RED.nodes.node(node.account);
	const name = account ? RED.utils.getNodeLabel(account, node.account) : text("account.everywhere.none");
	const words = [RED.utils.getNodeLabel(node, node.id), place?.label || place?.name || node.z];
	return $("<li>").text([...words, text("account.everywhere.now", { name })].join(" · "));
}

/** @param {string} key of the sentence above them @param {any[]} nodes */
const part = (key, nodes) =>
	nodes.length === 0 ? [] : [$("<p>").text(text(`account.everywhere.${key}`)), $("<ul>").append(nodes.map(line))];

/** Offers it where there is anything to change. @param {any} node */
export function prepare(node) {
	const tick = $("#stellantis-everywhere");
	const what = $("#stellantis-everywhere-what");
	const update = () => {
		const others = othersThan(node.id);
		const isSender = (/** @type {any} */ { type }) => SENDERS.includes(type);
		$("#stellantis-everywhere-section").toggle(others.length > 0);
		what.empty().append(
			...part("senders", others.filter(isSender)),
			...part(
				"others",
				others.filter((other) => !isSender(other)),
			),
		);
	};
	update();
	tick.on("change", update);
	$("#stellantis-everywhere-section").on("toggle", update);
}

/** Does it when the form is saved, where it was asked for. @param {any} account */
export function save({ id }) {
	if (!$("#stellantis-everywhere").prop("checked")) return;
	const others = othersThan(id);
	// Node-RED adds a new account, and notes the change of an old one, right after this
	setTimeout(() => give(id, others), 0);
}

/** @param {string} id @param {any[]} nodes */
function give(id, nodes) {
	const account = /** @type {any} */ (RED.nodes.node(id));
	if (!account) return;
	const dirty = RED.nodes.dirty();
	const events = nodes.map((node) => ({
		t: "edit",
		node,
		changes: { account: node.account },
		changed: node.changed,
		dirty,
	}));
	for (const node of nodes) {
		RED.nodes.updateConfigNodeUsers(node, { action: "remove" });
		Object.assign(node, { account: id, changed: true, dirty: true });
		RED.nodes.updateConfigNodeUsers(node, { action: "add" });
		RED.editor.validateNode(node);
		RED.events.emit("nodes:change", node);
	}
	RED.history.push({ t: "multi", events, dirty });
	RED.nodes.dirty(true);
	RED.view.redraw(true);
	RED.notify(text("account.everywhere.done"), { type: "success", timeout: 6000 });
}
