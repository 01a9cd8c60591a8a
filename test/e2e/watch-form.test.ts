import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import type { Form } from "./editor";
import type { FlowNode } from "./node-red";
import { inEditor } from "./session";
import { violations } from "./violations";

let row = 0;
const watch = (id: string, more: object = {}): FlowNode => ({
	id,
	type: "stellantis-watch",
	z: "tab",
	name: id,
	configVersion: 1,
	account: "owner",
	vehicle: "",
	vehicleType: "str",
	driving: 1,
	charging: 5,
	parked: 15,
	share: 50,
	low: 20,
	high: 80,
	zones: [],
	price: "",
	priceType: "num",
	currency: "",
	timeZone: "",
	efficiency: 90,
	capacity: "",
	staleAfter: 24,
	firstRun: "none",
	store: "",
	x: 140 + 240 * (row % 3),
	y: 60 + 60 * Math.floor(row++ / 3),
	wires: [[], []],
	...more,
});

/** What only a hand or another version has written, and no form must lose. */
const ODD = {
	events: ["plugged", "of-a-later-version"],
	zones: [{ name: "depot", latitude: ["${", "}"].join("LAT"), longitude: "8.5", radius: 200, price: [{ price: 0.1 }] }],
	price: '[ {"price": 0.4, "from":"24:00","to":"06:00"} ]',
	priceType: "json",
};

inEditor(
	"form of the watch",
	async () => ({
		flow: [
			{ id: "tab", type: "tab", label: "Flow" },
			{ id: "owner", type: "stellantis-account", name: "owner", configVersion: 1, server: "demo", api: "user-v4" },
			watch("new"),
			watch("one", { vehicle: "VR3UHZKXBN0000001" }),
			// out of use, so that Node-RED deploys the others without a question
			watch("odd", { ...ODD, d: true }),
			watch("bad"),
			watch("silent", { events: [] }),
		],
	}),
	(session) => {
		const page = (): Page => session.editor.page;
		let form: Form;
		const open = async (node: string) => {
			form = await session.editor.edit(node);
		};
		const part = (id: string): Locator => form.root.locator(`#stellantis-${id}`);
		const node = (id: string) =>
			page().evaluate<Record<string, unknown>>(
				`JSON.parse(JSON.stringify(RED.nodes.createExportableNodeSet([RED.nodes.node("${id}")])[0]))`,
			);
		const complaint = (sentence: string) => form.root.locator(".stellantis-complaint:visible", { hasText: sentence });
		const type = async (kind: string) => {
			await form.root
				.locator("#node-input-price + .red-ui-typedInput-container .red-ui-typedInput-type-select")
				.click();
			await page().locator(".red-ui-typedInput-options:visible").getByText(kind, { exact: true }).click();
		};
		const picture = (name: string) =>
			session.editor.picture(`watch-${name}`, page().locator("#red-ui-editor-stack .red-ui-tray").last());
		afterEach(async () => {
			await page().evaluate("$('#node-dialog-cancel:visible').trigger('click')");
			await session.editor.settled();
		});

		it("asks a newcomer for nothing: every vehicle, every event", async () => {
			await open("new");
			assert.equal(await part("events-all").isChecked(), true);
			assert.equal(await form.field("low").inputValue(), "20");
			assert.equal(await form.field("driving").isVisible(), false);
			await picture("new");
			assert.deepEqual(await violations(page(), "#dialog-form"), []);
			const before = await node("new");
			await form.save();
			assert.deepEqual(await node("new"), before);
			assert.equal("events" in before, false);
			assert.equal(await session.editor.isValid("new"), true);
		});

		it("keeps events, a zone where the vehicle is now and prices by the hour", async () => {
			await open("one");
			await part("events-all").uncheck();
			await part("event-charging-ended").check();
			await part("event-zone-entered").check();
			await part("zone-here").click();
			await part("zone-0-latitude").waitFor();
			assert.equal(await part("zone-0-name").inputValue(), "home");
			assert.ok(Number(await part("zone-0-latitude").inputValue()) > 40);
			await part("zone-0-radius").fill("250");
			await type("by time of day");
			await part("price-add").click();
			await part("price-0-price").fill("0,2");
			await part("price-rest-price").fill("0.31");
			await form.root.locator("summary").first().click();
			await form.type("parked", "30");
			await picture("filled");
			assert.deepEqual(await violations(page(), "#dialog-form"), []);
			assert.equal(await form.root.locator(".stellantis-complaint:visible").count(), 0);
			await form.save();
			const { events, zones, price, priceType, parked } = await node("one");
			assert.deepEqual(events, ["charging-ended", "zone-entered"]);
			const [zone] = zones as Record<string, unknown>[];
			assert.deepEqual(Object.keys(zone ?? {}).sort(), ["latitude", "longitude", "name", "radius"]);
			assert.deepEqual([zone?.name, zone?.radius, parked], ["home", 250, "30"]);
			assert.deepEqual(
				[priceType, JSON.parse(String(price))],
				["json", [{ from: "22:00", to: "06:00", price: 0.2 }, { price: 0.31 }]],
			);
			assert.equal(await session.editor.isValid("one"), true);

			await session.editor.deploy();
			await session.editor.load();
			const before = await node("one");
			await open("one");
			assert.equal(await part("events-all").isChecked(), false);
			assert.equal(await part("event-charging-ended").isChecked(), true);
			assert.equal(await part("event-plugged").isChecked(), false);
			assert.equal(await part("zone-0-radius").inputValue(), "250");
			assert.equal(await part("price-0-from").inputValue(), "22:00");
			assert.equal(await part("price-rest-price").inputValue(), "0.31");
			await form.save();
			assert.deepEqual(await node("one"), before);
		});

		it("asks which vehicle is meant where there are several", async () => {
			await open("new");
			await part("zone-here").click();
			await part("zone-which").waitFor();
			await part("zone-which").selectOption({ label: "Peugeot e-208 · VR3UHZKXBN0000001" });
			await part("zone-0-latitude").waitFor();
			assert.equal(await part("zone-which").isVisible(), false);
			await form.cancel();
			assert.deepEqual((await node("new")).zones, []);
		});

		it("says below each field what is wrong with it, and marks the node", async () => {
			await open("bad");
			await part("zone-add").click();
			await part("zone-0-name").fill("");
			await complaint("Name: must not be empty").waitFor();
			await complaint("Latitude (°): must not be empty").waitFor();
			await part("zone-0-name").fill("depot");
			await part("zone-0-latitude").fill("91");
			await complaint("Latitude (°): at most 90").waitFor();
			await part("zone-0-latitude").fill("48,1");
			await part("zone-0-longitude").fill("11.5");
			await part("zone-0-radius").fill("0");
			await complaint("Radius: more than 0").waitFor();
			await part("zone-add").click();
			await part("zone-1-name").fill("depot");
			await complaint("Another zone has this name: depot").waitFor();
			await type("by time of day");
			await part("price-add").click();
			await part("price-0-price").fill("0.2");
			await part("price-add").click();
			await part("price-1-from").fill("05:00");
			await part("price-1-to").fill("07:00");
			await part("price-1-price").fill("0.3");
			await complaint("These hours overlap those of another row").waitFor();
			await form.root.locator("summary").first().click();
			await form.type("driving", "0");
			await complaint("Driving (min): more than 0").waitFor();
			await picture("wrong");
			await form.save();
			assert.equal(await session.editor.isValid("bad"), false);
			const wrong = await page().evaluate<string[]>('RED.nodes.node("bad").validationErrors');
			assert.deepEqual(wrong.map((sentence) => sentence.replace(/<[^>]*>/g, "")).sort(), [
				"Driving (min): more than 0",
				"These hours overlap those of another row",
				"Zone 1: Radius: more than 0",
			]);
		});

		it("leaves what it can't show as it is, and tells of an event that it does not know", async () => {
			await open("odd");
			assert.equal(await part("price-add").isVisible(), false);
			await part("event-unplugged").check();
			await form.save();
			const { events, zones, price } = await node("odd");
			assert.deepEqual(events, ["plugged", "unplugged", "of-a-later-version"]);
			assert.deepEqual([zones, price], [ODD.zones, ODD.price]);
			assert.equal(await session.editor.isValid("odd"), false);
		});

		it("tells no event where none is chosen, and every one again", async () => {
			await open("silent");
			assert.equal(await part("events-all").isChecked(), false);
			await form.save();
			assert.deepEqual((await node("silent")).events, []);
			await open("silent");
			await part("events-all").check();
			await form.save();
			assert.equal("events" in (await node("silent")), false);
		});
	},
);
