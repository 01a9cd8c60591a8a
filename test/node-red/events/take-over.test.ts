import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import express from "express";
import { registerTakeOver } from "../../../src/node-red/events/take-over";

describe("the route behind the button that takes a channel over", () => {
	const SECRET = "the-secret-of-the-node";
	const app = express();
	const asked: string[] = [];
	const permissions: string[] = [];
	let takeOver: (() => Promise<void>) | undefined;
	const RED = {
		httpAdmin: app,
		auth: {
			needsPermission: (name: string) => {
				permissions.push(name);
				return (_request: unknown, _response: unknown, next: () => void) => next();
			},
		},
		nodes: {
			getNode: (id: string) =>
				id === "events"
					? { type: "stellantis-events", takeOver, redact: (text: string) => text.replaceAll(SECRET, "•••") }
					: id === "other"
						? { type: "debug", takeOver: async () => {} }
						: null,
		},
	};
	app.use(express.json());
	registerTakeOver(RED as never);
	const server = app.listen(0, "127.0.0.1");
	const post = async (id: string, headers: Record<string, string> = {}) => {
		const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/stellantis/events/${id}/take-over`;
		const json = { "content-type": "application/json" };
		const answer = await fetch(url, { method: "POST", body: "{}", headers: { ...json, ...headers } });
		return { status: answer.status, text: await answer.text() };
	};

	before(async () => {
		if (!server.listening) await once(server, "listening");
	});
	beforeEach(() => {
		asked.length = 0;
		takeOver = async () => void asked.push("taken");
	});
	after(() => {
		server.close();
		server.closeAllConnections();
	});

	it("asks for the permission to write, and takes over what the node keeps", async () => {
		assert.deepEqual(permissions, ["stellantis.write"]);
		assert.deepEqual([await post("events"), asked], [{ status: 200, text: "{}" }, ["taken"]]);
	});

	it("does nothing for another page, another node, or one that keeps no channel", async () => {
		assert.equal((await post("events", { "sec-fetch-site": "cross-site" })).status, 403);
		assert.equal((await post("events", { "content-type": "text/plain" })).status, 415);
		for (const id of ["other", "none"]) assert.equal((await post(id)).status, 404);
		takeOver = undefined;
		assert.match((await post("events")).text, /keeps no channel/);
		assert.deepEqual(asked, []);
	});

	it("never tells a secret when it fails", async () => {
		takeOver = async () => {
			throw new Error(`https://home.example/${SECRET}`);
		};
		const { status, text } = await post("events");
		assert.equal(status, 424);
		assert.ok(!text.includes(SECRET));
	});
});
