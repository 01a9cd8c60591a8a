import assert from "node:assert/strict";
import { accessSync, constants, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import semver from "semver";
import { parse } from "yaml";

const ROOT = join(__dirname, "../..");
const read = (...parts: string[]) => readFileSync(join(ROOT, ...parts), "utf8");
const manifest = JSON.parse(read("package.json")) as {
	scripts: Record<string, string>;
	engines: { node: string };
	dependencies: Record<string, string>;
	devDependencies: Record<string, string>;
};

interface Step {
	run?: string;
	uses?: string;
	with?: Record<string, string>;
}

interface Workflow {
	name: string;
	on: unknown;
	permissions?: Record<string, string>;
	jobs: Record<string, { "runs-on": string; steps: Step[]; strategy?: { matrix: { node: string[] } } }>;
}

describe("the workflows", () => {
	const folder = join(ROOT, ".github", "workflows");
	const workflows = readdirSync(folder).map(
		(name) => [name, parse(readFileSync(join(folder, name), "utf8")) as Workflow] as const,
	);
	const steps = workflows.flatMap(([name, { jobs }]) =>
		Object.values(jobs).flatMap((job) => job.steps.map((step) => [name, step] as const)),
	);

	for (const [name, workflow] of workflows)
		it(`${name} says when it runs, where, and what it may do`, () => {
			assert.ok(workflow.name && workflow.on && workflow.permissions);
			for (const job of Object.values(workflow.jobs)) {
				assert.ok(job["runs-on"]);
				for (const { run, uses } of job.steps) assert.equal([run, uses].filter(Boolean).length, 1);
			}
		});

	it("run commands and files that exist", () => {
		for (const [name, { run = "" }] of steps) {
			for (const [, script = ""] of run.matchAll(/npm run (?:--silent )?([\w:]+)/g))
				assert.ok(script in manifest.scripts, `${name}: npm run ${script}`);
			for (const [file] of run.matchAll(/(?:docker|\.ci)\/[\w.]+/g)) assert.ok(existsSync(join(ROOT, file)), file);
		}
		accessSync(join(ROOT, ".ci", "run"), constants.X_OK);
		assert.ok(steps.some(([name, { run }]) => name === "ci.yml" && run === ".ci/run"));
	});

	it("try the oldest Node.js that is supported, and none that is not", () => {
		const versions = workflows.flatMap(([, { jobs }]) =>
			Object.values(jobs).flatMap(({ strategy }) => strategy?.matrix.node ?? []),
		);
		assert.ok(versions.includes(String(semver.minVersion(manifest.engines.node))));
		for (const version of versions) assert.ok(semver.intersects(version, manifest.engines.node), version);
	});

	it("publish with provenance, after all checks, and hold no secret of a registry", () => {
		const release = steps.filter(([name]) => name === "release.yml").map(([, { run }]) => run);
		const publish = release.findIndex((run) => run?.startsWith("npm publish --provenance"));
		assert.ok(publish > release.indexOf(".ci/run") && release.includes(".ci/run"));
		assert.equal(parse(read(".github", "workflows", "release.yml")).permissions["id-token"], "write");
	});
});

describe("issue forms", () => {
	const folder = join(ROOT, ".github", "ISSUE_TEMPLATE");
	const forms = readdirSync(folder).filter((name) => name !== "config.yml");
	const TYPES = ["markdown", "textarea", "input", "dropdown", "checkboxes"];

	interface Field {
		type: string;
		id?: string;
		attributes: { label?: string; description?: string; value?: string; options?: unknown[] };
		validations?: { required?: boolean };
	}

	for (const name of forms)
		it(`${name} is as GitHub reads it`, () => {
			const form = parse(readFileSync(join(folder, name), "utf8")) as {
				name: string;
				description: string;
				body: Field[];
			};
			assert.ok(form.name && form.description && form.body.length > 0);
			const ids = form.body.flatMap(({ id }) => id ?? []);
			assert.equal(new Set(ids).size, ids.length);
			for (const { type, id, attributes } of form.body) {
				assert.ok(TYPES.includes(type), type);
				if (type === "markdown") assert.ok(attributes.value);
				else assert.ok(id && attributes.label);
				if (type === "dropdown" || type === "checkboxes") assert.ok((attributes.options ?? []).length > 0);
			}
		});

	it("of bugs asks for the bug-report file, by the words of its button", () => {
		const form = parse(readFileSync(join(folder, "bug.yml"), "utf8")) as { body: Field[] };
		const report = form.body.find(({ id }) => id === "report");
		assert.equal(report?.validations?.required, true);
		const button = Object.entries(JSON.parse(read("nodes", "locales", "en-US", "account.json")).account).flatMap(
			([, texts]) => Object.values(texts as Record<string, unknown>),
		);
		const [, words = ""] = /\*([^*]+)\*/.exec(report?.attributes.description ?? "") ?? [];
		assert.ok(JSON.stringify(button).includes(words), words);
	});
});

describe("what looks after the repository", () => {
	it("keeps got where Node.js 20 can run it, and updates all else", () => {
		const { updates } = parse(read(".github", "dependabot.yml")) as {
			updates: { "package-ecosystem": string; directory: string; ignore?: { "dependency-name": string }[] }[];
		};
		const [npm] = updates.filter((update) => update["package-ecosystem"] === "npm");
		const packages = { ...manifest.dependencies, ...manifest.devDependencies };
		for (const { "dependency-name": name } of npm?.ignore ?? []) assert.ok(name in packages, name);
		assert.ok(npm?.ignore?.some((ignored) => ignored["dependency-name"] === "got"));
		for (const { directory } of updates) assert.ok(existsSync(join(ROOT, directory)), directory);
	});

	it("opens in a container with what a contributor needs", () => {
		const container = JSON.parse(read(".devcontainer", "devcontainer.json"));
		const [, version] = /:(\d+)$/.exec(container.image) ?? [];
		assert.ok(semver.intersects(version ?? "", manifest.engines.node));
		assert.equal(container.postCreateCommand, "npm ci");
	});
});
