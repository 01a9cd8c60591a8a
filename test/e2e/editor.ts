/** Node-RED's editor in a browser, used with mouse and keyboard as a person uses it. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { ROOT } from "../support/built";

/** `E2E_PICTURES=docs/pictures` renews those of the documents; they show times, so that each run makes others. */
export const PICTURES = join(ROOT, process.env.E2E_PICTURES ?? "build/e2e/pictures");
/** What the documents show: the pictures that they name, and those of the examples, which the site looks for itself. */
const DOCUMENTS = ["README.md", ...readdirSync(join(ROOT, "docs")).map((name) => join("docs", name))]
	.filter((name) => name.endsWith(".md"))
	.map((name) => readFileSync(join(ROOT, name), "utf8"))
	.join("\n");
const isShown = (name: string) => /^example-\d\d/.test(name) || DOCUMENTS.includes(`/${name}.png`);

export class Editor {
	readonly page: Page;
	/** What went wrong in the page: uncaught errors and lines of the console. */
	readonly complaints: string[] = [];
	readonly #url: string;

	private constructor(page: Page, url: string) {
		this.page = page;
		this.#url = url;
		page.setDefaultTimeout(30_000);
		page.on("dialog", (dialog) => dialog.accept());
		page.on("pageerror", (error) => this.complaints.push(`${error}`));
		page.on("console", (line) => {
			// the browser's own word on an answer of 4xx, which the form shows as a sentence
			if (line.type() === "error" && !/Failed to load resource/.test(line.text())) this.complaints.push(line.text());
		});
	}

	/** @param locale the browser's language, which Node-RED's editor takes over */
	static async open(browser: Browser, url: string, locale = "en-US"): Promise<Editor> {
		const context: BrowserContext = await browser.newContext({
			viewport: { width: 1280, height: 900 },
			locale,
			timezoneId: "UTC",
		});
		const editor = new Editor(await context.newPage(), url);
		await editor.load();
		return editor;
	}

	async close(): Promise<void> {
		await this.page.context().close();
	}

	/** Loads the page, again if need be, and waits for the flows. */
	async load(): Promise<void> {
		await this.page.goto(this.#url);
		await this.page.waitForFunction("globalThis.RED?.workspaces?.active?.() && RED.nodes.getWorkspaceOrder().length");
		await this.page.locator("#red-ui-palette-Stellantis").waitFor({ state: "attached" });
		await this.page.locator("#red-ui-loading-progress").waitFor({ state: "hidden" });
		await this.page.evaluate("document.fonts.ready.then(() => undefined)");
		if (process.env.E2E_COLORS === "dark")
			await this.page.evaluate('document.documentElement.classList.add("nr-theme-dark")');
	}

	/** The entry of a node type in the palette. */
	inPalette(type: string): Locator {
		return this.page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
	}

	/**
	 * Drags a node from the palette to a place in the workspace. Returns its id.
	 *
	 * @param held what happens over that place, before the node is let go
	 */
	async drag(type: string, x: number, y: number, held: () => Promise<void> = async () => {}): Promise<string> {
		const entry = this.inPalette(type);
		await entry.scrollIntoViewIfNeeded();
		const before = await this.#flowNodes();
		const from = await box(entry);
		const { x: left, y: top } = await box(this.page.locator("#red-ui-workspace-chart"));
		const { mouse } = this.page;
		await mouse.move(from.x + from.width / 2, from.y + from.height / 2);
		await mouse.down();
		await mouse.move(left + x, top + y, { steps: 5 });
		await held();
		await mouse.up();
		const id = (await this.#flowNodes()).find((each) => !before.includes(each));
		assert.ok(id, `${type} came down on the workspace`);
		return id;
	}

	/** A node of the workspace. */
	node(id: string): Locator {
		return this.page.locator(`.red-ui-flow-node-group[id="${id}"]`);
	}

	/** The text beside the badge below a node. */
	badge(id: string): Locator {
		return this.node(id).locator(".red-ui-flow-node-status-label");
	}

	/** Whether the editor takes a node for complete, and all its values for right. */
	isValid(id: string): Promise<boolean> {
		return this.page.evaluate<boolean>(`RED.nodes.node(${JSON.stringify(id)}).valid`);
	}

	/** Opens a node's form by a double click; a config node's from where it is used. */
	async edit(id: string): Promise<Form> {
		const name = this.page.locator("#node-input-name");
		// a form that is still closing must not be taken for the one that opens
		await name.waitFor({ state: "detached" });
		// on a busy machine the second click may come too late for a double one
		for (let turn = 0; turn < 3 && (await name.count()) === 0; turn++) {
			await this.node(id).dblclick({ position: { x: 60, y: 15 } });
			await name.waitFor({ timeout: 3_000 }).catch(() => {});
		}
		return this.opened("node-input-");
	}

	/** Opens the form of a config node. */
	async editConfig(id: string, type: string): Promise<Form> {
		// the list of config nodes is far away behind the menu, and Node-RED's own
		await this.page.evaluate(`RED.editor.editConfig("", ${JSON.stringify(type)}, ${JSON.stringify(id)})`);
		return this.opened("node-config-input-");
	}

	/** From a node's form, opens the form of the account it uses, or of a new one. */
	async editAccount(which: "edit" | "add"): Promise<Form> {
		await this.page.locator(`#node-input-btn-account-${which}`).click();
		return this.opened("node-config-input-");
	}

	/** The form that has just been opened, by whatever led to it. */
	async opened(prefix: string): Promise<Form> {
		const form = new Form(this, prefix);
		await form.root.waitFor();
		await this.settled();
		return form;
	}

	/** Waits until no tray moves any more. */
	async settled(): Promise<void> {
		await this.page.waitForFunction(
			`(() => {
			const tray = document.querySelector("#red-ui-editor-stack .red-ui-tray:last-of-type");
			const right = tray ? tray.getBoundingClientRect().right : -1;
			// a tray waits outside for a moment before it slides in
			const isIn = right <= document.querySelector("#red-ui-editor-stack").getBoundingClientRect().right + 1;
			const still = globalThis.trayWas === right && isIn;
			globalThis.trayWas = right;
			return still && !document.querySelector(".red-ui-tray-animating") && jQuery.timers.length === 0;
		})()`,
			undefined,
			{ polling: 60 },
		);
	}

	/** Deploys everything. A question whether that is wise fails the test. */
	async deploy(): Promise<void> {
		await this.page.locator("#red-ui-header-button-deploy").click();
		await this.page.waitForFunction("!RED.nodes.dirty()").catch(async () => {
			assert.fail(`the editor did not deploy: ${await this.page.locator("#red-ui-notifications").textContent()}`);
		});
	}

	/** Imports one of our examples by the menu, as its file is named. */
	async importExample(name: string): Promise<void> {
		await this.page.evaluate('RED.actions.invoke("core:show-examples-import-dialog")');
		const dialog = this.page.locator(".ui-dialog:has(#red-ui-clipboard-dialog-ok)");
		const entry = dialog.getByText(name, { exact: true });
		// on a busy machine a click may come before the list listens
		for (let turn = 0; turn < 3 && !(await entry.isVisible()); turn++) {
			await dialog.getByText("node-red-contrib-stellantis").click();
			await entry.waitFor({ timeout: 3_000 }).catch(() => {});
		}
		// the list unfolds
		await this.settled();
		await entry.scrollIntoViewIfNeeded();
		await entry.click();
		await this.page.locator("#red-ui-clipboard-dialog-ok").click();
		await dialog.waitFor({ state: "hidden" });
	}

	/** Presses the button of an inject node. */
	async press(id: string): Promise<void> {
		// on a busy machine a click may come before the button listens, or before the flows run
		for (let turn = 0; turn < 3; turn++) {
			const injected = this.page
				.waitForResponse((response) => response.url().includes("/inject/"), { timeout: 5_000 })
				.then((response) => response.ok())
				.catch(() => false);
			await this.node(id).locator(".red-ui-flow-node-button-button").click();
			if (await injected) return;
		}
		assert.fail("the button injects nothing");
	}

	/** Messages in the debug sidebar. */
	get debugMessages(): Locator {
		return this.page.locator(".red-ui-debug-msg");
	}

	async showDebug(): Promise<void> {
		await this.page.evaluate('RED.actions.invoke("core:show-debug-tab")');
	}

	/** Hides what pops up on its own, such as the word that a deploy went well. Node-RED takes it away later. */
	async quiet(): Promise<void> {
		await this.page.evaluate(
			'$("#red-ui-notifications").children().hide(); RED.popover && $(".red-ui-popover").remove()',
		);
	}

	/** A picture to look at, below build/e2e. */
	async picture(name: string, of: Locator | Page = this.page): Promise<void> {
		if (process.env.E2E_PICTURES && !isShown(name)) return;
		mkdirSync(PICTURES, { recursive: true });
		await of.screenshot({ path: join(PICTURES, `${name}.png`), animations: "disabled", caret: "hide" });
	}

	#flowNodes(): Promise<string[]> {
		return this.page.evaluate<string[]>("RED.nodes.filterNodes({ z: RED.workspaces.active() }).map(({ id }) => id)");
	}
}

/** An open form. */
export class Form {
	readonly #editor: Editor;
	readonly prefix: string;

	constructor(editor: Editor, prefix: string) {
		this.#editor = editor;
		this.prefix = prefix;
	}

	get root(): Locator {
		return this.#editor.page.locator(`form:has(#${this.prefix}name)`);
	}

	/** A field by the name of its property. */
	field(name: string): Locator {
		return this.root.locator(`#${this.prefix}${name}`);
	}

	/** Types into a field and leaves it. */
	async type(name: string, text: string): Promise<void> {
		await this.unfold();
		await this.field(name).fill(text);
		await this.field(name).blur();
	}

	/** Opens what is folded, as far as it can be seen. */
	async unfold(): Promise<void> {
		const folded = this.root.locator("details.stellantis-section:not([open]):visible > summary");
		while ((await folded.count()) > 0) await folded.first().click();
	}

	/** Names of the properties whose rows can be seen, in order. */
	async rows(): Promise<string[]> {
		const labels = this.root.locator(".form-row:visible > label:first-child[for]");
		const names = await labels.evaluateAll((all) => all.map((label) => label.getAttribute("for") ?? ""));
		return names.map((name) => name.replace(this.prefix, ""));
	}

	/** Names of the properties whose fields are marked as wrong. */
	async marked(): Promise<string[]> {
		const ids = await this.root
			.locator("input.input-error, select.input-error")
			.evaluateAll((all) => all.map(({ id }) => id));
		return ids.map((id) => id.replace(this.prefix, ""));
	}

	/** Every property's value as the form holds it. */
	values(): Promise<Record<string, unknown>> {
		return this.#editor.page.evaluate<Record<string, unknown>>(`Object.fromEntries(
			$('[id^="${this.prefix}"]').filter("input, select").map((_, field) => ({
				entry: [field.id.slice(${this.prefix.length}), field.type === "checkbox" ? field.checked : $(field).val()],
			})).get().map(({ entry }) => entry))`);
	}

	async save(): Promise<void> {
		await this.#end("ok");
	}

	async cancel(): Promise<void> {
		await this.#end("cancel");
	}

	async #end(button: "ok" | "cancel"): Promise<void> {
		const root = await this.root.elementHandle();
		const dialog = this.prefix === "node-input-" ? "node-dialog" : "node-config-dialog";
		await this.#editor.page.locator(`#${dialog}-${button}`).click();
		await root?.waitForElementState("hidden").catch(() => {});
		await this.root.waitFor({ state: "detached" });
		await this.#editor.settled();
	}
}

async function box(of: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
	const found = await of.boundingBox();
	assert.ok(found, `${of} can be seen`);
	return found;
}
