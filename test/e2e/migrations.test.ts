import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROPERTIES } from "../../src/node-red/properties";
import { MIGRATIONS, migrate } from "../../src/node-red/saved";
import { CONFIG_NODES } from "../editor-static/editor";
import { ROOT } from "../support/built";
import type { FlowNode } from "./node-red";
import { inEditor } from "./session";

const { nodes } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"))["node-red"];
const TYPES = Object.keys(nodes).filter((type) => !CONFIG_NODES.includes(type));

/** What a hand may have written, beside what every node has. */
const WRITTEN: Record<string, Record<string, unknown>> = {
	"stellantis-vehicle-list": { maxItems: "5", parallel: "2" },
	"stellantis-status": { vehicle: "car" },
	"stellantis-trips": { states: "Nominal,Unfinished", waypoints: "true", onlyNew: "false", pageSize: 20 },
	"stellantis-alerts": { active: "ended", onlyNew: 1 },
	"stellantis-resource": { resource: "link", target: "trips" },
	"stellantis-remote-command": { command: "navigate", args: { latitude: 48.8, longitude: 2.3 } },
	"stellantis-monitor": { action: "delete", monitor: "m1", monitorType: "str" },
	"stellantis-events": { label: "mine" },
};
const position = (index: number) => ({ z: "tab", x: 200, y: 60 + 40 * index, wires: [] });
const FUTURE = { configVersion: 9, lens: "wide", deep: { list: [1, null] }, off: false };
const ODD = { configVersion: 1, states: ["Nominal", "Melted"], onlyNew: "false" };
/** More of a header than its form shows. */
const HEADERS = [{ name: "X-Tenant", value: "north", note: "of the gateway" }];
/** What a hand may write as it is where a form writes JSON. */
const OBJECTS: Record<string, Record<string, unknown>> = {
	"stellantis-remote-command": { command: "charge-settings", args: { limit: 80 } },
	"stellantis-monitor": { body: { label: "mine", other: [1] } },
	"stellantis-watch": { price: [{ from: "22:00", to: "06:00", price: 0.1 }, { price: 0.2 }], priceType: "json" },
};
/** What a subflow's nodes may have: an account and switches that variables give. */
const variable = (name: string) => ["${", "}"].join(name);
const BY_VARIABLE = { configVersion: 1, account: variable("ACCOUNT"), scope: "fleet", onlyNew: variable("ONLY_NEW") };
const FLOW: FlowNode[] = [
	{ id: "tab", type: "tab", label: "Flow" },
	{ id: "account", type: "stellantis-account", commands: "lock, horn", timeout: "20", headers: HEADERS },
	{ id: "store", type: "stellantis-store", host: "db.example" },
	...TYPES.map((type, index) => ({
		id: `old-${type}`,
		type,
		account: "account",
		...position(index),
		...WRITTEN[type],
	})),
	// of this version, with what the forms never write, such as text in place of a list
	{ id: "odd-account", type: "stellantis-account", configVersion: 1, commands: "lock,steer", headers: "none" },
	{ id: "odd", type: "stellantis-trips", account: "odd-account", ...position(TYPES.length + 1), ...ODD },
	{ id: "newer-account", type: "stellantis-account", name: "newer", server: "demo", api: "fleet-v3", ...FUTURE },
	{ id: "fleet", type: "stellantis-account", configVersion: 1, server: "demo", api: "fleet-v3" },
	{
		id: "sub",
		type: "subflow",
		name: "Trips",
		in: [{ x: 40, y: 40, wires: [{ id: "inner" }] }],
		out: [],
		env: [{ name: "ACCOUNT", type: "stellantis-account", value: "fleet", ui: { type: "conf-types" } }],
	},
	{ id: "inner", type: "stellantis-trips", z: "sub", x: 200, y: 40, wires: [[], []], ...BY_VARIABLE },
	{
		id: "group",
		type: "group",
		z: "tab",
		nodes: ["grouped"],
		style: {},
		env: [{ name: "MINE", type: "str", value: "fleet" }],
	},
	{
		id: "grouped",
		type: "stellantis-alerts",
		g: "group",
		...position(TYPES.length + 2),
		...BY_VARIABLE,
		account: variable("MINE"),
	},
	{
		id: "machine",
		type: "stellantis-trips",
		...position(TYPES.length + 3),
		...BY_VARIABLE,
		propulsions: ["Electric"],
		waypoints: true,
	},
	...Object.entries(OBJECTS).map(([type, properties], index) => ({
		...Object.fromEntries(Object.entries(PROPERTIES[type] ?? {}).map(([name, { value }]) => [name, value])),
		id: `object-${type}`,
		type,
		account: "account",
		configVersion: 1,
		x: 480,
		y: 60 + 40 * index,
		z: "tab",
		wires: [],
		...properties,
	})),
	{ id: "newer", type: "stellantis-status", account: "newer-account", ...position(TYPES.length), ...FUTURE },
];

inEditor(
	"nodes of other versions",
	async () => ({ flow: FLOW }),
	(session) => {
		/** A node as the editor would deploy or export it. */
		const exported = (id: string) =>
			session.editor.page.evaluate<FlowNode>(
				`RED.nodes.createCompleteNodeSet({ credentials: false }).find((node) => node.id === ${JSON.stringify(id)})`,
			);
		const given = (id: string) => FLOW.find((node) => node.id === id) ?? assert.fail(id);
		const known = (node: FlowNode) => {
			const filled = migrate(node.type, node).config;
			const asText = (value: unknown) => (typeof value === "number" ? String(value) : value);
			return Object.fromEntries(
				Object.entries(filled)
					.filter(([name]) => !["x", "y", "z", "wires"].includes(name))
					.map(([name, value]) => [name, asText(value)]),
			);
		};
		const same = (node: FlowNode, expected: Record<string, unknown>) => {
			for (const [name, value] of Object.entries(expected)) {
				const saved = typeof node[name] === "number" ? String(node[name]) : node[name];
				assert.deepEqual(saved, value, `${node.type}.${name}`);
			}
		};

		for (const type of TYPES)
			it(`${type}: Done saves what it meant, as this version writes it`, async () => {
				const { editor } = session;
				const form = await editor.edit(`old-${type}`);
				assert.deepEqual(await form.marked(), []);
				assert.equal(await form.root.getByText("newer version").count(), 0);
				await form.cancel();
				assert.equal((await exported(`old-${type}`)).configVersion, undefined, "looking changes nothing");
				await (await editor.edit(`old-${type}`)).save();
				const after = await exported(`old-${type}`);
				assert.equal(after.configVersion, MIGRATIONS[type]?.length);
				same(after, { ...known(given(`old-${type}`)), configVersion: "1" });
				assert.equal(await editor.isValid(`old-${type}`), true);
			});

		it("stellantis-store: Done saves what it meant, as this version writes it", async () => {
			await (await session.editor.editConfig("store", "stellantis-store")).save();
			same(await exported("store"), { ...known(given("store")), configVersion: "1" });
		});

		it("stellantis-account: Done saves what it meant, as this version writes it", async () => {
			const { editor } = session;
			await (await editor.editConfig("account", "stellantis-account")).save();
			const after = await exported("account");
			assert.deepEqual([after.configVersion, after.commands], [1, ["lock", "horn"]]);
			same(after, { ...known(given("account")), configVersion: "1" });
		});

		it("keep the lists that a form can't show in full, and a no that is written as text", async () => {
			const { editor } = session;
			const form = await editor.edit("odd");
			assert.equal(await form.field("onlyNew").isChecked(), false);
			await form.save();
			const { states, onlyNew } = await exported("odd");
			assert.deepEqual([states, onlyNew], [ODD.states, false]);
			await (await editor.editConfig("odd-account", "stellantis-account")).save();
			assert.equal((await exported("odd-account")).commands, "lock,steer");
			assert.deepEqual(editor.complaints, []);
		});

		for (const [type, property] of [
			["stellantis-remote-command", "args"],
			["stellantis-monitor", "body"],
			["stellantis-watch", "price"],
		] as const)
			it(`${type}: an object is right as it is, and stays until somebody writes another`, async () => {
				const { editor } = session;
				const id = `object-${type}`;
				const object = OBJECTS[type]?.[property];
				assert.equal(await editor.isValid(id), true);
				const form = await editor.edit(id);
				assert.deepEqual(await form.marked(), []);
				assert.equal(await form.root.locator(".stellantis-complaint").count(), 0);
				assert.equal(await form.field(property).inputValue(), JSON.stringify(object));
				await form.save();
				assert.deepEqual((await exported(id))[property], object);
				assert.equal(await editor.page.evaluate(`Boolean(RED.nodes.node("${id}").changed)`), false);
				const again = await editor.edit(id);
				const other = JSON.stringify(object).replace("80", "100").replace("mine", "yours").replace("0.1", "0.3");
				await editor.page.evaluate(`$("#node-input-${property}").typedInput("value", ${JSON.stringify(other)})`);
				await again.save();
				assert.equal((await exported(id))[property], other);
				assert.equal(await editor.isValid(id), true);
			});

		for (const [id, where] of [
			["inner", "its subflow"],
			["grouped", "its group"],
		] as const)
			it(`know the account that a variable of ${where} holds`, async () => {
				const { editor } = session;
				if (id === "inner") await editor.page.evaluate('RED.workspaces.show("sub")');
				const form = await editor.edit(id);
				await form.field("scope").waitFor();
				await form.field("scope").selectOption("vehicle");
				await form.root.locator(".red-ui-typedInput-type-select").first().click();
				await editor.page.locator(".red-ui-typedInput-options:visible a").nth(1).click();
				await form.root.locator(".red-ui-typedInput-option-expand:visible").first().click();
				await editor.page.locator(".stellantis-list [role=option]").first().waitFor();
				await editor.page.keyboard.press("Escape");
				await form.cancel();
				await editor.page.evaluate('RED.workspaces.show("tab")');
			});

		it("keep what depends on an account that only the machine knows, and what its variables decide", async () => {
			const { editor } = session;
			const form = await editor.edit("machine");
			assert.equal(await form.field("waypoints").isChecked(), true);
			await form.save();
			const { scope, onlyNew, propulsions, waypoints, account } = await exported("machine");
			assert.deepEqual(
				{ scope, onlyNew, propulsions, waypoints, account },
				{
					scope: "fleet",
					onlyNew: variable("ONLY_NEW"),
					propulsions: ["Electric"],
					waypoints: true,
					account: variable("ACCOUNT"),
				},
			);
			const again = await editor.edit("machine");
			await again.field("onlyNew").click();
			await again.save();
			assert.equal((await exported("machine")).onlyNew, true, "whoever decides is heard");
		});

		it("of a newer one run and open, with a word of warning", async () => {
			const { editor } = session;
			const form = await editor.edit("newer");
			await form.root.getByText("saved by a newer version").waitFor();
			await editor.picture("newer-version");
			await form.cancel();
			assert.match(session.nodeRed.log, /newer version of node-red-contrib-stellantis/);
		});
	},
);
