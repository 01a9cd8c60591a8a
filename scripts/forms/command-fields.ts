/// <reference path="../../resources/types/fields.d.ts" />
/// <reference path="../../resources/types/facts.d.ts" />
import { z } from "zod";
import type { Asked } from "../../src/api/commands/arguments";
import type { CommandSpec } from "../../src/api/commands/table";

/** The part of a JSON schema that forms need. */
interface Schema {
	type?: string | string[];
	properties?: Record<string, Schema>;
	required?: string[];
	items?: Schema;
	enum?: string[];
	minimum?: number;
	maximum?: number;
	maxLength?: number;
	maxItems?: number;
	form?: Asked;
}

/** What is asked beside the fields of a program, and the other spelling of its days. */
const BESIDE = ["slot", "actionsType", "occurence"];

/** What a form asks for a command: its arguments as its schema has them. Null where none are looked at. */
export function commandFields({ schema }: Pick<CommandSpec, "schema">): StellantisCommand | null {
	if (!schema) return null;
	const {
		properties = {},
		required = [],
		form = {},
	} = z.toJSONSchema(schema, {
		io: "input",
		unrepresentable: "any",
	}) as Schema;
	const fields = Object.entries(properties)
		.filter(([, each]) => !each.form?.refused)
		.map(([name, each]) => argument(name, each, required.includes(name)));
	return { fields, fresh: { ...form.fresh }, ...(form.oneAtATime ? { oneAtATime: true } : {}) };
}

/** The fields of an object's own values; what is nested in it is left out. */
export function schemaFields(schema: z.ZodType): StellantisField[] {
	const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Schema;
	return Object.entries(properties)
		.filter(([, { type }]) => type !== "object")
		.map(([name, each]) => field(name, each, required.includes(name)));
}

function argument(name: string, schema: Schema, needed: boolean): StellantisField | StellantisPrograms {
	const { items, maxItems = 0 } = schema;
	if (schema.type !== "array" || !items) return field(name, schema, needed);
	const { properties = {}, required = [], form = {} } = items;
	return {
		name,
		kind: "programs",
		needed: true,
		slots: maxItems,
		numbered: required.includes("slot"),
		fields: Object.entries(properties)
			.filter(([part]) => !BESIDE.includes(part))
			.map(([part, each]) => field(part, each, required.includes(part))),
		fresh: { ...form.fresh },
	};
}

function field(name: string, { form = {}, ...schema }: Schema, needed: boolean): StellantisField {
	const { kind = kindOf(schema), values, alias, step, unit, hint, hidden } = form;
	const { minimum: min, maxLength } = schema;
	// what no number can be is no bound
	const max = schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum;
	const options = kind === "choice" ? (values ?? schema.enum ?? numbers(min, max)) : undefined;
	return {
		name,
		kind,
		...(needed ? { needed } : {}),
		...(kind === "number" ? { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) } : {}),
		...(kind === "number" && schema.type === "integer" ? { whole: true } : {}),
		...(kind === "text" && maxLength !== undefined ? { max: maxLength } : {}),
		...(options ? { values: [...options] } : {}),
		...(alias ? { alias: { ...alias } } : {}),
		...(step === undefined ? {} : { step }),
		...(unit === undefined ? {} : { unit }),
		...(hint ? { hint } : {}),
		...(hidden ? { hidden } : {}),
	};
}

/** @throws Error for an argument of a kind that no form has a field for */
function kindOf({ type, enum: choices }: Schema): StellantisField["kind"] {
	if (choices) return "choice";
	if (type === "number" || type === "integer") return "number";
	if (type === "boolean") return "flag";
	if (type === "string") return "text";
	throw new Error(`Forms have no field for ${JSON.stringify(type)}. Say with asked() how it is asked for.`);
}

const numbers = (from = 0, to = 0) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
