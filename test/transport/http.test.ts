import assert from "node:assert/strict";
import { getEventListeners, once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createAgents } from "../../src/transport/agents";
import { createHttp, exchange } from "../../src/transport/http";

describe("an exchange", () => {
	const server = createServer((_request, response) => response.end("{}")).listen(0, "127.0.0.1");
	const agents = createAgents({ maxSockets: 1, env: {} });
	before(() => server.listening || once(server, "listening"));
	after(() => {
		agents.destroy();
		server.close();
	});

	// A sweep of a fleet is thousands of them under one signal.
	it("has let go of the signal when its answer is there", async () => {
		const { signal } = new AbortController();
		const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
		const { body } = await exchange(createHttp({ agents, timeout: 30 }), { method: "GET", url, headers: {}, signal });
		assert.equal(body.toString(), "{}");
		assert.deepEqual(getEventListeners(signal, "abort"), []);
	});
});
