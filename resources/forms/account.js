// @ts-check
/**
 * The account's form: its checks, which fields there are and where, and its list of headers.
 */
import { takeBeginning } from "../editor/accounts.js";
import { prepareChoice, saveChoice } from "../editor/choices.js";
import { applies, facts, show } from "../editor/conditions.js";
import { complain, opened } from "../editor/form.js";
import { bringUpToDate, current, DEMO_NAME, saved } from "../editor/properties.js";
import { openChanged } from "../editor/sections.js";
import { text } from "../editor/text.js";
import { STORED_SECRET } from "../editor/validation.js";
import { BRANDS, FAMILIES, OWN_HEADERS } from "../generated/facts.js";
import { prepare as prepareClient, validRoot, validScope } from "./account-client.js";
import { savingCredentials, validAuth } from "./account-credentials.js";
import { prepare as prepareDeployed } from "./account-deployed.js";
import { prepare as prepareEverywhere, save as saveEverywhere } from "./account-everywhere.js";
import { commandOptions, HARMLESS } from "./commands.js";

/** The headers among whatever a flow file holds of them. @param {unknown} value @returns {{ name: string, value: string }[]} */
function headersOf(value) {
	const all = Array.isArray(value) ? value.filter((header) => typeof header === "object" && header !== null) : [];
	return all.map(({ name, value }) => ({ name: String(name ?? ""), value: String(value ?? "") }));
}

/** What is wrong with a header, or an empty text. @param {{ name: string, value: unknown }} header */
function headerComplaint({ name, value }) {
	if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return text("error.headers");
	if (OWN_HEADERS.includes(name.toLowerCase())) return text("account.error.ownHeader");
	return /^[\t\x20-\x7e\x80-\xff]*$/.test(String(value ?? "")) ? "" : text("account.error.headerValue");
}

/** @this {any} @param {unknown} headers @param {unknown} _opt */
function validHeaders(headers, _opt) {
	// the demo sends none
	if (current(this, "server") !== "live") return true;
	return headersOf(headers).map(headerComplaint).find(Boolean) ?? true;
}

/** @this {any} @param {string} value @param {unknown} _opt */
function validSecretHeaders(value, _opt) {
	if (!value || value === STORED_SECRET || current(this, "server") !== "live") return true;
	try {
		const headers = JSON.parse(value);
		const isObject = typeof headers === "object" && headers !== null && !Array.isArray(headers);
		if (isObject && Object.values(headers).every((header) => typeof header === "string")) {
			const complaints = Object.entries(headers).map(([name, value]) => headerComplaint({ name, value }));
			return complaints.find(Boolean) ?? true;
		}
	} catch {
		// told below: a sentence of our own says what is expected, and never repeats what was typed in
	}
	return text("error.secretHeaders");
}

/**
 * A token that was copied whole. A JSON Web Token has three parts (RFC 7519), an encrypted one five (RFC 7516); others
 * have any characters but blanks.
 * @this {any} @param {string} value @param {unknown} _opt
 */
function validToken(value, _opt) {
	const given = String(value ?? "").trim();
	if (given === STORED_SECRET || !given.startsWith("eyJ")) return !/\s/.test(given) || wrongToken();
	const parts = given.split(".");
	return ([3, 5].includes(parts.length) && parts.every((part) => /^[\w-]+$/.test(part))) || wrongToken();
}

const wrongToken = () => text("account.error.token", { prop: text("account.label.accessToken") });

/** What holds when a field stays empty. @param {any} node */
function placeholders(node) {
	const family = FAMILIES[String(current(node, "api"))];
	const brand = family?.traits.brands ? BRANDS[String(current(node, "brand"))] : undefined;
	const country = String(current(node, "country") ?? "")
		.trim()
		.toLowerCase();
	return {
		baseUrl: family?.baseUrl || "https://example.com/connectedcar/v1",
		realm: brand?.realm ?? "",
		tokenUrl: brand?.tokenUrl ?? "https://",
		authorizeUrl: brand?.authorizeUrl ?? "https://",
		scope: brand?.scope ?? "",
		redirectUri: brand && /^[a-z]{2}$/.test(country) ? brand.redirectUri.replace("{country}", country) : callback(),
	};
}

/** The address on our side that a browser can come back to. */
const callback = () => new URL("stellantis/callback", window.location.href).href;

/** @param {any} node */
function prepareHeaders(node) {
	const list = $("#node-config-input-headers-container");
	let count = 0;
	list.editableList({
		addItem: (/** @type {JQuery} */ container, /** @type {number} */ _index, /** @type {any} */ header) => {
			count++;
			for (const part of ["name", "value"]) {
				const label = text(`account.placeholder.header.${part}`);
				$('<input type="text">')
					.addClass(`stellantis-header-${part}`)
					.attr({ id: `stellantis-header-${part}-${count}`, placeholder: label, "aria-label": label })
					.css({ width: "46%", marginRight: "2%" })
					.val(header[part] ?? "")
					.appendTo(container);
			}
		},
		removable: true,
		sortable: true,
		height: "auto",
	});
	for (const header of headersOf(saved(node).headers)) list.editableList("addItem", header);
	list.on("input change", () => {
		for (const item of list.editableList("items").toArray()) {
			const header = readHeader(item);
			const empty = header.name === "" && header.value === "";
			complain($(item).find(".stellantis-header-name"), empty ? "" : headerComplaint(header));
		}
	});
	list.trigger("change");
}

/** @param {HTMLElement} item of the list of headers */
function readHeader(item) {
	const read = (/** @type {string} */ part) => String($(item).find(`.stellantis-header-${part}`).val() ?? "").trim();
	return { name: read("name"), value: read("value") };
}

function readHeaders() {
	const items = $("#node-config-input-headers-container").editableList("items").toArray();
	return filled(items.map(readHeader));
}

/** The headers that are not empty. @param {{ name: string, value: string }[]} headers */
const filled = (headers) =>
	headers
		.map(({ name, value }) => ({ name: name.trim(), value: value.trim() }))
		.filter(({ name, value }) => name !== "" || value !== "");

/**
 * Rows that one family needs and another has defaults for stand in front for the one, and in the section
 * "Connection" for the other: `data-advanced` says when. @param {JQuery} form
 */
function prepareAdvanced(form) {
	const rows = form.find("[data-advanced]").toArray();
	const homes = rows.map((row) => $("<span>").hide().insertBefore(row));
	return (/** @type {(name: string) => unknown} */ fact) => {
		for (const [index, row] of rows.entries()) {
			if (applies(row.dataset.advanced ?? "", fact)) $("#stellantis-advanced").append(row);
			else homes[index]?.after(row);
		}
	};
}

/** Two cards in place of a list of two: what they say is kept in the hidden field. @param {JQuery} form */
function prepareCards(form) {
	const cards = form.find("input[name=stellantis-server]");
	const kept = $("#node-config-input-server");
	if (takeBeginning()) kept.val("live");
	kept.on("change", () => cards.val([String(kept.val())]));
	cards.on("change", ({ target }) => kept.val($(target).val() ?? "").trigger("change"));
	kept.trigger("change");
}

/** Whether nobody has chosen yet how an account signs in: a new one, and one that has only been a demo. @param {any} node */
function isUnused(node) {
	const { server, auth } = saved(node);
	const isUsual = auth === undefined || auth === node._def.defaults.auth.value;
	return !RED.nodes.node(node.id) || (server !== "live" && isUsual && !node.credentials?.has_accessToken);
}

/**
 * An account that becomes a live one begins with the way of signing in that is usual there.
 * @param {any} node
 */
function prepareUsualSignIn(node) {
	if (!isUnused(node)) return;
	const auth = $("#node-config-input-auth");
	let chosen = false;
	auth.on("change", ({ originalEvent }) => {
		chosen ||= originalEvent !== undefined;
	});
	const name = $("#node-config-input-name");
	$("#node-config-input-server, #node-config-input-api").on("change", () => {
		// an account of one's own is no demo any more, whatever the example called it
		const isLive = current(node, "server") === "live";
		if (name.val() === (isLive ? DEMO_NAME : "") && saved(node).name === DEMO_NAME) name.val(isLive ? "" : DEMO_NAME);
		if (chosen || current(node, "server") !== "live") return;
		auth.val(FAMILIES[String(current(node, "api"))]?.usualAuth ?? "token").trigger("change");
	});
}

/** Ties each hint to its field, so that a screen reader reads it there. @param {JQuery} form */
function tieHints(form) {
	form.find(".stellantis-hint").each((_, hint) => {
		const fields = $(hint).closest(".form-row").find("input[id], select[id]");
		if (!fields.length) return;
		hint.id = `${fields.attr("id")}-hint`;
		fields.first().attr("aria-describedby", hint.id);
	});
}

/** @param {any} node */
function prepareAccount(node) {
	opened(node);
	const form = $("#node-config-input-name").closest("form");
	// before the first complaint, which is told after the hint
	tieHints(form);
	prepareHeaders(node);
	// an account of an older flow has none
	if (!$("#node-config-input-commandsVia").val()) $("#node-config-input-commandsVia").val("official");
	prepareUsualSignIn(node);
	prepareCards(form);
	prepareClient(node, callback());
	const advance = prepareAdvanced(form);
	const update = () => {
		const fact = facts(node);
		for (const [name, value] of Object.entries(placeholders(node))) {
			$(`#node-config-input-${name}`).attr("placeholder", value);
		}
		$("#stellantis-redirect").text(String(current(node, "redirectUri") || placeholders(node).redirectUri));
		advance(fact);
		show(form, fact);
		form.find("[data-filled]").each((_, row) => {
			const filled = $(row)
				.find("input")
				.toArray()
				.some((field) => $(field).val());
			if (filled) $(row).show();
		});
	};
	form.on(
		"change",
		"select, #node-config-input-server, #node-config-input-country, #node-config-input-redirectUri",
		update,
	);
	update();
	// an account of an older flow has no list: it sends what is harmless
	prepareChoice(node, "commands", commandOptions(), { usual: HARMLESS });
	openChanged(node, form);
	prepareEverywhere(node);
	prepareDeployed(node, form);
}

/** @param {any} node */
function saveAccount(node) {
	bringUpToDate(node);
	const headers = readHeaders();
	// what nobody has changed stays, also what is more than a name and a value
	if (JSON.stringify(headers) !== JSON.stringify(filled(headersOf(node.headers)))) node.headers = headers;
	saveChoice(node, "commands");
	savingCredentials();
	saveEverywhere(node);
}

Object.assign(window, {
	StellantisAccount: {
		validAuth,
		validRoot,
		validScope,
		validHeaders,
		validSecretHeaders,
		validToken,
		placeholders,
		prepare: prepareAccount,
		save: saveAccount,
	},
});
