import { type CallExpression, type Expression, type Property as Member, type ObjectExpression, parse } from "acorn";
import { CREDENTIALS } from "../../src/node-red/credentials";
import { ABOVE_ZERO, type Property } from "../../src/node-red/properties";
import { versionOf } from "../../src/node-red/saved";
import type { Field } from "./template";

/** What a definition is made of. */
export interface Parts {
	/** Node type. */
	type: string;
	/** The first part of its keys in the catalog. */
	form: string;
	properties: Readonly<Record<string, Property>>;
	/** The fields of its form, by property. */
	fields: Readonly<Record<string, Field>>;
}

/** Keys and values of an object in a script, as they are written there. */
type Written = Record<string, string>;

/**
 * A form's script with its definition written out: what all nodes of this package have in common, and every property
 * with its default and its check, as literals, so that catalogues of nodes can read them without running the script.
 * What the script says itself goes before; in `defaults` and `credentials` it says only what is particular of a property.
 *
 * @throws Error for a script that registers no node, and for a property that the table does not have
 */
export function expandScript(script: string, parts: Parts): string {
	const { type } = parts;
	const call = registration(parse(script, { ecmaVersion: 2022 }));
	const [name, definition] = call?.arguments ?? [];
	if (name?.type !== "Literal" || name.value !== type || definition?.type !== "ObjectExpression")
		throw new Error(`The form of ${type} calls no RED.nodes.registerType("${type}", {…}).`);
	const line = script.slice(script.lastIndexOf("\n", call?.start) + 1);
	const indent = /^\t*/.exec(line)?.[0] ?? "";
	const { defaults, credentials, ...own } = membersOf(definition);
	const texts = Object.entries(own).map(([key, member]) => [key, textOf(script, member)] as const);
	const isConfig = own.category !== undefined;
	const lines = [
		...(isConfig ? [] : ['category: "Stellantis"', 'color: "#7FB0D6"', 'align: "left"']),
		...texts.filter(([key]) => !isFunction(own[key])).map(([, text]) => text),
		...(isConfig || own.inputs ? [] : ["inputs: 1"]),
		object("defaults", propertiesOf(parts, partsOf(script, defaults))),
		...(CREDENTIALS[type] ? [object("credentials", credentialsOf(parts, partsOf(script, credentials)))] : []),
		...Object.entries(functions(parts.form, isConfig)).flatMap(([key, text]) => (own[key] ? [] : [text])),
		...texts.filter(([key]) => isFunction(own[key])).map(([, text]) => text),
	];
	const kept = new Set(texts.map(([, text]) => text));
	// what was in the script has its indentation already
	const written = lines.map((each) => (kept.has(each) ? each : each.replaceAll("\n", `\n${indent}\t`)));
	const body = written.map((each) => `${indent}\t${each},\n`).join("");
	return `${script.slice(0, definition.start)}{\n${body}${indent}}${script.slice(definition.end)}`;
}

/** The call of `RED.nodes.registerType`, wherever it is. */
function registration(node: unknown): CallExpression | undefined {
	if (typeof node !== "object" || node === null) return undefined;
	const { type, callee } = node as { type?: string; callee?: { property?: { name?: string } } };
	if (type === "CallExpression" && callee?.property?.name === "registerType") return node as CallExpression;
	for (const inner of Object.values(node)) {
		const found = registration(inner);
		if (found) return found;
	}
	return undefined;
}

/** @throws Error for a spread, which no catalogue could read */
function membersOf(object: ObjectExpression): Record<string, Member> {
	const members = object.properties.map((member) => {
		if (member.type !== "Property" || member.computed || member.key.type !== "Identifier")
			throw new Error("A definition has plain keys, and no spread.");
		return [member.key.name, member];
	});
	return Object.fromEntries(members);
}

const textOf = (script: string, { start, end }: { start: number; end: number }) => script.slice(start, end);

/** The same without the indentation of the line it begins in. */
function flushLeft(script: string, part: { start: number; end: number }): string {
	const line = script.slice(script.lastIndexOf("\n", part.start) + 1);
	return textOf(script, part).replaceAll(`\n${/^\t*/.exec(line)?.[0] ?? ""}`, "\n");
}

const isFunction = (member: Member | undefined) => member?.method === true;

/** What a script says of properties or credentials: by name, its keys and their values. */
function partsOf(script: string, member: Member | undefined): Record<string, Written> {
	const inner = (value: Expression | undefined) => (value?.type === "ObjectExpression" ? membersOf(value) : {});
	const written = ({ value }: Member) =>
		Object.entries(inner(value)).map(([key, { method, value }]) => [
			key,
			method ? `function ${flushLeft(script, value)}` : flushLeft(script, value),
		]);
	return Object.fromEntries(
		Object.entries(inner(member?.value)).map(([name, each]) => [name, Object.fromEntries(written(each))]),
	);
}

function propertiesOf(parts: Parts, own: Record<string, Written>): Written {
	const { type, properties, fields } = parts;
	assertKnown(own, properties, `src/node-red/properties.ts does not have for ${type}`);
	const written = Object.entries(properties).map(([name, property]) => {
		const { value = literal(property.value), validate, ...others } = own[name] ?? {};
		const check = checkOf(property, properties[`${name}Type`] && name, fields[name], validate);
		return [name, inline({ value, ...kindOf(property), ...others, ...(check ? { validate: check } : {}) })];
	});
	const [first = [], ...others] = written;
	return Object.fromEntries([first, ["configVersion", inline({ value: literal(versionOf(type)) })], ...others]);
}

function credentialsOf({ type, fields }: Parts, own: Record<string, Written>): Written {
	const credentials = CREDENTIALS[type] ?? {};
	assertKnown(own, credentials, `src/node-red/credentials.ts does not have for ${type}`);
	const written = Object.entries(credentials).map(([name, { type: kind, neededBy }]) => {
		const field = fields[name] && { ...fields[name], ...(neededBy ? { needed: `auth=${neededBy.join(",")}` } : {}) };
		const check = checkOf({ value: "" }, undefined, field, own[name]?.validate);
		return [name, inline({ type: literal(kind), ...(check ? { validate: check } : {}) })];
	});
	return Object.fromEntries(written);
}

/** @throws Error naming what is in a script, and not in the table */
function assertKnown(own: object, known: object, where: string): void {
	const foreign = Object.keys(own).find((name) => !Object.hasOwn(known, name));
	if (foreign !== undefined) throw new Error(`A form has "${foreign}", which ${where}.`);
}

/** Of the id of a configuration node. */
function kindOf({ type, required }: Property): Written {
	if (type === undefined) return {};
	const written = { type: literal(type), required: literal(required) };
	if (!required) return written;
	// read late: when this script runs, another form's catalog may not be there yet
	return { ...written, "get label()": '{ return StellantisEditor.text("reading.label.account"); }' };
}

/** The check of a property; undefined where there is nothing to check. */
function checkOf(
	property: Property,
	typed: string | undefined,
	field: Field | undefined,
	own: string | undefined,
): string | undefined {
	const { choices, range, blank, ofPage, looks, time } = property;
	const rule = {
		...(choices ? { choices } : {}),
		...(range ? { number: { ...bounds(range), ...(blank ? { blank } : {}), ...(ofPage ? { max: "page" } : {}) } } : {}),
		...(looks ? { looks: looks.pattern, error: `error.${looks.name}` } : {}),
		...(field?.needed === undefined ? {} : { needed: field.needed }),
		...(field?.missing === undefined ? {} : { missing: field.missing }),
		...(typed && !own ? { [time ? "time" : "typed"]: typed } : {}),
	};
	if (Object.keys(rule).length === 0 && own === undefined) return undefined;
	const { label = "", show = "" } = field ?? {};
	const told = literal({ ...(label ? { label } : {}), ...(show ? { show } : {}), ...rule });
	return `StellantisEditor.check(${own === undefined ? told : `${told}, ${own}`})`;
}

function bounds({ min, max, integer = true }: NonNullable<Property["range"]>): object {
	return {
		...(min === ABOVE_ZERO ? { above: 0 } : { min }),
		...(max === Number.MAX_SAFE_INTEGER ? {} : { max }),
		...(integer ? { whole: true } : {}),
	};
}

/** What all nodes do alike, by key. */
function functions(form: string, isConfig: boolean): Written {
	const labelStyle = 'labelStyle() {\n\treturn this.name ? "node_label_italic" : "";\n}';
	if (isConfig) return { labelStyle };
	return {
		inputLabels: 'inputLabels() {\n\treturn StellantisEditor.text("reading.port.input");\n}',
		outputLabels:
			'outputLabels(index) {\n\treturn StellantisEditor.text(index === 0 ? "reading.port.items" : "reading.port.completion");\n}',
		paletteLabel: `paletteLabel() {\n\treturn this._("${form}.palette");\n}`,
		label: `label() {\n\treturn this.name || this._("${form}.palette");\n}`,
		labelStyle,
		onadd: "onadd() {\n\tStellantisEditor.added(this);\n}",
		oneditprepare: "oneditprepare() {\n\tStellantisEditor.prepare(this);\n}",
		oneditsave: "oneditsave() {\n\tStellantisEditor.save(this);\n}",
	};
}

/** A value as a script writes it. */
function literal(value: unknown): string {
	if (value instanceof RegExp) return String(value);
	if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
	if (typeof value === "object" && value !== null)
		return `{ ${Object.entries(value)
			.map(([key, each]) => `${key}: ${literal(each)}`)
			.join(", ")} }`;
	return JSON.stringify(value);
}

const member = ([key, value]: [string, string]) => (key.startsWith("get ") ? `${key} ${value}` : `${key}: ${value}`);

/** An object in one line, of values that are written already. */
const inline = (members: Written) => `{ ${Object.entries(members).map(member).join(", ")} }`;

/** An object with a line for each key. */
const object = (key: string, members: Written) =>
	`${key}: {\n${Object.entries(members)
		.map((each) => `\t${member(each).replaceAll("\n", "\n\t")},\n`)
		.join("")}}`;
