import assert from "node:assert/strict";
import { type Answer, FakeApi, liveAccount } from "../support/fake-api";
import { inEditor } from "./session";

/** What a label or a sentence of a foreign server could hold. It must be read, never run. */
const HOSTILE = '<img src="x" onerror="globalThis.broken=true"><script>globalThis.broken=true</script>';
const vehicle = {
	id: "v1",
	vin: "VR3XXXXXXXXXXXXX1",
	label: HOSTILE,
	_links: { self: { href: "/connectedcar/v4/user/vehicles/v1" } },
};
const refusal: Answer = { status: 400, body: { code: 40000, message: HOSTILE, uuid: HOSTILE } };

inEditor(
	"an API that sends HTML",
	async () => {
		api = await FakeApi.start();
		api.collection("/user/vehicles", [vehicle], { key: "vehicles" });
		api.on("/user/vehicles/v1/status", refusal);
		const place = { z: "tab", configVersion: 1, account: "account", name: "" };
		const debug = {
			type: "debug",
			z: "tab",
			active: true,
			tosidebar: true,
			tostatus: true,
			statusType: "auto",
			x: 700,
		};
		return {
			flow: [
				{ id: "tab", type: "tab", label: "Flow" },
				{ ...liveAccount(api), name: HOSTILE },
				{ id: "go", type: "inject", z: "tab", name: "go", props: [], x: 100, y: 100, wires: [["list"]] },
				{
					...place,
					id: "list",
					type: "stellantis-vehicle-list",
					output: "item",
					parallel: 1,
					x: 280,
					y: 100,
					wires: [["status", "label"], []],
				},
				{
					...place,
					id: "status",
					type: "stellantis-status",
					vehicle: "vehicle",
					vehicleType: "msg",
					parallel: 1,
					x: 500,
					y: 100,
					wires: [["label"]],
				},
				{ ...debug, id: "label", name: "label", complete: "payload.label", targetType: "msg", y: 160, wires: [] },
				{ id: "catch", type: "catch", z: "tab", scope: null, x: 280, y: 240, wires: [["error"]] },
				{ ...debug, id: "error", name: "error", complete: "apiError.message", targetType: "msg", y: 240, wires: [] },
			],
			credentials: { account: { clientId: "garage", accessToken: "token-of-the-garage" } },
		};
	},
	(session) => {
		after(() => api?.stop());
		afterEach(async () => {
			const broken = 'globalThis.broken === true || document.querySelector("img[src=x]") !== null';
			assert.equal(await session.editor.page.evaluate(broken), false, "what the server sent became part of the page");
		});

		it("is read as it is in the sidebar and below the nodes", async () => {
			const { editor } = session;
			await editor.showDebug();
			await editor.press("go");
			await editor.debugMessages.filter({ hasText: "onerror" }).first().waitFor();
			await editor.debugMessages.filter({ hasText: "apiError.message" }).first().waitFor();
			const refused = await editor.debugMessages.filter({ hasText: "apiError.message" }).first().textContent();
			assert.match(refused ?? "", /<img src="x"/);
			assert.match((await editor.badge("status").textContent()) ?? "", /rejected/);
			await editor.badge("label").filter({ hasText: "<img" }).waitFor();
			await editor.picture("hostile");
		});

		it("is read as it is in the list of vehicles, and beside the field", async () => {
			const { editor } = session;
			const { page } = editor;
			const form = await editor.edit("status");
			await page.locator("#node-input-vehicle + .red-ui-typedInput-container .red-ui-typedInput-type-select").click();
			await page.locator(".red-ui-typedInput-options:visible").getByText("vehicle", { exact: true }).click();
			await form.root.locator(".red-ui-typedInput-option-expand:visible").click();
			await page.locator(".stellantis-list").getByRole("option").filter({ hasText: "<img" }).click();
			await form.root.locator(".stellantis-meaning", { hasText: "<img" }).waitFor();
			await editor.picture("hostile-vehicle");
			await form.cancel();
		});

		it("is read as it is in the account's form", async () => {
			const { editor } = session;
			const form = await editor.editConfig("account", "stellantis-account");
			api.on("/user/vehicles", refusal);
			await form.root.locator("#stellantis-test").click();
			const failed = form.root.locator("#stellantis-checks li", { hasText: "onerror" });
			await failed.waitFor();
			await editor.picture("hostile-account");
			await form.cancel();
		});
	},
);

let api: FakeApi;
