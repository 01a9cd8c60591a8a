import assert from "node:assert/strict";
import { type AnyNode, type Expression, type ObjectExpression, parse } from "acorn";
import { PROPERTIES } from "../../src/node-red/properties";
import { build } from "../e2e/node-red";
import { list, loadEditor, plain, read } from "./editor";

/** What a catalogue knows of a node without running its form. */
interface Entry {
	/** `category`, `color`, `icon`, `inputs`, `outputs`: literals. */
	facts: Record<string, unknown>;
	/** Properties by name, with the default where that is a literal. */
	defaults: Record<string, unknown>;
	credentials: string[];
}

/**
 * The nodes of a form's file, as the flow library and its scorecard look for them: scripts are parsed, calls of
 * `RED.nodes.registerType` are read key by key. A spread has no key, and makes them drop the node.
 */
function nodesIn(html: string): Map<string, Entry> {
	const found = new Map<string, Entry>();
	const scripts = [...html.matchAll(/<script(?: type="(?:text|application)\/javascript")?>([\s\S]*?)<\/script>/g)];
	const visit = (node: unknown): void => {
		if (typeof node !== "object" || node === null) return;
		const { type, callee, arguments: given } = node as AnyNode & { callee?: Expression; arguments?: Expression[] };
		if (type === "CallExpression" && callee && nameOf(callee) === "RED.nodes.registerType") {
			const [name, definition] = given ?? [];
			assert.ok(name?.type === "Literal" && definition?.type === "ObjectExpression");
			found.set(String(name.value), entry(definition));
		}
		for (const inner of Object.values(node)) visit(inner);
	};
	for (const [, script = ""] of scripts) visit(parse(script, { ecmaVersion: 2020 }));
	return found;
}

function nameOf(node: Expression): string {
	if (node.type === "Identifier") return node.name;
	if (node.type !== "MemberExpression" || node.object.type === "Super") return "";
	return `${nameOf(node.object)}.${nameOf(node.property as Expression)}`;
}

function keysOf(object: Expression | undefined): Map<string, Expression> {
	if (object === undefined) return new Map();
	assert.ok(object.type === "ObjectExpression", "defaults and credentials are objects");
	return new Map(
		object.properties.map((member) => {
			assert.ok(member.type === "Property" && member.key.type === "Identifier", "every key is a plain one");
			return [member.key.name, member.value];
		}),
	);
}

function entry(definition: ObjectExpression): Entry {
	const keys = keysOf(definition);
	const facts = ["category", "color", "icon", "inputs", "outputs"].map((key) => {
		const value = keys.get(key);
		if (value) assert.equal(value.type, "Literal", `${key} is a literal`);
		return [key, value?.type === "Literal" ? value.value : undefined];
	});
	const defaults = [...keysOf(keys.get("defaults"))].map(([name, property]) => {
		const value = property.type === "ObjectExpression" ? keysOf(property).get("value") : undefined;
		return [name, value?.type === "Literal" ? value.value : undefined];
	});
	return {
		facts: Object.fromEntries(facts),
		defaults: Object.fromEntries(defaults),
		credentials: [...keysOf(keys.get("credentials")).keys()],
	};
}

describe("catalogues of nodes", function () {
	this.timeout(60_000);
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
