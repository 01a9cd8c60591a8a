import assert from "node:assert/strict";
import { type NodeRed, startNodeRed } from "../admin/node-red";

const TOKEN = "scrape-77";
const stellantis = `stellantis: { health: { path: "ops/health" }, metrics: { path: "ops/metrics", token: "${TOKEN}" } },`;
const basic = `Basic ${Buffer.from("probe:cnry-probe").toString("base64")}`;

describe("the routes for operations in a real Node-RED", function () {
	this.timeout(120_000);
	let nodeRed: NodeRed;
	afterEach(() => nodeRed.stop());

	const status = async (path: string, authorization?: string) =>
		(await fetch(nodeRed.url + path, authorization === undefined ? {} : { headers: { authorization } })).status;

	it("answer below its HTTP root, whatever guards the editor, and say why a password there shuts metrics out", async () => {
		const auth = `httpNodeRoot: "/api", httpNodeAuth: { user: "probe", pass: require(${JSON.stringify(require.resolve("bcryptjs"))}).hashSync("cnry-probe", 4) },`;
		nodeRed = await startNodeRed([], {}, { admin: "*" }, auth + stellantis);
		assert.equal(await status("/stellantis/account/x/state"), 401);
		assert.equal(await status("/ops/health"), 404);
		assert.equal(await status("/api/ops/health"), 401);
		assert.equal(await status("/api/ops/health", basic), 200);
		assert.equal(await status("/api/ops/health?ready", basic), 200);
		assert.equal(await status("/api/ops/metrics", `Bearer ${TOKEN}`), 401);
		assert.match(nodeRed.log(), /stellantis\.metrics can't be read: Node-RED asks for a password/);
	});

	it("let metrics pass a password that is a function which lets them pass", async () => {
		const auth = `httpNodeAuth: (request, response, next) => request.originalUrl === "/ops/metrics" ? next() : response.sendStatus(403),`;
		nodeRed = await startNodeRed([], {}, undefined, auth + stellantis);
		assert.equal(await status("/ops/health"), 403);
		assert.equal(await status("/ops/metrics"), 401);
		assert.equal(await status("/ops/metrics", `Bearer ${TOKEN}`), 200);
		assert.doesNotMatch(nodeRed.log(), /can't be read/);
	});
});
