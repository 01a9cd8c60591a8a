import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FORMS } from "../editor-static/editor";
import { PICTURES } from "./editor";
import { Film } from "./film";
import { inEditor } from "./session";

const FLOW = [
	{ id: "tab", type: "tab", label: "Flow 1" },
	{
		id: "press",
		type: "inject",
		z: "tab",
		name: "look",
		props: [],
		repeat: "",
		crontab: "",
		once: false,
		onceDelay: 0.1,
		topic: "",
		payload: "",
		payloadType: "date",
		x: 100,
		y: 160,
		wires: [["shown"]],
	},
	{
		id: "shown",
		type: "debug",
		z: "tab",
		name: "",
		active: true,
		console: false,
		tostatus: false,
		statusVal: "",
		statusType: "auto",
		tosidebar: true,
		complete: "summary",
		targetType: "msg",
		x: 480,
		y: 160,
		wires: [],
	},
];

/** What a README may weigh. */
const MOST_BYTES = 1_500_000;

inEditor(
	"the first minute",
	async () => ({ flow: FLOW }),
	(session) => {
		it("leads from an empty place between two nodes to the state of a car, and makes the film of the README", async () => {
			const { editor } = session;
			const { page } = editor;
			await page.setViewportSize({ width: 1080, height: 640 });
			await page.evaluate('$("#red-ui-palette-Stellantis").get(0).scrollIntoView({ block: "end" })');
			const film = new Film(page);
			const take = async (seconds: number) => {
				await editor.settled();
				await editor.quiet();
				await film.take(seconds);
			};
			await editor.showDebug();
			await take(1.5);

			const status = await editor.drag(FORMS.status, 290, 160, async () => {
				await page.locator(".red-ui-flow-link-splice").waitFor({ state: "attached" });
			});
			const wired = `RED.nodes.filterLinks({ source: { id: "press" } })[0].target.id === ${JSON.stringify(status)}`;
			assert.ok(await page.evaluate(wired), "a node that is let down on a wire is wired");
			await take(1.5);

			let form = await editor.edit(status);
			await take(1.5);
			const account = await editor.editAccount("add");
			await take(2);
			await account.save();
			form = await editor.edit(status).catch(() => form);
			const vehicle = form.field("vehicle").locator("xpath=following-sibling::*[1]");
			await vehicle.locator(".red-ui-typedInput-type-select").click();
			await page.locator(".red-ui-typedInput-options:visible").getByText("vehicle", { exact: true }).click();
			await vehicle.locator(".red-ui-typedInput-option-expand").click();
			const options = page.locator(".red-ui-popover-panel:visible").getByRole("option");
			await options.nth(5).waitFor();
			await take(2);
			await options.first().click();
			await form.root.locator(".stellantis-meaning:visible").waitFor();
			await take(1.5);
			await form.save();

			await editor.deploy();
			await editor.press("press");
			const shown = editor.debugMessages.first();
			await shown.waitFor();
			await editor.badge(status).filter({ hasText: /./ }).waitFor();
			await take(1.5);
			await shown.locator(".red-ui-debug-msg-object-header").first().click();
			await shown
				.locator(".red-ui-debug-msg-object-entry", { hasText: /^battery/ })
				.first()
				.locator(".red-ui-debug-msg-object-handle")
				.first()
				.click();
			assert.match((await shown.textContent()) ?? "", /level: \d+/);
			await take(4);

			const gif = film.gif();
			assert.ok(film.shots >= 8);
			assert.ok(gif.length < MOST_BYTES, `${gif.length} bytes`);
			mkdirSync(PICTURES, { recursive: true });
			writeFileSync(join(PICTURES, "first-minute.gif"), gif);
		});
	},
);
