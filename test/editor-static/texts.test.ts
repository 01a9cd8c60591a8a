import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import path from "node:path";
import { PROPERTIES } from "../../src/node-red/properties";
import { CATALOGS, catalog, FORM_NAMES, FORMS, formHtml, formOf, loadEditor, ROOT, read, scripts } from "./editor";

/** Sources that may ask for a text: forms, what they share, and the runtime. */
function sources(): string {
	const runtime = ["nodes", path.join("src", "node-red")]
		.flatMap((folder) =>
			readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) =>
				path.join(folder, name),
			),
		)
		.filter((name) => name.endsWith(".ts"));
	const shared = scripts().filter((name) => name.endsWith(".js"));
	const pages = [...FORM_NAMES.map(formHtml), read("nodes", "sidebar.html")];
	return [...pages, ...[...runtime, ...shared].map((name) => read(name)), ...lists()].join("\n");
}

/** The keys of a node's lists, which its form puts together: what each value is called, and what none of them means. */
function lists(): string[] {
	return Object.entries(PROPERTIES).flatMap(([type, properties]) => {
		const form = type.replace("stellantis-", "");
		// what an account's commands are called stands in a part of its own
		if (form === "account") return [];
		return Object.entries(properties).flatMap(([name, { several }]) =>
			several ? [`"${form}.all"`, ...several.map((value) => `"${form}.${name}.${value}"`)] : [],
		);
	});
}

/** Keys in code: whole ones as they are, those put together from parts as a pattern. */
function keysInCode(source: string, roots: string): RegExp[] {
	const literal = new RegExp(`["'\`:](${roots})((?:\\.(?:[\\w-]+|\\$\\{\\w+\\}))+)["'\`]`, "g");
	return [...source.matchAll(literal)].map(([, root, rest = ""]) => {
		const pattern = rest
			.replace(/\$\{\w+\}/g, "*")
			.replace(/\./g, "\\.")
			.replace(/\*/g, "[^.]+");
		return new RegExp(`^${root}${pattern}$`);
	});
}

describe("editor texts", () => {
	const { templates } = loadEditor();
	const texts = new Map(CATALOGS.map((name) => [name, catalog(name)]));
	const all = CATALOGS.flatMap((form) => [...(texts.get(form)?.keys() ?? [])]);
	/** Keys in the forms' HTML, each with the catalog it is looked up in. */
	const inHtml = FORM_NAMES.flatMap((form) =>
		[...(templates.get(FORMS[form]) ?? "").matchAll(/data-i18n="(?:\[\w+\])?([^"]*)"/g)].map(([, key = ""]) => {
			const [first = "", second] = key.split(":");
			const owner = second === undefined ? form : formOf(first);
			return { owner, key: second ?? first };
		}),
	);
	const inCode = keysInCode(sources(), [...new Set(all.map((key) => key.split(".")[0]))].join("|"));

	it("finds every text a form shows, in the catalog where the editor looks for it", () => {
		for (const { owner, key } of inHtml) {
			assert.ok(owner && texts.get(owner)?.has(key), `${owner}: ${key}`);
		}
	});

	it("registers each form under the name that its texts are looked up by", () => {
		const { nodes } = JSON.parse(read("package.json"))["node-red"];
		for (const form of FORM_NAMES) assert.equal(nodes[FORMS[form]], `dist/nodes/${form}.js`);
	});

	it("finds every text the code asks for", () => {
		for (const pattern of inCode)
			assert.ok(
				all.some((key) => pattern.test(key)),
				String(pattern),
			);
	});

	it("holds no text that nobody asks for", () => {
		const asked = new Set(inHtml.map(({ key }) => key));
		const forgotten = all.filter((key) => !asked.has(key) && !inCode.some((pattern) => pattern.test(key)));
		assert.deepEqual(forgotten, []);
	});

	it("leaves no visible word in the forms themselves, where no translation would reach it", () => {
		for (const form of FORM_NAMES) {
			const html = templates.get(FORMS[form]) ?? "";
			assert.equal(html.replace(/<[^>]*>/g, "").trim(), "", form);
			assert.doesNotMatch(html, /\s(placeholder|title|aria-label)="/, form);
		}
	});

	it("fills in every value a sentence speaks of", () => {
		const given = new Set([
			"prop",
			"min",
			"max",
			"store",
			"user",
			"time",
			"reason",
			"redirectUri",
			"name",
			"names",
			"host",
			"count",
			"remaining",
			"limit",
			"index",
			"version",
			"pages",
			"level",
			"range",
		]);
		for (const form of CATALOGS) {
			for (const text of texts.get(form)?.values() ?? []) {
				for (const [, name = ""] of text.matchAll(/__(\w+?)__/g)) assert.ok(given.has(name), `${form}: ${text}`);
			}
		}
	});
});
