import type { Property } from "../../src/node-red/properties";
import { ROWS } from "./rows";

type Properties = Readonly<Record<string, Property>>;

/**
 * A form with everything in it that follows from the properties: the rows it shares with others (`data-rows`), what is
 * said for each choice of a property (`data-each="<property>"`, `{}` standing for the choice), and options of lists.
 *
 * @param form the first part of its keys in the catalog
 */
export function expandTemplate(html: string, form: string, properties: Properties): string {
	return html
		.replace(/<div data-rows="([^"]*)"><\/div>/g, (_, names: string) => names.split(" ").map(rowOf).join("\n\t"))
		.replace(/^([\t ]*)(<(\w+) )data-each="(\w+)" (.*<\/\3>)\n/gm, (_, indent, start, _tag, name, rest) =>
			choicesOf(properties, name)
				.map((value) => `${indent}${start}${rest.replaceAll("{}", value)}\n`)
				.join(""),
		)
		.replace(
			/(<select id="node-(?:config-)?input-(\w+)")(?: data-texts="([^"]*)")?([^>]*>)(<\/select>)/g,
			(_, start, name, texts = form, rest, end) =>
				start + rest + options(properties[name]?.choices ?? [], `${texts}.${name}`) + end,
		);
}

/** @throws Error for a row that is not there */
function rowOf(name: string): string {
	const row = ROWS[name];
	if (row === undefined)
		throw new Error(`There is no shared row "${name}". There are ${Object.keys(ROWS).join(", ")}.`);
	return row;
}

/** @throws Error for a property without choices */
function choicesOf(properties: Properties, name: string): readonly string[] {
	const { choices } = properties[name] ?? {};
	if (!choices) throw new Error(`data-each="${name}": the property has no choices.`);
	return choices;
}

const options = (values: readonly string[], key: string) =>
	values.map((value) => `<option value="${value}" data-i18n="${key}.${value}"></option>`).join("");

/** What a form says of the field of a property. */
export interface Field {
	/** Key of the label, with its catalog. */
	label: string;
	/** When it can be seen: all `data-show` around it; but of a field that counts whenever it is filled in. */
	show: string;
	/** When it must not be empty: its `data-needed`. */
	needed?: string;
	/** Key of the sentence that says so, with its catalog: its `data-missing`. */
	missing?: string;
}

/** Elements without an end tag, of those that forms have. */
const VOID = ["input", "br", "hr", "img"];

/** The fields of an expanded form by property. @param catalog of the form */
export function fieldsOf(html: string, catalog: string): Record<string, Field> {
	const fields: Record<string, Field> = {};
	const around: string[] = [];
	for (const [, end, tag = "", attributes = ""] of html.matchAll(/<(\/?)([a-z]\w*)((?:"[^"]*"|[^">])*)>/g)) {
		if (end) {
			around.pop();
			continue;
		}
		const attribute = (name: string) => new RegExp(` ${name}="([^"]*)"`).exec(attributes)?.[1];
		const show = attributes.includes(" data-filled") ? "" : (attribute("data-show") ?? "");
		const name = / id="node-(?:config-)?input-(\w+)/.exec(attributes)?.[1];
		if (name !== undefined) {
			const needed = attribute("data-needed");
			const missing = attribute("data-missing");
			fields[name] = {
				label: labelIn(html, name, attribute("data-label"), catalog),
				show: [...around, show].filter(Boolean).join(" "),
				...(needed === undefined ? {} : { needed }),
				...(missing === undefined ? {} : { missing: `${catalog}${missing}` }),
			};
		}
		if (!VOID.includes(tag)) around.push(show);
	}
	return fields;
}

/** @param own `data-label` of a field that stands for others with labels */
function labelIn(html: string, name: string, own: string | undefined, catalog: string): string {
	const label = new RegExp(`<label for="node-(?:config-)?input-${name}".*?data-i18n="([^"]*)"`, "s").exec(html)?.[1];
	const key = own ?? label ?? "";
	return key === "" || key.includes(":") ? key : `${catalog}${key}`;
}
