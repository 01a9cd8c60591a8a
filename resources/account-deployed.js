// @ts-check
/**
 * The part of the account's form that talks to the account as it is deployed: signing in, testing, the file for a bug
 * report. Texts that come from the server are put in place as text, never as HTML.
 */
(() => {
	const SIGN_IN_POLL = 3_000;
	const SIGN_IN_PATIENCE = 10 * 60_000;
	/** After this many milliseconds a test says that it is still waiting. */
	const TEST_PATIENCE = 4_000;

	const text = (/** @type {string} */ key, /** @type {Record<string, unknown>} */ values = {}) =>
		StellantisEditor.text(key, values);

	/** A moment as a person near the browser says it: the time, and the day when it is another one. @param {Date} moment */
	function spoken(moment) {
		const today = moment.toDateString() === new Date().toDateString();
		return moment.toLocaleString(StellantisEditor.language(), {
			timeStyle: "short",
			...(today ? {} : { dateStyle: /** @type {const} */ ("medium") }),
		});
	}

	/** A sentence of the runtime, with its times as a person says them. @param {unknown} sentence */
	const local = (sentence) =>
		String(sentence ?? "").replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (time) => spoken(new Date(time)));

	/** @param {any} node */
	const ask = (node, method = "GET", what = "state", body = {}) =>
		StellantisEditor.request(node.id, what, {
			method,
			...(method === "GET" ? {} : { contentType: "application/json", data: JSON.stringify(body) }),
		});

	/** The sentence for a request that failed. @param {JQuery.jqXHR} answer */
	const failure = (answer) => local(StellantisEditor.failure(answer, { ERR_NO_ACCOUNT: "account.answer.notRunning" }));

	/** @param {{ signedIn?: boolean, expiresAt?: string | number, user?: string, reason?: string }} state */
	function describe(state) {
		if (!state.signedIn) {
			return state.reason
				? text("account.state.outBecause", { reason: local(state.reason) })
				: text("account.state.out");
		}
		const until = new Date(state.expiresAt ?? Number.NaN);
		const parts = [state.user ? text("account.state.inAs", { user: state.user }) : text("account.state.in")];
		if (!Number.isNaN(until.getTime())) parts.push(text("account.state.until", { time: spoken(until) }));
		return parts.join(" ");
	}

	/** A sign that a screen reader leaves out. @param {string} icon Font Awesome name @param {string} [more] classes */
	const sign = (icon, more = "") => $("<i>").addClass(`fa fa-${icon} ${more}`).attr("aria-hidden", "true");

	/** @param {any} node @param {boolean} deployed */
	function prepareSignIn(node, deployed) {
		const line = $("#stellantis-sign-in-state");
		const link = $("#stellantis-sign-in-link").hide();
		const pasted = $("#stellantis-paste");
		const signOut = $("#stellantis-sign-out").hide();
		/** @type {ReturnType<typeof setInterval> | undefined} */
		let poll;

		const stop = () => clearInterval(poll);
		const say = (/** @type {string} */ sentence, /** @type {string} */ icon) =>
			line.empty().append(sign(icon), $("<span>").text(sentence));
		const tell = (/** @type {any} */ state) => {
			say(describe(state), state.signedIn ? "check-circle" : "circle-o");
			signOut.toggle(state.signedIn === true);
			if (!state.signedIn) return;
			stop();
			link.hide();
		};
		const fail = (/** @type {JQuery.jqXHR} */ answer) => say(failure(answer), "exclamation-triangle");

		function signIn() {
			// opened before the answer is there: later, browsers would take it for an advertisement
			const tab = window.open("", "_blank");
			if (tab) tab.opener = null;
			const { origin, pathname } = new URL(".", window.location.href);
			ask(node, "POST", "sign-in", { origin, path: pathname })
				.done((/** @type {any} */ { url, redirectUri }) => {
					if (!/^https?:\/\//i.test(String(url))) {
						tab?.close();
						say(text("account.answer.noAnswer"), "exclamation-triangle");
						return;
					}
					link.attr("href", url).show();
					say(text("account.state.waiting", { redirectUri }), "hourglass-half");
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

		$("#stellantis-sign-in").on("click", signIn);
		$("#stellantis-paste-use").on("click", () => {
			ask(node, "POST", "paste", { text: pasted.val() })
				.done((/** @type {any} */ state) => {
					pasted.val("");
					tell(state);
				})
				.fail(fail);
		});
		signOut.on("click", () => {
			stop();
			ask(node, "POST", "sign-out")
				.done(() => tell({ signedIn: false }))
				.fail(fail);
		});
		if (deployed && StellantisEditor.current(node, "auth") === "authorization-code") ask(node).done(tell).fail(fail);
	}

	/** @param {any} node */
	function prepareTest(node) {
		const button = $("#stellantis-test");
		const line = $("#stellantis-test-state");
		const checks = $("#stellantis-checks");

		const say = (/** @type {string} */ sentence) =>
			line.empty().append(sign("spinner fa-spin"), $("<span>").text(sentence));
		const check = (/** @type {any} */ { name, ok, message }) => {
			const known = String(name).replace(" ", "-");
			const label = text(`account.check.${known}`);
			return $("<li>").append(
				sign(ok ? "check" : "times", ok ? "stellantis-works" : "stellantis-fails"),
				$("<b>").text(`${label.endsWith(known) ? name : label}: `),
				$("<span>").text(`${text(ok ? "account.check.works" : "account.check.fails")} `),
				$("<span>").text(local(message)),
			);
		};

		button.on("click", () => {
			checks.empty();
			say(text("account.state.testing"));
			button.prop("disabled", true);
			const patience = setTimeout(() => say(text("account.state.stillTesting")), TEST_PATIENCE);
			ask(node, "POST", "test")
				.done((/** @type {any} */ answer) => {
					line.empty();
					checks.append((answer.checks ?? []).map(check));
					checks[0]?.scrollIntoView({ block: "nearest" });
				})
				.fail((answer) => line.text(failure(answer)))
				.always(() => {
					clearTimeout(patience);
					button.prop("disabled", false);
				});
		});
	}

	/** @param {any} node */
	function prepareDiagnostics(node) {
		const line = $("#stellantis-diagnostics-state");
		$("#stellantis-diagnostics").on("click", () => {
			line.empty();
			// no plain link: where Node-RED has users, only its own requests carry the user's token
			ask(node, "GET", "diagnostics")
				.done((/** @type {unknown} */ report) => {
					const file = new Blob([JSON.stringify(report, null, "\t")], { type: "application/json" });
					const address = URL.createObjectURL(file);
					const name = `stellantis-diagnostics-${new Date().toLocaleDateString("sv")}.json`;
					$("<a>").attr({ href: address, download: name })[0]?.click();
					URL.revokeObjectURL(address);
					line.text(text("account.state.saved"));
				})
				.fail((answer) => line.text(failure(answer)));
		});
	}

	/** Makes the buttons work that ask the deployed account. @param {any} node @param {JQuery} form */
	function prepare(node, form) {
		const buttons = $("#stellantis-sign-in, #stellantis-sign-out, #stellantis-paste-use, #stellantis-test");
		let deployed = Boolean(RED.nodes.node(node.id)) && node.changed !== true;
		const show = () => {
			buttons.prop("disabled", !deployed);
			$(".stellantis-deploy-first").toggle(!deployed);
		};
		form.on("input change", ({ originalEvent, target }) => {
			// Node-RED triggers changes itself while it fills in the form; only a person's have an original event
			if (!originalEvent || target.id === "stellantis-paste" || !deployed) return;
			deployed = false;
			show();
		});
		show();
		prepareTest(node);
		prepareDiagnostics(node);
		prepareSignIn(node, deployed);
	}

	Object.assign(window, { StellantisDeployed: { prepare } });
})();
