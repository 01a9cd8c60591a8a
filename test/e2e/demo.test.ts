import assert from "node:assert/strict";
import { inEditor } from "./session";

const EXAMPLE = "01 - List and status";

inEditor(
	"a newcomer with the demo account",
	async () => ({}),
	(session) => {
		const idOf = (type: string, name = "") =>
			session.editor.page.evaluate<string>(
				`RED.nodes.filterNodes({ type: ${JSON.stringify(type)} }).find(({ name }) => name === ${JSON.stringify(name)}).id`,
			);

		it("finds both ways to an account in the form of the first node", async () => {
			const { editor } = session;
			const { page } = editor;
			const accounts = () =>
				page.evaluate<string[]>(
					`{ const all = []; RED.nodes.eachConfig(({ type, name }) => { if (type === "stellantis-account") all.push(name); }); all }`,
				);
			const id = await editor.drag("stellantis-status", 300, 100);
			let form = await editor.edit(id);
			await editor.picture("no-account");
			const way = (name: string) => form.root.locator(`.stellantis-ways [data-way=${name}]`);
			await way("live").click();
			const account = await editor.opened("node-config-input-");
			assert.equal(await account.root.locator("input[name=stellantis-server][value=live]").isChecked(), true);
			assert.equal(await account.field("auth").inputValue(), "authorization-code");
			await account.cancel();

			await way("demo").click();
			await form.cancel();
			await page.waitForFunction(`{ let n = 0; RED.nodes.eachConfig(() => { n++; }); n === 0 }`);
			form = await editor.edit(id);
			await way("demo").click();
			assert.equal(await way("demo").isVisible(), false);
			await form.save();
			assert.deepEqual([await editor.isValid(id), await accounts()], [true, ["Demo"]]);
			// what the example brings is the same account once more
			await editor.node(id).click({ position: { x: 60, y: 15 } });
			await page.keyboard.press("Delete");
		});

		it("finds the examples in the import dialog and sees the vehicles after one press of a button", async () => {
			const { editor } = session;
			const { page } = editor;
			await editor.importExample(EXAMPLE);
			await page.waitForFunction(`RED.nodes.filterNodes({ type: "stellantis-status" }).length`);
			await page.evaluate(`RED.workspaces.show(RED.nodes.filterNodes({ type: "stellantis-status" })[0].z)`);
			await editor.deploy();

			await editor.showDebug();
			await editor.press(await idOf("inject", "read all"));
			const completion = page.locator(".red-ui-debug-msg", { hasText: "all vehicles listed" });
			await completion.waitFor();
			assert.match((await completion.textContent()) ?? "", /items: \d\d/);
			const states = page.locator(".red-ui-debug-msg", { hasText: "state of each vehicle" });
			await states.nth(9).waitFor();
			assert.match((await states.first().textContent()) ?? "", /updatedAt: "2\d{3}-/);
			// above it, which car it is
			const headings = await states.locator(".red-ui-debug-msg-topic").allTextContents();
			assert.ok(
				headings.some((heading) => heading.startsWith("Peugeot e-208 : ")),
				headings.join(", "),
			);
			for (const heading of headings) assert.doesNotMatch(heading, /[0-9a-f]{32}/);
		});

		it("reads below the nodes how it went", async () => {
			const { editor } = session;
			const list = editor.badge(await idOf("stellantis-vehicle-list"));
			await list.filter({ hasText: /\d+ vehicles/ }).waitFor();
			const status = editor.badge(await idOf("stellantis-status"));
			await status.filter({ hasText: / · [A-Z]/ }).waitFor();
			// no badge runs into that of the next node
			const tooLong = await editor.page.evaluate<string[]>(
				`$(".red-ui-flow-node-status-label").get().map((label) => label.textContent).filter((text) => text.length > 34)`,
			);
			assert.deepEqual(tooLong, []);
		});

		it("can be shown in a picture", async () => {
			const { editor } = session;
			const { page } = editor;
			await editor.quiet();
			const car = page.locator(".red-ui-debug-msg", { hasText: "state of each vehicle" }).first();
			await car.locator(".red-ui-debug-msg-object-header").first().click();
			await car.locator(".red-ui-debug-msg-object-handle").nth(1).click();
			await page.setViewportSize({ width: 1320, height: 900 });
			await car.scrollIntoViewIfNeeded();
			await editor.picture("status-output", car);
		});
	},
);
