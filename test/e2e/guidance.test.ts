import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import { CONFIG_NODES, catalog, FORMS, type Form } from "../editor-static/editor";
import type { Editor } from "./editor";
import { inEditor } from "./session";
import { violations } from "./violations";

const texts = catalog("vehicle-list");
const text = (key: string) => texts.get(`vehicle-list.${key}`) ?? assert.fail(`no text ${key}`);

/** For each example of the help, a debug node's name and what its message says. */
const EXAMPLES: Partial<Record<Form, [name: string, says: RegExp]>> = {
	"vehicle-list": ["completion", /items: 12/],
	status: ["status", /updatedAt: "2\d{3}-/],
	trips: ["trip", /startedAt: "2\d{3}-/],
	alerts: ["alert", /active: true/],
	resource: ["maintenance", /mileageBeforeMaintenance/],
	"remote-command": ["result", /command: "lights".*status: "(Success|AlreadyDone)"/],
	monitor: ["monitor", /monitorId/],
	events: ["event", /remoteEvent/],
	watch: ["event", /kind: "plugged"/],
};

/** What the badges of some tell, and of which car. */
const BADGES: Partial<Record<Form, RegExp>> = {
	// a car that has not moved since yesterday has told nothing today
	status: /^\d+ % · [a-z ]+ · (\d\d:\d\d|[A-Z][a-z]{2} \d{1,2}) · \S/,
	trips: /^\d+ trips? · [A-Z]/,
	resource: /^done · [A-Z]/,
	"remote-command": /^lights · (success|already done) · [A-Z]/,
};

interface Placed {
	id: string;
	type: string;
	name: string;
	selected?: boolean;
}

const onFlow = (editor: Editor) =>
	editor.page.evaluate<Placed[]>(
		`RED.nodes.filterNodes({ z: RED.workspaces.active() }).map(({ id, type, name, selected }) => ({ id, type, name, selected }))`,
	);

async function newFlow({ page }: Editor): Promise<void> {
	const before = await page.evaluate<string>("RED.workspaces.active()");
	await page.evaluate(`RED.actions.invoke("core:add-flow")`);
	await page.waitForFunction(`RED.workspaces.active() !== ${JSON.stringify(before)}`);
}

async function showHelp({ page }: Editor, form: Form): Promise<Locator> {
	await page.evaluate(`RED.sidebar.help.show(${JSON.stringify(FORMS[form])})`);
	const help = page.locator(".red-ui-help").filter({ has: page.locator(`:scope > .red-ui-help`) });
	await help.waitFor();
	return help;
}

/** A place of the workspace on the screen. */
async function at({ page }: Editor, x: number, y: number): Promise<{ x: number; y: number }> {
	const chart = await page.locator("#red-ui-workspace-chart").boundingBox();
	assert.ok(chart);
	return { x: chart.x + x, y: chart.y + y };
}

const accounts = ({ page }: Editor) =>
	page.evaluate<number>(
		`{ let n = 0; RED.nodes.eachConfig(({ type }) => { if (type === "stellantis-account") n++; }); n }`,
	);

inEditor(
	"help",
	async () => ({}),
	(session) => {
		for (const [form, [name, says]] of Object.entries(EXAMPLES) as [Form, [string, RegExp]][]) {
			it(`puts the example of ${form} on the workspace, and it works`, async () => {
				const { editor } = session;
				const { page } = editor;
				await newFlow(editor);
				const help = await showHelp(editor, form);
				await help.locator(`[data-snippet="${form}"]`).click();
				const { x, y } = await at(editor, 140, 100);
				await page.mouse.move(x, y, { steps: 4 });
				await page.mouse.click(x, y);
				const nodes = await onFlow(editor);
				assert.ok(nodes.some(({ type }) => type === FORMS[form]));
				for (const { id, type } of nodes) assert.ok(await editor.isValid(id), `${type} is complete`);
				await editor.picture(`help-${form}`);
				await editor.showDebug();
				await page.evaluate(`RED.actions.invoke("core:clear-debug-messages")`);
				// a watch tells at once what is the case
				await editor.deploy();

				const listener = nodes.find(({ type }) => type === FORMS.events);
				// an event can only come when there is an address to send it to
				if (listener) await editor.badge(listener.id).filter({ hasText: /./ }).waitFor();
				const inject = nodes.find(({ type }) => type === "inject");
				assert.ok(inject);
				await editor.press(inject.id);
				const from = page.locator(".red-ui-debug-msg", { has: page.getByText(text(`snippet.${name}`)) });
				await from.filter({ hasText: says }).first().waitFor();
				if (nodes.some(({ type }) => type === "change"))
					assert.match(
						(await from.first().locator(".red-ui-debug-msg-topic").textContent()) ?? "",
						/^[A-Z][a-zë]+ .* : msg/,
					);
				assert.equal(await accounts(editor), 1, "the demo account is used again");
				const badge = BADGES[form];
				const told = nodes.find(({ type }) => type === FORMS[form]);
				if (badge && told) await editor.badge(told.id).filter({ hasText: badge }).waitFor();
			});
		}

		it("offers three examples of watch, each complete as it comes", async () => {
			const { editor } = session;
			for (const name of ["watch", "watch-charge", "watch-zone"]) {
				await newFlow(editor);
				const help = await showHelp(editor, "watch");
				await help.locator(`[data-snippet="${name}"]`).focus();
				await editor.page.keyboard.press("Enter");
				await editor.page.waitForFunction("RED.nodes.filterNodes({ z: RED.workspaces.active() }).length === 4");
				for (const { id, type } of await onFlow(editor))
					assert.ok(await editor.isValid(id), `${type} of ${name} is complete`);
			}
		});

		it("places an example without a mouse, ready to be moved by the arrow keys", async () => {
			const { editor } = session;
			await newFlow(editor);
			const help = await showHelp(editor, "trips");
			await help.locator("[data-snippet]").focus();
			await editor.page.keyboard.press("Enter");
			await editor.page.waitForFunction("RED.nodes.filterNodes({ z: RED.workspaces.active() }).length === 4");
			assert.ok((await onFlow(editor)).every(({ selected }) => selected));
			for (const { id } of await onFlow(editor)) await editor.node(id).waitFor();
			await editor.picture("help-by-keyboard");
		});

		it("takes an example back by Escape", async () => {
			const { editor } = session;
			await newFlow(editor);
			const help = await showHelp(editor, "status");
			await help.locator("[data-snippet]").click();
			await editor.page.waitForFunction("RED.nodes.filterNodes({ z: RED.workspaces.active() }).length === 4");
			await editor.page.keyboard.press("Escape");
			await editor.page.waitForFunction("RED.nodes.filterNodes({ z: RED.workspaces.active() }).length === 0");
		});

		it("asks to close an open form before nodes come", async () => {
			const { editor } = session;
			await newFlow(editor);
			const form = await editor.edit(await editor.drag(FORMS.status, 300, 200));
			const help = await showHelp(editor, "status");
			await help.locator("[data-snippet]").click();
			await editor.page.locator("#red-ui-notifications").getByText(text("snippet.formOpen")).waitFor();
			await form.cancel();
			assert.equal((await onFlow(editor)).length, 1);
		});

		for (const form of Object.keys(FORMS) as Form[]) {
			it(`of ${form} leads where it says, and can be read by all`, async () => {
				const { editor } = session;
				const { page } = editor;
				const help = await showHelp(editor, form);
				assert.deepEqual(await violations(page, ".red-ui-help"), []);
				const links = help.locator("a[data-help]");
				for (let index = 0; index < (await links.count()); index++) {
					const title = await links.nth(index).textContent();
					await links.nth(index).click();
					assert.equal(await page.locator(".red-ui-help-title").textContent(), title);
					await showHelp(editor, form);
				}
			});
		}

		it("is not all: every port of every node has a label", async () => {
			const { editor } = session;
			const { page } = editor;
			await newFlow(editor);
			// Node-RED shows a label half a second after the mouse has come
			await page.evaluate(`{
				const { setTimeout } = globalThis;
				globalThis.setTimeout = (run, delay, ...more) => setTimeout(run, delay === 500 ? 0 : delay, ...more);
			}`);
			for (const type of Object.values(FORMS).filter((each) => !CONFIG_NODES.includes(each))) {
				const id = await editor.drag(type, 300, 120);
				const ports = editor.node(id).locator(".red-ui-flow-port");
				const [inputs = 0, outputs = 0] = await page.evaluate<number[]>(
					`(({ inputs, outputs }) => [inputs, outputs])(RED.nodes.node(${JSON.stringify(id)}))`,
				);
				// the editor draws the ports of a new node a moment after the node itself
				await ports.nth(inputs + outputs - 1).waitFor({ state: "attached" });
				assert.equal(await ports.count(), inputs + outputs);
				for (let index = 0; index < (await ports.count()); index++) {
					await ports.nth(index).hover({ force: true });
					const label = page.locator(".red-ui-flow-port-tooltip");
					await label.waitFor();
					assert.match((await label.textContent()) ?? "", /^[a-z]/, `${type}, port ${index}`);
					await page.mouse.move(5, 5);
					await label.waitFor({ state: "detached" });
				}
				await editor.node(id).click();
				await page.keyboard.press("Delete");
			}
		});
	},
);

const STEPS = ["welcome", "list", "inject", "debug", "wires", "account", "deploy", "press", "result"];

inEditor(
	"the guided tour",
	async () => ({}),
	(session) => {
		const popover = () => session.editor.page.locator(".red-ui-tourGuide-popover");
		const shade = () => session.editor.page.locator(".red-ui-tourGuide-shade");
		const act = () => popover().locator("[data-tour-do]");
		const step = async (name: string) => {
			await popover()
				.getByRole("heading", { name: text(`tour.${name}.title`) })
				.waitFor();
			await session.editor.picture(`tour-${STEPS.indexOf(name) + 1}-${name}`);
		};

		const start = async () => {
			const help = await showHelp(session.editor, "vehicle-list");
			await help.locator("[data-tour]").click();
			// away from the ring of light, which follows the mouse
			await session.editor.page.mouse.move(640, 895);
			await step("welcome");
		};
		// what a test leaves undeployed would ask for a word before the next deploy
		afterEach(() => session.editor.page.evaluate('RED.actions.invoke("core:remove-flow")'));

		const next = () => popover().locator(".red-ui-tourGuide-toolbar button");

		/** A step is settled: its button has the focus, a moment after it appears. */
		const isFocused = () =>
			session.editor.page.waitForFunction(
				`document.activeElement?.matches(".red-ui-tourGuide-popover [data-tour-do], .red-ui-tourGuide-toolbar button")`,
			);

		/** By the keyboard, as far as a step. */
		const walkTo = async (last: string) => {
			for (const name of STEPS) {
				await step(name);
				if (name === last) return;
				const button = (await act().count()) > 0 ? act() : next();
				await isFocused();
				assert.equal(await button.evaluate((element) => element === element.ownerDocument.activeElement), true);
				await session.editor.page.keyboard.press("Enter");
			}
		};

		const isOver = async () => {
			await popover().waitFor({ state: "detached" });
			assert.equal(await shade().count(), 0);
			const raised = `[...document.querySelectorAll("*")].filter(({ style }) => style.zIndex === "2002").length`;
			assert.equal(await session.editor.page.evaluate(raised), 0, "nothing stays raised");
		};

		it("leads to a first flow by mouse", async () => {
			const { editor } = session;
			const { page } = editor;
			const { mouse } = page;
			const centre = async (thing: Locator) => {
				const box = await thing.boundingBox();
				assert.ok(box);
				return [box.x + box.width / 2, box.y + box.height / 2] as const;
			};
			/** The shade goes as soon as the mouse comes near. */
			const approach = async (thing: Locator) => mouse.move(...(await centre(thing)), { steps: 20 });
			const drag = async (type: string, x: number) => {
				await approach(editor.inPalette(type));
				return editor.drag(type, x, 200);
			};
			await start();
			await next().click();
			await step("list");
			const list = await drag(FORMS["vehicle-list"], 360);
			await step("inject");
			const inject = await drag("inject", 140);
			await step("debug");
			const debug = await drag("debug", 600);

			await step("wires");
			await approach(editor.node(list).locator(".red-ui-flow-node"));
			const wire = async (from: string, to: string) => {
				await mouse.move(
					...(await centre(editor.node(from).locator(".red-ui-flow-port-output .red-ui-flow-port").first())),
				);
				await mouse.down();
				await mouse.move(...(await centre(editor.node(to).locator(".red-ui-flow-port-input .red-ui-flow-port"))), {
					steps: 5,
				});
				await mouse.up();
			};
			await wire(inject, list);
			await wire(list, debug);

			await step("account");
			await approach(editor.node(list).locator(".red-ui-flow-node"));
			const form = await editor.edit(list);
			const account = await editor.editAccount("add");
			await editor.picture("tour-account-form");
			await account.save();
			await form.save();

			await step("deploy");
			await page.locator("#red-ui-header-button-deploy").click();
			await step("press");
			await approach(editor.node(inject).locator(".red-ui-flow-node-button"));
			await editor.press(inject);
			await step("result");
			await editor.debugMessages.nth(11).waitFor();
			await isFocused();
			await next().click();
			await isOver();
		});

		it("leads to a first flow without a mouse, from the list of actions", async () => {
			const { editor } = session;
			const { page } = editor;
			await newFlow(editor);
			await page.evaluate(`RED.actions.invoke("core:clear-debug-messages")`);
			await page.evaluate(`RED.actions.invoke("core:show-action-list")`);
			await page.locator("#red-ui-actionList input").pressSequentially(text("tour.action"));
			await page.locator("#red-ui-actionList li.selected", { hasText: text("tour.action") }).waitFor();
			await page.keyboard.press("Enter");
			await walkTo("result");
			await editor.debugMessages.nth(11).waitFor();
			await isFocused();
			await page.keyboard.press("Enter");
			await isOver();
			assert.deepEqual((await onFlow(editor)).map(({ type }) => type).sort(), [
				"debug",
				"inject",
				FORMS["vehicle-list"],
			]);
			assert.equal(await accounts(editor), 1, "the demo account is used again");
		});

		for (const name of STEPS) {
			it(`ends by Escape at the step “${name}”`, async () => {
				await newFlow(session.editor);
				await start();
				await walkTo(name);
				await isFocused();
				await session.editor.page.keyboard.press("Escape");
				await isOver();
			});
		}

		it("can be read by all", async () => {
			const { editor } = session;
			await newFlow(editor);
			await start();
			assert.deepEqual(await violations(editor.page, ".red-ui-tourGuide-popover"), []);
			await walkTo("list");
			assert.deepEqual(await violations(editor.page, ".red-ui-tourGuide-popover"), []);
			await editor.page.keyboard.press("Escape");
			await isOver();
		});
	},
);
