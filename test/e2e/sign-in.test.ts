import assert from "node:assert/strict";
import { request as ask } from "node:http";
import type { Locator } from "playwright-core";
import { json, listen, PlainTokenServer, type TestServer } from "../support/oauth-server";
import { Editor, type Form } from "./editor";
import { inEditor } from "./session";
import { violations } from "./violations";

/** An address no web server can receive, as apps register it. */
const PRIVATE = "org.example.garage://oauth2redirect/fr";

/** A sign-in page that lets everybody in, in a row with a token server and an API that asks for its tokens. */
class SignInServer {
	readonly tokens = new PlainTokenServer();
	#server: TestServer | undefined;
	/** Where the last sign-in sent the browser. */
	sentTo = "";

	async start(): Promise<this> {
		await this.tokens.start();
		this.#server = await listen((request, response) => {
			const url = new URL(request.url ?? "/", "http://127.0.0.1");
			if (url.pathname !== "/authorize") {
				const known = /^Bearer access-/.test(request.headers.authorization ?? "");
				json(response, known ? 200 : 401, { total: 3, _embedded: { vehicles: [] } });
				return;
			}
			const back = new URL(url.searchParams.get("redirect_uri") ?? "");
			back.searchParams.set("code", "code-of-the-garage");
			back.searchParams.set("state", url.searchParams.get("state") ?? "");
			this.sentTo = back.href;
			if (back.protocol === "http:") response.writeHead(302, { location: back.href }).end();
			else response.writeHead(200, { "content-type": "text/html" }).end("<title>Nothing opens this address</title>");
		});
		return this;
	}

	get url(): string {
		return this.#server?.url ?? "";
	}

	async stop(): Promise<void> {
		await this.#server?.stop();
		await this.tokens.stop();
	}
}

let server: SignInServer;
const account = (id: string, more: object) => ({
	id,
	type: "stellantis-account",
	configVersion: 1,
	server: "live",
	api: "user-v4",
	auth: "authorization-code",
	baseUrl: `${server.url}/connectedcar/v4`,
	authorizeUrl: `${server.url}/authorize`,
	tokenUrl: `${server.tokens.url}/token`,
	...more,
});

inEditor(
	"signing in as a person",
	async () => {
		server = await new SignInServer().start();
		const credentials = { clientId: "garage", clientSecret: "s3cr3t of the garage" };
		return {
			flow: [
				{ id: "tab", type: "tab", label: "Flow" },
				account("browser", {}),
				account("app", { redirectUri: PRIVATE }),
				account("disabled", { d: true }),
			],
			credentials: { browser: credentials, app: credentials },
		};
	},
	(session) => {
		let form: Form;
		const part = (id: string): Locator => form.root.locator(`#stellantis-${id}`);
		const reads = (text: RegExp) => part("sign-in-state").filter({ hasText: text }).waitFor();
		const open = async (id: string) => {
			form = await session.editor.editConfig(id, "stellantis-account");
		};
		after(() => server?.stop());
		afterEach(async () => {
			if (await form.root.count()) await form.cancel();
		});

		it("opens the page in a tab of its own, which comes back by itself", async () => {
			const { page } = session.editor;
			await open("browser");
			await reads(/^Not signed in/);
			const opened = page.waitForEvent("popup");
			await part("sign-in").click();
			const tab = await opened;
			await tab.getByRole("heading", { name: "Signed in" }).waitFor();
			assert.equal(new URL(tab.url()).pathname, "/stellantis/callback");
			await tab.close();
			await reads(/^Signed in\. Valid until (\w+ \d+, \d+, )?\d\d?:\d\d.(AM|PM)\.$/);
		});

		it("comes back through a reverse proxy that serves the editor below a path of its own", async () => {
			const proxy = await listen((request, response) => {
				const path = /^\/home(\/.*)/.exec(request.url ?? "")?.[1];
				if (path === undefined) return response.writeHead(404).end();
				const { method, headers } = request;
				const there = ask(session.nodeRed.url.replace(/\/$/, "") + path, { method, headers }, (answer) => {
					answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers));
				});
				there.on("error", () => response.destroy());
				return request.pipe(there);
			});
			const editor = await Editor.open(session.browser, `${proxy.url}/home/`);
			const { root } = await editor.editConfig("browser", "stellantis-account");
			const opened = editor.page.waitForEvent("popup");
			await root.locator("#stellantis-sign-in").click();
			const tab = await opened;
			await tab.getByRole("heading", { name: "Signed in" }).waitFor();
			assert.equal(new URL(tab.url()).pathname, "/home/stellantis/callback");
			await editor.close();
			await proxy.stop();
		});

		it("is still signed in when the form is opened again, and can be tested", async () => {
			await open("browser");
			await reads(/^Signed in/);
			await part("test").click();
			await part("checks").getByText("3 vehicles found").waitFor();
			assert.equal(await part("checks").locator(".fa-times").count(), 0);
			const result = (await part("checks").locator("li").allInnerTexts()).join("\n");
			assert.match(
				result,
				/Connection:\s.* answers\.\n[^\n]*Certificate:\sNot needed.*\n[^\n]*Sign-in:\sThe API accepts/,
			);
			assert.doesNotMatch(result, /\d{4}-\d\d-\d\dT/);
			assert.deepEqual(await violations(session.editor.page, "#node-config-dialog-edit-form"), []);
			const { page } = session.editor;
			await form.root.locator("summary", { hasText: "Connection" }).click();
			await page.setViewportSize({ width: 1280, height: 1750 });
			await page.waitForFunction('$(".red-ui-tray").last().height() > 1600');
			await form.field("name").scrollIntoViewIfNeeded();
			await session.editor.picture("account-signed-in", page.locator(".red-ui-tray").last());
			await page.setViewportSize({ width: 1280, height: 900 });
		});

		it("takes the address a browser can't open", async () => {
			const { page } = session.editor;
			await open("app");
			await reads(/^Not signed in/);
			const opened = page.waitForEvent("popup");
			await part("sign-in").click();
			const tab = await opened;
			await tab.waitForURL(/authorize/);
			await tab.close();
			await reads(/org\.example\.garage/);
			await form.root.getByText("How do I find this address?").click();
			await part("redirect").filter({ hasText: PRIVATE }).waitFor();
			await part("paste").fill("no code at all, sorry");
			await part("paste-use").click();
			await part("sign-in-state")
				.filter({ hasNotText: /Waiting/ })
				.waitFor();
			await session.editor.picture("sign-in");
			await part("paste").fill(server.sentTo);
			await part("paste-use").click();
			await reads(/^Signed in/);
			assert.equal(await part("paste").inputValue(), "");
		});

		it("signs out, and says so in a test", async () => {
			await open("app");
			await reads(/^Signed in/);
			await part("sign-out").click();
			await reads(/^Not signed in/);
			await part("test").click();
			await part("checks").locator(".fa-times").first().waitFor();
			assert.match((await part("checks").textContent()) ?? "", /[Ss]ign/);
		});

		it("wants changes to be deployed first", async () => {
			await open("browser");
			await form.type("country", "fr");
			assert.equal(await part("sign-in").isDisabled(), true);
			assert.equal(await part("test").isDisabled(), true);
			await form.root.locator(".stellantis-deploy-first").first().waitFor();
		});

		it("says that a disabled account is not running", async () => {
			await open("disabled");
			await reads(/disabled/);
		});

		it("shows no secret anywhere", async () => {
			await open("app");
			const seen = (await session.editor.page.content()) + session.nodeRed.log;
			assert.doesNotMatch(seen, /s3cr3t|access-\d|refresh-\d|code-of-the-garage/);
		});
	},
);
