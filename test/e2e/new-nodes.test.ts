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
			account("lacking", { z: "other", server: "live", auth: "authorization-code" }),
			account("complete", { z: "other", server: "live", auth: "authorization-code" }),
			// with credentials that are called as an account's are
			{ id: "proxy", type: "http proxy", name: "", url: "http://127.0.0.1:9", noproxy: [] },
			list("bare", 160),
			list("left", 420),
			{ ...list("sweep", 160), z: "other", account: "lacking" },
			{ ...list("command", 420), z: "other", type: "stellantis-remote-command", command: "lock", account: "elsewhere" },
		],
		credentials: {
			complete: { clientId: "client" },
			disabled: { accessToken: "t" },
			proxy: { username: "u", password: "p" },
		},
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
			await form.unfold();
			const states = form.root.locator(".form-row:has(#node-input-states-choice) .red-ui-typedInput-option-trigger");
			assert.equal(await states.textContent(), "all trips");
			await states.click();
			await page.locator(".red-ui-typedInput-options:visible a").first().click();
			await page.keyboard.press("Escape");
			assert.match((await states.textContent()) ?? "", /^1 /);
			await form.cancel();
		});

		it("are marked where their account lacks what its sign-in needs, and the deploy asks", async () => {
			const { editor } = session;
			const { page } = editor;
			// nothing is known until the runtime has said what is there
			await page.waitForFunction('RED.nodes.node("lacking").valid === false');
			assert.deepEqual([await editor.isValid("sweep"), await editor.isValid("complete")], [false, true]);
			const given = async (id: string) =>
				(await page.request.get(new URL(`stellantis/account/${id}/given`, session.nodeRed.url).href)).json();
			assert.deepEqual(await given("complete"), { given: ["clientId"] }, "what is there, and never what it is");
			assert.deepEqual(await given("disabled"), { given: ["accessToken"] }, "of one that does not run");
			assert.deepEqual(await given("proxy"), { given: [] }, "of no other node");
			await evaluate("RED.nodes.dirty(true)");
			await page.locator("#red-ui-header-button-deploy").click();
			const question = page.locator("#red-ui-notifications");
			await question.getByText(/lacking \(stellantis-account\)/).waitFor();
			await editor.picture("deploy-asks");
			await page.evaluate('$(".red-ui-notification button").first().parent().find("button").eq(1).trigger("click")');
			await editor.load();
		});

		it("lead from a demo account to the own car as from a new one", async () => {
			const form = await session.editor.editConfig("only", "stellantis-account");
			await form.root.locator("input[name=stellantis-server][value=live]").click();
			assert.equal(await form.field("auth").inputValue(), "authorization-code");
			assert.deepEqual(await form.marked(), ["clientId"]);
			await session.editor.picture("demo-becomes-live");
			await form.save();
			assert.deepEqual([await accountOf("bare"), await session.editor.isValid("only")], ["", false]);
			await undo();
			assert.equal(await session.editor.isValid("only"), true);
		});

		it("take one of several demo accounts that are alike, and list them once", async () => {
			// one that was to sign in, and became a demo again, keeps how
			await evaluate(
				`RED.nodes.import([{ ...RED.nodes.convertNode(RED.nodes.node("only")), id: "twin", timeout: "30", auth: "authorization-code" }])`,
			);
			const id = await session.editor.drag("stellantis-status", 420, 300);
			assert.equal(await accountOf(id), "only");
			const form = await session.editor.edit(id);
			const offered = await form.field("account").locator("option").allTextContents();
			assert.equal(offered.filter((name) => name === "only").length, 1, `${offered}`);
			await form.cancel();
			await undo();
		});

		it("all use an account that says so in its form, which tells what changes and can be undone", async () => {
			const { editor } = session;
			const form = await editor.editConfig("twin", "stellantis-account");
			await form.unfold();
			const what = form.root.locator("#stellantis-everywhere-what");
			assert.match(
				await what.innerText(),
				/commands to vehicles.*command · Other · now: elsewhere.*sweep · Other · now: lacking/s,
			);
			await form.root.locator("#stellantis-everywhere").check();
			await editor.picture("use-everywhere", editor.page.locator(".red-ui-tray").last());
			await form.save();
			const all = ["bare", "left", "sweep", "command"];
			await editor.page.waitForFunction(`RED.nodes.node("command").account === "twin"`);
			assert.deepEqual(await Promise.all(all.map(accountOf)), ["twin", "twin", "twin", "twin"]);
			assert.equal(await editor.isValid("sweep"), true);
			await undo();
			assert.deepEqual(await Promise.all(all.map(accountOf)), ["", "", "lacking", "elsewhere"]);
			assert.deepEqual(await evaluate('RED.nodes.node("twin").users.length'), 0);
			await editor.load();
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
