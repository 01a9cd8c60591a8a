/** The published documents as validators. They are read where they lie and never become part of the project. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ErrorObject } from "ajv";
import addFormats from "ajv-formats";
import { parseDocument } from "yaml";
import type { FamilyId } from "../../demo";

type Node = Record<string, unknown>;

const shared = join(__dirname, "../../../shared");
const folder = join(shared, "api");

/** Whether the documents lie beside the project. */
export const documentsPresent = existsSync(join(folder, "user-v4.openapi.yaml"));

/** A real answer, as an owner recorded it. */
export function recorded(name: string): unknown {
	return JSON.parse(readFileSync(join(shared, "recorded", name), "utf8"));
}

export interface Document {
	/** Paths that can be read, as the document spells them. */
	readonly paths: readonly string[];
	/** All paths, whatever can be done with them. */
	readonly all: readonly string[];
	/** What is wrong with the 200 answer of a path, by its schema in the document. */
	check(path: string, body: unknown): readonly ErrorObject[];
	/** What is wrong with an answer, by its schema in the document. */
	checkAnswer(method: string, path: string, status: number, body: unknown): readonly ErrorObject[];
	/** What is wrong with the body of a request, by its schema in the document. */
	checkRequest(method: string, path: string, body: unknown): readonly ErrorObject[];
	/** What is wrong with a body, by a schema of the document's components. */
	checkSchema(name: string, body: unknown): readonly ErrorObject[];
}

export function openDocument(family: FamilyId | `${FamilyId}-notifications`): Document {
	const text = readFileSync(join(folder, `${family}.openapi.yaml`), "utf8").replaceAll("\t", "  ");
	const document = parseDocument(text, { uniqueKeys: false, strict: false }).toJS() as Node;
	repair(document, document);
	const ajv = new Ajv({
		strict: false,
		allErrors: true,
		verbose: true,
		logger: false,
		unicodeRegExp: false,
		validateSchema: false,
	});
	addFormats.default(ajv);
	ajv.addSchema(document, family);
	const resolve = (node: unknown): Node => {
		const reference = (node as Node | undefined)?.$ref;
		return typeof reference === "string" ? resolve(at(document, reference)) : ((node ?? {}) as Node);
	};
	const run = (schema: unknown, body: unknown) => {
		// References inside are relative to the document.
		const validate = ajv.compile({ $id: `${family}-${++serial}`, ...absolute(schema, family) });
		return validate(body) ? [] : (validate.errors ?? []);
	};
	const operation = (method: string, path: string) =>
		resolve(resolve((document.paths as Node)[path])[method.toLowerCase()]);
	const schemaOf = (holder: unknown) => {
		const [content] = Object.values((resolve(holder).content ?? {}) as Record<string, Node>);
		if (!content?.schema) throw new Error("The document has no schema here.");
		return content.schema;
	};
	const getter = (path: string) => resolve(resolve((document.paths as Node)[path]).get);
	return {
		all: Object.keys(document.paths as Node),
		paths: Object.keys(document.paths as Node).filter((path) => Object.keys(getter(path)).length > 0),
		check: (path, body) => {
			const response = resolve((getter(path).responses as Node)["200"]);
			const [content] = Object.values(response.content as Record<string, Node>);
			return run(content?.schema ?? {}, body);
		},
		checkAnswer: (method, path, status, body) =>
			run(schemaOf((operation(method, path).responses as Node)[status]), body),
		checkRequest: (method, path, body) => run(schemaOf(operation(method, path).requestBody), body),
		checkSchema: (name, body) => run({ $ref: `#/components/schemas/${name}` }, body),
	};
}

let serial = 0;

function at(document: Node, reference: string): unknown {
	const steps = reference
		.slice(2)
		.split("/")
		.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
	return steps.reduce<unknown>((node, step) => (node as Node | undefined)?.[step], document);
}

/**
 * The documents have references to nothing and a few that lack a slash: a schema that isn't there demands nothing.
 * `exclusiveMinimum` is a boolean in OpenAPI 3.0 and a number in JSON Schema.
 */
function repair(node: unknown, document: Node): void {
	if (typeof node !== "object" || node === null) return;
	const part = node as Node;
	if (typeof part.$ref === "string") {
		part.$ref = part.$ref.replace(/^#(?!\/)/, "#/");
		if (at(document, part.$ref as string) === undefined) delete part.$ref;
	}
	if (typeof part.exclusiveMinimum === "boolean") delete part.exclusiveMinimum;
	for (const child of Object.values(part)) repair(child, document);
}

function absolute(schema: unknown, id: string): Node {
	const text = JSON.stringify(schema).replaceAll('"$ref":"#/', `"$ref":"${id}#/`);
	return JSON.parse(text) as Node;
}
