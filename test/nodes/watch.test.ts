import { strict as assert } from "node:assert";
import { EventEmitter, once } from "node:events";
import { type FlowMessage, load, node, redeploy, start, useRuntime, watch } from "../support/runtime";

const DEMO = { id: "account", type: "stellantis-account", server: "demo", api: "user-v4" };

describe("vehicle watch", () => {
	useRuntime();

	it("sends the first state of every vehicle of the account", async () => {
		const states: FlowMessage[] = [];
		const told = new EventEmitter();
		watch("completions", (msg) => {
			states.push(msg);
			told.emit("state");
		});
		await load([DEMO, { id: "watch", type: "stellantis-watch", account: "account" }]);
		while (states.length < 12) await once(told, "state");
	});
});
