// @ts-check
/**
 * What the help texts offer beside words: a button `data-snippet="<name>"` puts a small flow on the workspace,
 * `data-tour="first-flow"` starts the guided tour, and `data-help="<node type>"` leads to another help text.
 */
import { accountsFor, DEMO_NAME } from "../editor/properties.js";
import { textsOf } from "../editor/text.js";

/** Vehicles of the demo API: an electric car, and a hybrid that always has an alert. */
const ELECTRIC = { vehicle: "VR3UHZKXBN0000001", vehicleType: "str" };
const ALERTED = { vehicle: "VR3UHZKXBN0000002", vehicleType: "str" };

const WATCH_BATTERY = JSON.stringify({
	label: "battery",
	triggerParam: {
		triggers: [{ name: "low", data: { data: "vehicle.energy.electric.level", op: "lowerThan", value: ["95"] } }],
		boolExp: "low",
	},
});

/** Where the electric car of the demo lives, and what a kWh costs there. */
const HOME = { name: "home", latitude: 48.8455, longitude: 2.3834, radius: 300 };
const NIGHT_RATE = JSON.stringify([{ from: "22:00", to: "06:00", price: 0.18 }, { price: 0.29 }]);

/** @typedef {{ id: string, type: string, [property: string]: any }} FlowNode */

/** Stands for the demo account, whichever it will be. */
const ACCOUNT = "account";

/** @param {string} name key of its name @param {string} to @param {number} [y] @returns {FlowNode} */
const start = (name, to, y = 0) => ({
	id: `start ${to}`,
	type: "inject",
	name,
	props: [{ p: "payload" }],
	payloadType: "date",
	x: 0,
	y,
	wires: [[to]],
});

/** @param {string} name key of its name @param {string} property of the message @returns {FlowNode} */
const show = (name, property, x = 420, y = 0) => ({
	id: name,
	type: "debug",
	name,
	complete: property,
	targetType: "msg",
	x,
	y,
	wires: [],
});

/** Puts the car's name where the debug sidebar has its heading. @param {string} to @returns {FlowNode} */
const heading = (to) => ({
	id: "heading",
	type: "change",
	name: "vehicle-list.snippet.heading",
	rules: [{ t: "set", p: "topic", pt: "msg", to: "vehicle.label", tot: "msg" }],
	x: 430,
	y: 0,
	wires: [[to]],
});

/** @param {string} type @param {string[][]} wires @param {object} [properties] @returns {FlowNode} */
const ours = (type, wires, properties) => ({
	id: type,
	type: `stellantis-${type}`,
	account: ACCOUNT,
	x: 210,
	y: 0,
	wires,
	...properties,
});

/**
 * The flows by name; `name` is a key of the catalog, and what is left out has its default.
 * @type {Record<string, FlowNode[]>}
 */
const SNIPPETS = {
	"vehicle-list": [
		start("vehicle-list.snippet.list", "vehicle-list"),
		ours("vehicle-list", [["vehicle-list.snippet.vehicle"], ["vehicle-list.snippet.completion"]]),
		show("vehicle-list.snippet.vehicle", "payload", 420, -20),
		show("vehicle-list.snippet.completion", "payload", 420, 40),
	],
	status: [
		start("vehicle-list.snippet.read", "status"),
		ours("status", [["heading"]], ELECTRIC),
		heading("vehicle-list.snippet.status"),
		show("vehicle-list.snippet.status", "summary", 640),
	],
	trips: [
		start("vehicle-list.snippet.week", "trips"),
		ours("trips", [["heading"], []], { ...ELECTRIC, from: "P7D" }),
		heading("vehicle-list.snippet.trip"),
		show("vehicle-list.snippet.trip", "summary", 640),
	],
	alerts: [
		start("vehicle-list.snippet.active", "alerts"),
		ours("alerts", [["heading"], []], { ...ALERTED, active: "active" }),
		heading("vehicle-list.snippet.alert"),
		show("vehicle-list.snippet.alert", "payload", 640),
	],
	resource: [
		start("vehicle-list.snippet.read", "resource"),
		ours("resource", [["heading"], []], { ...ELECTRIC, resource: "maintenance" }),
		heading("vehicle-list.snippet.maintenance"),
		show("vehicle-list.snippet.maintenance", "payload", 640),
	],
	"remote-command": [
		start("vehicle-list.snippet.lights", "remote-command"),
		ours("remote-command", [["vehicle-list.snippet.result"], ["vehicle-list.snippet.progress"]], {
			...ELECTRIC,
			command: "lights",
		}),
		show("vehicle-list.snippet.result", "payload", 420, -20),
		show("vehicle-list.snippet.progress", "payload", 420, 40),
	],
	monitor: [
		start("vehicle-list.snippet.watch", "monitor"),
		ours("monitor", [["vehicle-list.snippet.monitor"]], {
			...ELECTRIC,
			action: "create",
			body: WATCH_BATTERY,
			bodyType: "json",
		}),
		show("vehicle-list.snippet.monitor", "payload"),
		ours("events", [["vehicle-list.snippet.event"]], { y: 60 }),
		show("vehicle-list.snippet.event", "payload", 420, 60),
	],
	events: [
		start("vehicle-list.snippet.lights", "remote-command"),
		ours("remote-command", [[], []], { ...ELECTRIC, command: "lights" }),
		ours("events", [["vehicle-list.snippet.event"]], { y: 60 }),
		show("vehicle-list.snippet.event", "payload", 420, 60),
	],
	watch: [
		start("vehicle-list.snippet.look", "watch"),
		ours("watch", [["vehicle-list.snippet.event"], ["vehicle-list.snippet.status"]], { firstRun: "all" }),
		show("vehicle-list.snippet.event", "event", 420, -20),
		show("vehicle-list.snippet.status", "watch", 420, 40),
	],
	"watch-charge": [
		start("vehicle-list.snippet.look", "watch"),
		ours("watch", [["vehicle-list.snippet.charge"], ["vehicle-list.snippet.status"]], {
			...ELECTRIC,
			events: ["plugged", "charging-started", "charging-ended", "unplugged"],
			price: NIGHT_RATE,
			priceType: "json",
			currency: "EUR",
			firstRun: "all",
		}),
		show("vehicle-list.snippet.charge", "payload", 420, -20),
		show("vehicle-list.snippet.status", "watch", 420, 40),
	],
	"watch-zone": [
		start("vehicle-list.snippet.look", "watch"),
		ours("watch", [["vehicle-list.snippet.place"], ["vehicle-list.snippet.status"]], {
			...ELECTRIC,
			events: ["zone-entered", "zone-left"],
			zones: [HOME],
			firstRun: "all",
		}),
		show("vehicle-list.snippet.place", "payload", 420, -20),
		show("vehicle-list.snippet.status", "summary.position", 420, 40),
	],
};

export const text = textsOf("stellantis-vehicle-list");

/** A node with the defaults of its type for all that it does not say itself. @param {FlowNode} node @returns {FlowNode} */
export function complete(node) {
	const defaults = Object.entries(RED.nodes.getType(node.type)?.defaults ?? {});
	const values = defaults.map(([name, { value }]) => [name, structuredClone(value)]);
	return { ...Object.fromEntries(values), ...node };
}

/** A demo account that the current flow can use, best one of the family that a new one has. @returns {string | undefined} its id */
export function demoAccount() {
	const found = accountsFor(RED.workspaces.active()).filter(({ server }) => server === "demo");
	const { api: usual } = complete({ id: ACCOUNT, type: "stellantis-account" });
	return (found.find(({ api }) => api === usual) ?? found[0])?.id;
}

/**
 * The nodes of a snippet as Node-RED imports them, with an account of their own where there is none yet.
 * @param {string} name
 * @param {string | undefined} account id of the account to use
 */
function flowOf(name, account) {
	const nodes = (SNIPPETS[name] ?? []).map((node) => {
		const named = complete(node.name ? { ...node, name: text(node.name) } : node);
		return node.account ? { ...named, account: account ?? ACCOUNT } : named;
	});
	return account
		? nodes
		: [...nodes, complete({ id: ACCOUNT, type: "stellantis-account", name: DEMO_NAME, server: "demo" })];
}

/** Tells what keeps the workspace from taking nodes. @returns {boolean} whether it can take them */
function isWorkspaceFree() {
	const obstacle =
		$("#red-ui-editor-stack .red-ui-tray").length > 0
			? text("vehicle-list.snippet.formOpen")
			: RED.workspaces.isLocked?.() || !RED.workspaces.active()
				? text("vehicle-list.snippet.locked")
				: "";
	if (obstacle) warn(obstacle);
	return !obstacle;
}

/** @param {string} obstacle */
const warn = (obstacle) => RED.notify(obstacle, { type: "warning", timeout: 5000 });

/** A place in view with nothing below it. @returns {{ x: number, y: number }} */
export function freePlace() {
	const chart = $("#red-ui-workspace-chart");
	const scale = RED.view.scale();
	const bottoms = RED.nodes.filterNodes({ z: RED.workspaces.active() }).map(({ y }) => y + 80);
	return {
		x: Math.round((chart.scrollLeft() ?? 0) / scale / 20) * 20 + 140,
		y: Math.max(Math.round((chart.scrollTop() ?? 0) / scale / 20) * 20 + 100, ...bottoms),
	};
}

/** Puts nodes right where they say. @param {FlowNode[]} nodes @returns {Record<string, FlowNode>} by the id they had */
export const place = (nodes) =>
	RED.view.importNodes(nodes, { generateIds: true, touchImport: true, notify: false })?.nodeMap ?? {};

/**
 * Puts a snippet on the workspace: it hangs on the mouse, ready to drop; without a mouse it comes down below the
 * present nodes.
 * @param {string} name
 * @param {boolean} byKeyboard
 */
function put(name, byKeyboard) {
	if (isWorkspaceFree()) drop(flowOf(name, demoAccount()), byKeyboard);
}

/**
 * Puts nodes on the workspace in the same way.
 * @param {FlowNode[]} nodes
 * @param {boolean} byKeyboard
 */
function drop(nodes, byKeyboard) {
	if (!byKeyboard) {
		RED.view.importNodes(nodes, { generateIds: true, notify: false });
		// so that Escape takes it back
		RED.view.focus();
		return;
	}
	const { x, y } = freePlace();
	const placed = place(nodes.map((node) => ("x" in node ? { ...node, x: node.x + x, y: node.y + y } : node)));
	const first = placed[nodes[0]?.id ?? ""];
	if (first) RED.view.reveal(first.id, false);
	RED.nodes.dirty(true);
	RED.view.focus();
}

/**
 * Puts a node that reads the state of a vehicle on the workspace.
 * @param {{ account: string, vehicle: string, name: string }} properties
 * @param {boolean} byKeyboard
 */
export function putStatus(properties, byKeyboard) {
	if (!isWorkspaceFree()) return;
	// an account of another flow alone would be none to the node
	if (!accountsFor(RED.workspaces.active()).some(({ id }) => id === properties.account)) {
		warn(text("vehicle-list.snippet.elsewhere"));
		return;
	}
	const node = { id: "status", type: "stellantis-status", vehicleType: "str", x: 0, y: 0, wires: [[]], ...properties };
	drop([complete(node)], byKeyboard);
}

let isTouring = false;

function startTour() {
	if (isTouring || !isWorkspaceFree()) return;
	isTouring = true;
	const origin = document.activeElement;
	const address = new URL("resources/node-red-contrib-stellantis/min/guidance/first-flow.js", document.baseURI).href;
	RED.tourGuide.load(address, (/** @type {unknown} */ failure) => {
		if (failure) isTouring = false;
		else
			RED.tourGuide.run(address, () => {
				isTouring = false;
				if (origin instanceof HTMLElement) origin.focus();
			});
	});
}

const ACTION = "stellantis:first-flow";
RED.actions.add(ACTION, startTour, {
	label: "node-red-contrib-stellantis/stellantis-vehicle-list:vehicle-list.tour.action",
});
$(document)
	.on("click", "[data-snippet]", (event) => {
		// a key press makes a click without a place
		put(event.currentTarget.dataset.snippet, event.detail === 0);
	})
	.on("click", "[data-tour]", () => RED.actions.invoke(ACTION))
	.on("click", "[data-help]", (event) => {
		event.preventDefault();
		RED.sidebar.help.show(event.currentTarget.dataset.help);
	});
