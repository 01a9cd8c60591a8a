import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import vm from "node:vm";
import { FAMILIES } from "../../src/api/families";
import { summarizeStatus } from "../../src/api/summaries/status";
import { summarizeTrip } from "../../src/api/summaries/trip";
import { FORM_NAMES, FORMS, type Form, helpHtml, loadEditor, ROOT, read } from "./editor";

const VOID = new Set(["br", "hr", "img"]);
/** Most words of a help text; what several nodes share is told in one of them. */
const MOST_WORDS = 360;
/**
 * Of two that have more to tell: status lists what every word in a summary can be, and what to make of it, the list of
 * vehicles how a shared sweep is wired.
 */
const OWN_MOST: Partial<Record<Form, number>> = { status: 580, "vehicle-list": 500 };
const READING: Form[] = ["vehicle-list", "status", "trips", "alerts", "resource", "events", "watch"];
/** Ports of the nodes that send something else than a collection. */
const PORTS: Partial<Record<Form, string[]>> = {
	"remote-command": ["Result", "Progress"],
	watch: ["Event", "Status"],
};
const LANGUAGES = readdirSync(path.join(ROOT, "nodes", "locales")).filter((language) =>
	existsSync(path.join(ROOT, "nodes", "locales", language, "status.html")),
);

/** Configuration nodes send nothing. */
const isConfig = (form: Form) => form === "account" || form === "store";

/** The first element that is closed too early or never. */
function misnested(html: string): string | undefined {
	const open: string[] = [];
	for (const [, slash, name = ""] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
		if (VOID.has(name)) continue;
		if (!slash) open.push(name);
		else if (open.pop() !== name) return name;
	}
	return open.pop();
}

describe("help", () => {
	const { definitions } = loadEditor();
	for (const form of FORM_NAMES) {
		const type = FORMS[form];
		const help = helpHtml(form);
		const headings = [...help.matchAll(/<h3>(.*?)<\/h3>/g)].map((match) => match[1]);

		it(`explains ${type} in the sections users know`, () => {
			assert.ok(help.startsWith(`<script type="text/html" data-help-name="${type}">`));
			const expected = isConfig(form) ? ["Properties"] : form === "events" ? ["Outputs"] : ["Inputs", "Outputs"];
			const sections = headings.filter((heading) => heading !== "Example");
			assert.deepEqual(sections, [...expected, "Details", "References"]);
			assert.equal(misnested(help), undefined);
			assert.doesNotMatch(help.replace(/^<script[^>]*>/, ""), /<script|javascript:|\son\w+=/i);
		});

		if (isConfig(form)) continue;
		it(`tells what leaves each output of ${type}`, () => {
			const outputs = help.slice(help.indexOf("<h3>Outputs</h3>"), help.indexOf("<h3>Details</h3>"));
			const answer = form === "events" || form === "watch" ? ["event"] : ["statusCode", "rateLimit"];
			for (const name of ["payload", "vehicle", "topic", ...answer]) {
				assert.match(outputs, new RegExp(`<dt[^>]*>[^<]*\\b${name}\\b`), name);
			}
			const ports = [...outputs.matchAll(/<li>(\w+)/g)].map((match) => match[1]);
			const expected = PORTS[form] ?? (definitions.get(type)?.outputs === 2 ? ["Items", "Completion"] : []);
			assert.deepEqual(ports, expected);
		});

		if (form === "events") continue;
		it(`tells how to stop ${type}, and how its errors reach a flow`, () => {
			assert.match(help, /<dt[^>]*>[^<]*\breset\b/);
			assert.match(help, /msg\.error\.code/);
		});
	}

	for (const form of READING) {
		const help = helpHtml(form);

		it(`of ${form} is short`, () => {
			const words = help.replace(/<[^>]*>/g, " ").match(/\S+/g) ?? [];
			const most = OWN_MOST[form] ?? MOST_WORDS;
			assert.ok(words.length <= most, `${words.length} words`);
		});

		it(`of ${form} offers its example`, () => {
			assert.match(help, new RegExp(`<button type="button"[^>]* data-snippet="${form}">[^<]+</button>`));
		});
	}

	it("of events names all that an account tells of itself", () => {
		const [, union = ""] = /what: ("sign-in-lost".*);/.exec(read("src", "node-red", "account", "notices.ts")) ?? [];
		const told = [...union.matchAll(/"([^"]+)"/g)].map(([, what]) => what);
		assert.ok(told.length > 5, union);
		for (const language of LANGUAGES)
			for (const what of told)
				assert.ok(helpHtml("events", language).includes(`<code>${what}</code>`), `${what} in ${language}`);
	});

	it("of watch offers three examples, each a flow of its own", () => {
		const help = helpHtml("watch");
		const offered = [...help.matchAll(/ data-snippet="([^"]*)"/g)].map((match) => match[1]);
		assert.deepEqual(offered, ["watch", "watch-charge", "watch-zone"]);
		const snippets = read("resources", "guidance", "snippets.js");
		for (const name of offered) assert.match(snippets, new RegExp(`^\t"?${name}"?: \\[$`, "m"), name);
	});

	for (const language of LANGUAGES) {
		it(`says once in the source what several texts say (${language})`, () => {
			const seen = new Map<string, string>();
			for (const form of FORM_NAMES) {
				const source = read("nodes", "locales", language, `${form}.html`);
				for (const [paragraph] of source.matchAll(/<(dd|p|li)>(?:(?!<(?:dd|p|li|dl|ul)>).)*?<\/\1>/gs)) {
					const text = paragraph
						.replace(/<[^>]*>/g, "")
						.replace(/\s+/g, " ")
						.trim();
					if (text.length < 70) continue;
					assert.equal(seen.get(text), undefined, `${form}: ${text}`);
					seen.set(text, form);
				}
			}
		});

		it(`of status names every key of a summary, and what every word in it can be (${language})`, () => {
			const help = helpHtml("status", language);
			const named = help.match(/<code>[^<]*<\/code>/g)?.join(" ") ?? "";
			const { units } = FAMILIES["user-v4"];
			const keys = Object.entries(summarizeStatus({}, units)).flatMap(([key, part]) =>
				Array.isArray(part) ? [key] : [key, ...Object.keys(part ?? {})],
			);
			const values =
				"Disconnected InProgress Failure Stopped Finished No Slow Quick Partial Full Enabled Disabled Defect Trunk RoofWindow " +
				"StartUp Geolocation Active Inactive 22:05";
			for (const word of [...keys, ...values.split(" ")]) assert.match(named, new RegExp(`[>\\s.]${word}\\b`), word);
		});

		for (const form of FORM_NAMES.filter((name) =>
			existsSync(path.join(ROOT, "nodes", "locales", language, `${name}.html`)),
		)) {
			it(`of ${form} (${language}) leads nowhere that is not there`, () => {
				const help = helpHtml(form, language);
				const types: string[] = Object.values(FORMS);
				for (const [, name = ""] of help.matchAll(/data-help="([^"]*)"/g)) assert.ok(types.includes(name), name);
				for (const [anchor] of help.matchAll(/<a\b[^>]*>/g))
					assert.match(anchor, /href="https:\/\/|href="#" data-help="/, anchor);
			});
		}
	}
});

/** What a function node returns whose code is the help's. */
function run(language: string, form: Form, msg: Record<string, unknown>): Record<string, unknown> | null {
	const help = helpHtml(form, language);
	const [, escaped] = /<pre><code>([\s\S]*?)<\/code><\/pre>/.exec(help) ?? [];
	assert.ok(escaped, "there is code");
	const code = escaped.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
	return vm.runInNewContext(`(() => {${code}\n})()`, { msg: structuredClone(msg) });
}

describe("code in the help", () => {
	const { units } = FAMILIES["user-v4"];
	const vehicle = { id: "1", vin: "VR3UHZKXBN0000001" };
	const electric = (level: number, plugged: boolean) => ({
		vehicle,
		summary: summarizeStatus(
			{
				energies: [
					{
						type: "Electric",
						level,
						extension: { electric: { charging: { plugged } } },
						updatedAt: "2026-01-31T08:00:00Z",
					},
				],
			},
			units,
		),
	});

	for (const language of LANGUAGES) {
		it(`finds the car that should be charged (${language})`, () => {
			assert.match(String(run(language, "status", electric(18, false))?.payload), /18/);
			assert.equal(run(language, "status", electric(18, true)), null);
			assert.equal(run(language, "status", electric(80, false)), null);
			assert.equal(run(language, "status", { vehicle, summary: summarizeStatus({}, units) }), null);
		});

		it(`tells the consumption of a trip (${language})`, () => {
			const trip = { distance: 40, energyConsumptions: [{ type: "Electric", consumption: 6 }] };
			assert.equal(run(language, "trips", { vehicle, summary: summarizeTrip(trip) })?.payload, 15);
			assert.equal(run(language, "trips", { vehicle, summary: summarizeTrip({}) }), null);
		});

		it(`makes a notification of an alert (${language})`, () => {
			const payload = { type: "LowOil", active: true };
			const told = run(language, "alerts", { vehicle, payload });
			assert.deepEqual([told?.topic, told?.payload], [vehicle.vin, "LowOil"]);
			assert.equal(run(language, "alerts", { payload })?.payload, "LowOil");
			assert.equal(run(language, "alerts", { vehicle, payload: { ...payload, active: false } }), null);
		});
	}
});
