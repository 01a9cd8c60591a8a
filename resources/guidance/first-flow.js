// @ts-check
/** The guided tour to a first flow, for Node-RED's tour guide: each step waits until it was done, by whomever. */

import { DEMO_NAME } from "../editor/properties.js";
import { complete, demoAccount, freePlace, place, text } from "./snippets.js";

const { RED } = /** @type {any} */ (window);

/** Tells the tour guide to look again whether a step is done. */
const PROGRESS = "stellantis:tour-progress";
const SOURCES = ["nodes:add", "links:add", "editor:close", "deploy"];

/** What came about so far. @type {{ list?: any, inject?: any, debug?: any, deployed?: boolean, told?: boolean }} */
let flow = {};
/** Where the tour puts nodes itself. */
let origin = { x: 0, y: 0 };

const link = (/** @type {any} */ source, /** @type {any} */ target) => ({ source, sourcePort: 0, target });
const isLinked = (/** @type {any} */ source, /** @type {any} */ target) =>
	RED.nodes.filterLinks({ source: { id: source.id }, sourcePort: 0, target: { id: target.id } }).length > 0;

/** The element itself while it can be seen, else the workspace. @param {JQuery} element */
const visible = (element) => (element.is(":visible") ? element.first() : $("#red-ui-workspace"));
const onWorkspace = (/** @type {any} */ node, inner = "") => visible($(`#${node.id}${inner}`));

const ring = () => $(".red-ui-tourGuide-shade-focus");

/**
 * Takes the shade away and the sentence aside, as soon as the mouse comes near. Node-RED's own way waits for a while,
 * and fails when the tour has ended meanwhile.
 * @param {"left" | "right"} side
 */
function makeRoom(side) {
	const popover = $(".red-ui-tourGuide-popover");
	const width = popover.outerWidth() ?? 0;
	$(".red-ui-tourGuide-shade").hide();
	popover.removeClass("red-ui-popover-right red-ui-popover-bottom red-ui-popover-top red-ui-popover-left").css({
		left: side === "left" ? 10 : window.innerWidth - width - 10,
		top: window.innerHeight - (popover.outerHeight() ?? 0) - 10,
	});
}

/**
 * What Node-RED leaves to do: names for the screen reader, and the focus where the next key press is useful. It draws a
 * step right after preparing it, and moves it once more 100 ms later; a tour that has ended by then makes it fail, so the
 * keyboard gets there afterwards.
 */
function dress() {
	setTimeout(() => {
		const popover = $(".red-ui-tourGuide-popover");
		popover.attr({ role: "dialog", "aria-label": text("vehicle-list.tour.action") });
		popover.find("button:has(.fa-times)").attr("aria-label", RED._("common.label.close"));
		const act = popover.find("[data-tour-do]");
		setTimeout(() => act.trigger("focus"), 100);
	}, 0);
}

/**
 * A step that is done when `isDone` says so.
 * @param {string} name of its texts
 * @param {{ element: () => JQuery, direction?: string, aside?: "left" | "right", see?: (event: any, source: string) => void,
 *   isDone: () => boolean, act: () => void, prepare?: () => void }} how `act` does it for the user; `aside` is the corner that
 *   frees the workspace for the mouse
 */
function step(name, { element, direction, aside, see, isDone, act, prepare }) {
	/** @type {JQuery} */
	let target;
	/** @type {[string, (event: any) => void][]} */
	const listeners = SOURCES.map((source) => [
		source,
		(event) => {
			see?.(event, source);
			RED.events.emit(PROGRESS);
		},
	]);
	const heard = (/** @type {string} */ _topic, /** @type {any} */ message) => {
		see?.(message, "debug");
		RED.events.emit(PROGRESS);
	};
	const one = {
		direction,
		width: 340,
		title: text(`vehicle-list.tour.${name}.title`),
		description: "",
		/** @type {object | undefined} */
		wait: undefined,
		element: () => {
			target = element();
			// the target may lie above the ring of light
			if (aside) {
				ring().one("mouseenter", () => makeRoom(aside));
				target.one("mousedown.stellantis-tour", () => makeRoom(aside));
			}
			return target;
		},
		prepare() {
			prepare?.();
			const waits = !isDone();
			one.wait = waits ? { type: "nr-event", event: PROGRESS, filter: isDone } : undefined;
			one.description = description(name, waits);
			for (const [source, listener] of listeners) RED.events.on(source, listener);
			RED.comms.subscribe("debug", heard);
			$(document).on("click.stellantis-tour", "[data-tour-do]", () => {
				act();
				RED.events.emit(PROGRESS);
			});
			dress();
		},
		// also when the tour is closed here
		complete() {
			for (const [source, listener] of listeners) RED.events.off(source, listener);
			RED.comms.unsubscribe("debug", heard);
			$(document).off(".stellantis-tour");
			target?.css("z-index", "").off(".stellantis-tour");
			ring().off("mouseenter");
		},
	};
	return one;
}

/** @param {string} name of the step @param {boolean} waits whether the user has something to do */
function description(name, waits) {
	const paragraph = $("<p>").text(text(`vehicle-list.tour.${name}.text`));
	if (!waits) return paragraph.prop("outerHTML");
	const button = $("<button>", { type: "button", class: "red-ui-button", "data-tour-do": name });
	return paragraph.prop("outerHTML") + button.text(text(`vehicle-list.tour.${name}.act`)).prop("outerHTML");
}

/** A step in which a node comes from the palette. @param {"list" | "inject" | "debug"} name @param {string} type @param {number} right */
const fromPalette = (name, type, right) =>
	step(name, {
		element: () => visible($(`.red-ui-palette-node[data-palette-type="${type}"]`)),
		direction: "right",
		aside: "right",
		prepare() {
			const entry = $(`.red-ui-palette-node[data-palette-type="${type}"]`);
			const category = entry.closest(".red-ui-palette-category");
			if (category.hasClass("red-ui-palette-closed")) category.find(".red-ui-palette-header").trigger("click");
			entry.get(0)?.scrollIntoView({ block: "center" });
		},
		see(node, source) {
			if (source === "nodes:add" && node.type === type) flow[name] = node;
		},
		isDone: () => flow[name] !== undefined,
		act() {
			place([complete({ id: name, type, name: "", x: origin.x + right, y: origin.y, wires: [] })]);
			RED.nodes.dirty(true);
		},
	});

/** Draws the two wires, where they are missing. */
function wire() {
	const links = [
		[flow.inject, flow.list],
		[flow.list, flow.debug],
	]
		.filter(([source, target]) => !isLinked(source, target))
		.map(([source, target]) => link(source, target));
	RED.history.push({ t: "add", links, dirty: RED.nodes.dirty() });
	for (const one of links) RED.nodes.addLink(one);
	RED.nodes.dirty(true);
	RED.view.redraw(true);
}

/** Gives the list a demo account, an existing one if there is one. */
function chooseDemo() {
	const { list } = flow;
	const account =
		demoAccount() ??
		place([complete({ id: "demo", type: "stellantis-account", name: DEMO_NAME, server: "demo" })]).demo?.id;
	const { account: before, changed } = list;
	RED.history.push({ t: "edit", node: list, changes: { account: before }, changed, dirty: RED.nodes.dirty() });
	Object.assign(list, { account, changed: true, dirty: true });
	RED.nodes.updateConfigNodeUsers(list);
	RED.editor.validateNode(list);
	RED.nodes.dirty(true);
	RED.view.redraw(true);
}

/** A step that only tells. @param {string} name @param {() => void} [prepare] @param {() => JQuery} [element] @param {string} [direction] */
const tell = (name, prepare, element, direction) => ({
	...(element ? { element } : {}),
	direction,
	width: 340,
	title: text(`vehicle-list.tour.${name}.title`),
	description: description(name, false),
	prepare() {
		prepare?.();
		dress();
	},
});

export default {
	steps: [
		tell("welcome", () => {
			flow = {};
			origin = freePlace();
		}),
		fromPalette("list", "stellantis-vehicle-list", 200),
		fromPalette("inject", "inject", 0),
		fromPalette("debug", "debug", 420),
		step("wires", {
			element: () => onWorkspace(flow.list),
			aside: "right",
			isDone: () => isLinked(flow.inject, flow.list) && isLinked(flow.list, flow.debug),
			act: wire,
		}),
		step("account", {
			element: () => onWorkspace(flow.list),
			aside: "left",
			isDone: () => Boolean(RED.nodes.node(flow.list.account)) && $("#red-ui-editor-stack .red-ui-tray").length === 0,
			act: chooseDemo,
		}),
		step("deploy", {
			element: () => $("#red-ui-header-button-deploy"),
			see(_event, source) {
				if (source === "deploy") flow.deployed = true;
			},
			isDone: () => flow.deployed === true,
			act: () => RED.actions.invoke("core:deploy-flows"),
		}),
		step("press", {
			element: () => onWorkspace(flow.inject, " .red-ui-flow-node-button"),
			aside: "left",
			prepare: () => RED.actions.invoke("core:show-debug-tab"),
			see(message, source) {
				if (source === "debug" && message.id === flow.debug.id) flow.told = true;
			},
			isDone: () => flow.told === true,
			act: () => flow.inject._def.button.onclick.call(flow.inject),
		}),
		tell(
			"result",
			() => RED.actions.invoke("core:show-debug-tab"),
			() => visible($(".red-ui-debug-msg")),
			"left",
		),
	],
};
