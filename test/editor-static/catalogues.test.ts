import assert from "node:assert/strict";
import { type Entry, nodesIn } from "../../scripts/scorecard/form";
import { PROPERTIES } from "../../src/node-red/properties";
import { build } from "../support/built";
import { list, loadEditor, plain, read } from "./editor";

describe("catalogues of nodes", () => {
	const { definitions } = loadEditor();
	const packed: Record<string, string> = JSON.parse(read("package.json"))["node-red"].nodes;
	let nodes: Map<string, Entry>;

	before(() => {
		build();
		nodes = new Map(Object.values(packed).flatMap((script) => [...nodesIn(read(script.replace(/\.js$/, ".html")))]));
	});

	it("find every node of the package", () => {
		assert.deepEqual([...nodes.keys()].sort(), Object.keys(packed).sort());
	});

	for (const [type, definition] of definitions) {
		it(`read tile, icon, colour and ports of ${type}`, () => {
			const { category, color, icon, inputs, outputs } = nodes.get(type)?.facts ?? {};
			const { category: own, color: colour, icon: file, inputs: into, outputs: out } = definition;
			assert.deepEqual([category, color, icon, inputs, outputs], [own, colour, file, into, out]);
			if (category === "config") return;
			assert.equal(category, "Stellantis");
			assert.ok(list("icons", ".svg").includes(String(icon)), `${icon} exists`);
		});

		it(`read all properties of ${type}, with their defaults`, () => {
			const { defaults = {}, credentials } = nodes.get(type) ?? {};
			const names = [...Object.keys(PROPERTIES[type] ?? {}), "configVersion"];
			assert.deepEqual(Object.keys(defaults).sort(), names.sort());
			assert.deepEqual(credentials, Object.keys(definition.credentials ?? {}));
			for (const [name, value] of Object.entries(defaults))
				if (value !== undefined) assert.deepEqual(plain(definition.defaults[name]?.value), value, name);
		});
	}
});
