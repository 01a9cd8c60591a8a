import assert from "node:assert/strict";
import type { Form } from "./editor";
import type { FlowNode } from "./node-red";
import { inEditor } from "./session";
import { violations } from "./violations";

const FLOW: FlowNode[] = [
	{ id: "tab", type: "tab", label: "Flow" },
	{
		id: "list",
		type: "stellantis-vehicle-list",
		z: "tab",
		name: "",
		account: "",
		configVersion: 1,
		parallel: 1,
		x: 160,
		y: 100,
		wires: [[], []],
	},
];

const ALWAYS = ["name", "server", "api", "timeout", "retries", "concurrency", "requestsPerSecond"];
const LIVE = ["baseUrl", "auth", "clientId", "tls", "proxy", "secretHeaders"];
const OWNER = ["brand", "country", "locale", "realm"];

/** Which fields there are beside those of every account. */
const FIELDS: { choice: Record<string, string>; fields: string[] }[] = [
	{ choice: { server: "demo", api: "user-v4" }, fields: [] },
	{ choice: { server: "demo", api: "fleet-v3" }, fields: [] },
	{ choice: { server: "live", api: "user-v4", auth: "token" }, fields: [...LIVE, ...OWNER, "accessToken"] },
	{
		choice: { server: "live", api: "user-v4", auth: "authorization-code" },
		fields: [...LIVE, ...OWNER, "clientSecret", "authorizeUrl", "tokenUrl", "redirectUri", "scope", "refreshToken"],
	},
	{
		choice: { server: "live", api: "accounts-v1", auth: "client-credentials" },
		fields: [...LIVE, "realm", "clientSecret", "tokenUrl", "scope"],
	},
	{
		choice: { server: "live", api: "fleet-v3", auth: "basic" },
		fields: [...LIVE, "fleetId", "country", "locale", "username", "password"],
	},
	{ choice: { server: "live", api: "user-v4", auth: "none" }, fields: [...LIVE, ...OWNER] },
];

inEditor(
	"the account's form",
	async () => ({ flow: FLOW }),
	(session) => {
		let form: Form;
		const choose = async (choice: Record<string, string>) => {
			for (const [name, value] of Object.entries(choice)) await form.field(name).selectOption(value);
		};

		before(async () => {
			await session.editor.edit("list");
			form = await session.editor.editAccount("add");
		});

		for (const { choice, fields } of FIELDS) {
			it(`shows only the fields that apply: ${Object.values(choice).join(", ")}`, async () => {
				await choose(choice);
				const others = (await form.rows()).filter((name) => !ALWAYS.includes(name));
				const known = (await form.rows()).filter((name) => ALWAYS.includes(name));
				assert.deepEqual(known.sort(), [...ALWAYS].sort());
				assert.deepEqual(others.filter(isAccountField).sort(), fields.sort());
			});
		}

		it("puts no barrier up, whatever is chosen", async () => {
			for (const { choice } of FIELDS) {
				await choose(choice);
				assert.deepEqual(
					await violations(session.editor.page, "#node-config-dialog-edit-form"),
					[],
					JSON.stringify(choice),
				);
				await session.editor.picture(`account-${Object.values(choice).join("-")}`);
			}
		});

		it("can be shown in a picture", async () => {
			const { editor } = session;
			await choose({ server: "live", api: "user-v4", auth: "authorization-code" });
			await editor.page.setViewportSize({ width: 1280, height: 1300 });
			await editor.page.waitForFunction('$(".red-ui-tray").last().height() > 1100');
			await form.field("name").scrollIntoViewIfNeeded();
			await editor.picture("account-form", editor.page.locator(".red-ui-tray").last());
			await editor.page.setViewportSize({ width: 1280, height: 900 });
		});

		it("marks what is missing or can't be right, until it is right", async () => {
			await choose({ server: "live", api: "fleet-v3", auth: "client-credentials" });
			assert.deepEqual((await form.marked()).sort(), ["clientId", "fleetId", "tokenUrl"]);
			await form.type("country", "France");
			await form.type("timeout", "soon");
			await form.type("baseUrl", "somewhere");
			assert.deepEqual((await form.marked()).sort(), [
				"baseUrl",
				"clientId",
				"country",
				"fleetId",
				"timeout",
				"tokenUrl",
			]);
			const right = {
				clientId: "garage",
				fleetId: "9",
				tokenUrl: "https://sign-in.example.org/token",
				country: "fr",
				timeout: "20",
				baseUrl: "https://api.example.org/connectedcar/v3",
			};
			for (const [name, value] of Object.entries(right)) await form.type(name, value);
			assert.deepEqual(await form.marked(), []);
		});

		it("keeps everything through a deploy and a reload, secrets without showing them", async () => {
			const { editor } = session;
			await choose({ server: "live", api: "fleet-v3", auth: "client-credentials" });
			await form.type("name", "Our fleet");
			await form.type("clientSecret", "s3cr3t of the garage");
			await form.type("secretHeaders", '{"X-Key":"s3cr3t key"}');
			await form.root.locator(".red-ui-editableList-addButton").click();
			await form.root.locator(".stellantis-header-name").fill("X-Tenant");
			await form.root.locator(".stellantis-header-value").fill("north");
			const values = await form.values();
			await form.save();
			await editor.page.locator("#node-dialog-ok").click();
			await editor.settled();
			await editor.deploy();
			await editor.load();

			await editor.edit("list");
			form = await editor.editAccount("edit");
			assert.equal(await form.root.locator(".stellantis-header-name").inputValue(), "X-Tenant");
			assert.equal(await form.root.locator(".stellantis-header-value").inputValue(), "north");
			const hidden = { clientSecret: "__PWRD__", secretHeaders: "__PWRD__" };
			assert.deepEqual(await form.values(), { ...values, ...hidden });
			assert.doesNotMatch(await editor.page.content(), /s3cr3t/);
		});
	},
);

/** Rows of the limits of commands are the same for every account. */
function isAccountField(name: string): boolean {
	return !/command|wakeup|paste/i.test(name);
}
