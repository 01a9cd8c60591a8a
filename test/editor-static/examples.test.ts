import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { list, loadEditor, nodeOf, read } from "./editor";

interface FlowNode extends Record<string, unknown> {
	id: string;
	type: string;
	z?: string;
	x?: number;
	y?: number;
	wires?: string[][];
}

/** Node types that every Node-RED has. */
function coreTypes(): Set<string> {
	const folder = path.join(path.dirname(require.resolve("@node-red/nodes/package.json")), "core");
	const forms = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".html"));
	const html = forms.map((name) => readFileSync(path.join(folder, name), "utf8")).join("\n");
	return new Set(["tab", ...[...html.matchAll(/data-template-name="([^"]+)"/g)].map((match) => match[1] ?? "")]);
}

describe("examples", () => {
	const { definitions } = loadEditor();
	const core = coreTypes();
	const seen = new Map<string, string>();
	const names = list("examples", ".json");

	it("there are some", () => assert.ok(names.length >= 4));

	for (const name of names) {
		const nodes = JSON.parse(read("examples", name)) as FlowNode[];
		const byId = new Map(nodes.map((node) => [node.id, node]));

		it(`${name} imports without a missing type, wire or config node`, () => {
			assert.equal(byId.size, nodes.length, "no id twice");
			for (const node of nodes) {
				assert.match(node.id, /^[0-9a-f]{16}$/);
				assert.ok(core.has(node.type) || definitions.has(node.type), node.type);
				for (const target of (node.wires ?? []).flat()) assert.ok(byId.get(target)?.wires, `${node.id} to ${target}`);
				for (const scope of Array.isArray(node.scope) ? (node.scope as string[]) : []) assert.ok(byId.has(scope));
				if (node.z !== undefined) assert.equal(byId.get(node.z)?.type, "tab");
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
				const { id: _id, type: _type, z: _z, x: _x, y: _y, wires, ...properties } = node;
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
			assert.ok(nodes.some(({ type, info }) => type === "comment" && info));
			assert.ok(nodes.some(({ type }) => type === "catch"));
			const places = nodes.filter(({ x }) => x !== undefined).map(({ x, y }) => `${x},${y}`);
			assert.equal(new Set(places).size, places.length, "no node hides another");
		});
	}
});
