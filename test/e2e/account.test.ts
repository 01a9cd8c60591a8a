import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Locator } from "playwright-core";
import { leaksIn } from "../secrets/scan";
import type { Form } from "./editor";
import type { FlowNode } from "./node-red";
import { inEditor } from "./session";
import { violations } from "./violations";

const FLOW: FlowNode[] = [
	{ id: "tab", type: "tab", label: "Flow" },
	{
		id: "list",
		type: "stellantis-vehicle-list",
		z: "tab",
		name: "",
		account: "",
		configVersion: 1,
		parallel: 1,
		x: 160,
		y: 100,
		wires: [[], []],
	},
];

const SECRETS = { clientSecret: "s3cr3t-of-the-garage", accessToken: "token-of-the-garage", header: "s3cr3t-key" };

/** An account as the form saved it before it had sections, a little of it changed. */
const SAVED: FlowNode = {
	id: "saved",
	type: "stellantis-account",
	name: "Saved long ago",
	configVersion: 1,
	server: "live",
	api: "fleet-v3",
	baseUrl: "http://127.0.0.1:9/connectedcar/v3",
	fleetId: "9",
	brand: "opel",
	country: "de",
	realm: "left over",
	locale: "",
	auth: "token",
	tokenUrl: "",
	authorizeUrl: "",
	redirectUri: "",
	scope: "",
	tls: "",
	proxy: "",
	headers: [{ name: "X-Tenant", value: "north" }],
	timeout: "30",
	retries: "3",
	concurrency: "4",
	requestsPerSecond: "0",
	commands: ["lock", "horn"],
	commandLimit: "5",
	wakeupInterval: "60",
	wakeupsPerDay: "6",
	store: "",
	shareAs: "",
	byMessage: false,
	commandsVia: "official",
	commandsUrl: "",
};

const ALWAYS = ["name", "api", "timeout", "retries", "concurrency", "requestsPerSecond"];
/** Of every account too, in a fold that other tests may have opened. */
const SHARING = ["store", "shareAs", "byMessage"];
const LIVE = ["baseUrl", "auth", "clientId", "tls", "proxy", "secretHeaders"];
const OWNER = ["brand", "country", "locale", "realm"];

/** Which fields there are beside those of every account. */
const FIELDS: { choice: Record<string, string>; fields: string[] }[] = [
	{ choice: { server: "demo", api: "user-v4" }, fields: [] },
	{ choice: { server: "demo", api: "fleet-v3" }, fields: [] },
	{ choice: { server: "live", api: "user-v4", auth: "token" }, fields: [...LIVE, ...OWNER, "accessToken"] },
	{
		choice: { server: "live", api: "user-v4", auth: "authorization-code" },
		fields: [
			...[...LIVE, ...OWNER, "stellantis-client", "clientSecret", "authorizeUrl", "tokenUrl", "redirectUri", "scope"],
			"refreshToken",
		],
	},
	{
		choice: { server: "live", api: "accounts-v1", auth: "client-credentials" },
		fields: [...LIVE, "realm", "clientSecret", "tokenUrl", "scope"],
	},
	{
		choice: { server: "live", api: "fleet-v3", auth: "basic" },
		fields: [...LIVE, "fleetId", "country", "locale", "username", "password"],
	},
	{ choice: { server: "live", api: "user-v4", auth: "none" }, fields: [...LIVE, ...OWNER] },
];

const card = (form: Form, server: string): Locator =>
	form.root.locator(`input[name=stellantis-server][value=${server}]`);
const section = (form: Form, title: string): Locator =>
	form.root.locator("details.stellantis-section", { has: form.root.page().getByText(title, { exact: true }) });
const isOpen = (details: Locator) => details.evaluate((element) => element.hasAttribute("open"));
/** What a screen reader says about a field after its name. */
const description = (field: Locator) =>
	field.evaluate((element) =>
		(element.getAttribute("aria-describedby") ?? "")
			.split(" ")
			.map((id) => element.ownerDocument.getElementById(id)?.innerText.trim())
			.join(" "),
	);

inEditor(
	"the first screen of a new account",
	async () => ({ flow: FLOW }),
	(session) => {
		let form: Form;
		beforeEach(async () => {
			await session.editor.edit("list");
			form = await session.editor.editAccount("add");
		});
		afterEach(async () => {
			await session.editor.load();
		});

		it("asks one thing, and has chosen the demo", async () => {
			assert.equal(await card(form, "demo").isChecked(), true);
			assert.deepEqual(await form.rows(), ["name", "api"]);
			for (const title of ["Limits", "Commands"]) assert.equal(await isOpen(section(form, title)), false);
			assert.deepEqual(await form.marked(), []);
			await session.editor.picture("account-first-screen", session.editor.page.locator(".red-ui-tray").last());
		});

		it("saves the demo with one click", async () => {
			const { editor } = session;
			await form.save();
			const account = await editor.page.evaluate<{ server: string; valid: boolean }>(
				'(({ server, valid }) => ({ server, valid }))(RED.nodes.node($("#node-input-account").val()))',
			);
			assert.deepEqual(account, { server: "demo", valid: true });
		});

		it("leads to the own car with one click", async () => {
			await card(form, "live").click();
			assert.deepEqual(await form.rows(), [
				"name",
				"api",
				"brand",
				"country",
				"stellantis-client",
				"auth",
				"clientId",
				"clientSecret",
			]);
			assert.equal(await form.field("auth").inputValue(), "authorization-code");
		});

		it("leads there by keyboard, and back", async () => {
			const { keyboard } = session.editor.page;
			await card(form, "demo").focus();
			await keyboard.press("ArrowRight");
			assert.equal(await card(form, "live").isChecked(), true);
			assert.equal(await form.field("clientId").isVisible(), true);
			await keyboard.press("Tab");
			assert.equal(await form.field("name").evaluate((field) => field === field.ownerDocument.activeElement), true);
			await keyboard.press("Shift+Tab");
			await keyboard.press("ArrowLeft");
			assert.equal(await card(form, "demo").isChecked(), true);
			assert.equal(await form.field("clientId").isVisible(), false);
		});

		it("offers each family the sign-in that is usual there, until one is chosen", async () => {
			await card(form, "live").click();
			await form.field("api").selectOption("fleet-v3");
			assert.equal(await form.field("auth").inputValue(), "basic");
			await form.field("auth").selectOption("none");
			await form.field("api").selectOption("accounts-v1");
			assert.equal(await form.field("auth").inputValue(), "none");
		});

		it("shows in front what the family needs, and the rest in a section", async () => {
			await card(form, "live").click();
			const connection = section(form, "Connection");
			assert.equal(await connection.locator("#node-config-input-baseUrl").count(), 1);
			await form.field("api").selectOption("accounts-v1");
			assert.equal(await connection.locator("#node-config-input-baseUrl").count(), 0);
			assert.equal(await form.field("baseUrl").isVisible(), true);
			assert.equal(await form.field("tls").locator("option:checked").count(), 1, "it says that there is none");
		});

		it("tells that the file for a bug report needs a deployed account", async () => {
			await form.root.locator("#stellantis-diagnostics").click();
			const state = form.root.locator("#stellantis-diagnostics-state");
			await state.filter({ hasText: /not running.*deploy/ }).waitFor();
		});

		it("fits into a narrow tray", async () => {
			const { editor } = session;
			const { page } = editor;
			await page.setViewportSize({ width: 840, height: 900 });
			await editor.load();
			await editor.edit("list");
			form = await editor.editAccount("add");
			await card(form, "live").click();
			await form.root.locator("details").evaluateAll((all) => {
				for (const one of all) one.setAttribute("open", "");
			});
			assert.ok(((await page.locator(".red-ui-tray").last().boundingBox())?.width ?? 0) <= 520);
			await editor.picture("account-narrow", page.locator(".red-ui-tray").last());
			const wide = await form.root.evaluate((element) => {
				const edge = element.closest(".red-ui-tray")?.getBoundingClientRect().right ?? 0;
				const parts = "label, input, select, button, .stellantis-hint, fieldset, details";
				return Array.from(element.querySelectorAll<HTMLElement>(parts))
					.filter((part) => part.offsetWidth > 0 && part.getBoundingClientRect().right > edge)
					.map(({ outerHTML }) => outerHTML.slice(0, 80));
			});
			await page.setViewportSize({ width: 1280, height: 900 });
			assert.deepEqual(wide, []);
		});
	},
);

inEditor(
	"a saved account",
	async () => ({
		flow: [
			...FLOW,
			SAVED,
			{ ...SAVED, id: "usual", headers: [], api: "user-v4", baseUrl: "", country: "", realm: "", commands: undefined },
			{ ...SAVED, id: "wrong", api: "user-v4", headers: [], retries: "often" },
		],
		credentials: {
			saved: { clientId: "garage", ...SECRETS, secretHeaders: JSON.stringify({ "X-Key": SECRETS.header }) },
			usual: { accessToken: SECRETS.accessToken },
			wrong: { accessToken: SECRETS.accessToken },
		},
	}),
	(session) => {
		let form: Form;
		const open = async (id: string) => {
			form = await session.editor.editConfig(id, "stellantis-account");
		};
		afterEach(async () => {
			if (await form.root.count()) await form.cancel();
		});

		it("opens as it was saved, is valid, and is not changed by looking at it", async () => {
			await open("saved");
			assert.equal(await card(form, "live").isChecked(), true);
			assert.deepEqual(await form.marked(), []);
			assert.equal(await form.root.locator(".stellantis-complaint").count(), 0);
			await form.save();
			assert.equal(await session.editor.page.evaluate("RED.nodes.dirty()"), false);
			assert.equal(await session.editor.isValid("saved"), true);
		});

		it("shows what is left in a field that the family seldom needs, since it is still sent", async () => {
			await open("saved");
			await section(form, "Connection").locator("#node-config-input-realm").waitFor();
			assert.equal(await form.field("realm").inputValue(), "left over");
		});

		it("has those sections open in which something was changed, and no other", async () => {
			await open("saved");
			const titles = ["Connection", "Limits", "Commands"];
			const state = () => Promise.all(titles.map((title) => isOpen(section(form, title))));
			assert.deepEqual(await state(), [true, false, true]);
			await form.cancel();
			await open("usual");
			assert.deepEqual(await state(), [false, false, false]);
			await form.cancel();
			await open("wrong");
			assert.equal(await isOpen(section(form, "Limits")), true);
			assert.match(await description(form.field("retries")), /Retries: a number is needed/);
		});

		it("gives a file for a bug report that holds no secret", async () => {
			const { page } = session.editor;
			await open("saved");
			const downloading = page.waitForEvent("download");
			await form.root.locator("#stellantis-diagnostics").click();
			const download = await downloading;
			assert.match(download.suggestedFilename(), /^stellantis-diagnostics-\d{4}-\d\d-\d\d\.json$/);
			const report = readFileSync(await download.path(), "utf8");
			assert.match(report, /fleet-v3/);
			assert.equal(typeof JSON.parse(report), "object");
			assert.deepEqual(leaksIn(report, SECRETS), []);
			await form.root.locator("#stellantis-diagnostics-state").filter({ hasText: /saved/ }).waitFor();
		});
	},
);

inEditor(
	"the account's form",
	async () => ({ flow: FLOW }),
	(session) => {
		let form: Form;
		const choose = async ({ server = "live", ...choice }: Record<string, string>) => {
			await card(form, server).check();
			for (const [name, value] of Object.entries(choice)) await form.field(name).selectOption(value);
		};

		// once, and again after a test that failed
		beforeEach(async () => {
			if (form && (await form.root.count())) return;
			await session.editor.edit("list");
			form = await session.editor.editAccount("add");
			for (const title of ["Limits", "Commands"]) await section(form, title).locator("summary").click();
			await choose({ server: "live" });
			await section(form, "Connection").locator("summary").click();
		});

		it("says beside a field where its value comes from, also to a screen reader", async () => {
			await choose({ server: "live", api: "user-v4", auth: "authorization-code" });
			const hints = {
				api: /^For owners/,
				brand: /where you sign in/,
				clientId: /developer portal/,
				clientSecret: /Beside the client id/,
				baseUrl: /public address/,
				tls: /client certificate/,
				timeout: /wait for an answer/,
			};
			for (const [name, hint] of Object.entries(hints)) assert.match(await description(form.field(name)), hint, name);
			await form.field("api").selectOption("accounts-v1");
			assert.match(await description(form.field("api")), /^For partners/);
		});

		it("says what is wrong while one types, and stops when it is right", async () => {
			await choose({ server: "live", api: "user-v4", auth: "authorization-code" });
			const steps: [string, string, RegExp, string][] = [
				["country", "f", /two letters/, "fr"],
				["baseUrl", "host", /starts with https/, "https://host/v4"],
				["timeout", "0", /more than 0/, "20"],
				["secretHeaders", "{", /of texts is needed/, '{"X-Key":"value"}'],
			];
			const voice = form.root.locator(".stellantis-voice[role=status]");
			for (const [name, wrong, sentence, right] of steps) {
				const field = form.field(name);
				await field.fill("");
				await field.pressSequentially(wrong);
				assert.match(await description(field), sentence, name);
				assert.equal(await field.getAttribute("aria-invalid"), "true", name);
				assert.match((await voice.textContent()) ?? "", sentence, name);
				await field.fill(right);
				assert.doesNotMatch(await description(field), sentence, name);
				assert.equal(await field.getAttribute("aria-invalid"), null, name);
				assert.equal(await voice.textContent(), "", name);
				await field.fill(name === "timeout" ? "30" : "");
			}
			const needed = form.field("clientId");
			assert.match(await description(needed), /must not be empty/);
			await needed.fill("garage");
			assert.doesNotMatch(await description(needed), /must not be empty/);
			await needed.fill("");
		});

		it("asks which client there is, and fills in what goes together", async () => {
			await choose({ server: "live", api: "user-v4", auth: "authorization-code" });
			const client = form.root.locator("#stellantis-client");
			const filled = async () =>
				Promise.all(["baseUrl", "scope", "redirectUri"].map((name) => form.field(name).inputValue()));
			assert.equal(await client.inputValue(), "", "nobody has chosen yet");
			await client.selectOption("partner");
			const callback = new URL("stellantis/callback", session.editor.page.url()).href;
			assert.deepEqual(await filled(), ["https://api-cert.groupe-psa.com/connectedcar/v4", "", callback]);
			assert.match(await description(client), /separated by commas/);
			assert.match(await description(form.field("baseUrl")), /asks for a client certificate/);
			assert.match(await description(form.field("scope")), /scopes such as data:telemetry/);
			await form.field("scope").fill("data:telemetry,data:position");
			assert.doesNotMatch(await description(form.field("scope")), /scopes such as/);
			await client.selectOption("app");
			assert.deepEqual(await filled(), ["", "", ""]);
			assert.match(await description(client), /no certificate/);
			assert.doesNotMatch(await description(form.field("baseUrl")), /certificate/);
			await form.field("scope").fill("data:trip");
			assert.match(await description(form.field("scope")), /on api-cert\.groupe-psa\.com only/);
			await form.field("scope").fill("");
		});

		it("says which header is wrong, in its place", async () => {
			await form.root.locator(".red-ui-editableList-addButton").click();
			const name = form.root.locator(".stellantis-header-name");
			await name.fill("a b");
			assert.match(await description(name), /every header needs a name/);
			await name.fill("Host");
			assert.match(await description(name), /set by the connection/);
			await name.fill("X-Tenant");
			assert.equal(await form.root.locator(".stellantis-headers .stellantis-complaint").count(), 0);
			await form.root.locator(".stellantis-headers .red-ui-editableList-item-remove").click();
		});

		it("opens a closed section in which something becomes wrong", async () => {
			await choose({ server: "live", api: "user-v4", auth: "authorization-code" });
			const connection = section(form, "Connection");
			await form.type("realm", "");
			await form.field("api").selectOption("accounts-v1");
			await form.type("authorizeUrl", "nowhere");
			await connection.locator("summary").click();
			assert.equal(await isOpen(connection), false);
			await form.type("authorizeUrl", "https://host/authorize");
			await form.field("api").selectOption("user-v4");
			await form.field("baseUrl").evaluate((field) => {
				(field as HTMLInputElement).value = "nowhere";
				field.dispatchEvent(new Event("input", { bubbles: true }));
			});
			assert.equal(await isOpen(connection), true);
			await form.type("baseUrl", "");
			await form.type("authorizeUrl", "");
		});

		for (const { choice, fields } of FIELDS) {
			it(`shows only the fields that apply: ${Object.values(choice).join(", ")}`, async () => {
				await choose(choice);
				const others = (await form.rows()).filter((name) => ![...ALWAYS, ...SHARING].includes(name));
				const known = (await form.rows()).filter((name) => ALWAYS.includes(name));
				assert.deepEqual(known.sort(), [...ALWAYS].sort());
				assert.deepEqual(others.filter(isAccountField).sort(), fields.sort());
			});
		}

		it("puts no barrier up, whatever is chosen", async () => {
			for (const { choice } of FIELDS) {
				await choose(choice);
				assert.deepEqual(
					await violations(session.editor.page, "#node-config-dialog-edit-form"),
					[],
					JSON.stringify(choice),
				);
				await session.editor.picture(`account-${Object.values(choice).join("-")}`);
			}
		});

		it("can be shown in a picture", async () => {
			const { editor } = session;
			const fold = async () => {
				for (const title of ["Connection", "Limits", "Commands"]) await section(form, title).locator("summary").click();
			};
			await choose({ server: "live", api: "user-v4", auth: "authorization-code" });
			await form.type("country", "fr");
			await form.type("clientId", "0123-4567-89ab-cdef");
			await fold();
			await editor.page.setViewportSize({ width: 1280, height: 1560 });
			await editor.page.waitForFunction('$(".red-ui-tray").last().height() > 1400');
			await card(form, "live").scrollIntoViewIfNeeded();
			await editor.picture("account-form", editor.page.locator(".red-ui-tray").last());
			await editor.page.setViewportSize({ width: 1280, height: 900 });
			await fold();
			await form.type("country", "");
			await form.type("clientId", "");
		});

		it("marks what is missing or can't be right, until it is right", async () => {
			await choose({ server: "live", api: "fleet-v3", auth: "client-credentials" });
			assert.deepEqual((await form.marked()).sort(), ["clientId", "fleetId", "tokenUrl"]);
			await form.type("country", "France");
			await form.type("timeout", "soon");
			await form.type("baseUrl", "somewhere");
			assert.deepEqual((await form.marked()).sort(), [
				"baseUrl",
				"clientId",
				"country",
				"fleetId",
				"timeout",
				"tokenUrl",
			]);
			const right = {
				clientId: "garage",
				fleetId: "9",
				tokenUrl: "https://sign-in.example.org/token",
				country: "fr",
				timeout: "20",
				baseUrl: "https://api.example.org/connectedcar/v3",
			};
			for (const [name, value] of Object.entries(right)) await form.type(name, value);
			assert.deepEqual(await form.marked(), []);
		});

		it("keeps everything through a deploy and a reload, secrets without showing them", async () => {
			const { editor } = session;
			await choose({ server: "live", api: "fleet-v3", auth: "client-credentials" });
			await form.type("name", "Our fleet");
			await form.type("clientSecret", "s3cr3t of the garage");
			await form.type("secretHeaders", '{"X-Key":"s3cr3t key"}');
			await form.root.locator(".red-ui-editableList-addButton").click();
			await form.root.locator(".stellantis-header-name").fill("X-Tenant");
			await form.root.locator(".stellantis-header-value").fill("north");
			const values = await form.values();
			await form.save();
			await editor.page.locator("#node-dialog-ok").click();
			await editor.settled();
			await editor.deploy();
			await editor.load();

			await editor.edit("list");
			form = await editor.editAccount("edit");
			assert.equal(await form.root.locator(".stellantis-header-name").inputValue(), "X-Tenant");
			assert.equal(await form.root.locator(".stellantis-header-value").inputValue(), "north");
			const hidden = { clientSecret: "__PWRD__", secretHeaders: "__PWRD__" };
			assert.deepEqual(await form.values(), { ...values, ...hidden });
			assert.doesNotMatch(await editor.page.content(), /s3cr3t/);
		});
	},
);

/** Rows of the limits of commands are the same for every account. */
function isAccountField(name: string): boolean {
	return !/command|wakeup|paste/i.test(name);
}
