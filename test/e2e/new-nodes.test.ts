import assert from "node:assert/strict";
import type { FlowNode } from "./node-red";
import { inEditor } from "./session";

const account = (id: string, more: object = {}) => ({
	id,
	type: "stellantis-account",
	name: id,
	configVersion: 1,
	server: "demo",
	api: "user-v4",
	...more,
});
const list = (id: string, x: number): FlowNode => ({
	id,
	type: "stellantis-vehicle-list",
	z: "tab",
	name: id,
	configVersion: 1,
	account: "",
	output: "item",
	pageSize: "",
	maxItems: "",
	parallel: 1,
	x,
	y: 60,
	wires: [[], []],
});

inEditor(
	"new nodes",
	async () => ({
		flow: [
			{ id: "tab", type: "tab", label: "Flow" },
			{ id: "other", type: "tab", label: "Other" },
			account("only"),
			// neither is one that nodes of the first flow could work with
			account("disabled", { d: true }),
			account("elsewhere", { z: "other" }),
			list("bare", 160),
			list("left", 420),
		],
	}),
	(session) => {
		const evaluate = <T>(script: string): Promise<T> => session.editor.page.evaluate<T>(script);
		const accountOf = (id: string) => evaluate<string>(`RED.nodes.node("${id}").account`);
		const users = () => evaluate<string[]>('RED.nodes.node("only").users.map(({ id }) => id)');
		const isChanged = (id: string) => evaluate<boolean>(`Boolean(RED.nodes.node("${id}").changed)`);
		const undo = () => evaluate('RED.actions.invoke("core:undo")');

		it("take the only account there is, and leave nothing behind when they are taken back", async () => {
			const id = await session.editor.drag("stellantis-trips", 200, 200);
			assert.equal(await accountOf(id), "only");
			assert.equal(await session.editor.isValid(id), true);
			assert.deepEqual(await users(), [id]);
			await undo();
			assert.equal(await evaluate(`Boolean(RED.nodes.node("${id}"))`), false);
			assert.deepEqual(await users(), []);
			assert.equal(await isChanged("only"), false);
			assert.equal(await evaluate("RED.nodes.dirty()"), false);
		});

		it("leave alone what is loaded or imported without an account", async () => {
			assert.deepEqual([await accountOf("bare"), await isChanged("bare")], ["", false]);
			const imported = await evaluate<string>(`(() => {
				const node = { id: "import", type: "stellantis-status", account: "", x: 200, y: 300, wires: [[]] };
				const { nodeMap } = RED.view.importNodes([node], { generateIds: true, touchImport: true, notify: false });
				return nodeMap.import.id;
			})()`);
			assert.equal(await accountOf(imported), "");
			await undo();
		});

		it("without an account find the only one in their form, which Done keeps", async () => {
			let form = await session.editor.edit("bare");
			assert.equal(await form.field("account").inputValue(), "only");
			await form.cancel();
			assert.deepEqual([await accountOf("bare"), await isChanged("bare")], ["", false]);

			form = await session.editor.edit("bare");
			await form.save();
			assert.deepEqual([await accountOf("bare"), await isChanged("bare")], ["only", true]);
			assert.deepEqual(await users(), ["bare"]);
			await undo();
			assert.deepEqual([await accountOf("bare"), await users()], ["", []]);
		});

		it("say that a filter of which nothing is chosen lets all through", async () => {
			const { page } = session.editor;
			const form = await session.editor.edit(await session.editor.drag("stellantis-trips", 200, 400));
			const states = form.root.locator(".form-row:has(#node-input-states-choice) .red-ui-typedInput-option-trigger");
			assert.equal(await states.textContent(), "all trips");
			await states.click();
			await page.locator(".red-ui-typedInput-options:visible a").first().click();
			await page.keyboard.press("Escape");
			assert.match((await states.textContent()) ?? "", /^1 /);
			await form.cancel();
		});

		it("choose no account where there are several", async () => {
			await evaluate(
				'RED.nodes.import([{ id: "second", type: "stellantis-account", name: "second", server: "demo" }])',
			);
			const id = await session.editor.drag("stellantis-status", 420, 200);
			assert.equal(await accountOf(id), "");
			const form = await session.editor.edit("left");
			assert.equal(await form.field("account").inputValue(), "_ADD_");
			await form.cancel();
		});
	},
);
