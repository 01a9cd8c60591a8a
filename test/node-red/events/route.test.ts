import assert from "node:assert/strict";
import express from "express";
import { digestOfSecret, knowAddress } from "../../../src/node-red/events/route";

describe("an address of an events node", () => {
	it("leaves nothing in the server once nobody knows it any more", () => {
		const app = express();
		app.get("/theirs", (_request, response) => void response.end());
		const { stack } = (app as unknown as { _router: { stack: unknown[] } })._router;
		const before = [...stack];
		const known = ["one", "two"].map((secret) => knowAddress(app, { path: "/events", digest: digestOfSecret(secret) }));
		assert.ok(stack.length > before.length);
		for (const address of known) address.forget();
		assert.deepEqual(stack, before);
	});
});
