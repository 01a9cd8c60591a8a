import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import ts from "typescript";

const ROOT = path.join(__dirname, "../..");
/** What the build, and a runtime with our nodes, need of the tree. */
const PARTS = [
	"demo",
	"nodes",
	"resources",
	"scripts",
	"src",
	"test/support",
	"test/contributing",
	"package.json",
	"tsconfig.json",
];

const RESOURCE = "tyre-pressures";
const FAMILY = "trial-v9";

/** The files that CONTRIBUTING names for an addition. */
function filesFor(heading: string): string[] {
	const [, section = ""] = readFileSync(path.join(ROOT, "CONTRIBUTING.md"), "utf8").split(`\n### ${heading}\n`);
	const [, listed = ""] = section.split("```");
	return [...listed.matchAll(/^([AM]) (\S+)/gm)].map(([, , file = ""]) => file);
}

const isCode = (file: string) => /^(src|demo|nodes|resources)\/.*\.(ts|js|html)$/.test(file);

/** What a resource of its own adds to a file of the tree. */
const RESOURCE_EDITS: Readonly<Record<string, [before: RegExp, text: string]>> = {
	"src/api/families.ts": [/user: one\("\/user"\)/, `"${RESOURCE}": one("/user/vehicles/{id}/tyres"),\n\t\t`],
	"src/node-red/properties.ts": [/"user",\n\] as const/, `"${RESOURCE}",\n\t`],
	"demo/answers/flat.ts": [
		/\/\*\* /,
		"export const tyrePressures = (): Json => ({ pressures: [2.3, 2.3, 2.1, 2.1] });\n\n",
	],
	"demo/routes/vehicle.ts": [
		/get\(`\$\{vehicle\}\/maintenance`/,
		'get(vehicle.concat("/tyres"), () => ok(flat.tyrePressures())),\n\t\t',
	],
};

/**
 * A file with a family more: in every table by family, and in every list of their names, one like user-v4. In the
 * tables of families themselves it has its own name and root.
 */
function withFamily(file: string, source: string): string {
	const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2023, true);
	const added: [number, string][] = [];
	const visit = (node: ts.Node): void => {
		if (ts.isPropertyAssignment(node) && ts.isStringLiteral(node.name) && node.name.text === "user-v4") {
			const like = node.initializer.getText();
			const own = { id: FAMILY, ...(file.startsWith("demo/") ? { root: "/connectedcar/v9" } : {}) };
			const value = file.endsWith("/families.ts") ? `{ ...${like}, ...${JSON.stringify(own)} } as const` : like;
			added.push([node.end, `, "${FAMILY}": ${value}`]);
		}
		if (ts.isUnionTypeNode(node) && node.types.some((type) => type.getText() === '"user-v4"'))
			added.push([node.end, ` | "${FAMILY}"`]);
		ts.forEachChild(node, visit);
	};
	visit(tree);
	assert.notEqual(added.length, 0, `${file} has nothing by family`);
	return added
		.toSorted(([one], [other]) => other - one)
		.reduce((text, [place, addition]) => text.slice(0, place) + addition + text.slice(place), source);
}

/** Runs a program of node_modules in a tree; resolves with what it printed, rejects with that when it fails. */
function runIn(tree: string, script: string, args: string[]): Promise<string> {
	const program = require.resolve(script);
	const env = { ...process.env, TRIAL: `${RESOURCE} ${FAMILY}` };
	const child = spawn(process.execPath, [program, ...args], { cwd: tree, env, stdio: ["ignore", "pipe", "pipe"] });
	let printed = "";
	for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (printed += chunk));
	return new Promise((resolve, reject) =>
		child.on("close", (code) => (code === 0 ? resolve(printed) : reject(new Error(printed)))),
	);
}

describe("additions", function () {
	this.timeout(300_000);

	for (const [heading, most] of [
		["A resource", 6],
		["A command", 8],
		["A family", 12],
		["A language", 1],
	] as const)
		it(`cost no more files than they should: ${heading.toLowerCase()}`, () => {
			const files = filesFor(heading);
			assert.ok(files.length > 0 && files.length <= most, `${files.length} of ${most}`);
			for (const file of files) assert.ok(existsSync(path.join(ROOT, file)), `${file} exists`);
		});

	describe("of a resource and a family, in the files that CONTRIBUTING names", () => {
		let tree: string;
		let checked: Promise<string>;
		let tried: Promise<string>;

		before(() => {
			tree = mkdtempSync(path.join(tmpdir(), "stellantis-additions-"));
			for (const part of PARTS) cpSync(path.join(ROOT, part), path.join(tree, part), { recursive: true });
			symlinkSync(path.join(ROOT, "node_modules"), path.join(tree, "node_modules"), "junction");
			const edit = (file: string, change: (source: string) => string) =>
				writeFileSync(path.join(tree, file), change(readFileSync(path.join(tree, file), "utf8")));
			for (const [file, [place, text]] of Object.entries(RESOURCE_EDITS))
				edit(file, (source) => {
					assert.match(source, place, file);
					return source.replace(place, (found) => text + found);
				});
			for (const file of filesFor("A family").filter(isCode)) edit(file, (source) => withFamily(file, source));
			const include = ["nodes", "src", "demo", "scripts/forms"].map((folder) => `${folder}/**/*.ts`);
			writeFileSync(
				path.join(tree, "trial.json"),
				JSON.stringify({ extends: "./tsconfig.json", compilerOptions: { types: ["node"] }, include }),
			);
			checked = runIn(tree, "typescript/bin/tsc", ["--project", "trial.json"]);
			const options = ["--no-config", "--require", "tsx/cjs", "--timeout", "60000"];
			tried = runIn(tree, "mocha/bin/mocha.js", [...options, "test/contributing/trial.ts"]);
			// whichever test looks at them first, the other must not be unhandled until then
			for (const outcome of [checked, tried]) outcome.catch(() => {});
		});
		after(async () => {
			await Promise.allSettled([checked, tried]);
			rmSync(tree, { recursive: true, force: true });
		});

		it("touch code of that list only", () => {
			assert.deepEqual(Object.keys(RESOURCE_EDITS).sort(), filesFor("A resource").filter(isCode).sort());
		});

		it("leave no table without them", () => checked);

		it("are offered in forms, and read through a node", () => tried);
	});
});
