import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { markdownOf } from "../../scripts/docs/help";
import { RECIPES, recipeOf } from "../../scripts/docs/recipes";
import { writePages } from "../../scripts/docs/site";

const ROOT = join(__dirname, "../..");
const SITE = join(ROOT, "build", "docs");
const examples = readdirSync(join(ROOT, "examples"));
const { "node-red": manifest } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const names = Object.values<string>(manifest.nodes).map((script) => script.replace(/^.*\/(.*)\.js$/, "$1"));

describe("a page of the documentation site", () => {
	it("says what the help of a node says, without buttons that only the editor has", () => {
		const page = markdownOf(`<script type="text/html" data-help-name="stellantis-car">
			<p>Reads a <b>car</b> &lt;here&gt;.</p>
			<p><button data-snippet="car">Put this on the workspace</button></p>
			<h3>Inputs</h3>
			<dl class="message-properties">
				<dt class="optional">vehicle <span class="property-type">string | object</span></dt>
				<dd>An id, see the <a href="#" data-help="stellantis-vehicle-list">vehicle list</a>.</dd>
			</dl>
			<pre><code>if (a &lt; b) return {{c}};</code></pre>
		</script>`);
		assert.equal(
			page,
			[
				"Reads a **car** &lt;here>.",
				"## Inputs",
				"- **vehicle** _string | object_, optional: An id, see the [vehicle list](./vehicle-list.md).",
				"```\nif (a < b) return {{c}};\n```",
			].join("\n\n"),
		);
	});

	it("gives a flow as the editor imports it, with its nodes and settings", () => {
		const flow = [
			{ id: "1", type: "tab", label: "Car", info: "Looks at a car.", env: [{ name: "LIMIT", value: "80" }] },
			{ id: "2", type: "comment", name: "How", info: "Open [the page](/dashboard), or [ours](https://example.com)." },
			{ id: "3", type: "stellantis-status" },
			{ id: "4", type: "debug" },
		];
		const { what, page } = recipeOf("07 - Car.json", JSON.stringify(flow), ["example-07-map.png", "example-08.png"]);
		assert.equal(what, "Looks at a car.");
		assert.match(page, /!\[Car\]\(\.\.\/pictures\/example-07-map\.png\)/);
		assert.doesNotMatch(page, /example-08/);
		assert.match(page, /\| `LIMIT` \| `80` \|/);
		assert.match(page, /\[`stellantis-status`\]\(\.\.\/nodes\/status\.md\); with `debug`\./);
		assert.match(page, /Open the page, or \[ours\]\(https:\/\/example\.com\)\./);
		const [, json = ""] = /```json\n(.*)\n```/.exec(page) ?? [];
		assert.deepEqual(JSON.parse(json), flow);
	});
});

describe("the documentation site", function () {
	this.timeout(120_000);
	before(() => {
		writePages();
		// fails at a link that leads nowhere
		execFileSync("npx", ["vitepress", "build", "docs"], {
			cwd: ROOT,
			stdio: "pipe",
			shell: process.platform === "win32",
		});
	});
	const html = (...parts: string[]) => readFileSync(join(SITE, ...parts), "utf8");

	it("has a page a node, a page an example that can be taken along, and one for the error codes", () => {
		for (const name of names) assert.match(html("nodes", `${name}.html`), /<h1[ >]/, name);
		for (const file of examples) {
			const page = html("cookbook", `${file.slice(0, 2)}.html`);
			assert.ok(page.includes(`/examples/${encodeURIComponent(file)}`), file);
			assert.equal(html("examples", file), readFileSync(join(ROOT, "examples", file), "utf8"));
		}
		assert.match(html("errors.html"), /ERR_COMMAND_UNKNOWN/);
		const first = /Ten to begin with([\s\S]*?)The others/.exec(html("cookbook", "index.html"))?.[1] ?? "";
		assert.deepEqual(
			[...first.matchAll(/href="[^"]*\/?(\d\d)\.html"/g)].map(([, place]) => place),
			[...RECIPES],
		);
	});

	it("leads to no part of a page that is not there", () => {
		const pages = readdirSync(SITE, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".html"));
		assert.ok(pages.length > names.length + examples.length);
		for (const page of pages)
			for (const [, target = ""] of html(page).matchAll(/<a\b[^>]* href="(\/[^"]*|#[^"]*)"/g)) {
				const [path = "", anchor] = target.split("#");
				const file = path === "" ? page : join(path.endsWith("/") ? `${path}index.html` : decodeURIComponent(path));
				const place = [file, `${file}.html`].map((each) => join(SITE, each)).find(existsSync);
				assert.ok(place, `${page} leads to ${target}`);
				if (anchor && place.endsWith(".html"))
					assert.ok(
						readFileSync(place, "utf8").includes(`id="${decodeURIComponent(anchor)}"`),
						`${page} leads to ${target}`,
					);
			}
	});

	it("can be searched for a node, an error and a recipe, and not for what only stands in a flow's JSON", () => {
		const chunks = join(SITE, "assets", "chunks");
		const [index = ""] = readdirSync(chunks).filter((name) => name.includes("localSearchIndexroot"));
		const words = readFileSync(join(chunks, index), "utf8");
		for (const page of ["/nodes/watch.html", "/cookbook/10.html", "/errors.html", "/fleet.html"])
			assert.ok(words.includes(page), page);
		const [tab] = JSON.parse(readFileSync(join(ROOT, "examples", examples[0] ?? ""), "utf8"));
		assert.ok(!words.includes(tab.id));
	});
});
