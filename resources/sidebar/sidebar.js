// @ts-check
/**
 * The sidebar: what is going on in all accounts, as the runtime knows it without asking. It asks the runtime every few
 * seconds, and only while somebody can see it.
 */
import { failure } from "../editor/requests.js";
import { textsOf } from "../editor/text.js";
import { accounts, commands, requests, vehicles } from "./parts.js";

/** Milliseconds between an answer and the next question. */
const PAUSE = 5_000;
/** Milliseconds after a keystroke before vehicles are looked for. */
const SEARCH_PAUSE = 250;

const text = textsOf("stellantis-sidebar");

/** A part that can be folded. @param {string} name */
function part(name) {
	const count = $('<span class="stellantis-count">');
	const body = $("<div>");
	const summary = $("<summary>").append($("<span>").text(text(`sidebar.part.${name}`)), " ", count);
	const element = $("<details open>").append(summary, body);
	return { element, body, count: (/** @type {number} */ number) => count.text(number ? String(number) : "") };
}

/**
 * Fills the tab, and keeps it up to date while it is seen.
 * @param {JQuery} content
 */
export function fill(content) {
	const address = new URL("overview.css", import.meta.url).href;
	$("<link>", { rel: "stylesheet", href: address }).appendTo("head");
	const trouble = $('<div class="stellantis-trouble" role="status">').hide();
	const parts = {
		accounts: part("accounts"),
		vehicles: part("vehicles"),
		commands: part("commands"),
		requests: part("requests"),
	};
	const search = $("<input>", {
		type: "search",
		"aria-label": text("sidebar.search"),
		placeholder: text("sidebar.search"),
	});
	const list = $("<div>");
	parts.vehicles.body.append(search, list);
	content.append(trouble, ...Object.values(parts).map(({ element }) => element));

	let isSeen = false;
	/** @type {ReturnType<typeof setTimeout> | undefined} */
	let timer;
	/** @type {JQuery.jqXHR | undefined} */
	let asked;

	const draw = (/** @type {StellantisOverview} */ overview) => {
		parts.accounts.count(overview.accounts.length);
		parts.vehicles.count(overview.found);
		accounts(parts.accounts.body, overview);
		search.toggle(overview.found > 1 || search.val() !== "");
		vehicles(list, overview, search.val() !== "");
		commands(parts.commands.body, overview);
		requests(parts.requests.body, overview);
	};
	const stop = () => {
		clearTimeout(timer);
		const before = asked;
		asked = undefined;
		before?.abort();
	};
	const ask = () => {
		stop();
		if (!isSeen || document.visibilityState !== "visible") return;
		const sent = $.ajax({
			url: "stellantis/overview",
			dataType: "json",
			cache: false,
			data: { search: String(search.val()).trim() },
		});
		asked = sent;
		const said = (/** @type {string} */ sentence) => {
			if (asked !== sent) return;
			if (trouble.text() !== sentence) trouble.text(sentence);
			trouble.toggle(sentence !== "");
			timer = setTimeout(ask, PAUSE);
		};
		sent.then(
			(/** @type {any} */ overview) => {
				// whatever can't be drawn: the next answer may be another one
				try {
					if (asked === sent) draw(overview);
				} finally {
					said("");
				}
			},
			(/** @type {any} */ answer) => said(failure(answer)),
		);
	};

	search.on("input", () => {
		stop();
		timer = setTimeout(ask, SEARCH_PAUSE);
	});
	$(document).on("visibilitychange", ask);
	// whichever way Node-RED hides a tab, or the whole sidebar
	new IntersectionObserver((entries) => {
		isSeen = entries.at(-1)?.isIntersecting === true;
		ask();
	}).observe(/** @type {Element} */ (content.get(0)));
}
