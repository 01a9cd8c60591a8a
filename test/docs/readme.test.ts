import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { quirks } from "../../demo/world/quirks";
import { vehicleAt } from "../../demo/world/vehicles";
import { writePages } from "../../scripts/docs/site";
import { type Definition, loadEditor } from "../editor-static/editor";

const ROOT = path.join(__dirname, "../..");
const read = (...parts: string[]) => readFileSync(path.join(ROOT, ...parts), "utf8");

const REFERENCE = path.join("docs", "reference.md");
const TROUBLE = path.join("docs", "troubleshooting.md");

/** The part of a document below a heading, up to the next of the same depth or above. */
function section(heading: string, name = "README.md"): string {
	const depth = heading.indexOf(" ");
	const [, behind] = read(name).split(`\n${heading}\n`);
	assert.ok(behind, `${name} has ${heading}`);
	return behind.split(new RegExp(`^#{1,${depth}} `, "m"))[0] ?? "";
}

/** Rows of the first table in a text, cell by cell, without its head. */
function rows(text: string): string[][] {
	const lines = text.split("\n");
	const start = lines.findIndex((line) => line.startsWith("| ---"));
	const end = lines.findIndex((line, place) => place > start && !line.startsWith("|"));
	return lines.slice(start + 1, end).map((line) =>
		line
			.split("|")
			.slice(1, -1)
			.map((cell) => cell.trim()),
	);
}

const quoted = (text = "") => [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");

describe("the README", () => {
	const { definitions } = loadEditor();

	it("lists the nodes that there are", () => {
		const listed = rows(section("## Nodes")).map(([type]) => quoted(type)[0]);
		assert.deepEqual(listed.toSorted(), [...definitions.keys()].sort());
		const { nodes } = JSON.parse(read("package.json"))["node-red"];
		assert.deepEqual(listed.toSorted(), Object.keys(nodes).sort());
	});

	for (const [heading, type] of [
		["## Account", "stellantis-account"],
		["## Remote command", "stellantis-remote-command"],
		["## Monitor", "stellantis-monitor"],
		["## Events", "stellantis-events"],
		["## Watch", "stellantis-watch"],
		["## Store", "stellantis-store"],
	] as const)
		it(`has every property of ${type}, with its default`, () => {
			const definition = definitions.get(type);
			assert.ok(definition);
			const table = rows(section(heading, REFERENCE));
			assertProperties(
				table.flatMap(([names]) => quoted(names)),
				definition,
			);
			assertDefaults(table, definition);
		});

	it("has every property of the nodes that read, with its default", () => {
		const table = rows(section("## Nodes that read", REFERENCE));
		const nodes = { list: "vehicle-list", status: "status", trips: "trips", alerts: "alerts", resource: "resource" };
		for (const [word, name] of Object.entries(nodes)) {
			const definition = definitions.get(`stellantis-${name}`);
			assert.ok(definition);
			const own = table.filter(([, , where = ""]) => {
				const [, but] = /^all but (\w+)$/.exec(where) ?? [];
				return where === "all" || (but !== undefined && but !== word) || where.split(", ").includes(word);
			});
			assertProperties(
				own.flatMap(([names]) => quoted(names)),
				definition,
			);
			assertDefaults(own, definition);
		}
	});

	it("has every error code, and none that the code does not know", () => {
		const known = [...read("src", "error.ts").matchAll(/^\t\| "(ERR_\w+)"/gm)].map((match) => match[1]);
		assert.ok(known.length > 0);
		writePages();
		const listed = rows(read("docs", "errors.md")).map(([code]) => quoted(code)[0]);
		assert.deepEqual(listed, known);
		const explained = [...read(TROUBLE).matchAll(/^### (ERR_\w+)$/gm)].map((match) => match[1]);
		assert.deepEqual(explained.toSorted(), known.toSorted());
	});

	it("says which vehicle of the demo tells what wrongly", () => {
		const told = quirks.map(({ car, what }) => [vehicleAt(1, car).label, what]);
		assert.deepEqual(rows(section("## The vehicles of the demo", REFERENCE)), told);
	});

	it("shows every example in its gallery, and none that is not there", () => {
		const shown = [...read("docs", "gallery.md").matchAll(/\*\*(\d\d) ([^*]+)\*\*/g)].map(
			([, place, name]) => `${place} - ${name}.json`,
		);
		assert.deepEqual(shown, readdirSync(path.join(ROOT, "examples")).sort());
	});

	it("leads to files that exist, and to commands that exist", () => {
		// the documents lead to pages of the site, too
		writePages();
		// the page of errors is the site's, which tests its own links
		const documents = readdirSync(path.join(ROOT, "docs")).filter(
			(name) => name.endsWith(".md") && name !== "errors.md",
		);
		for (const name of [
			"README.md",
			"CONTRIBUTING.md",
			"SECURITY.md",
			"CHANGELOG.md",
			...documents.map((each) => `docs/${each}`),
		])
			for (const [, target = ""] of read(name).matchAll(/\]\(([^)]+)\)/g)) {
				const [file = "", anchor] = target.split("#");
				if (target.startsWith("https:")) continue;
				if (file) assert.ok(existsSync(path.join(ROOT, path.dirname(name), file)), `${name}: ${target}`);
				const headings = [...read(...(file ? [path.dirname(name), file] : [name])).matchAll(/^#+ (.*)$/gm)];
				const slugs = headings.map(([, heading = ""]) =>
					heading
						.toLowerCase()
						.replaceAll(/[^\w -]/g, "")
						.replaceAll(" ", "-"),
				);
				if (anchor) assert.ok(slugs.includes(anchor), `${name}: ${target}`);
			}
		const { scripts } = JSON.parse(read("package.json"));
		for (const name of ["README.md", "CONTRIBUTING.md"])
			for (const [, script = ""] of read(name).matchAll(/npm run ([\w:]+)/g))
				assert.ok(script in scripts, `${name}: npm run ${script}`);
	});
});

function assertProperties(listed: string[], { defaults }: Definition): void {
	const { name: _, configVersion: __, ...properties } = defaults;
	assert.deepEqual(listed.toSorted(), Object.keys(properties).sort());
}

/** A row for one property names its default first, unless it says in words what an empty field means. */
function assertDefaults(table: string[][], { defaults }: Definition): void {
	for (const [names, values] of table) {
		const [property, ...others] = quoted(names);
		const [first] = quoted(values);
		if (property === undefined || others.length > 0 || first === undefined) continue;
		const value = defaults[property]?.value;
		assert.equal(typeof value === "object" ? JSON.stringify(value) : String(value), first, property);
	}
}
