import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { FAMILIES, type FamilyId, type Route } from "../../src/api/families";

type Node = Record<string, unknown>;
const folder = join(__dirname, "../../../shared/api");

/** Where the table knows better than the document, and why. */
const DEVIATIONS: Readonly<Record<FamilyId, Readonly<Record<string, string>>>> = {
	"user-v4": {
		"trip-alerts locale": "only vehicles answer in the language asked for",
	},
	"accounts-v1": {
		"monitor-handles pageSize": "two arrays in one document, which no pager can walk: it is read whole",
		"monitor-handles indexRange": "as above",
	},
	"fleet-v3": {},
};

/** Parameters of a GET by name, with their schema. */
function parametersOf(document: Node, path: string): Map<string, Node> | undefined {
	const resolve = (node: unknown): Node => {
		const reference = (node as Node | undefined)?.$ref;
		if (typeof reference !== "string") return (node ?? {}) as Node;
		return resolve(
			reference
				.slice(2)
				.split("/")
				.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
				.reduce<unknown>((at, step) => (at as Node | undefined)?.[step], document),
		);
	};
	const shape = (text: string) => text.replace(/\{[^}]*\}/g, "{}");
	const paths = document.paths as Node;
	const found = Object.keys(paths).find((name) => shape(name) === shape(path) && resolve(paths[name]).get);
	if (found === undefined) return undefined;
	const item = resolve(paths[found]);
	const all = [item.parameters, resolve(item.get).parameters].flatMap((list) => (Array.isArray(list) ? list : []));
	return new Map(
		all
			.map(resolve)
			.filter((parameter) => parameter.in === "query")
			.map((parameter) => [String(parameter.name), { ...parameter, schema: resolve(parameter.schema) }]),
	);
}

/** What a document says about a route, in the table's words. */
function flagsOf(parameters: Map<string, Node>, route: Route): Record<string, unknown> {
	const schema = parameters.get("pageSize")?.schema as Node | undefined;
	return {
		pageSize: schema?.maximum,
		indexRange: parameters.has("indexRange"),
		timestamps: parameters.has("timestamps"),
		orderBy: parameters.has("orderBy"),
		locale: parameters.has("locale"),
		filters: (route.filters ?? []).filter((name) => parameters.has(name)),
		query: Object.keys(route.query ?? {}).filter((name) => parameters.has(name)),
	};
}

function tableOf(route: Route): Record<string, unknown> {
	return {
		pageSize: route.pageSize,
		indexRange: route.indexRange === true,
		timestamps: route.timestamps === true,
		orderBy: route.orderBy === true,
		locale: route.locale === true,
		filters: [...(route.filters ?? [])],
		query: Object.keys(route.query ?? {}),
	};
}

describe("the table of families", () => {
	for (const family of Object.values(FAMILIES))
		it(`${family.id}: every filter, size and range belongs to a collection`, () => {
			for (const [name, route] of Object.entries(family.routes)) {
				assert.ok(route.path.startsWith("/"), name);
				if (route.collection) assert.ok(route.embedded, name);
				else assert.equal(route.pageSize ?? route.indexRange ?? route.timestamps ?? route.orderBy, undefined, name);
			}
		});
});

describe("the table of families against the published documents", () => {
	for (const family of Object.values(FAMILIES)) {
		const file = join(folder, `${family.id}.openapi.yaml`);
		if (!existsSync(file)) {
			it(`${family.id} (pending: the documents do not lie beside the project, in ../shared/api)`);
			continue;
		}
		const text = readFileSync(file, "utf8").replaceAll("\t", "  ");
		const document = parseDocument(text, { uniqueKeys: false, strict: false }).toJS() as Node;
		for (const [name, route] of Object.entries(family.routes))
			it(`${family.id} ${name}: ${route.path}`, () => {
				const known = DEVIATIONS[family.id];
				const parameters = parametersOf(document, route.path);
				if (!parameters) return assert.ok(known[`${name} path`], `the document has no ${route.path}`);
				assert.equal(known[`${name} path`], undefined, "the document has it: no deviation any more");
				const expected = flagsOf(parameters, route);
				const actual = tableOf(route);
				for (const [flag, value] of Object.entries(expected))
					if (known[`${name} ${flag}`] === undefined) assert.deepEqual(actual[flag], value, flag);
				const required = [...parameters.values()].filter((parameter) => parameter.required === true);
				for (const parameter of required)
					assert.ok(Object.hasOwn(route.query ?? {}, String(parameter.name)), `demands ${parameter.name}`);
			});
	}
});
