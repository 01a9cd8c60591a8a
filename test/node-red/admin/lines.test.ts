import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type Response } from "express";
import sinon from "sinon";
import { line, linesTo } from "../../../src/node-red/admin/lines";

describe("an answer of several lines", () => {
	let server: Server;
	let asked: Promise<Response>;
	let answer: Promise<IncomingMessage>;
	let clock: sinon.SinonFakeTimers;

	beforeEach(async () => {
		clock = sinon.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
		const app = express();
		asked = new Promise((resolve) => {
			app.get("/", (_request, response) => resolve(response));
		});
		server = createServer(app).listen(0, "127.0.0.1");
		await once(server, "listening");
		const { port } = server.address() as AddressInfo;
		answer = new Promise((resolve) => get({ port, host: "127.0.0.1" }, resolve));
	});
	afterEach(async () => {
		clock.restore();
		server.closeAllConnections();
		server.close();
		await once(server, "close");
	});

	it("sends each at once, also through a compression that collects", async () => {
		const response = (await asked) as Response & { flush: () => void };
		const flushed = sinon.fake();
		response.flush = flushed;
		linesTo(response)({ a: 1 });
		const received = await answer;
		assert.equal(received.headers["x-accel-buffering"], "no");
		assert.equal(`${(await once(received, "data"))[0]}`, '{"a":1}\n');
		assert.equal(flushed.callCount, 1);
	});

	it("sends empty lines while there is nothing to tell, for proxies that cut off what is silent", async () => {
		const response = await asked;
		linesTo(response)({ a: 1 });
		const received = await answer;
		await once(received, "data");
		clock.tick(30_000);
		response.end(line({ done: true }));
		let rest = "";
		for await (const chunk of received) rest += chunk;
		assert.equal(rest, '\n\n{"done":true}\n');
		assert.equal(clock.countTimers(), 0);
	});

	it("does nothing for somebody who has gone", async () => {
		const response = await asked;
		const tell = linesTo(response);
		tell({ a: 1 });
		const received = await answer;
		received.destroy();
		await once(response, "close");
		tell({ b: 2 });
		assert.equal(clock.countTimers(), 0);
	});
});
