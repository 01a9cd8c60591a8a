import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import express from "express";
import { digestOfSecret, knowAddress } from "../../../src/node-red/events/route";

const LARGE = { values: ["x".repeat(2 * 1024 * 1024)] };

describe("a body that somebody else has read before", () => {
	const received: unknown[] = [];
	const refused: string[] = [];
	const app = express();
	// Node-RED's editor takes up to 5 MB where it shares its root with the HTTP nodes, which is the default.
	app.use(express.json({ limit: "5mb" }));
	const receiver = {
		isOpen: () => true,
		receive: async (_text: string, body: unknown) => void received.push(body),
		refused: (sentence: string) => void refused.push(sentence),
	};
	knowAddress(app, { path: "/events", digest: digestOfSecret("the-secret") }).open(receiver);
	const server = app.listen(0, "127.0.0.1");
	const post = async (body: string | ReadableStream) => {
		const { port } = server.address() as AddressInfo;
		const headers = { "content-type": "application/json" };
		const url = `http://127.0.0.1:${port}/events/the-secret`;
		return (await fetch(url, { method: "POST", headers, body, duplex: "half" } as RequestInit)).status;
	};

	before(async () => {
		if (!server.listening) await once(server, "listening");
	});
	beforeEach(() => {
		received.length = 0;
		refused.length = 0;
	});
	after(() => {
		server.close();
		server.closeAllConnections();
	});

	it("is taken when it is small", async () => {
		assert.equal(await post('{"values":[]}'), 200);
		await new Promise(setImmediate);
		assert.deepEqual(received, [{ values: [] }]);
	});

	for (const [name, body] of [
		["of a known length", () => JSON.stringify(LARGE)],
		["in chunks", () => new Blob([JSON.stringify(LARGE)]).stream()],
	] as const)
		it(`reaches nobody when it is too large, ${name}`, async () => {
			assert.equal(await post(body() as string), 500);
			await new Promise(setImmediate);
			assert.deepEqual(received, []);
			assert.match(String(refused), /larger than 1048576 bytes/);
		});
});
