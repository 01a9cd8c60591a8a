// @ts-check
/**
 * What the editor forms of all Stellantis nodes share. Every form loads this file, because Node-RED promises no order
 * between the forms of one package; loading it twice does no harm.
 *
 * A form writes `<div data-rows="account vehicle"></div>` where it wants shared rows (see ROWS), and `data-show` where
 * a row applies only sometimes (see applies).
 */
(() => {
	/** The account's catalog also holds the texts that several forms use. */
	const CATALOG = "node-red-contrib-stellantis/stellantis-account:";

	/**
	 * @param {string} key key in the account's catalog, or in another one as `namespace:key`
	 * @param {Record<string, unknown>} [values] values for the `__name__` places of the text
	 * @returns {string}
	 */
	const text = (key, values) => RED._(key.includes(":") ? key : CATALOG + key, values);

	/** Languages that this package's catalogs are in. */
	const LANGUAGES = ["en", "fr", "de", "it", "es"];

	/** The language of our texts, for days and times. Node-RED's own answer knows only those that it is in itself. */
	function language() {
		const wanted = localStorage.getItem("editor-language") || navigator.language;
		return LANGUAGES.includes(String(wanted.split("-")[0])) ? wanted : "en-US";
	}

	/**
	 * By family: root of the API when the account's `baseUrl` is empty, and the largest page, also of telemetry. A test
	 * compares them with the runtime's own.
	 * @type {Record<string, { baseUrl: string, pageSize: number, telemetryPageSize: number }>}
	 */
	const FAMILIES = {
		"user-v4": { baseUrl: "https://api.groupe-psa.com/connectedcar/v4", pageSize: 60, telemetryPageSize: 2000 },
		"accounts-v1": { baseUrl: "", pageSize: 500, telemetryPageSize: 500 },
		"fleet-v3": { baseUrl: "https://api-cert.groupe-psa.com/connectedcar/v3", pageSize: 60, telemetryPageSize: 2000 },
	};

	/** Resources with more than one entry; of `link` and `path` nobody knows before asking. */
	const COLLECTIONS = ["telemetry", "collisions", "alarms", "charging-sessions", "stolen", "link", "path"];
	/** Resources that fleet-v3 also offers for the whole fleet. */
	const FLEET_RESOURCES = ["maintenance", "collisions"];

	/**
	 * Every command of a vehicle; a guarded one is sent only if the account names it.
	 * @type {Record<string, { guarded?: boolean }>}
	 */
	const COMMANDS = {
		lock: {},
		unlock: { guarded: true },
		horn: {},
		lights: {},
		wakeup: {},
		find: {},
		"climate-start": {},
		"climate-stop": {},
		"climate-programs": {},
		"charge-start": {},
		"charge-stop": {},
		"charge-programs": {},
		"charge-settings": {},
		navigate: {},
		immobilize: { guarded: true },
		mobilize: { guarded: true },
		"report-stolen": { guarded: true },
		recovered: { guarded: true },
		"theft-alarm": { guarded: true },
		"delete-personal-data": { guarded: true },
		custom: { guarded: true },
	};

	/** The commands that an account sends unless told otherwise. */
	const HARMLESS = Object.keys(COMMANDS).filter((command) => !COMMANDS[command]?.guarded);

	/** All commands as the options of a field, the guarded ones marked. */
	const commandOptions = () =>
		Object.keys(COMMANDS).map((value) => {
			const label = text(`account.command.${value}`);
			return { value, label: COMMANDS[value]?.guarded ? text("account.guarded", { prop: label }) : label };
		});

	const LABEL_WIDTH = "min(130px, 28%)";
	/** Of a sentence: in line with the fields, which stand a space behind their labels. */
	const BELOW_FIELD = {
		margin: `2px 0 0 calc(${LABEL_WIDTH} + 4px)`,
		// else a long sentence would make the whole form wider
		contain: "inline-size",
		fontSize: "0.9em",
		color: "var(--red-ui-text-color-error)",
	};
	/** Of what is there for screen readers alone. */
	const UNSEEN = { position: "absolute", width: "1px", height: "1px", overflow: "hidden", clipPath: "inset(50%)" };

	const ANYWHERE = ["flow", "global", "env", "jsonata"];
	/**
	 * Typed inputs that several forms have: their types, and the list (see StellantisPickers) behind what is written down.
	 * @type {Record<string, { types: string[], list?: (node: any) => string }>}
	 */
	const TYPED = {
		vehicle: { types: ["msg", "str", ...ANYWHERE], list: () => "vehicle" },
		from: { types: ["str", "msg", ...ANYWHERE, "date"] },
		to: { types: ["str", "msg", ...ANYWHERE, "date"] },
		target: {
			types: ["str", "msg", ...ANYWHERE],
			list: (node) => (current(node, "resource") === "path" ? "path" : "link"),
		},
		channel: { types: ["str", "msg", ...ANYWHERE], list: () => "channel" },
		monitor: { types: ["msg", "str", ...ANYWHERE], list: () => "monitor" },
	};

	/**
	 * @param {string} name property
	 * @param {string} icon Font Awesome name
	 * @param {string} field the field itself
	 * @param {string} [show] see applies
	 */
	const row = (name, icon, field, show) =>
		`<div class="form-row"${show ? ` data-show="${show}"` : ""}>` +
		`<label for="node-input-${name}"><i class="fa fa-${icon}"></i> ` +
		`<span data-i18n="${CATALOG}reading.label.${name}"></span></label> ${field}</div>`;

	/** @param {string} name @param {string} [placeholder] key of its placeholder */
	const input = (name, placeholder, style = "") =>
		`<input type="text" id="node-input-${name}"${style}` +
		`${placeholder ? ` data-i18n="[placeholder]${CATALOG}reading.placeholder.${placeholder}"` : ""}>`;

	/** @param {string} name @param {string[]} values in the order they are offered */
	const select = (name, values) =>
		`<select id="node-input-${name}" style="width: 70%">${values
			.map((value) => `<option value="${value}" data-i18n="${CATALOG}reading.${name}.${value}"></option>`)
			.join("")}</select>`;

	/** @param {string} name @param {string} [show] see applies */
	const checkbox = (name, show) =>
		`<div class="form-row"${show ? ` data-show="${show}"` : ""}><label></label> ` +
		`<input type="checkbox" id="node-input-${name}" style="width: auto; vertical-align: top"> ` +
		`<label for="node-input-${name}" style="width: auto" data-i18n="${CATALOG}reading.label.${name}"></label></div>`;

	/** @param {string} name of a typed input; its type is kept in a hidden field beside it */
	const typed = (name, placeholder = name) =>
		// without a width of its own, a typed input takes that of the moment it is made, before the form has its final one
		`${input(name, placeholder, ' style="width: 70%"')}<input type="hidden" id="node-input-${name}Type">`;

	/** @type {Record<string, string>} */
	const ROWS = {
		account: row("account", "key", input("account")),
		scope: row("scope", "bullseye", select("scope", ["vehicle", "fleet"]), "fleetWide=true"),
		vehicle: row("vehicle", "car", typed("vehicle"), "oneVehicle=true"),
		range: row("from", "calendar", typed("from", "time")) + row("to", "calendar", typed("to", "time")),
		order: row("order", "sort", select("order", ["descending", "ascending"]), "onlyNew!=true"),
		news:
			checkbox("onlyNew") +
			row("firstRun", "step-forward", select("firstRun", ["all", "none"]), "onlyNew=true") +
			row("store", "database", '<select id="node-input-store" style="width: 70%"></select>', "onlyNew=true"),
		output: row("output", "sign-out", select("output", ["item", "page", "array"])),
		paging:
			row("pageSize", "file-o", input("pageSize")) +
			row("maxItems", "hand-stop-o", input("maxItems", "maxItems")) +
			row("parallel", "exchange", input("parallel")),
		name: row("name", "tag", input("name", "name")),
	};

	/**
	 * Puts the shared rows into a form. Called before the node is registered, so that Node-RED finds the fields when it
	 * fills them in.
	 * @param {string} type node type whose form it is
	 * @returns {string} the whole form
	 */
	function expandRows(type) {
		const template = $(`script[data-template-name='${type}']`);
		const html = template.text().replace(/<div data-rows="([^"]*)"><\/div>/g, (_, names) =>
			names
				.split(" ")
				.map((/** @type {string} */ name) => ROWS[name])
				.join(""),
		);
		template.text(html);
		return html;
	}

	const VOID = ["input", "br", "hr", "img"];

	/**
	 * When the field of each property can be seen: all `data-show` around it, see applies.
	 * @param {string} html of a form
	 */
	function conditionsIn(html) {
		/** @type {Record<string, string>} */
		const conditions = {};
		/** @type {string[]} */
		const around = [];
		for (const [, end, tag = "", attributes = ""] of html.matchAll(/<(\/?)([a-z]\w*)((?:"[^"]*"|[^">])*)>/g)) {
			if (end) {
				around.pop();
				continue;
			}
			const show = /data-show="([^"]*)"/.exec(attributes)?.[1] ?? "";
			const name = / id="node-input-(\w+)/.exec(attributes)?.[1];
			if (name) conditions[name] = [...around, show].filter(Boolean).join(" ");
			if (!VOID.includes(tag)) around.push(show);
		}
		return conditions;
	}

	/** What the lists of choices in a form offer. @param {string} html @returns {Record<string, string[]>} */
	function choicesIn(html) {
		const lists = [...html.matchAll(/<select id="node-input-(\w+)"[^>]*>(.*?)<\/select>/gs)];
		const offered = lists.map(([, name = "", options = ""]) => [
			name,
			[...options.matchAll(/ value="([^"]*)"/g)].map(([, value = ""]) => value),
		]);
		// a list that is filled when the form opens takes what comes
		return Object.fromEntries(offered.filter(([, values]) => values?.length));
	}

	/** Key of a property's label. @param {string} html of a form @param {string} type its node type @param {string} name */
	function labelIn(html, type, name) {
		const label = new RegExp(`<label for="node-input-${name}".*?data-i18n="([^"]*)"`, "s").exec(html)?.[1] ?? "";
		return label.includes(":") ? label : `node-red-contrib-stellantis/${type}:${label}`;
	}

	/**
	 * Gives the properties of a form what goes without saying: what is wrong names its field, a list of choices takes what
	 * it offers, and what can't be seen is not wrong.
	 * @param {Record<string, any>} properties
	 * @param {string} html of the form
	 * @param {string} type node type whose form it is
	 */
	function guard(properties, html, type) {
		const conditions = conditionsIn(html);
		const choices = choicesIn(html);
		for (const [name, property] of Object.entries(properties)) {
			const { validate } = property;
			const choice = choices[name];
			if (!validate && !choice) continue;
			// found once: Node-RED validates every node when it opens
			const key = labelIn(html, type, name);
			/** @this {any} @param {unknown} value @param {any} opt two arguments: the answer may be a sentence */
			property.validate = function (value, opt) {
				if (conditions[name] && !applies(conditions[name], facts(this))) return true;
				const label = text(key);
				if (choice && value !== undefined && !["", ...choice].includes(String(value)))
					return text("error.choice", { prop: label });
				return validate?.call(this, value, { ...opt, label }) ?? true;
			};
		}
	}

	/** What the ids of the fields of a node's form begin with. @param {any} node */
	const prefixOf = (node) => (node._def?.category === "config" ? "node-config-input" : "node-input");

	/** A node as this version reads it, whichever version saved it. @param {any} node @returns {any} */
	const saved = (node) => StellantisMigrations.migrate(node.type, node).config;

	/**
	 * The value a property has now: that of its field while its node is being edited, else that of the node.
	 * @param {any} node
	 * @param {string} name
	 */
	function current(node, name) {
		const field = $(`#${prefixOf(node)}-${name}`);
		if (field.closest("form").data("stellantis") !== node.id) return saved(node)[name];
		return field.attr("type") === "checkbox" ? field.prop("checked") : field.val();
	}

	/** The account that a node has chosen, undefined without one. @param {any} node @returns {any} */
	function accountOf(node) {
		const account = RED.nodes.node(String(current(node, "account")));
		return account ? saved(account) : undefined;
	}

	/** What the runtime knows of the chosen account's family. @param {any} node */
	function familyOf(node) {
		const known = RED.settings.stellantisResourceFamilies ?? {};
		return known[accountOf(node)?.api] ?? { resources: undefined, paths: [] };
	}

	/**
	 * Whom to ask about the account of a node: the account as it is deployed; of the demo, the family as it is in the
	 * form, deployed or not.
	 * @param {any} node
	 * @returns {string | undefined} undefined without an account
	 */
	function addressee(node) {
		const account = accountOf(node);
		if (!account) return undefined;
		return account.server === "demo" ? `demo.${account.api}` : account.id;
	}

	/**
	 * Asks the runtime about an account.
	 * @param {string} id of the account, or see addressee
	 * @param {string} what name of the route
	 * @param {JQuery.AjaxSettings} [more]
	 */
	const request = (id, what, more) =>
		$.ajax({ url: `stellantis/account/${encodeURIComponent(id)}/${what}`, dataType: "json", cache: false, ...more });

	/** Of failures whose own sentence is meant for those who look at another place. */
	const ELSEWHERE = { ERR_NO_ACCOUNT: "picker.notRunning", ERR_SIGN_IN_NEEDED: "picker.signIn" };

	/**
	 * The sentence for a request to the runtime that failed.
	 * @param {JQuery.jqXHR} answer
	 * @param {Record<string, string>} [sentences] keys of those that are said instead of the runtime's own, by code
	 * @returns {string}
	 */
	function failure(answer, sentences = ELSEWHERE) {
		if (answer.status === 0) return text("picker.offline");
		if (answer.status === 401 || answer.status === 403) return text("account.answer.notAllowed");
		const { code, message } = answer.responseJSON?.error ?? {};
		const instead = sentences[code];
		return instead ? text(instead) : (message ?? text("account.answer.noAnswer"));
	}

	/** Remembers whose form is open, see current, and makes room for its labels. @param {any} node */
	function opened(node) {
		const form = $(`#${prefixOf(node)}-name`).closest("form");
		form.data("stellantis", node.id);
		form.find(".form-row > label:first-child").css({ width: LABEL_WIDTH, verticalAlign: "middle" });
		fillIn(node);
		if (StellantisMigrations.migrate(node.type, node).newer)
			$('<div class="form-tips">').css("marginBottom", "12px").text(text("error.newer")).prependTo(form);
		explain(node);
	}

	/**
	 * Says beside each field what is wrong with it, as one types: the sentence of the property's own `validate`. Node-RED
	 * alone would draw a red border and keep the sentence for those who hold a mouse over it.
	 * @param {any} node
	 */
	function explain(node) {
		const prefix = prefixOf(node);
		const form = $(`#${prefix}-name`).closest("form");
		const properties = { ...node._def.defaults, ...node._def.credentials };
		// one voice for the whole form, and only about the field one is in
		const voice = $('<div role="status" class="stellantis-voice">').css(UNSEEN).appendTo(form);
		// a typed input hands on what is typed when the key is let go
		form.on("input change keyup", ({ target, originalEvent }) => {
			for (const [name, property] of Object.entries(properties)) {
				const field = $(`#${prefix}-${name}`);
				if (!field.length) continue;
				const sentence = complaint(node, property, field);
				complain(field, sentence);
				if (originalEvent && fieldAndInput(field).is(target) && voice.text() !== sentence) voice.text(sentence);
			}
		});
	}

	/** A typed input hides the field and shows another one in its place. @param {JQuery} field */
	const fieldAndInput = (field) =>
		field.add(field.next(".red-ui-typedInput-container").find(".red-ui-typedInput-input"));

	/**
	 * What is wrong with what a field holds, or an empty text; as Node-RED judges it, which offers no function for this.
	 * @param {any} node
	 * @param {any} property one of `defaults` or `credentials`
	 * @param {JQuery} field
	 * @returns {string}
	 */
	function complaint(node, property, field) {
		const value = field.attr("type") === "checkbox" ? field.prop("checked") : field.val();
		if (/^\$(\{\w+\}|\(\w+\))$/.test(String(value))) return "";
		const { label, required, type, validate } = property;
		if (required && (value === "" || (type && value === "_ADD_")))
			return label ? RED._("validator.errors.missing-required-prop", { prop: label }) : "";
		const verdict = validate?.call(node, value, label ? { label } : {});
		return typeof verdict === "string" ? verdict : "";
	}

	/**
	 * Puts a sentence below a field, or takes it away. A section that hides the field opens when the sentence is new.
	 * @param {JQuery} field
	 * @param {string} sentence empty: nothing is wrong
	 */
	function complain(field, sentence) {
		const id = `${field.attr("id")}-complaint`;
		const place = $(`#${id}`);
		if (place.text() === sentence) return;
		const seen = fieldAndInput(field);
		const described = (field.attr("aria-describedby") ?? "").split(" ").filter((other) => other && other !== id);
		if (sentence === "") {
			place.remove();
			seen.removeAttr("aria-invalid");
		} else {
			const row = field.closest("li, .form-row");
			if (!place.length) field.closest("details").prop("open", true);
			(place.length ? place : $("<div>").attr("id", id).addClass("stellantis-complaint").css(BELOW_FIELD))
				.css(row.is("li") ? { marginLeft: 0 } : {})
				.text(sentence)
				.appendTo(row.length ? row : field.parent());
			seen.attr("aria-invalid", "true");
			described.push(id);
		}
		if (described.length) seen.attr("aria-describedby", described.join(" "));
		else seen.removeAttr("aria-describedby");
	}

	/**
	 * Shows what this version makes of properties that another one saved, and the default of those that are not there.
	 * @param {any} node
	 */
	function fillIn(node) {
		const now = saved(node);
		for (const [name, property] of Object.entries(/** @type {Record<string, any>} */ (node._def.defaults))) {
			const value = now[name] ?? property.value;
			const field = $(`#${prefixOf(node)}-${name}`);
			if (field.attr("type") === "checkbox") {
				// Node-RED ticks it for any text, also for one that says no
				const on = /^(true|1)$/.test(String(value));
				if (field.prop("checked") !== on) field.prop("checked", on).trigger("change");
				continue;
			}
			if (node[name] === value || !["string", "number", "boolean"].includes(typeof value)) continue;
			// Node-RED has an option of its own for no configuration node
			if (property.type && value === "") continue;
			field.val(value).trigger("change");
		}
	}

	/** Makes of a node what this version saves of it, before the fields are read. @param {any} node */
	function bringUpToDate(node) {
		const now = saved(node);
		for (const name of Object.keys(node._def.defaults)) if (now[name] !== undefined) node[name] = now[name];
	}

	/**
	 * Whether all conditions hold: `name=a,b` (the value is one of these), `name!=a,b` (it is none of these).
	 * @param {string} conditions separated by spaces
	 * @param {(name: string) => unknown} value
	 */
	function applies(conditions, value) {
		return conditions
			.split(" ")
			.filter(Boolean)
			.every((condition) => {
				const [name = "", values = ""] = condition.split(/!?=/);
				return values.split(",").includes(String(value(name))) !== condition.includes("!=");
			});
	}

	/** Shows what applies and hides the rest. @param {JQuery} form @param {(name: string) => unknown} value */
	function show(form, value) {
		form.find("[data-show]").each((_, element) => {
			$(element).toggle(applies($(element).attr("data-show") ?? "", value));
		});
		RED.tray.resize();
	}

	/**
	 * What a reading node's form depends on, with the answers that follow from several fields.
	 * @param {any} node
	 * @returns {(name: string) => unknown}
	 */
	function facts(node) {
		const resource = current(node, "resource");
		const account = accountOf(node);
		const fleetWide = account?.api === "fleet-v3" && (!resource || FLEET_RESOURCES.includes(resource));
		const fleet = fleetWide && current(node, "scope") === "fleet";
		/** @type {Record<string, unknown>} */
		const derived = {
			api: account?.api,
			fleetWide,
			oneVehicle: !fleet && resource !== "user" && (resource !== "path" || isOfVehicle(node)),
			many: fleet || COLLECTIONS.includes(resource),
			ranged: COLLECTIONS.includes(resource),
		};
		return (name) => (name in derived ? derived[name] : current(node, name));
	}

	/** Whether the path that is read is one of a vehicle, as far as it is known. @param {any} node */
	const isOfVehicle = (node) =>
		current(node, "targetType") !== "str" || /\{(id|vid|vin)\}/.test(String(current(node, "target")));

	/**
	 * @param {string} label key of the property's label
	 * @param {{ min?: number, above?: number, max?: (node: any) => number, whole?: boolean, blank?: boolean }} limits
	 */
	function number(label, limits) {
		/** @this {any} @param {unknown} value @param {unknown} _opt two arguments: the answer may be a sentence */
		return function validate(value, _opt) {
			// saved before there was such a property: the runtime takes the default
			if (value === undefined) return true;
			const given = String(value ?? "").trim();
			if (given === "" && limits.blank) return true;
			const max = limits.max?.(this) ?? Number.POSITIVE_INFINITY;
			const amount = Number(given);
			const prop = text(label);
			if (given === "" || !Number.isFinite(amount)) return text("error.number", { prop });
			if (limits.whole && !Number.isInteger(amount)) return text("error.whole", { prop });
			if (amount < (limits.min ?? Number.NEGATIVE_INFINITY)) return text("error.min", { prop, min: limits.min });
			if (amount <= (limits.above ?? Number.NEGATIVE_INFINITY)) return text("error.above", { prop, min: limits.above });
			return amount > max ? text("error.max", { prop, max }) : true;
		};
	}

	/** @param {string} name property whose type is kept in `<name>Type` */
	function typedValue(name) {
		/** @this {any} @param {string} value @param {any} opt */
		return function validate(value, opt) {
			if (!value) return true;
			return RED.utils.validateTypedProperty(value, current(this, `${name}Type`), opt);
		};
	}

	/**
	 * A typed value that must not be empty under some conditions.
	 * @param {string} message key of the sentence
	 * @param {string} conditions see applies
	 * @param {string} name property
	 */
	function needed(message, conditions, name) {
		const typedIn = typedValue(name);
		/** @this {any} @param {string} value @param {any} opt */
		return function validate(value, opt) {
			if (!applies(conditions, (property) => current(this, property))) return true;
			return value ? typedIn.call(this, value, opt) : text(message);
		};
	}

	const INSTANT = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/i;
	const DURATION =
		/^P(?=\d|T\d)(\d+([.,]\d+)?Y)?(\d+([.,]\d+)?M)?(\d+([.,]\d+)?W)?(\d+([.,]\d+)?D)?(T(?=\d)(\d+([.,]\d+)?H)?(\d+([.,]\d+)?M)?(\d+([.,]\d+)?S)?)?$/;

	/** A bound of a time range: RFC 3339, ISO 8601 duration or epoch milliseconds when typed in. @param {string} name */
	function time(name) {
		const typedIn = typedValue(name);
		/** @this {any} @param {string} value @param {any} opt */
		return function validate(value, opt) {
			if (!value || current(this, `${name}Type`) !== "str") return typedIn.call(this, value, opt);
			const given = String(value).trim();
			if (INSTANT.test(given) || DURATION.test(given) || /^\d+$/.test(given)) return true;
			return text("error.time", { prop: text(`reading.label.${name}`) });
		};
	}

	/** The largest page that the chosen account's family allows; without an account, the largest there is. @param {any} node */
	function largestPage(node) {
		const size = current(node, "resource") === "telemetry" ? "telemetryPageSize" : "pageSize";
		const sizes = Object.values(FAMILIES).map((family) => family[size]);
		return FAMILIES[accountOf(node)?.api]?.[size] ?? Math.max(...sizes);
	}

	/**
	 * Properties that go together, by name of the group. Functions, because Node-RED writes into what it is given.
	 * @type {Record<string, () => Record<string, any>>}
	 */
	const PROPERTIES = {
		vehicle: () => ({
			vehicle: { value: "vehicle", validate: typedValue("vehicle") },
			vehicleType: { value: "msg" },
			scope: { value: "vehicle" },
		}),
		collection: () => ({
			output: { value: "item" },
			pageSize: {
				value: "",
				validate: number("reading.label.pageSize", { min: 1, max: largestPage, whole: true, blank: true }),
			},
			maxItems: { value: "", validate: number("reading.label.maxItems", { min: 1, whole: true, blank: true }) },
			parallel: { value: 1, validate: number("reading.label.parallel", { min: 1, whole: true }) },
		}),
		range: () => ({
			from: { value: "", validate: time("from") },
			fromType: { value: "str" },
			to: { value: "", validate: time("to") },
			toType: { value: "str" },
			order: { value: "descending" },
		}),
		news: () => ({
			onlyNew: { value: false },
			firstRun: { value: "all" },
			store: { value: "" },
		}),
	};

	/**
	 * The part of a reading node's registration that is the same for all of them.
	 * @param {string} type node type
	 * @param {string[]} groups names of PROPERTIES
	 * @param {Record<string, any>} [own] properties of this node alone
	 */
	function readingNode(type, groups, own = {}) {
		const defaults = Object.assign(
			{
				name: { value: "" },
				configVersion: { value: StellantisMigrations.versionOf(type) },
				account: {
					value: "",
					type: "stellantis-account",
					required: true,
					// read late: at this point another form's catalog may not be there yet
					get label() {
						return text("reading.label.account");
					},
				},
			},
			...groups.map((group) => PROPERTIES[group]?.()),
			own,
		);
		guard(defaults, expandRows(type), type);
		return {
			category: "Stellantis",
			color: "#7FB0D6",
			align: "left",
			defaults,
			inputs: 1,
			inputLabels: () => text("reading.port.input"),
			/** @param {number} index */
			outputLabels: (index) => text(index === 0 ? "reading.port.items" : "reading.port.completion"),
			/** @this {any} */
			labelStyle() {
				return this.name ? "node_label_italic" : "";
			},
			/** @this {any} */
			oneditprepare() {
				prepare(this);
			},
			/** @this {any} */
			oneditsave() {
				save(this);
			},
		};
	}

	/** Makes the fields of a reading node's form work, whichever of them it has. @param {any} node */
	function prepare(node) {
		opened(node);
		for (const [name, { types, list }] of Object.entries(TYPED)) {
			const field = $(`#node-input-${name}`);
			if (!field.length) continue;
			if (list) StellantisPickers.attach(node, name, types, () => list(node));
			else field.typedInput({ default: types[0], types, typeField: `#node-input-${name}Type` });
			const label = $(`label[for="node-input-${name}"]`).attr("id", `node-label-${name}`);
			field
				.next()
				.find(".red-ui-typedInput-input")
				.attr("aria-labelledby", label.attr("id") ?? "");
		}
		offerStores($("#node-input-store"), saved(node).store);

		const form = $("#node-input-name").closest("form");
		const update = () => {
			const largest = text("reading.placeholder.pageSize", { max: largestPage(node) });
			$("#node-input-pageSize").attr("placeholder", largest);
			show(form, facts(node));
		};
		form.on("change", "select, input[type=checkbox], #node-input-target", update);
		form.on("keyup", "#node-input-target", update);
		update();
	}

	/** @param {JQuery} field @param {string} chosen name of a context store, empty for the default one */
	function offerStores(field, chosen) {
		const option = (/** @type {string} */ value, /** @type {string} */ label) =>
			$("<option>").val(value).text(label).appendTo(field);
		option("", text("reading.store.default", { store: RED.settings.context.default }));
		const stores = new Set(RED.settings.context.stores);
		if (chosen) stores.add(chosen);
		for (const store of stores) option(store, store);
		field.val(chosen ?? "");
	}

	/** A hidden choice must not act: what doesn't apply goes back to its default. @param {any} node */
	function save(node) {
		if (!facts(node)("fleetWide")) $("#node-input-scope").val("vehicle");
		bringUpToDate(node);
	}

	/**
	 * The words of a list as the runtime reads it: an environment variable, say, gives it as text.
	 * @param {unknown} value
	 * @param {string[]} usual what a node means that has no such property
	 */
	function wordsOf(value, usual) {
		const words = typeof value === "string" ? value.split(",") : (value ?? usual);
		return Array.isArray(words) ? words.map((word) => String(word).trim()) : [];
	}

	/**
	 * Turns a field into a choice of several values that are kept as an array in the node.
	 * @param {any} node
	 * @param {string} name property, shown in a field whose id ends with `-choice`
	 * @param {{ value: string, label: string }[]} options
	 * @param {string[]} [usual] what a node means that has no such property
	 */
	function prepareChoice(node, name, options, usual = []) {
		const field = $(`#${prefixOf(node)}-${name}-choice`);
		field.val(wordsOf(saved(node)[name], usual).join(","));
		field.typedInput({ types: [{ value: "choice", multiple: true, options }] });
		field.data("stellantis-was", field.typedInput("value"));
	}

	/**
	 * Keeps what is chosen; nothing where the field can't be seen. What nobody has touched stays as it is: it may hold more
	 * than the field offers, such as a command of a newer version.
	 * @param {any} node
	 * @param {string} name see prepareChoice
	 */
	function saveChoice(node, name) {
		const field = $(`#${prefixOf(node)}-${name}-choice`);
		const seen = applies(field.closest("[data-show]").attr("data-show") ?? "", facts(node));
		const chosen = String(field.typedInput("value"));
		if (seen && node[name] !== undefined && chosen === field.data("stellantis-was")) return;
		node[name] = seen ? chosen.split(",").filter(Boolean) : [];
	}

	Object.assign(window, {
		StellantisEditor: {
			FAMILIES,
			COMMANDS,
			HARMLESS,
			commandOptions,
			text,
			language,
			current,
			opened,
			complain,
			saved,
			bringUpToDate,
			accountOf,
			familyOf,
			addressee,
			request,
			failure,
			applies,
			show,
			number,
			needed,
			typedValue,
			readingNode,
			prepare,
			save,
			prepareChoice,
			saveChoice,
		},
	});
})();
