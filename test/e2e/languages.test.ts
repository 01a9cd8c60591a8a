import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Editor } from "./editor";
import { ROOT } from "./node-red";
import { inEditor } from "./session";

const LOCALES = join(ROOT, "nodes", "locales");
/** What a browser in that language asks for; Node-RED looks for the part before the dash too. */
const BROWSERS: Record<string, string> = { "en-US": "en-US", fr: "fr-FR", de: "de-DE", it: "it-IT", es: "es-ES" };

const MONDAY: Record<string, string> = { "en-US": "Monday", fr: "lundi", de: "Montag", it: "lunedì", es: "lunes" };

const words = (language: string) => JSON.parse(readFileSync(join(LOCALES, language, "account.json"), "utf8"));

inEditor(
	"an editor in the user's language",
	async () => ({
		flow: [
			{ id: "tab", type: "tab", label: "Flow" },
			{ id: "owner", type: "stellantis-account", name: "Demo", configVersion: 1, server: "demo", api: "user-v4" },
			{ id: "trips", type: "stellantis-trips", z: "tab", account: "owner", x: 200, y: 100, wires: [[], []] },
		],
	}),
	(session) => {
		it("is tried in every language there is", () => {
			assert.deepEqual(Object.keys(BROWSERS).sort(), readdirSync(LOCALES).sort());
		});

		for (const [language, locale] of Object.entries(BROWSERS)) {
			describe(locale, () => {
				let editor: Editor;
				before(async () => {
					editor = await Editor.open(session.browser, session.nodeRed.url, locale);
				});
				after(async () => {
					await editor?.close();
				});

				it("shows forms and help in it, without a bare key", async () => {
					const form = await editor.edit("trips");
					const label = form.root.locator('label[for="node-input-vehicle"] span').first();
					assert.equal(await label.textContent(), words(language).reading.label.vehicle);
					assert.doesNotMatch(await form.root.innerText(), /\b(reading|trips|account|error)\.\w+/);
					await form.cancel();
					const account = await editor.editConfig("owner", "stellantis-account");
					assert.doesNotMatch(await account.root.innerText(), /\b(reading|trips|account|error)\.\w+/);
					await editor.picture(`account-${language}`);
					await account.cancel();

					await editor.page.evaluate('RED.sidebar.help.show("stellantis-trips")');
					const help = editor.page.locator(".red-ui-help .red-ui-help").first();
					const [, first = ""] =
						/<p>(.*?)[.<]/s.exec(readFileSync(join(LOCALES, language, "trips.html"), "utf8")) ?? [];
					assert.match((await help.textContent()) ?? "", new RegExp(first.trim().split(/[^\p{L} ]/u)[0] || "-", "u"));
					assert.deepEqual(editor.complaints, []);
				});

				it("names days in it, also where Node-RED has no texts of its own", async () => {
					const widgets = "/resources/node-red-contrib-stellantis/editor/widgets.js";
					const [first] = await editor.page.evaluate<string[]>(
						`import("${widgets}").then(({ dayNames }) => dayNames("long"))`,
					);
					assert.equal(first, MONDAY[language]);
				});
			});
		}
	},
);
