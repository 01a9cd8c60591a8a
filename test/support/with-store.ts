// For mocha's `--require`: puts a shared store behind every account that a test loads in a real Node-RED and that names
// none itself, so that the suite tells whether an account keeps its promises there, too. Tests that can't hold then are
// taken out by the list in left-out-of-store.ts, and the run says how many.
import { join, relative } from "node:path";
import type { Context, RootHookObject, Suite } from "mocha";
import { ChildNodeRed } from "./child";
import { LEFT_OUT } from "./left-out-of-store";
import "./patient-deploy";
import { OWNER, type PostgresServer, startPostgres } from "./postgres-server";
import type { FlowNode } from "./runtime";

const PROJECT = join(__dirname, "../..");
const STORE = "store-behind";

/** What Node-RED's test helper offers of what is changed here; it ships no types. */
interface TestHelper {
	settings(): { userDir?: string };
	load(nodes: unknown, flow: FlowNode[], credentials?: Record<string, unknown>): Promise<void>;
	setFlows(flow: FlowNode[], type: string, credentials?: Record<string, unknown>): Promise<void>;
}

const helper: TestHelper = require("node-red-node-test-helper");

let server: PostgresServer | undefined;
/** The schema of the flows that run in this process. */
let running = "";
/** Schemas of the test that runs, by user directory: what it loads once more finds what it has left. */
const schemas = new Map<string | undefined, string>();
let made = 0;

function schemaFor(folder: string | undefined): string {
	const schema = schemas.get(folder) ?? freshSchema();
	schemas.set(folder, schema);
	return schema;
}

const freshSchema = () => `flows_${++made}`;

/** The same flow and credentials with the store behind each account that has none; as they were where there is none. */
function behind(
	flow: FlowNode[],
	credentials: Record<string, unknown>,
	schema: string,
): [flow: FlowNode[], credentials: Record<string, unknown>] {
	if (!flow.some(isFree)) return [flow, credentials];
	if (!server) throw new Error("The store's server runs from the first hook on; this flow was made before.");
	const store = {
		id: STORE,
		type: "stellantis-store",
		configVersion: 1,
		host: "127.0.0.1",
		port: server.port,
		database: "postgres",
		schema,
	};
	return [
		[...flow.map((node) => (isFree(node) ? { ...node, store: STORE } : node)), store],
		{ ...credentials, [STORE]: { ...OWNER, key: "cnry-key-of-the-store-behind" } },
	];
}

const isFree = ({ type, store }: FlowNode) => type === "stellantis-account" && !store;

const { load, setFlows } = helper;
helper.load = (nodes, flow, credentials = {}) => {
	running = schemaFor(helper.settings().userDir);
	const storeNode = require("../../nodes/store");
	const types = [nodes].flat();
	return load.call(
		helper,
		types.includes(storeNode) ? types : [...types, storeNode],
		...behind(flow, credentials, running),
	);
};
helper.setFlows = (flow, type, credentials = {}) => {
	const [changed, secrets] = behind(flow, credentials, running);
	return setFlows.call(helper, changed, type, secrets);
};
ChildNodeRed.change = ({ types, ...given }) => {
	const [flow, credentials] = behind(given.flow, given.credentials, freshSchema());
	return { types: types.includes("store") ? types : [...types, "store"], flow, credentials };
};

/**
 * Takes the tests of the list out of those that will run, and says how many.
 *
 * @throws where the list names something in a file of this run that is not there
 */
function takeOut(root: Suite): void {
	const named = LEFT_OUT.flatMap(({ file, titles }) => titles.map((title) => ({ file, title })));
	const unused = new Set(named.filter(({ file }) => isLoaded(root, file)));
	let count = 0;
	const visit = (suite: Suite) => {
		suite.tests = suite.tests.filter((test) => {
			const found = named.find(({ file, title }) => pathOf(test) === file && test.fullTitle().startsWith(title));
			if (found === undefined) return true;
			unused.delete(found);
			count++;
			return false;
		});
		suite.suites.forEach(visit);
	};
	visit(root);
	console.log(`With a store behind all accounts; ${count} tests are left out, see test/support/left-out-of-store.ts.`);
	if (unused.size > 0)
		throw new Error(`No test is called so any more: ${[...unused].map(({ title }) => title).join("; ")}`);
}

const pathOf = ({ file }: { file?: string | undefined }) => (file === undefined ? undefined : relative(PROJECT, file));

const isLoaded = (suite: Suite, file: string): boolean =>
	pathOf(suite) === file || suite.suites.some((each) => isLoaded(each, file));

export const mochaHooks: RootHookObject = {
	async beforeAll(this: Context) {
		this.timeout(60_000);
		const root = this.test?.parent;
		if (root) takeOut(root);
		server = await startPostgres();
	},
	afterEach() {
		schemas.clear();
	},
	async afterAll() {
		await server?.stop();
	},
};
