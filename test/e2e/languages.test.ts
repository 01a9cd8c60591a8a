import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FORMS } from "../editor-static/editor";
import { ROOT } from "../support/built";
import { Editor } from "./editor";
import { inEditor } from "./session";

const LOCALES = join(ROOT, "nodes", "locales");
/** What a browser in that language asks for; Node-RED looks for the part before the dash too. */
const BROWSERS: Record<string, string> = { "en-US": "en-US", fr: "fr-FR", de: "de-DE", it: "it-IT", es: "es-ES" };

const MONDAY: Record<string, string> = { "en-US": "Monday", fr: "lundi", de: "Montag", it: "lunedì", es: "lunes" };

/** How much of the open form is out of sight, and labels that don't fit their room. */
const LAYOUT = `(() => {
	const body = $("#red-ui-editor-stack .red-ui-tray-body").get(-1);
	const scrolling = [...body.querySelectorAll("*"), body].filter(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight + 1 && clientHeight > 300);
	const hidden = Math.max(0, ...scrolling.map(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight));
	const labels = $(body).find(".form-row:visible > label:first-child, summary:visible").get();
	const cut = labels.filter((label) => label.scrollWidth > label.clientWidth + 1 || label.getBoundingClientRect().right > body.getBoundingClientRect().right);
	return { hidden, cut: cut.map(({ textContent }) => textContent) };
})()`;

/** What sticks out of a help text in a sidebar of 180 pixels, which is the least that Node-RED allows. */
const SIDEWAYS = `(() => {
	const help = $(".red-ui-help .red-ui-help").get(0);
	help.style.width = "160px";
	help.querySelectorAll("details").forEach((folded) => { folded.open = true; });
	const { right } = help.getBoundingClientRect();
	const out = [...help.querySelectorAll("*")].filter((part) => part.getBoundingClientRect().right > right + 1 || part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 0);
	const told = out.map(({ tagName, textContent }) => tagName + " " + textContent.slice(0, 60));
	if (help.scrollWidth > help.clientWidth + 1) told.push("all of it");
	help.style.width = "";
	return told;
})()`;

/** Node types that have help. */
const HELPED = Object.values(FORMS);

const words = (language: string) => JSON.parse(readFileSync(join(LOCALES, language, "account.json"), "utf8"));

inEditor(
	"an editor in the user's language",
	async () => ({
		flow: [
			{ id: "tab", type: "tab", label: "Flow" },
			{ id: "owner", type: "stellantis-account", name: "Demo", configVersion: 1, server: "demo", api: "user-v4" },
			{ id: "trips", type: "stellantis-trips", z: "tab", account: "owner", x: 200, y: 100, wires: [[], []] },
			{ id: "command", type: "stellantis-remote-command", z: "tab", account: "owner", command: "lock", x: 200, y: 200 },
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

				it("has a trips form that a laptop shows whole, and forms whose labels have room at 800 pixels", async () => {
					const { page } = editor;
					await page.setViewportSize({ width: 1366, height: 768 });
					const trips = await editor.edit("trips");
					const { hidden, cut } = await page.evaluate<{ hidden: number; cut: string[] }>(LAYOUT);
					assert.deepEqual({ hidden, cut }, { hidden: 0, cut: [] });
					await editor.picture(`trips-laptop-${language}`);
					await trips.cancel();
					await page.setViewportSize({ width: 800, height: 700 });
					for (const id of ["trips", "command"]) {
						const form = await editor.edit(id);
						await form.unfold();
						const narrow = await page.evaluate<{ cut: string[] }>(LAYOUT);
						assert.deepEqual(narrow.cut, []);
						await editor.picture(`${id}-narrow-${language}`);
						await form.cancel();
					}
					await page.setViewportSize({ width: 1280, height: 900 });
				});

				it("has help that never scrolls sideways, however narrow the sidebar is", async () => {
					const { page } = editor;
					for (const type of HELPED) {
						await page.evaluate(`RED.sidebar.help.show(${JSON.stringify(type)})`);
						const wide = await page.evaluate<string[]>(SIDEWAYS);
						assert.deepEqual(wide, [], type);
					}
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
