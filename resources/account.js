// @ts-check
/**
 * The account's form: its checks, its list of headers, signing in and testing. Texts that come from the server are put
 * in place as text, never as HTML.
 */
(() => {
	/** Realm and sign-in host of each brand of user-v4. */
	const BRANDS = {
		peugeot: { realm: "clientsB2CPeugeot", host: "idpcvs.peugeot.com" },
		citroen: { realm: "clientsB2CCitroen", host: "idpcvs.citroen.com" },
		ds: { realm: "clientsB2CDS", host: "idpcvs.driveds.com" },
		opel: { realm: "clientsB2COpel", host: "idpcvs.opel.com" },
		vauxhall: { realm: "clientsB2CVauxhall", host: "idpcvs.vauxhall.co.uk" },
	};

	/** What Node-RED shows in place of a stored secret. */
	const STORED_SECRET = "__PWRD__";

	const SIGN_IN_POLL = 3_000;
	const SIGN_IN_PATIENCE = 10 * 60_000;

	// looked up at each call: the browser may load this file before the one that defines StellantisEditor
	const text = (/** @type {string} */ key, /** @type {Record<string, unknown>} */ values = {}) =>
		StellantisEditor.text(key, values);
	const current = (/** @type {any} */ node, /** @type {string} */ name) => StellantisEditor.current(node, name);

	/** @param {any} node @param {string} name */
	const field = (node, name) => current(node, name) ?? node.credentials?.[name];

	/**
	 * A field that must be filled in under some conditions, and may have to look like something.
	 * @param {string} label key of the label
	 * @param {{ show?: string, needed?: string, looks?: RegExp, error?: string }} rule `show`: when the field counts at all;
	 *   `needed`: when it must not be empty (both as in StellantisEditor.applies); `error`: key of the sentence when it
	 *   doesn't look right
	 */
	function check(label, rule) {
		/** @this {any} @param {unknown} value @param {unknown} _opt */
		return function validate(value, _opt) {
			const fact = (/** @type {string} */ name) => field(this, name);
			const given = String(value ?? "").trim();
			if (rule.show && !StellantisEditor.applies(rule.show, fact)) return true;
			if (given === "") {
				return rule.needed && StellantisEditor.applies(rule.needed, fact)
					? text("error.needed", { prop: text(label) })
					: true;
			}
			if (given === STORED_SECRET || !rule.looks || rule.looks.test(given)) return true;
			return text(rule.error ?? "error.needed", { prop: text(label) });
		};
	}

	/** @this {any} @param {{ name: string, value: string }[]} headers @param {unknown} _opt */
	function validHeaders(headers, _opt) {
		const right = (headers ?? []).every(({ name }) => /^[\w!#$%&'*+.^`|~-]+$/.test(name));
		return right || text("error.headers");
	}

	/** @this {any} @param {string} value @param {unknown} _opt */
	function validSecretHeaders(value, _opt) {
		if (!value || value === STORED_SECRET) return true;
		try {
			const headers = JSON.parse(value);
			const isObject = typeof headers === "object" && headers !== null && !Array.isArray(headers);
			if (isObject && Object.values(headers).every((header) => typeof header === "string")) return true;
		} catch {
			// told below: a sentence of our own says what is expected, and never repeats what was typed in
		}
		return text("error.secretHeaders");
	}

	/** Addresses that hold when a field stays empty. @param {any} node */
	function placeholders(node) {
		const brand = BRANDS[/** @type {keyof typeof BRANDS} */ (current(node, "brand"))];
		const family = StellantisEditor.FAMILIES[String(current(node, "api"))];
		const user = current(node, "api") === "user-v4" && brand;
		return {
			baseUrl: family?.baseUrl || "https://example.com/connectedcar/v1",
			realm: user ? brand.realm : "",
			tokenUrl: user ? `https://${brand.host}/am/oauth2/access_token` : "https://",
			authorizeUrl: user ? `https://${brand.host}/am/oauth2/authorize` : "https://",
			redirectUri: new URL("stellantis/callback", window.location.href).href,
		};
	}

	/** @param {any} node */
	function prepareHeaders(node) {
		const list = $("#node-config-input-headers-container");
		list.editableList({
			addItem: (/** @type {JQuery} */ container, /** @type {number} */ _index, /** @type {any} */ header) => {
				for (const part of ["name", "value"]) {
					$('<input type="text">')
						.addClass(`stellantis-header-${part}`)
						.attr("placeholder", text(`account.placeholder.header.${part}`))
						.css({ width: "46%", marginRight: "2%" })
						.val(header[part] ?? "")
						.appendTo(container);
				}
			},
			removable: true,
			sortable: true,
			height: "auto",
		});
		for (const header of node.headers ?? []) list.editableList("addItem", header);
	}

	function readHeaders() {
		const items = $("#node-config-input-headers-container").editableList("items").toArray();
		return items
			.map((item) => {
				const read = (/** @type {string} */ part) =>
					String($(item).find(`.stellantis-header-${part}`).val() ?? "").trim();
				return { name: read("name"), value: read("value") };
			})
			.filter(({ name, value }) => name !== "" || value !== "");
	}

	/** Asks the runtime about the account as it is deployed. @param {any} node */
	function ask(node, method = "GET", what = "state", body = {}) {
		return $.ajax({
			url: `stellantis/account/${encodeURIComponent(node.id)}/${what}`,
			method,
			dataType: "json",
			cache: false,
			...(method === "GET" ? {} : { contentType: "application/json", data: JSON.stringify(body) }),
		});
	}

	/** The sentence for a request that failed. @param {JQuery.jqXHR} answer */
	function failure(answer) {
		if (answer.status === 401 || answer.status === 403) return text("account.answer.notAllowed");
		// what the runtime says then is meant for those who look at another node
		if (answer.responseJSON?.error?.code === "ERR_NO_ACCOUNT") return text("account.answer.notRunning");
		return answer.responseJSON?.error?.message ?? text("account.answer.noAnswer");
	}

	/** @param {{ signedIn?: boolean, expiresAt?: string | number, user?: string, reason?: string }} state */
	function describe(state) {
		if (!state.signedIn) {
			return state.reason ? text("account.state.outBecause", { reason: state.reason }) : text("account.state.out");
		}
		const until = new Date(state.expiresAt ?? Number.NaN);
		const parts = [state.user ? text("account.state.inAs", { user: state.user }) : text("account.state.in")];
		if (!Number.isNaN(until.getTime())) parts.push(text("account.state.until", { time: until.toLocaleString() }));
		return parts.join(" ");
	}

	/** The part of the form that talks to the deployed account. @param {any} node */
	function prepareServerPart(node) {
		const form = $("#node-config-input-name").closest("form");
		const line = $("#stellantis-sign-in-state");
		const checks = $("#stellantis-checks");
		const link = $("#stellantis-sign-in-link").hide();
		const pasted = $("#stellantis-paste");
		const buttons = $("#stellantis-sign-in, #stellantis-sign-out, #stellantis-paste-use, #stellantis-test");
		let edited = !RED.nodes.node(node.id) || node.changed === true;
		/** @type {ReturnType<typeof setInterval> | undefined} */
		let poll;

		const stop = () => clearInterval(poll);
		const update = () => {
			buttons.prop("disabled", edited);
			$(".stellantis-deploy-first").toggle(edited);
		};
		const tell = (/** @type {any} */ state) => {
			line.text(describe(state));
			if (state.signedIn) {
				stop();
				link.hide();
			}
		};
		const fail = (/** @type {JQuery.jqXHR} */ answer) => line.text(failure(answer));

		function signIn() {
			// opened before the answer is there: later, browsers would take it for an advertisement
			const tab = window.open("", "_blank");
			if (tab) tab.opener = null;
			ask(node, "POST", "sign-in", { origin: window.location.origin })
				.done((/** @type {any} */ { url, redirectUri }) => {
					if (!/^https?:\/\//i.test(String(url))) {
						tab?.close();
						line.text(text("account.answer.noAnswer"));
						return;
					}
					link.attr("href", url).show();
					line.text(text("account.state.waiting", { redirectUri }));
					if (tab) tab.location.href = url;
					const end = Date.now() + SIGN_IN_PATIENCE;
					stop();
					poll = setInterval(() => {
						if (Date.now() > end || !document.contains(line[0] ?? null)) stop();
						else ask(node).done((/** @type {any} */ state) => state.signedIn && tell(state));
					}, SIGN_IN_POLL);
				})
				.fail((answer) => {
					tab?.close();
					fail(answer);
				});
		}

		function paste() {
			ask(node, "POST", "paste", { text: pasted.val() })
				.done((/** @type {any} */ state) => {
					pasted.val("");
					tell(state);
				})
				.fail(fail);
		}

		function test() {
			checks.empty();
			$("<li>").text(text("account.state.testing")).appendTo(checks);
			ask(node, "POST", "test")
				.done((/** @type {any} */ answer) => {
					checks.empty();
					for (const { name, ok, message } of answer.checks ?? []) {
						const item = $("<li>").appendTo(checks);
						$("<i>")
							.addClass(ok ? "fa fa-check" : "fa fa-times")
							.appendTo(item);
						$("<b>").text(` ${name} `).appendTo(item);
						$("<span>")
							.text(String(message ?? ""))
							.appendTo(item);
					}
					checks[0]?.scrollIntoView({ block: "nearest" });
				})
				.fail((answer) => {
					checks.empty();
					$("<li>").text(failure(answer)).appendTo(checks);
				});
		}

		$("#stellantis-sign-in").on("click", signIn);
		$("#stellantis-paste-use").on("click", paste);
		$("#stellantis-sign-out").on("click", () => {
			stop();
			ask(node, "POST", "sign-out")
				.done(() => tell({ signedIn: false }))
				.fail(fail);
		});
		$("#stellantis-test").on("click", test);
		form.on("input change", (event) => {
			// Node-RED triggers changes itself while it fills in the form; only a person's have an original event
			if (!event.originalEvent || event.target.id === "stellantis-paste") return;
			edited = true;
			update();
		});
		update();
		if (!edited && current(node, "auth") === "authorization-code") ask(node).done(tell).fail(fail);
	}

	/** @param {any} node */
	function prepareAccount(node) {
		StellantisEditor.opened(node);
		prepareHeaders(node);
		const form = $("#node-config-input-name").closest("form");
		const update = () => {
			for (const [name, value] of Object.entries(placeholders(node))) {
				$(`#node-config-input-${name}`).attr("placeholder", value);
			}
			StellantisEditor.show(form, (name) => current(node, name));
		};
		form.on("change", "select", update);
		update();
		prepareServerPart(node);
	}

	/** @param {any} node */
	function saveAccount(node) {
		node.headers = readHeaders();
	}

	Object.assign(window, {
		StellantisAccount: { check, validHeaders, validSecretHeaders, prepare: prepareAccount, save: saveAccount },
	});
})();
