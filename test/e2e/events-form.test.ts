import assert from "node:assert/strict";
import type { FlowNode } from "./node-red";
import { inEditor } from "./session";

const FLOW: FlowNode[] = [
	{ id: "tab", type: "tab", label: "Flow" },
	{ id: "live", type: "stellantis-account", configVersion: 1, server: "live", api: "user-v4", auth: "none" },
	{
		id: "events",
		type: "stellantis-events",
		z: "tab",
		configVersion: 1,
		account: "live",
		kinds: "both",
		publicUrl: "",
		path: "stellantis/events",
		x: 200,
		y: 60,
		wires: [[]],
	},
];

inEditor(
	"the form of events",
	async () => ({ flow: FLOW }),
	(session) => {
		it("asks for a public URL only where events come by a webhook, as it is chosen", async () => {
			const form = await session.editor.edit("events");
			const complaint = form.root.locator("#node-input-publicUrl-complaint");
			await form.field("kinds").selectOption("account");
			await complaint.waitFor({ state: "detached" });
			assert.deepEqual(await form.marked(), []);
			await form.field("kinds").selectOption("both");
			await complaint.waitFor();
			assert.deepEqual(await form.marked(), ["publicUrl"]);
			await form.field("kinds").selectOption("account");
			await form.save();
			assert.equal(await session.editor.isValid("events"), true);
		});

		it("shows what belongs to a channel only where there is one", async () => {
			const form = await session.editor.edit("events");
			const button = form.root.locator("#stellantis-take-over");
			assert.deepEqual(await form.rows(), ["account", "kinds", "name"]);
			assert.equal(await button.isVisible(), false);
			await form.field("kinds").selectOption("both");
			assert.deepEqual(await form.rows(), ["account", "kinds", "publicUrl", "path", "label", "secret", "name"]);
			assert.equal(await button.isVisible(), true);
			await form.cancel();
		});
	},
);
