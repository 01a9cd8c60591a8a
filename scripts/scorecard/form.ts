/** Forms as catalogues of nodes read them: parsed, never run. */
import assert from "node:assert/strict";
import { type AnyNode, type Expression, type ObjectExpression, parse } from "acorn";

/** What a catalogue knows of a node without running its form. */
export interface Entry {
	/** `category`, `color`, `icon`, `inputs`, `outputs`: literals. */
	facts: Record<string, unknown>;
	/** Properties by name, with the default where that is a literal. */
	defaults: Record<string, unknown>;
	/** Names of the properties that are secrets, or kept beside them. */
	credentials: string[];
}

/**
 * The nodes of a form's file by type, as the flow library and its scorecard look for them: scripts are parsed, calls of
 * `RED.nodes.registerType` are read key by key. A spread has no key, and makes them drop the node.
 *
 * @throws AssertionError for what a catalogue could not read
 */
export function nodesIn(html: string): Map<string, Entry> {
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
