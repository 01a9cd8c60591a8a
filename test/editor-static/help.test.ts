import assert from "node:assert/strict";
import { FORM_NAMES, FORMS, loadEditor, read } from "./editor";

const VOID = new Set(["br", "hr", "img"]);

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
		const help = read("nodes", "locales", "en-US", `${form}.html`);
		const headings = [...help.matchAll(/<h3>(.*?)<\/h3>/g)].map((match) => match[1]);

		it(`explains ${type} in the sections users know`, () => {
			assert.ok(help.startsWith(`<script type="text/html" data-help-name="${type}">`));
			const expected = form === "account" ? ["Properties"] : form === "events" ? ["Outputs"] : ["Inputs", "Outputs"];
			assert.deepEqual(headings, [...expected, "Details", "References"]);
			assert.equal(misnested(help), undefined);
			assert.doesNotMatch(help.replace(/^<script[^>]*>/, ""), /<script|javascript:|\son\w+=/i);
		});

		if (form === "account") continue;
		it(`tells what leaves each output of ${type}`, () => {
			const outputs = help.slice(help.indexOf("<h3>Outputs</h3>"), help.indexOf("<h3>Details</h3>"));
			const answer = form === "events" ? ["event"] : ["statusCode", "rateLimit"];
			for (const name of ["payload", "vehicle", "topic", ...answer]) {
				assert.match(outputs, new RegExp(`<dt[^>]*>${name}\\b`), name);
			}
			const ports = [...outputs.matchAll(/<li>(\w+)/g)].map((match) => match[1]);
			const second = form === "remote-command" ? ["Result", "Progress"] : ["Items", "Completion"];
			assert.deepEqual(ports, definitions.get(type)?.outputs === 2 ? second : []);
		});

		if (form === "events") continue;
		it(`tells how to stop ${type}, and how its errors reach a flow`, () => {
			assert.match(help, /<dt[^>]*>reset\b/);
			assert.match(help, /msg\.error\.code/);
		});
	}
});
