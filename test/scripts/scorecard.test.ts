import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { judge, unexpected } from "../../scripts/scorecard/rules";

describe("the scorecard of the flow library", () => {
	let folder: string;
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "scorecard-"));
	});
	afterEach(() => rmSync(folder, { recursive: true, force: true }));

	const manifest = {
		name: "node-red-contrib-car",
		license: "MIT",
		repository: { type: "git", url: "git+https://example.com/car.git" },
		keywords: ["node-red"],
		engines: { node: "^20.19.0 || >=22.9.0" },
		dependencies: { got: "^14.0.0" },
		"node-red": { version: ">=4.0.0", nodes: { car: "dist/car.js", garage: "dist/garage.js" } },
	};
	const form = (type: string, category: string) =>
		`<script type="text/javascript">RED.nodes.registerType("${type}", { category: "${category}", defaults: {} });</script>`;
	const lock = { packages: { "": {}, "node_modules/agent-base": { version: "7.1.2" } } };

	/** Rules that a package with these files breaks. */
	function broken(changes: object, { example = "car", locked = lock as object } = {}): string[] {
		const files = {
			"package.json": JSON.stringify({ ...manifest, ...changes }),
			"dist/car.html": form("car", "Cars"),
			"dist/garage.html": form("garage", "config"),
			"examples/1 - Car.json": JSON.stringify([{ type: "tab" }, { type: example }]),
		};
		for (const [name, content] of Object.entries(files)) {
			mkdirSync(dirname(join(folder, name)), { recursive: true });
			writeFileSync(join(folder, name), content);
		}
		return judge(folder, JSON.stringify(locked)).flatMap(({ rule, passed }) => (passed ? [] : [rule]));
	}

	it("is green for a package that has all it asks for", () => {
		assert.deepEqual(broken({}), []);
	});

	const many = Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`package-${index}`, "1"]));
	const nodes = manifest["node-red"].nodes;
	for (const [rule, wrong, changes] of [
		["P01", "no license", { license: undefined }],
		["P03", "neither repository nor bugs", { repository: undefined }],
		["P04", "a name that only official nodes may have", { name: "node-red-car" }],
		["P05", "no keyword", { keywords: ["car"] }],
		["P06", "no word on Node-RED", { "node-red": { nodes } }],
		["P06", "Node-RED 5 left out", { "node-red": { nodes, version: "^4.0.0" } }],
		["P07", "no word on Node.js", { engines: undefined }],
		["P07", "the first Node.js of Node-RED 5 left out", { engines: { node: "^20.19.0 || >=22.12.0" } }],
		["D01", "seven dependencies", { dependencies: many }],
	] as const)
		it(`finds ${rule} broken by ${wrong}`, () => {
			assert.deepEqual(broken(changes), [rule]);
		});

	it("finds N02 broken by a node that no example has, though a configuration node needs none", () => {
		assert.deepEqual(broken({}, { example: "garage" }), ["N02"]);
	});

	it("finds D02 broken by a package that comes along with ours, and not by one of the tests", () => {
		const locked = (more: object) => ({
			packages: { "node_modules/x/node_modules/agent-base": { version: "5.1.1", ...more } },
		});
		assert.deepEqual(broken({}, { locked: locked({}) }), ["D02"]);
		assert.deepEqual(broken({}, { locked: locked({ dev: true }) }), []);
	});

	it("with a network may find nothing but got, which Node.js 20 holds back", () => {
		const held = { package: { name: "x" }, P01: { test: true }, D03: { test: false, packages: ["got"] } };
		assert.deepEqual(unexpected(held), []);
		assert.deepEqual(unexpected({ N01: { test: false }, D03: { test: false, packages: ["got", "zod"] } }), [
			"N01",
			"D03: zod",
		]);
	});
});
