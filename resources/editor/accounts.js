// @ts-check
/** The field of a node's account: its list, and what it offers where there is no account yet. */
import { accountsFor, alike, DEMO_NAME } from "./properties.js";
import { text } from "./text.js";

/** @param {any} node @param {JQuery} field @returns {any[]} accounts that its list offers */
const offered = (node, field) => accountsFor(node.z).filter(({ id }) => field.children(`[value="${id}"]`).length > 0);

/** Leaves of accounts that are alike the chosen one, or the first. @param {any} node @param {JQuery} field */
function listOnce(node, field) {
	const chosen = field.val();
	for (const group of alike(offered(node, field))) {
		const kept = group.find(({ id }) => id === chosen) ?? group[0];
		for (const { id } of group) if (id !== kept.id) field.children(`[value="${id}"]`).remove();
	}
}

/** Whether the form of a new account begins with the one that signs in; asked once. */
let beginsLive = false;

/** Whether the form of a new account that opens now begins with the one that signs in. */
export function takeBeginning() {
	const live = beginsLive;
	beginsLive = false;
	return live;
}

/** Adds a demo account that undo takes back. @returns {string} its id */
function addDemo() {
	const definition = /** @type {any} */ (RED.nodes.getType("stellantis-account"));
	const values = Object.entries(definition.defaults).map(([name, { value }]) => [name, structuredClone(value)]);
	const account = {
		...Object.fromEntries(values),
		...{
			id: RED.nodes.id(),
			type: "stellantis-account",
			_def: definition,
			users: [],
			name: DEMO_NAME,
			server: "demo",
			changed: true,
		},
	};
	RED.history.push({ t: "add", nodes: [account.id], dirty: RED.nodes.dirty() });
	RED.nodes.add(account);
	RED.editor.validateNode(account);
	RED.nodes.dirty(true);
	return account.id;
}

/**
 * Both ways to an account, as long as there is none: a demo account at once, or the form of one's own.
 * @param {JQuery} field
 */
function waysIn(field) {
	/** A demo account of this form, which goes with it when nothing has come of it. @type {string | undefined} */
	let added;
	const panel = $('<div class="stellantis-ways form-row" role="group">').attr(
		"aria-label",
		text("account.label.server"),
	);
	const way = (/** @type {"demo" | "live"} */ server, /** @type {string} */ icon, /** @type {() => void} */ act) =>
		$('<button type="button" class="red-ui-button">')
			.attr("data-way", server)
			.append(
				$("<i>").addClass(`fa fa-${icon}`).attr("aria-hidden", "true"),
				" ",
				$("<b>").text(text(`account.server.${server}`)),
			)
			.append($("<span>").text(text(`reading.way.${server}`)))
			.on("click", act)
			.appendTo(panel);
	way("demo", "magic", () => {
		const id = addDemo();
		$("<option>").val(id).text(DEMO_NAME).appendTo(field);
		field.val(id).trigger("change");
		added = id;
	});
	way("live", "car", () => {
		beginsLive = true;
		$("#node-input-btn-account-add").trigger("click");
	});
	panel.on("remove", () => {
		// the form is gone; whether it was saved, Node-RED has noted by then
		setTimeout(() => {
			const account = /** @type {any} */ (added && RED.nodes.node(added));
			const [last] = RED.history.list().slice(-1);
			if (account?.users.length === 0 && last?.t === "add" && last.nodes?.[0] === added) RED.history.pop();
		}, 0);
	});
	return panel.insertAfter(field.closest(".form-row"));
}

/** Makes the field of a node's account work. @param {any} node */
export function prepareAccountField(node) {
	const field = $("#node-input-account");
	const list = field[0];
	if (!list) return;
	const none = () => accountsFor(node.z).length === 0;
	const ways = none() ? waysIn(field) : undefined;
	const update = () => {
		listOnce(node, field);
		ways?.toggle(none());
	};
	update();
	// Node-RED fills the list anew when the form of an account closes
	const watcher = new MutationObserver(update);
	watcher.observe(list, { childList: true });
	field.on("remove", () => watcher.disconnect());
}
