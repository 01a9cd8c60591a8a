import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { CAN_RUN, nodeBinary, nodeRedScript, packed, ROOT, userDirectory } from "./machine";
import { type Runtime, startRuntime } from "./runtime";

interface FlowNode {
	id: string;
	type: string;
	name?: string;
}

/** The oldest Node.js of each line that is promised, and the newest. */
const PAIRS = [
	{ nodeRed: "4.1", node: "20.19.0" },
	{ nodeRed: "5", node: "22.12.0" },
	{ nodeRed: "5", node: "24" },
];

const example = JSON.parse(readFileSync(join(ROOT, "examples", "01 - List and status.json"), "utf8")) as FlowNode[];
const idOf = (type: string, name?: string) => {
	const node = example.find((each) => each.type === type && (name === undefined || each.name === name));
	assert.ok(node, `the example has a ${name ?? type}`);
	return node.id;
};

describe("the published package", () => {
	if (!CAN_RUN) {
		it(`left out: Node.js comes as a package for Linux on x64 only, this is ${process.platform} ${process.arch}`);
		return;
	}

	let packages: string;
	before(async () => {
		packages = await userDirectory(await packed());
	});

	for (const { nodeRed, node } of PAIRS) {
		describe(`on Node-RED ${nodeRed} with Node.js ${node}`, () => {
			let binary: string;
			let runtime: Runtime;

			before(async () => {
				binary = await nodeBinary(node);
				runtime = await startRuntime(binary, await nodeRedScript(nodeRed), packages);
			});
			after(async () => {
				await runtime?.stop();
			});

			it("loads its ESM dependencies without a warning", async () => {
				const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
				const script = `for (const name of ${JSON.stringify(Object.keys(dependencies))}) require(name);
					for (const file of ${JSON.stringify(scripts())}) require(file);`;
				const { stderr } = await promisify(execFile)(binary, ["--eval", script], {
					cwd: join(packages, "node_modules", "node-red-contrib-stellantis"),
				});
				assert.equal(stderr, "");
			});

			it("registers every node type", async () => {
				const nodes = await runtime.nodes();
				for (const { id, err } of nodes) assert.equal(err, undefined, `${id}: ${JSON.stringify(err)}`);
				const types = nodes.flatMap((each) => each.types).sort();
				assert.deepEqual(types, Object.keys(manifestNodes()).sort());
			});

			it("runs the example: a list, then the state of each vehicle", async () => {
				await runtime.deploy(example);
				await runtime.inject(idOf("inject"));
				const [state, listed, error] = ["state of each vehicle", "all vehicles listed", "error"].map((name) =>
					idOf("debug", name),
				);
				const items = (entries: readonly { id: string; msg: string }[]): number => {
					const completion = entries.find(({ id }) => id === listed);
					return completion ? JSON.parse(completion.msg).items : Number.POSITIVE_INFINITY;
				};
				const entries = await runtime.debugged(
					(all) => all.filter(({ id }) => id === state || id === error).length >= items(all),
				);
				const count = items(entries);
				assert.ok(count >= 10, `${count} vehicles`);
				assert.deepEqual(
					entries.filter(({ id }) => id === error),
					[],
				);
				const states = entries.filter(({ id }) => id === state);
				assert.equal(states.length, count);
				for (const { msg } of states) assert.match(msg, /"updatedAt":"2\d{3}-/);
			});

			it("ends at Ctrl-C with nothing left to say", async () => {
				assert.equal(await runtime.stop(), 0);
				assert.equal(runtime.stderr, "");
			});
		});
	}
});

function manifestNodes(): Record<string, string> {
	return JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"))["node-red"].nodes;
}

function scripts(): string[] {
	return Object.values(manifestNodes()).map((script) => `./${script}`);
}
