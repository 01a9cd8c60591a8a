import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import type { Form } from "./editor";
import type { FlowNode } from "./node-red";
import { inEditor } from "./session";
import { violations } from "./violations";

const account = (id: string, api: string, more: object = {}) => ({
	id,
	type: "stellantis-account",
	name: id,
	configVersion: 1,
	server: "demo",
	api,
	...more,
});

let row = 0;
const command = (id: string, more: object): FlowNode => ({
	id,
	type: "stellantis-remote-command",
	z: "tab",
	name: id,
	configVersion: 1,
	account: "partner",
	vehicle: "VR3UHZKXBN0000001",
	vehicleType: "str",
	command: "lock",
	commandType: "fixed",
	args: "{}",
	argsType: "json",
	channel: "",
	channelType: "str",
	ifBusy: "wait",
	wait: "result",
	timeout: 120,
	x: 120 + 240 * (row % 4),
	y: 60 + 60 * Math.floor(row++ / 4),
	wires: [[], []],
	...more,
});

/** As people write it by hand: opening and closing the form must not touch it. */
const SPACED = '{ "programs" : [ {"slot":2, "start":"PT6H", "occurence":{"day":["Mon"]}} ] }';
const LINES = '{\n\t"latitude": 48.85,\n\t"longitude": 2.29\n}';
const EXPRESSION = '{\n\t"temperature": payload\n}';
const STRANGE = '{"latitude": 48.1, "longitude": 11.5, "altitude": 500}';

inEditor(
	"form of the remote command",
	async () => ({
		flow: [
			{ id: "tab", type: "tab", label: "Flow" },
			account("owner", "user-v4"),
			account("partner", "accounts-v1"),
			account("fleet", "fleet-v3"),
			command("fresh", { account: "owner" }),
			command("spaced", { account: "owner", command: "climate-programs", args: SPACED }),
			command("lines", { account: "owner", command: "navigate", args: LINES }),
			command("expression", { command: "climate-start", args: EXPRESSION, argsType: "jsonata" }),
			command("strange", { account: "owner", command: "navigate", args: STRANGE }),
			command("warm", { command: "climate-start", args: '{"temperature":20}' }),
			command("limit", { command: "charge-settings", args: '{"limit":"80"}' }),
			command("night", { command: "charge-programs", args: '{"programs":[{"slot":1,"enabled":false}]}' }),
			command("there", { account: "owner", command: "navigate", args: '{"latitude":48.85,"longitude":2.29}' }),
			command("alarm", { command: "theft-alarm", args: '{"suppress":true,"duration":2}' }),
			command("open", { account: "owner", command: "unlock" }),
			command("asked", { command: "navigate", args: "payload", argsType: "msg" }),
			command("petrol", { account: "owner", vehicle: "VR3UHZKXBN0000003", command: "climate-start" }),
			command("own", { command: "custom", args: '{"label":"x"}' }),
			command("variable", { account: "owner", command: "$(COMMAND)", args: SPACED }),
			command("newer", { account: "owner", command: "windows-close" }),
		],
	}),
	(session) => {
		const page = (): Page => session.editor.page;
		let form: Form;
		let id = "";
		const open = async (node: string) => {
			id = node;
			form = await session.editor.edit(node);
		};
		const saved = (): Promise<Record<string, string>> =>
			page().evaluate(`(({ command, args, argsType }) => ({ command, args, argsType }))(RED.nodes.node("${id}"))`);
		const args = async () => JSON.parse((await saved()).args ?? "") as unknown;
		const field = (name: string): Locator => form.root.locator(`#stellantis-arg-${name}`);
		const program = (place: number, name: string): Locator => form.root.locator(`#stellantis-program-${place}-${name}`);
		const picture = (name: string) =>
			session.editor.picture(`command-${name}`, page().locator("#red-ui-editor-stack .red-ui-tray").last());
		/** A sentence below a field that one can see. */
		const complaint = (sentence: string) => form.root.locator(".stellantis-complaint:visible", { hasText: sentence });
		const view = (name: "fields" | "json") => form.root.locator(`#stellantis-args-views [data-view=${name}]`);
		/** Chooses a command as a person does, in the menu of the field. */
		const choose = async (words: string) => {
			await form.root
				.locator("#node-input-command + .red-ui-typedInput-container .red-ui-typedInput-option-trigger")
				.click();
			await page().locator(".red-ui-typedInput-options:visible a").filter({ hasText: words }).first().click();
		};
		afterEach(async () => {
			await page().evaluate("$('#node-dialog-cancel:visible').trigger('click')");
			await session.editor.settled();
		});

		for (const [node, text] of [
			["spaced", SPACED],
			["strange", STRANGE],
			["lines", LINES],
			["expression", EXPRESSION],
			["warm", '{"temperature":20}'],
			["limit", '{"limit":"80"}'],
			["asked", "payload"],
			["own", '{"label":"x"}'],
		] as const)
			it(`leaves the arguments of ${node} as they are, to the letter, when nothing is edited`, async () => {
				await open(node);
				await form.save();
				assert.equal((await saved()).args, text);
				assert.equal(await page().evaluate(`RED.nodes.node("${node}").changed`), false);
			});

		it("keeps the lines of arguments that mean the same again, and writes others in one line", async () => {
			await open("lines");
			await field("latitude").fill("50");
			await field("latitude").fill("48.85");
			await form.save();
			assert.equal((await saved()).args, LINES);
			await open("lines");
			await field("latitude").fill("50");
			await form.save();
			assert.equal((await saved()).args, '{"latitude":50,"longitude":2.29}');
		});

		it("makes no other command of one that it does not know", async () => {
			const { editor } = session;
			for (const [node, value] of [
				["variable", "$(COMMAND)"],
				["newer", "windows-close"],
			] as const) {
				const opened = await editor.edit(node);
				await opened.root.getByText(value, { exact: true }).waitFor();
				assert.equal(await opened.root.locator("#stellantis-args-row").isVisible(), true);
				await opened.save();
				assert.equal(await editor.page.evaluate(`RED.nodes.node("${node}").command`), value);
			}
			assert.equal(await editor.isValid("newer"), false);
		});

		it("shows no arguments where the command takes none", async () => {
			await open("fresh");
			assert.equal(await form.root.locator("#stellantis-args-row").isVisible(), false);
			assert.equal(await form.root.locator("#stellantis-args-fields").isVisible(), false);
			await picture("plain");
		});

		it("offers the commands that the account's API has", async () => {
			await open("fresh");
			await form.root
				.locator("#node-input-command + .red-ui-typedInput-container .red-ui-typedInput-option-trigger")
				.click();
			const offered = await page().locator(".red-ui-typedInput-options:visible a").allTextContents();
			assert.equal(offered.includes("lock"), true);
			assert.equal(
				offered.some((one) => /find|theft/.test(one)),
				false,
			);
			await page().keyboard.press("Escape");
		});

		it("sets a temperature with a slider, a number, or a number with a comma", async () => {
			await open("warm");
			await picture("temperature");
			const slider = form.root.locator("#stellantis-args-fields input[type=range]");
			await slider.focus();
			await page().keyboard.press("ArrowRight");
			assert.equal(await field("temperature").inputValue(), "20.5");
			await field("temperature").fill("21,5");
			assert.equal(await slider.inputValue(), "21.5");
			await field("temperature").fill("40");
			await complaint("Temperature: at most 35").waitFor();
			await picture("temperature-wrong");
			await field("temperature").fill("22,5");
			assert.equal(await complaint("Temperature: at most 35").count(), 0);
			await form.save();
			assert.deepEqual(await args(), { temperature: 22.5 });
			await open("warm");
			await field("temperature").fill("");
			await form.save();
			assert.equal((await saved()).args, "{}");
		});

		it("sets a charge limit or a rate", async () => {
			await open("limit");
			assert.equal(await field("limit").inputValue(), "80");
			await picture("charge-settings");
			await field("rate").selectOption("Med");
			assert.equal(await field("limit").inputValue(), "");
			await form.save();
			assert.deepEqual(await args(), { rate: "Med" });
		});

		it("sets programs: days, times, slots, one more and one less", async () => {
			await open("night");
			assert.equal(await program(0, "enabled").isChecked(), false);
			await program(0, "enabled").check();
			await program(0, "start").fill("22:30");
			await program(0, "occurrence").getByRole("button", { name: "Monday" }).click();
			await page().keyboard.press("Tab");
			await page().keyboard.press("Space");
			assert.equal(
				await program(0, "occurrence").getByRole("button", { name: "Tuesday" }).getAttribute("aria-pressed"),
				"true",
			);
			await form.root.locator("#stellantis-program-add").click();
			assert.equal(await program(1, "slot").evaluate((one) => one === document.activeElement), true);
			assert.equal(await form.root.locator("#stellantis-program-add").isDisabled(), true);
			await program(1, "maxChargingLevel").fill("101");
			await complaint("Highest level: at most 100").waitFor();
			await picture("programs");
			assert.deepEqual(await violations(page(), "#dialog-form"), []);
			await program(1, "maxChargingLevel").fill("80");
			await program(0, "actionsType").selectOption("Delete");
			assert.equal(await program(0, "start").count(), 0);
			await program(0, "actionsType").selectOption("Set");
			await form.root.getByLabel("Remove this program from the list").last().click();
			await form.save();
			assert.deepEqual(await args(), {
				programs: [{ slot: 1, enabled: true, start: "PT22H30M", occurrence: { day: ["Mon", "Tue"] } }],
			});
		});

		it("fits programs into a tray as narrow as for other commands", async () => {
			await open("night");
			const edge = await form
				.field("name")
				.evaluate((field) => field.closest(".red-ui-tray-body")?.getBoundingClientRect());
			assert.ok(edge && edge.width < 700, `${edge?.width} wide`);
			const beyond = await form.root
				.locator("#stellantis-args-fields *:visible")
				.evaluateAll(
					(all, right) => all.filter((one) => one.getBoundingClientRect().right > right).map((one) => one.outerHTML),
					edge.right,
				);
			assert.deepEqual(beyond, []);
		});

		it("sets a place: pasted in one, checked as one types, shown on a map", async () => {
			await open("there");
			const link = form.root.locator("#stellantis-arg-map");
			assert.match(
				(await link.getAttribute("href")) ?? "",
				/^https:\/\/www\.openstreetmap\.org\/\?mlat=48\.85&mlon=2\.29/,
			);
			assert.match((await link.getAttribute("rel")) ?? "", /noopener/);
			await field("longitude").evaluate((box) => {
				const clipboardData = new DataTransfer();
				clipboardData.setData("text", "48,1374; 11,5755");
				box.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
			});
			assert.deepEqual(
				[await field("latitude").inputValue(), await field("longitude").inputValue()],
				["48.1374", "11.5755"],
			);
			await picture("place");
			await field("latitude").fill("95");
			await complaint("Latitude (°): at most 90").waitFor();
			assert.equal(await field("latitude").getAttribute("aria-invalid"), "true");
			assert.equal(await link.isVisible(), false);
			await field("latitude").fill("48,1374");
			await form.save();
			assert.deepEqual(await args(), { latitude: 48.1374, longitude: 11.5755 });
			assert.equal(await session.editor.isValid("there"), true);
		});

		it("asks about the theft alarm as one question", async () => {
			await open("alarm");
			assert.equal(await field("duration").inputValue(), "2");
			await picture("alarm");
			await field("alarm").selectOption("confirm");
			assert.equal(await field("duration").count(), 0);
			await form.save();
			assert.deepEqual(await args(), { confirm: true });
		});

		it("warns before a guarded command, and leads to the account that does not send it", async () => {
			await open("open");
			await form.root.getByText("Unlocks the doors").waitFor();
			await form.root.getByText("The account does not send this command").waitFor();
			await picture("guarded");
			await form.root.getByRole("button", { name: "Open the account" }).click();
			await page().locator("#node-config-input-name").waitFor();
			await session.editor.settled();
			await page().locator("#node-config-dialog-cancel").click();
			await page().locator("#node-config-input-name").waitFor({ state: "detached" });
			await session.editor.settled();
		});

		it("says that a vehicle does not have a command", async () => {
			await open("petrol");
			await form.root.getByText("This vehicle says that it does not have this command").waitFor();
			await picture("vehicle-lacks");
			await choose("lights");
			assert.equal(await form.root.locator(".stellantis-note").count(), 0);
		});

		it("marks a command that the account's API does not have", async () => {
			await open("alarm");
			await form.field("account").selectOption("owner");
			await form.root.getByText("the API of this account does not have it").waitFor();
			assert.equal(await form.root.locator("#stellantis-args-row").isVisible(), false);
			await picture("not-there");
		});

		it("keeps the JSON within reach, and says why it stays one", async () => {
			await open("strange");
			await form.root.getByText("can't show “altitude”").waitFor();
			await picture("json");
			assert.equal(await view("json").getAttribute("aria-pressed"), "true");
			await form.cancel();
			await open("there");
			await view("json").click();
			const json = form.root.locator("#stellantis-args-json .red-ui-typedInput-input");
			await json.fill('{"latitude":1,"longitude":2}');
			await view("fields").click();
			assert.equal(await field("latitude").inputValue(), "1");
		});

		it("brings fields in place of an expression", async () => {
			await open("asked");
			await view("fields").click();
			assert.equal(await field("latitude").inputValue(), "48.8584");
			await form.save();
			assert.deepEqual(await saved(), {
				command: "navigate",
				args: '{"latitude":48.8584,"longitude":2.2945}',
				argsType: "json",
			});
		});

		it("starts another command with its own arguments, and finds the former ones again", async () => {
			await open("there");
			await field("latitude").fill("7");
			await choose("climate programs");
			await program(0, "start").waitFor();
			await picture("climate-programs");
			await choose("navigate");
			assert.equal(await field("latitude").inputValue(), "7");
		});
	},
);
