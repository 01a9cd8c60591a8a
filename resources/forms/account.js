// @ts-check
/**
 * The account's form: its checks, which fields there are and where, and its list of headers.
 */
import { prepare as prepareDeployed } from "./account-deployed.js";
import { applies, show } from "./editor/conditions.js";
import { FAMILIES } from "./editor/families.js";
import { complain, opened } from "./editor/form.js";
import { bringUpToDate, current, saved } from "./editor/properties.js";
import { text } from "./editor/text.js";

/** Realm, sign-in host and scheme of the app of each brand of user-v4. */
const BRANDS = {
	peugeot: { realm: "clientsB2CPeugeot", host: "idpcvs.peugeot.com", scheme: "mymap" },
	citroen: { realm: "clientsB2CCitroen", host: "idpcvs.citroen.com", scheme: "mymacsdk" },
	ds: { realm: "clientsB2CDS", host: "idpcvs.driveds.com", scheme: "mymdssdk" },
	opel: { realm: "clientsB2COpel", host: "idpcvs.opel.com", scheme: "mymopsdk" },
	vauxhall: { realm: "clientsB2CVauxhall", host: "idpcvs.vauxhall.co.uk", scheme: "mymvxsdk" },
};

/** What Node-RED shows in place of a stored secret. */
const STORED_SECRET = "__PWRD__";

/**
 * How most people sign in, by family.
 * @type {Record<string, string>}
 */
const USUAL_SIGN_IN = { "user-v4": "authorization-code", "accounts-v1": "client-credentials", "fleet-v3": "basic" };

/** Fields that are sent in every family: one that is filled in is shown, also where few need it. */
const ACT_WHEN_FILLED = ["country", "locale", "realm"];

/** Headers that belong to the connection itself. */
const OWN_HEADERS = ["host", "connection", "content-length", "transfer-encoding", "upgrade"];

/** @param {any} node @param {string} name */
const field = (node, name) => current(node, name) ?? node.credentials?.[name];

/**
 * A field that must be filled in under some conditions, and may have to look like something.
 * @param {string} label key of the label
 * @param {{ show?: string, needed?: string, looks?: RegExp, error?: string }} rule `show`: when the field counts at all;
 *   `needed`: when it must not be empty (both: see applies); `error`: key of the sentence when it doesn't look right
 */
function check(label, rule) {
	/** @this {any} @param {unknown} value @param {unknown} _opt */
	return function validate(value, _opt) {
		const fact = (/** @type {string} */ name) => field(this, name);
		const given = String(value ?? "").trim();
		if (rule.show && !applies(rule.show, fact)) return true;
		if (given === "") {
			return rule.needed && applies(rule.needed, fact) ? text("error.needed", { prop: text(label) }) : true;
		}
		if (given === STORED_SECRET || !rule.looks || rule.looks.test(given)) return true;
		return text(rule.error ?? "error.needed", { prop: text(label) });
	};
}

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
	if (field(this, "server") !== "live") return true;
	return headersOf(headers).map(headerComplaint).find(Boolean) ?? true;
}

/** @this {any} @param {string} value @param {unknown} _opt */
function validSecretHeaders(value, _opt) {
	if (!value || value === STORED_SECRET || field(this, "server") !== "live") return true;
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

/** Addresses that hold when a field stays empty. @param {any} node */
function placeholders(node) {
	const brand = BRANDS[/** @type {keyof typeof BRANDS} */ (current(node, "brand"))];
	const family = FAMILIES[String(current(node, "api"))];
	const ofBrand = family?.brandRealm && brand;
	const country = String(current(node, "country") ?? "")
		.trim()
		.toLowerCase();
	return {
		baseUrl: family?.baseUrl || "https://example.com/connectedcar/v1",
		realm: ofBrand ? brand.realm : "",
		tokenUrl: ofBrand ? `https://${brand.host}/am/oauth2/access_token` : "https://",
		authorizeUrl: ofBrand ? `https://${brand.host}/am/oauth2/authorize` : "https://",
		scope: ofBrand ? "openid profile" : "",
		redirectUri:
			ofBrand && /^[a-z]{2}$/.test(country)
				? `${brand.scheme}://oauth2redirect/${country}`
				: new URL("stellantis/callback", window.location.href).href,
	};
}

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
	return items.map(readHeader).filter(({ name, value }) => name !== "" || value !== "");
}

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
	kept.on("change", () => cards.val([String(kept.val())]));
	cards.on("change", ({ target }) => kept.val($(target).val() ?? "").trigger("change"));
	kept.trigger("change");
}

/** A new live account begins with the way of signing in that is usual there. @param {any} node */
function prepareUsualSignIn(node) {
	if (RED.nodes.node(node.id)) return;
	const auth = $("#node-config-input-auth");
	let chosen = false;
	auth.on("change", ({ originalEvent }) => {
		chosen ||= originalEvent !== undefined;
	});
	$("#node-config-input-server, #node-config-input-api").on("change", () => {
		if (chosen || current(node, "server") !== "live") return;
		auth.val(USUAL_SIGN_IN[String(current(node, "api"))] ?? "token").trigger("change");
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

/** Opens each section in which something is not as in a new account. @param {any} node @param {JQuery} form */
function openChanged(node, form) {
	form.find(".stellantis-section").each((_, section) => {
		const names = $(section)
			.find("[id^=node-config-input-]")
			.filter((_, { style }) => style.display !== "none")
			.toArray()
			.map(({ id }) => id.replace(/^node-config-input-|-(choice|container|hint)$/g, ""));
		$(section).prop(
			"open",
			names.some((name) => isChanged(node, name)),
		);
	});
}

/** @param {any} node @param {string} name property or credential */
function isChanged(node, name) {
	const usual = node._def.defaults[name]?.value ?? "";
	const now = node[name] ?? node.credentials?.[name] ?? (node.credentials?.[`has_${name}`] ? STORED_SECRET : usual);
	return String(now) !== String(usual);
}

/** @param {any} node */
function prepareAccount(node) {
	opened(node);
	const form = $("#node-config-input-name").closest("form");
	// before the first complaint, which is told after the hint
	tieHints(form);
	prepareHeaders(node);
	prepareCards(form);
	prepareUsualSignIn(node);
	const advance = prepareAdvanced(form);
	const fact = (/** @type {string} */ name) => current(node, name);
	const update = () => {
		for (const [name, value] of Object.entries(placeholders(node))) {
			$(`#node-config-input-${name}`).attr("placeholder", value);
		}
		$("#stellantis-redirect").text(String(current(node, "redirectUri") || placeholders(node).redirectUri));
		advance(fact);
		show(form, fact);
		for (const name of ACT_WHEN_FILLED) {
			if (current(node, name)) $(`#node-config-input-${name}`).closest(".form-row").show();
		}
	};
	form.on(
		"change",
		"select, #node-config-input-server, #node-config-input-country, #node-config-input-redirectUri",
		update,
	);
	update();
	openChanged(node, form);
	prepareDeployed(node, form);
}

/** @param {any} node */
function saveAccount(node) {
	bringUpToDate(node);
	node.headers = readHeaders();
}

Object.assign(window, {
	StellantisAccount: {
		check,
		validHeaders,
		validSecretHeaders,
		placeholders,
		prepare: prepareAccount,
		save: saveAccount,
	},
});
