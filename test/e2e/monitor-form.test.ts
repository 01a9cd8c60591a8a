import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import type { Form } from "./editor";
import type { FlowNode } from "./node-red";
import { inEditor } from "./session";
import { violations } from "./violations";

const trigger = (data: object) =>
	JSON.stringify({ label: "mine", triggerParam: { triggers: [{ name: "a", ...data }], boolExp: "a" } });
const OWN = trigger({ data: { data: "vehicle.odometer", op: "onChange" } });
/** As people write it by hand: opening and closing the form must not touch it. */
const SPACED =
	'{ "triggerParam": {"boolExp":"battery","triggers":[{"name":"battery","data":{"op":"lowerThan","data":"vehicle.energy.electric.level","value":["30"]}}]}, "label":"low" }';

let row = 0;
const monitor = (id: string, more: object): FlowNode => ({
	id,
	type: "stellantis-monitor",
	z: "tab",
	name: id,
	configVersion: 1,
	account: "owner",
	vehicle: "VR3UHZKXBN0000001",
	vehicleType: "str",
	channel: "",
	channelType: "str",
	action: "create",
	monitor: "monitor",
	monitorType: "msg",
	body: SPACED,
	bodyType: "json",
	x: 120 + 240 * (row % 4),
	y: 60 + 60 * Math.floor(row++ / 4),
	wires: [[]],
	...more,
});

inEditor(
	"form of the monitor",
	async () => ({
		flow: [
			{ id: "tab", type: "tab", label: "Flow" },
			{ id: "owner", type: "stellantis-account", name: "owner", configVersion: 1, server: "demo", api: "user-v4" },
			monitor("spaced", {}),
			monitor("own", { body: OWN }),
			monitor("place", {}),
			monitor("night", {}),
			monitor("expression", { body: "payload", bodyType: "msg" }),
			monitor("reading", { action: "list" }),
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
		const body = (): Promise<string> => page().evaluate<string>(`RED.nodes.node("${id}").body`);
		const written = async () =>
			JSON.parse((await form.values()).body as string) as {
				label: string;
				triggerParam: { triggers: Record<string, unknown>[] };
			};
		const field = (name: string): Locator => form.root.locator(`#stellantis-${name}`);
		const complaint = (sentence: string) => form.root.locator(".stellantis-complaint:visible", { hasText: sentence });
		const picture = (name: string) =>
			session.editor.picture(`monitor-${name}`, page().locator("#red-ui-editor-stack .red-ui-tray").last());
		afterEach(async () => {
			await page().evaluate("$('#node-dialog-cancel:visible').trigger('click')");
			await session.editor.settled();
		});

		for (const [node, text] of [
			["spaced", SPACED],
			["own", OWN],
			["expression", "payload"],
		] as const)
			it(`leaves the definition of ${node} as it is, to the letter, when nothing is edited`, async () => {
				await open(node);
				await form.save();
				assert.equal(await body(), text);
				assert.equal(await page().evaluate(`RED.nodes.node("${node}").changed`), false);
			});

		it("shows a definition that a template could have written in its fields, and writes it as one types", async () => {
			await open("spaced");
			assert.equal(await field("template").inputValue(), "battery");
			assert.deepEqual([await field("label").inputValue(), await field("level").inputValue()], ["low", "30"]);
			await picture("battery");
			await field("level").fill("101");
			await complaint("at most 100").waitFor();
			await field("level").fill("25,5");
			assert.equal(await complaint("at most 100").count(), 0);
			assert.match(JSON.stringify(await written()), /"value":\["25.5"\]/);
			assert.deepEqual(await violations(page(), "#dialog-form"), []);
		});

		it("keeps a definition of one's own, also after a look at a template", async () => {
			await open("own");
			assert.equal(await field("template").inputValue(), "");
			await field("template").selectOption("charging");
			assert.match(JSON.stringify(await written()), /charging\.status/);
			await field("status").selectOption("Finished");
			await picture("charging");
			await field("template").selectOption("");
			await form.save();
			assert.equal(await body(), OWN);
		});

		it("asks for a circle, with bounds and a map", async () => {
			await open("place");
			await field("template").selectOption("zone");
			await field("radius").fill("1,5");
			await complaint("Radius: a whole number").waitFor();
			await field("latitude").fill("");
			await complaint("Latitude (°): must not be empty").waitFor();
			await picture("circle");
			await field("radius").fill("3");
			await field("latitude").fill("48,1");
			assert.match((await field("map").getAttribute("href")) ?? "", /mlat=48\.1&/);
			await form.save();
			assert.match(await body(), /"latitude":48.1,.*"radius":3/);
			assert.equal(await session.editor.isValid("place"), true);
		});

		it("asks for days and times of a window", async () => {
			await open("night");
			await field("template").selectOption("time");
			for (const name of ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"])
				await field("days").getByRole("button", { name }).click();
			await complaint("Days: at least one day").waitFor();
			await field("timeZone").fill("Europe/Nowhere");
			await complaint("a time zone such as").waitFor();
			await picture("window");
			await field("days").getByRole("button", { name: "Friday" }).click();
			await field("timeZone").fill("Europe/Berlin");
			await field("end").fill("05:30");
			await form.save();
			assert.match(
				await body(),
				/"start":"PT22H","duration":"PT7H30M","occurence":{"day":\["Fri"\]}}\],"timeZone":"Europe\/Berlin"/,
			);
			await open("night");
			assert.equal(await field("end").inputValue(), "05:30");
		});

		it("offers no definition where none is written", async () => {
			await open("reading");
			assert.equal(await field("template").isVisible(), false);
			assert.equal(await field("level").isVisible(), false);
		});
	},
);
