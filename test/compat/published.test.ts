import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { FakeApi } from "../support/fake-api";
import { PlainTokenServer } from "../support/oauth-server";
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
	{ nodeRed: "5", node: "22.9.0" },
	{ nodeRed: "5", node: "24" },
];

const exampleOf = (file: string) =>
	JSON.parse(readFileSync(join(ROOT, "examples", `${file}.json`), "utf8")) as FlowNode[];
const example = exampleOf("01 - List and status");
const monitorExample = exampleOf("12 - Monitor and webhook");
const commandExample = exampleOf("15 - Remote command");
const idOf = (type: string, name?: string, of = example) => {
	const node = of.find((each) => each.type === type && (name === undefined || each.name === name));
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
				const script = `for (const file of ${JSON.stringify(scripts())}) require(file);
					Promise.all(${JSON.stringify(Object.keys(dependencies))}.map((name) => import(name)));`;
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

			it("sends a command and creates a monitor", async () => {
				const account = idOf("stellantis-account", undefined, monitorExample);
				const commands = commandExample.map((each) => ("account" in each ? { ...each, account } : each));
				await runtime.deploy([...monitorExample, ...commands]);
				await runtime.inject(idOf("inject", "lock", commandExample));
				await runtime.inject(idOf("inject", "create", monitorExample));
				const errors = [
					...["not allowed", "failed", "other error", "error"].map((name) => idOf("debug", name, commandExample)),
					idOf("debug", "error", monitorExample),
				];
				for (const [debug, example, said] of [
					["created", monitorExample, /"monitorId":"\w+"/],
					["doors", commandExample, /"locked":true/],
				] as const) {
					const id = idOf("debug", debug, example);
					const told = await firstOf(runtime, [id, ...errors]);
					assert.equal(told.id, id, told.msg);
					assert.match(told.msg, said);
				}
			});

			for (const auth of ["client-credentials", "authorization-code"])
				it(`signs in by ${auth}`, async () => {
					const tokens = await new PlainTokenServer().start();
					const api = await FakeApi.start();
					try {
						api.on("/user/vehicles/v1/status", { body: { updatedAt: "2026-01-05T08:00:00Z" } });
						await runtime.deploy(signedInBy(auth, api, tokens));
						await runtime.inject(`${auth}-inject`);
						const told = await firstOf(runtime, [`${auth}-told`]);
						assert.match(told.msg, /"updatedAt":"2026-01-05T08:00:00Z"/);
						assert.match(api.requests.at(-1)?.headers.authorization ?? "", /^Bearer access-/);
					} finally {
						await api.stop();
						await tokens.stop();
					}
				});

			it("ends at Ctrl-C with nothing left to say", async () => {
				assert.equal(await runtime.stop(), 0);
				assert.equal(runtime.stderr, "");
			});
		});
	}
});

/** The first that one of the debug nodes shows. */
async function firstOf(runtime: Runtime, ids: readonly (string | undefined)[]) {
	const told = await runtime.debugged((all) => all.some(({ id }) => ids.includes(id)));
	const first = told.find(({ id }) => ids.includes(id));
	assert.ok(first);
	return first;
}

/** An inject node that reads the status of `v1` with an account that signs in at `tokens`. */
function signedInBy(auth: string, api: FakeApi, tokens: PlainTokenServer) {
	const id = (name: string) => `${auth}-${name}`;
	const shown = { active: true, tosidebar: true, complete: "true", targetType: "full" };
	return [
		{ id: id("tab"), type: "tab", label: auth },
		{
			id: id("account"),
			type: "stellantis-account",
			server: "live",
			api: "user-v4",
			baseUrl: api.root,
			auth,
			tokenUrl: `${tokens.url}/token`,
			authorizeUrl: `${tokens.url}/authorize`,
			credentials: { clientId: "client", clientSecret: "secret", refreshToken: tokens.mintRefreshToken() },
		},
		{ id: id("inject"), type: "inject", z: id("tab"), props: [], wires: [[id("status")]] },
		{
			id: id("status"),
			type: "stellantis-status",
			z: id("tab"),
			account: id("account"),
			vehicle: "v1",
			vehicleType: "str",
			wires: [[id("told")]],
		},
		{ id: id("catch"), type: "catch", z: id("tab"), wires: [[id("told")]] },
		{ id: id("told"), type: "debug", z: id("tab"), ...shown, wires: [] },
	];
}

function manifestNodes(): Record<string, string> {
	return JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"))["node-red"].nodes;
}

function scripts(): string[] {
	return Object.values(manifestNodes()).map((script) => `./${script}`);
}
