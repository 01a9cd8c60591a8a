import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { list, loadEditor, nodeOf, ROOT, read } from "./editor";

interface FlowNode extends Record<string, unknown> {
	id: string;
	type: string;
	z?: string;
	g?: string;
	x?: number;
	y?: number;
	wires?: string[][];
}

/** What Node-RED evaluates JSONata with. */
interface RedUtil {
	prepareJSONataExpression(value: string, node: object): unknown;
	evaluateJSONataExpression(
		expression: unknown,
		message: object,
		callback: (error: Error | null, value: unknown) => void,
	): void;
}

/** Node types that forms in a folder define. */
function typesIn(folder: string): Set<string> {
	const forms = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".html"));
	const html = forms.map((name) => readFileSync(path.join(folder, name), "utf8")).join("\n");
	return new Set(
		[...html.matchAll(/(?:data-template-name=|registerType\()["'`]([^"'`]+)/g)].map(([, type = ""]) => type),
	);
}

/** Packages that examples may need, beside this one. */
const FURTHER = ["@flowfuse/node-red-dashboard", "node-red-contrib-web-worldmap"];

describe("examples", () => {
	const { definitions } = loadEditor();
	const core = typesIn(path.join(path.dirname(require.resolve("@node-red/nodes/package.json")), "core"));
	for (const type of ["tab", "group", "subflow"]) core.add(type);
	const seen = new Map<string, string>();
	const names = list("examples", ".json").sort();

	it("there are twenty-five, numbered in order", () => {
		const numbers = names.map((name) => /^(\d\d) - [\w ]+\.json$/.exec(name)?.[1]);
		assert.deepEqual(
			numbers,
			Array.from({ length: 25 }, (_, index) => String(index + 1).padStart(2, "0")),
		);
	});

	for (const name of names) {
		const nodes = JSON.parse(read("examples", name)) as FlowNode[];
		const byId = new Map(nodes.map((node) => [node.id, node]));
		const first = nodes.find(({ type }) => type === "comment");
		const further = FURTHER.filter((each) => String(first?.info).includes(each));

		it(`${name} imports without a missing type, wire or config node`, () => {
			assert.equal(byId.size, nodes.length, "no id twice");
			const others = new Set(further.flatMap((each) => [...typesIn(path.join(ROOT, "node_modules", each))]));
			for (const node of nodes) {
				assert.match(node.id, /^[0-9a-f]{16}$/);
				assert.ok(core.has(node.type) || definitions.has(node.type) || others.has(node.type), node.type);
				for (const target of (node.wires ?? []).flat()) assert.ok(byId.get(target)?.wires, `${node.id} to ${target}`);
				for (const named of [node.scope, node.links].filter(Array.isArray).flat()) assert.ok(byId.has(named), node.id);
				if (node.z !== undefined) assert.match(byId.get(node.z)?.type ?? "", /^(tab|subflow)$/);
				if (node.g !== undefined)
					assert.ok((byId.get(node.g)?.nodes as string[] | undefined)?.includes(node.id), node.id);
				for (const member of node.type === "group" ? (node.nodes as string[]) : [])
					assert.equal(byId.get(member)?.g, node.id);
			}
		});

		it(`${name} can be imported beside the other examples`, () => {
			for (const { id } of nodes) {
				assert.equal(seen.get(id), undefined);
				seen.set(id, name);
			}
		});

		it(`${name} fills in every property of our nodes, with values their forms accept`, () => {
			for (const node of nodes) {
				const definition = definitions.get(node.type);
				if (!definition) continue;
				const { id: _id, type: _type, z: _z, g: _g, x: _x, y: _y, wires, ...properties } = node;
				assert.deepEqual(Object.keys(properties).sort(), Object.keys(definition.defaults).sort(), node.type);
				assert.equal(wires?.length, definition.outputs, node.type);
				for (const [key, { type, value, validate }] of Object.entries(definition.defaults)) {
					if (type && node[key]) assert.equal(byId.get(String(node[key]))?.type, type);
					else if (type) assert.equal(node[key], value);
					assert.equal(validate?.call(nodeOf(definition, node), node[key], {}) ?? true, true, key);
				}
			}
		});

		it(`${name} runs on the demo account and holds no secret`, () => {
			const accounts = nodes.filter(({ type }) => type === "stellantis-account");
			assert.deepEqual(
				accounts.map(({ server, headers }) => [server, headers]),
				[["demo", []]],
			);
			assert.doesNotMatch(JSON.stringify(nodes), /"credentials"|token":"|secret/i);
		});

		it(`${name} explains itself and shows its errors`, () => {
			const tab = nodes.find(({ type }) => type === "tab");
			assert.ok(tab?.label && tab.info);
			assert.ok(nodes.some(({ type }) => type === "catch"));
			assert.ok(further.length > 0 || /Needs no other package[.,]/.test(String(first?.info)), "says what it needs");
			assert.match(String(first?.info), /^\*\*For your own car\*\*$/m);
		});

		if (Number(name.slice(0, 2)) >= 16)
			it(`${name} is read in a minute: six nodes at most, and functions of three lines`, () => {
				assert.ok(nodes.filter(({ type, wires }) => wires && type !== "comment").length <= 6);
				for (const { func } of nodes.filter(({ type }) => type === "function"))
					assert.ok(String(func).trim().split("\n").length <= 3);
			});

		it(`${name} is laid out on the grid, from left to right`, () => {
			const placed = nodes.filter(({ type, x }) => x !== undefined && type !== "group");
			const places = placed.map(({ x, y }) => `${x},${y}`);
			assert.equal(new Set(places).size, places.length, "no node hides another");
			for (const { id, x = 0, y = 0 } of placed) {
				assert.ok(x % 5 === 0 && y % 20 === 0 && x < 1400 && y < 1000, `${id} at ${x},${y}`);
			}
			for (const { type, name } of nodes) if (type === "group") assert.ok(name, "a group has a name");
		});
	}

	for (const name of names.filter((one) => /^(02|17)/.test(one)))
		it(`${name} leaves a car alone that charges while nobody can tell its level`, async () => {
			const nodes = JSON.parse(read(`examples/${name}`)) as FlowNode[];
			const { util } = require("@node-red/util") as { util: RedUtil };
			const flow = { getSetting: () => "80" };
			const expression = util.prepareJSONataExpression(String(nodes.find(({ type }) => type === "switch")?.property), {
				_flow: flow,
			});
			const found = [null, 79, 80].map(
				(level) =>
					new Promise((resolve, reject) => {
						const summary = { charging: { status: "InProgress" }, battery: { level } };
						util.evaluateJSONataExpression(expression, { summary }, (error, value) => {
							if (error) reject(error);
							else resolve(value);
						});
					}),
			);
			assert.deepEqual(await Promise.all(found), [false, false, true]);
		});
});
