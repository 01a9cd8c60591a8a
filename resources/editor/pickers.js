// @ts-check
/**
 * Typed inputs that offer what the account has: a button (or the Down key) opens a list to search in and choose from.
 * What a list shows is data, see KINDS. Typing by hand always works. Whatever comes from a server is put in place as
 * text, never as HTML.
 */
import { pictureOf, placeholder } from "./pictures.js";
import { current, familyOf } from "./properties.js";
import { addressee, failure, request } from "./requests.js";
import { text } from "./text.js";

/**
 * One line of a list.
 * @typedef {object} Row
 * @property {string} value what choosing it writes into the field
 * @property {string} label
 * @property {string[]} details smaller words below the label
 * @property {string} [other] another value that means the same
 * @property {string} [picture] address of an image
 */

/**
 * @typedef {object} Kind
 * @property {string} icon of the field and of rows without a picture
 * @property {string} type what the field's type is called: a key below that of the types
 * @property {(node: any, search: string) => object | JQuery.Promise<object, string>} [asks] query of the route below
 *   the account, or a promise of it; a kind without it knows its rows by itself
 * @property {boolean} [searches] the route searches; otherwise the list holds everything there is
 * @property {(answer: any, node: any) => Row[]} rows
 * @property {boolean} [pictures]
 * @property {(value: string, isTyping: boolean) => string} [means] what a value means that is typed in
 * @property {boolean} [checked] whether is asked for what is typed in, and said when the account does not have it
 */

/** Rows that are asked for at once. */
const LIMIT = 50;
/** Milliseconds after a keystroke before the list is asked for again. */
const PAUSE = 250;

/** Only texts, the empty ones left out. @param {unknown[]} values @returns {string[]} */
const texts = (...values) => values.filter((value) => typeof value === "string" && value !== "").map(String);

/** What is typed into a field; undefined when it comes from elsewhere. @param {any} node @param {string} name */
function typed(node, name) {
	const literal = current(node, `${name}Type`) === "str";
	return literal ? String(current(node, name) ?? "") : "";
}

/** @param {Record<string, string>} query */
const given = (query) => Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ""));

/** What can be picked; the name is that of the route too, in the plural. @type {Record<string, Kind>} */
const KINDS = {
	vehicle: {
		icon: "fa fa-car",
		type: "vehicle",
		searches: true,
		pictures: true,
		checked: true,
		means: (value, isTyping) => wrongVin(value, isTyping),
		asks: (_node, search) => ({ search, limit: LIMIT }),
		rows: ({ vehicles = [] }) =>
			vehicles.map((/** @type {any} */ { id, vin, label, brand, model, picture }) => ({
				// the id may be another one tomorrow or in another account, the VIN never
				value: vin ?? id,
				other: id,
				label: label ?? model ?? vin ?? id,
				details: texts(unsaid(label ?? model, brand, model), vin ?? id),
				picture,
			})),
	},
	channel: {
		icon: "fa fa-rss",
		type: "channel",
		asks: () => ({}),
		rows: ({ channels = [] }) => channels.map(labelled),
	},
	monitor: {
		icon: "fa fa-eye",
		type: "monitor",
		asks: (node) => given({ vehicle: typed(node, "vehicle"), channel: typed(node, "channel") }),
		rows: ({ monitors = [] }) => monitors.map(labelled),
	},
	link: {
		icon: "fa fa-link",
		type: "target",
		asks: (node) => {
			const vehicle = typed(node, "vehicle");
			if (vehicle) return { vehicle };
			// whichever vehicle a message will name, it has much the same links
			return ask(node, "vehicle", "").then(({ rows: [first] }) => given({ vehicle: first?.other ?? "" }));
		},
		rows: ({ links = [] }) =>
			links.map((/** @type {any} */ { rel, title, templated }) => ({
				value: rel,
				label: rel,
				details: texts(title, templated ? text("picker.templated") : ""),
			})),
	},
	path: {
		icon: "fa fa-code-fork",
		type: "target",
		rows: (_answer, node) =>
			(familyOf(node)?.paths ?? []).map((path) => ({
				value: path,
				label: path,
				details: texts(needs(path)),
			})),
		means: (path) => needs(path),
	},
};

/**
 * Says that a VIN has lost characters, or has too many. Capitals and digits, about as many, are no id that is known.
 * @param {string} value @param {boolean} isTyping whether what is too short may become longer
 */
function wrongVin(value, isTyping) {
	const looksLikeIt = /^[A-Z\d]{15,18}$/.test(value) && /[A-Z]/.test(value) && /\d/.test(value);
	const isWrong = isTyping ? value.length > VIN_LENGTH : value.length !== VIN_LENGTH;
	return looksLikeIt && isWrong ? text("picker.vinLength", { count: value.length }) : "";
}

/** What a label doesn't say already. @param {string | undefined} label @param {unknown[]} more */
const unsaid = (label, ...more) =>
	texts(...more)
		.filter((word) => !label?.toLowerCase().includes(word.toLowerCase()))
		.join(" ");

/** @param {any} thing a channel or a monitor @returns {Row} */
const labelled = ({ id, label, status }) => ({ value: id, label: label ?? id, details: texts(status, id) });

/** Says which variables of a path neither the account nor the vehicle field fills. @param {string} path */
function needs(path) {
	const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
	const missing = names.filter((name) => !/^(id|vid|vin|fid)$/.test(name));
	return missing.length ? text("picker.params", { names: missing.join(", ") }) : "";
}

/** Values that the account has been found not to have, see keyOf. */
const unknown = /** @type {Set<string>} */ (new Set());
/** What the rows say that were seen, by account, kind and value: so that a field can tell what its value means. */
const seen = /** @type {Map<string, string[]>} */ (new Map());
/** @param {any} node @param {string} kind @param {string} value */
const keyOf = (node, kind, value) => JSON.stringify([addressee(node), kind, value.toUpperCase()]);
/** @param {any} node @param {string} kind @param {string} value @param {Row} row */
function note(node, kind, value, { label, details }) {
	seen.set(keyOf(node, kind, value), [label, ...details]);
	unknown.delete(keyOf(node, kind, value));
}

/** A vehicle identification number is as long as this: who has typed that many characters has done so. */
const VIN_LENGTH = 17;

/** Finds out whether the account has what is typed in. @param {any} node @param {string} kind @param {string} value */
function check(node, kind, value) {
	const key = keyOf(node, kind, value);
	return ask(node, kind, value).then(({ complete }) => {
		if (complete && !seen.has(key)) unknown.add(key);
	});
}

/**
 * Rows of a kind, as the account has them now.
 * @param {any} node
 * @param {string} kind
 * @param {string} search
 * @returns {JQuery.Promise<{ rows: Row[], complete: boolean }, string>} fails with a sentence
 */
function ask(node, kind, search) {
	const { asks, rows } = /** @type {Kind} */ (KINDS[kind]);
	/** @type {JQuery.Deferred<{ rows: Row[], complete: boolean }, string>} */
	const outcome = $.Deferred();
	const account = addressee(node);
	if (account === undefined) return outcome.reject(text("picker.noAccount")).promise();
	if (!asks) return outcome.resolve({ rows: rows({}, node), complete: true }).promise();
	/** @type {JQuery.jqXHR | undefined} */
	let sent;
	const send = (/** @type {object} */ query) => {
		if (outcome.state() !== "pending") return;
		sent = request(account, `${kind}s`, { data: query });
		sent.done((/** @type {any} */ answer) => {
			const found = rows(answer ?? {}, node);
			for (const row of found) {
				for (const value of texts(row.value, row.other)) note(node, kind, value, row);
			}
			outcome.resolve({ rows: found, complete: answer?.complete !== false });
		});
		sent.fail((answer) => outcome.reject(failure(answer)));
	};
	$.when(asks(node, search)).then(send, (sentence) => outcome.reject(sentence));
	const abort = () => {
		outcome.reject("");
		sent?.abort();
	};
	return outcome.promise({ abort });
}

/** @param {Row} row @param {Kind} kind */
const picture = (row, { pictures, icon }) =>
	pictures
		? pictureOf(row.picture, icon, text("picker.picture", { name: row.label }))
		: placeholder(icon).attr("class", "stellantis-icon");

/** @param {Row} row */
const words = ({ value, label, details }) => [label, ...details, value].join("\n").toLowerCase();

let lists = 0;

/**
 * Opens the list of a field.
 * @param {any} node
 * @param {string} name property
 * @param {string} kind
 */
function open(node, name, kind) {
	const field = $(`#node-input-${name}`);
	const box = field.next(".red-ui-typedInput-container");
	const button = box.find(".red-ui-typedInput-option-expand");
	if (button.attr("aria-expanded") === "true") return;
	const known = /** @type {Kind} */ (KINDS[kind]);
	const id = `stellantis-list-${++lists}`;
	const search = $('<input type="text" role="combobox" aria-expanded="true" aria-autocomplete="list">').attr({
		"aria-controls": id,
		"aria-label": text("picker.search"),
		placeholder: text("picker.search"),
	});
	const spinner = $('<i class="fa fa-spinner fa-spin" aria-hidden="true">');
	const sentence = $("<span>");
	const state = $('<div class="stellantis-list-state" role="status">').append(spinner, sentence);
	const list = $('<div class="stellantis-list" role="listbox">').attr({
		id,
		"aria-label": text(`picker.list.${kind}`),
	});
	const content = $('<div class="stellantis-picker">').append($("<div>").append(search), list, state);
	/** @type {Row[]} */
	let all = [];
	/** Whether that is all there is. */
	let isWhole = true;
	/** @type {Row[]} */
	let shown = [];
	let active = -1;
	/** @type {any} */
	let request;

	const panel = RED.popover.panel(content);
	panel.container.attr({ role: "dialog", "aria-label": text(`picker.open.${kind}`) });
	const close = () => {
		request?.abort?.();
		request = undefined;
		button.attr("aria-expanded", "false");
		panel.hide();
		box.find(".red-ui-typedInput-input").trigger("focus");
	};

	const tell = (/** @type {string} */ said, busy = false) => {
		spinner.toggle(busy);
		sentence.text(said);
		state.toggle(busy || said !== "");
	};
	const point = (/** @type {number} */ to) => {
		active = Math.max(0, Math.min(to, shown.length - 1));
		list.children().each((index, option) => {
			$(option).attr("aria-selected", String(index === active));
		});
		const option = list.children().get(active);
		search.attr("aria-activedescendant", option?.id ?? "");
		option?.scrollIntoView({ block: "nearest" });
	};
	const choose = (/** @type {Row | undefined} */ row) => {
		if (!row) return;
		note(node, kind, row.value, row);
		close();
		field.typedInput("value", row.value);
	};
	const draw = (/** @type {Row[]} */ rows) => {
		shown = rows;
		list.empty();
		for (const [index, row] of rows.entries()) {
			const lines = $('<span class="stellantis-lines">').append($("<b>").text(row.label));
			for (const detail of row.details) lines.append($("<small>").text(detail));
			$('<div role="option">')
				.attr("id", `${id}-${index}`)
				.append(picture(row, known), lines)
				.on("mousemove", () => active !== index && point(index))
				.on("click", () => choose(row))
				.appendTo(list);
		}
		list.toggle(rows.length > 0);
		const now = keyOf(node, kind, String(field.typedInput("value")));
		const means = (/** @type {string | undefined} */ value) => value !== undefined && keyOf(node, kind, value) === now;
		point(rows.findIndex(({ value, other }) => means(value) || means(other)));
	};
	const load = () => {
		request?.abort?.();
		tell(text("picker.loading"), true);
		const asked = ask(node, kind, String(search.val()).trim());
		request = asked;
		// an answer that has been overtaken, or that nobody waits for any more
		const stale = () => request !== asked;
		asked.then(
			({ rows, complete }) => {
				if (stale()) return;
				all = rows;
				isWhole = complete;
				filter();
			},
			(said) => {
				if (stale()) return;
				draw([]);
				tell(said);
			},
		);
	};
	const filter = () => {
		const wanted = String(search.val()).toLowerCase().split(/\s+/).filter(Boolean);
		const searched = known.searches ? all : all.filter((row) => wanted.every((word) => words(row).includes(word)));
		draw(searched);
		if (isWhole) tell(searched.length ? "" : text(wanted.length ? "picker.nothing" : `picker.none.${kind}`));
		// who has typed, and still does not see all, is not asked to type
		else tell(text(wanted.length && searched.length < LIMIT ? "picker.beyond" : "picker.more"));
	};

	search.searchBox({ delay: PAUSE, change: () => (known.searches ? load() : filter()) });
	content.find(".red-ui-searchBox-clear").attr("aria-label", text("picker.clear"));
	search.on("keydown", (event) => {
		const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 }[event.key ?? ""];
		if (step) point(active + step);
		else if (event.key === "Enter") choose(shown[active]);
		else if (event.key === "Escape" || event.key === "Tab") close();
		else return;
		event.preventDefault();
		event.stopPropagation();
	});
	panel.container.css({ width: `${box.outerWidth()}px` });
	button.attr("aria-expanded", "true");
	panel.show({ target: box, onclose: close, offset: [0, 2] });
	search.trigger("focus");
	load();
}

/**
 * Makes a typed input of a field, with a list behind its type for what is written down.
 * @param {any} node
 * @param {string} name property; its type is kept in `<name>Type`
 * @param {string[]} types the first is the default
 * @param {() => string} kindOf which list is offered now
 */
export function attach(node, name, types, kindOf) {
	const field = $(`#node-input-${name}`);
	const expand = Object.assign(() => open(node, name, kindOf()), { icon: "fa-list" });
	const { icon, type } = /** @type {Kind} */ (KINDS[kindOf()]);
	const written = { value: "str", label: text(`picker.type.${type}`), icon, expand };
	field.typedInput({
		default: types[0],
		types: types.map((each) => (each === "str" ? written : each)),
		typeField: `#node-input-${name}Type`,
	});
	const box = field.next(".red-ui-typedInput-container");
	const meaning = $('<div class="stellantis-meaning" role="status">').insertAfter(box);
	const input = box.find(".red-ui-typedInput-input");
	input.on("keydown", (event) => {
		if (event.key !== "ArrowDown" || field.typedInput("type") !== "str") return;
		event.preventDefault();
		open(node, name, kindOf());
	});

	// the message property that a new node reads is no name of a thing that could be written down
	const usual = node._def.defaults[name].value;
	let was = String(field.typedInput("type"));
	field.on("change", () => {
		const [before, type] = [was, String(field.typedInput("type"))];
		const value = String(field.typedInput("value"));
		was = type;
		if (before === "msg" && type === "str" && value === usual) field.typedInput("value", "");
		if (before === "str" && type === "msg" && value === "") field.typedInput("value", usual);
	});

	const update = () => {
		const literal = field.typedInput("type") === "str";
		const button = box.find(".red-ui-typedInput-option-expand");
		if (literal) {
			const title = text(`picker.open.${kindOf()}`);
			button.attr({ title, "aria-label": title, "aria-haspopup": "dialog", "aria-expanded": "false" });
		} else button.removeAttr("title aria-label aria-haspopup aria-expanded");
		const value = literal ? String(field.typedInput("value")).trim() : "";
		const key = keyOf(node, kindOf(), value);
		const hint = KINDS[kindOf()]?.means?.(value, input.is(":focus"));
		const lacks = hint || (unknown.has(key) ? text("picker.unknown") : "");
		const said = seen.get(key)?.filter((word) => word !== value) ?? texts(lacks);
		meaning
			.text(said.join(" · "))
			.toggleClass("stellantis-unknown", unknown.has(key))
			.toggle(said.length > 0);
	};
	/** Whom and what was asked last, which need not be asked again. */
	let asked = "";
	const find = () => {
		const value = typed(node, name).trim();
		const key = keyOf(node, kindOf(), value);
		if (!KINDS[kindOf()]?.checked || !value || !addressee(node) || key === asked) return;
		asked = key;
		check(node, kindOf(), value).then(update);
	};
	field.on("change keyup", () => {
		update();
		if (typed(node, name).trim().length === VIN_LENGTH) find();
	});
	input.on("blur", () => {
		update();
		find();
	});
	// another account has other vehicles
	$("#node-input-account").on("change", find);
	update();
	// a vehicle's name is what people know it by; the runtime remembers the answer for a while
	find();
}
