import assert from "node:assert/strict";
import { type FlowMessage, load, node, useRuntime, watch } from "../support/runtime";

const FAMILIES = ["user-v4", "accounts-v1", "fleet-v3"];

describe("nodes on the demo account", () => {
	useRuntime();

	for (const api of FAMILIES)
		describe(api, () => {
			const account = { id: "account", type: "stellantis-account", server: "demo", api };

			it("lists every vehicle, reads the status of each, and joins them again", async () => {
				await load([
					account,
					{ id: "list", type: "stellantis-vehicle-list", account: "account", wires: [["state"], ["completions"]] },
					{ id: "state", type: "stellantis-status", account: "account", wires: [["joiner"]] },
					{ id: "joiner", type: "join", mode: "auto", wires: [["items"]] },
				]);
				const joined = new Promise<FlowMessage>((resolve) => watch("items", resolve));
				const errors: FlowMessage[] = [];
				watch("errors", (msg) => errors.push(msg));
				node("list").receive({ topic: "start", mine: { kept: true } });
				const msg = await joined;
				// One of the cars has never sent anything: a newcomer's first flow must not end red for it.
				assert.deepEqual(errors, []);
				const states = msg.payload as Record<string, unknown>[];
				assert.equal(states.length, 12);
				assert.deepEqual(msg.mine, { kept: true });
				assert.equal(msg.parts, undefined);
			});
		});
});
