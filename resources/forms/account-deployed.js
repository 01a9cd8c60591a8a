// @ts-check
/**
 * The part of the account's form that talks to the account as it is deployed: signing in, testing, the file for a bug
 * report. Texts that come from the server are put in place as text, never as HTML.
 */
import { current } from "../editor/properties.js";
import { request, failure as sentenceOf } from "../editor/requests.js";
import { language, text } from "../editor/text.js";

const SIGN_IN_POLL = 3_000;
const SIGN_IN_PATIENCE = 10 * 60_000;
/** After this many milliseconds a test says that it is still waiting. */
const TEST_PATIENCE = 4_000;

/** A moment as a person near the browser says it: the time, and the day when it is another one. @param {Date} moment */
function spoken(moment) {
	const today = moment.toDateString() === new Date().toDateString();
	return moment.toLocaleString(language(), {
		timeStyle: "short",
		...(today ? {} : { dateStyle: /** @type {const} */ ("medium") }),
	});
}

/** A sentence of the runtime, with its times as a person says them. @param {unknown} sentence */
const local = (sentence) =>
	String(sentence ?? "").replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (time) => spoken(new Date(time)));

/** @param {any} node */
const ask = (node, method = "GET", what = "state", body = {}) =>
	request(node.id, what, {
		method,
		...(method === "GET" ? {} : { contentType: "application/json", data: JSON.stringify(body) }),
	});

/** The object in a line; none in one of a proxy's page, which jQuery finds to be no JSON when it is over. @param {string} line */
function parsed(line) {
	try {
		const value = JSON.parse(line);
		return typeof value === "object" ? value : undefined;
	} catch {
		return undefined;
	}
}

/**
 * A POST whose answer are lines of JSON, which it hands on as they arrive. An error is the only line, or the last.
 * @param {any} node
 * @param {string} what name of the route
 * @param {(line: any) => void} take
 */
function askInLines(node, what, take) {
	let taken = 0;
	const read = (/** @type {string} */ answer) => {
		const end = answer.lastIndexOf("\n") + 1;
		const lines = answer.slice(taken, end).split("\n");
		taken = end;
		for (const line of lines) {
			const value = parsed(line);
			if (value) take(value);
		}
	};
	// through jQuery like every other request: Node-RED's editor gives those the user's token
	return request(node.id, what, {
		method: "POST",
		contentType: "application/json",
		data: "{}",
		xhr: () => {
			const xhr = $.ajaxSettings.xhr?.() ?? new XMLHttpRequest();
			xhr.addEventListener("progress", () => xhr.status === 200 && read(xhr.responseText));
			return xhr;
		},
		converters: { "text json": (/** @type {string} */ answer) => JSON.parse(answer.trim().split("\n").at(-1) ?? "") },
	}).done((_last, _status, { responseText }) => read(responseText));
}

/** The sentence for a request that failed. @param {JQuery.jqXHR} answer */
const failure = (answer) => local(sentenceOf(answer, { ERR_NO_ACCOUNT: "account.answer.notRunning" }));

/** @param {{ signedIn?: boolean, expiresAt?: string | number, user?: string, reason?: string }} state */
function describe(state) {
	if (!state.signedIn) {
		return state.reason ? text("account.state.outBecause", { reason: local(state.reason) }) : text("account.state.out");
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
	if (deployed && current(node, "auth") === "authorization-code") ask(node).done(tell).fail(fail);
}

/** Sign and class of what can become of a step of a test. @type {Record<string, [string, string]>} */
const OUTCOMES = {
	waiting: ["circle-o", ""],
	running: ["spinner fa-spin", ""],
	open: ["circle-o", ""],
	works: ["check", "stellantis-works"],
	caution: ["exclamation-triangle", "stellantis-caution"],
	fails: ["times", "stellantis-fails"],
	unneeded: ["minus", ""],
	untried: ["minus", ""],
};

/**
 * One step of a test in words.
 * @param {any} check `step` and `state`; `says`, the key of a sentence, with its values, or `message`, a sentence
 */
function stepLine({ step, state, says, message, cars = [], ...values }) {
	const word = text(`account.check.state.${state}`);
	const [icon = "", look] = OUTCOMES[state] ?? [];
	const sentence = says ? text(`account.check.says.${says}`, values) : local(message ?? word);
	return $("<li>")
		.attr({ "data-step": step, "data-state": state })
		.append(
			$("<i>")
				.addClass(`fa fa-${icon} ${look ?? ""}`)
				.attr({ role: "img", "aria-label": word }),
			$("<b>").text(text(`account.check.step.${step}`)),
			$("<span>").text(sentence),
			...(cars.length ? [carList(cars)] : []),
		);
}

/**
 * Cars and the commands that each can be sent.
 * @param {{ name: string, isOwn?: boolean, commands: string[] }[]} cars
 */
function carList(cars) {
	const all = cars.map(({ name, isOwn, commands }) => {
		const words = commands.map((command) => text(`account.command.${command}`)).join(", ");
		const known = isOwn === false ? ` ${text("account.check.notOwn")}` : "";
		return $("<li>").text(`${name}${known}: ${words || text("account.check.noCommand")}`);
	});
	return $("<ul>").append(all);
}

/** @param {any} node */
function prepareTest(node) {
	const button = $("#stellantis-test");
	const line = $("#stellantis-test-state");
	const checks = $("#stellantis-checks");
	// each result once, when it is known: the list itself would be read again and again
	const voice = $("#stellantis-test-voice");
	/** @type {JQuery.jqXHR | undefined} */
	let asked;
	/** @type {ReturnType<typeof setTimeout> | undefined} */
	let patience;
	let over = true;

	const running = () => {
		line.text(text("account.state.testing"));
		clearTimeout(patience);
		patience = setTimeout(() => line.text(text("account.state.stillTesting")), TEST_PATIENCE);
	};
	const stepsIn = (/** @type {string} */ state) => checks.children(`[data-state=${state}]`);
	const become = (/** @type {any} */ check) => {
		const now = stepLine(check);
		const was = checks.children().filter((_, { dataset }) => dataset.step === check.step);
		if (was.length) was.replaceWith(now);
		else checks.append(now);
		if (check.state === "running") running();
		else voice.append($("<p>").append(now.clone().contents()));
	};
	/** @param {string} sentence how the test ended */
	const ended = (sentence) => {
		for (const left of checks.children("[data-state=waiting], [data-state=running]").toArray())
			$(left).replaceWith(stepLine({ step: left.dataset.step, state: "untried" }));
		line.text(sentence);
		over = true;
		// the sentence that says what is wrong may be longer than the line in its place was
		(stepsIn("fails")[0] ?? line[0])?.scrollIntoView({ block: "nearest" });
	};
	const result = () => {
		if (stepsIn("fails").length) return text("account.state.testFailed");
		return text(stepsIn("caution").length ? "account.state.testCaution" : "account.state.testWorks");
	};
	/** @param {any} answer one line of it */
	const take = ({ steps, done, error, ...check }) => {
		if (steps) {
			checks.append(steps.map((/** @type {string} */ step) => stepLine({ step, state: "waiting" })));
			checks[0]?.scrollIntoView({ block: "nearest" });
		} else if (done) ended(result());
		else if (error) ended(local(error.message));
		else become(check);
	};

	function start() {
		checks.empty();
		voice.empty();
		over = false;
		running();
		button.text(text("account.button.stopTest"));
		asked = askInLines(node, "test", take)
			// a proxy may end what it can't wait for as if that were all
			.done(() => over || ended(text("account.answer.noAnswer")))
			.fail((answer, reason) => ended(reason === "abort" ? text("account.state.testStopped") : failure(answer)))
			.always(() => {
				asked = undefined;
				clearTimeout(patience);
				button.text(text("account.button.test"));
			});
	}

	button.on("click", () => (asked ? asked.abort() : start()));
	// the form has been closed, one way or the other: nobody waits any more
	checks.on("remove", () => asked?.abort());
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
			.fail((answer) => line.text(failure(answer)))
			.always(() => line[0]?.scrollIntoView({ block: "nearest" }));
	});
}

/** Makes the buttons work that ask the deployed account. @param {any} node @param {JQuery} form */
export function prepare(node, form) {
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
