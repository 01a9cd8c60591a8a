import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import { leaksIn } from "../secrets/scan";
import { FakeApi, gate, liveAccount, liveCredentials, SECRETS } from "../support/fake-api";
import { HA_TOKEN, HomeAssistant } from "../support/home-assistant";
import type { Form } from "./editor";
import { inEditor } from "./session";
import { violations } from "./violations";

let api: FakeApi;
let home: HomeAssistant;

inEditor(
	"the test of an account",
	async () => {
		api = await FakeApi.start();
		home = (await HomeAssistant.start()).addCar("VR3UHZKXZLT000042");
		return {
			flow: [
				{ id: "tab", type: "tab", label: "Flow" },
				liveAccount(api, { timeout: 600 }),
				{
					id: "home",
					type: "stellantis-account",
					configVersion: 1,
					server: "live",
					api: "user-v4",
					baseUrl: api.root,
					auth: "token",
					commandsVia: "home-assistant",
					commandsUrl: home.url,
				},
				{
					id: "command",
					type: "stellantis-remote-command",
					z: "tab",
					configVersion: 1,
					account: "home",
					command: "lock",
					x: 200,
					y: 60,
					wires: [[], []],
				},
				{ id: "try-out", type: "stellantis-account", configVersion: 1, server: "demo", api: "user-v4" },
			],
			credentials: { ...liveCredentials, home: { commandsToken: HA_TOKEN } },
		};
	},
	(session) => {
		let form: Form;
		const part = (id: string): Locator => form.root.locator(`#stellantis-${id}`);
		const step = (name: string, state: string) =>
			part("checks").locator(`li[data-step="${name}"][data-state="${state}"]`);
		const state = (sentence: string) => part("test-state").filter({ hasText: sentence }).waitFor();
		const open = async (id = "account") => {
			form = await session.editor.editConfig(id, "stellantis-account");
		};
		/** Steps and what has become of them. */
		const steps = () =>
			part("checks")
				.locator("li")
				.evaluateAll((all) => all.map((li) => `${li.dataset.step} ${li.dataset.state}`));
		/** An API that takes its time for the vehicles. */
		const slowly = () => {
			const { opened, open: answer } = gate();
			api.clear();
			api.on("/user/vehicles", async () => {
				await opened;
				return { body: { total: 2, _embedded: { vehicles: [] } } };
			});
			return answer;
		};

		after(() => Promise.all([api?.stop(), home?.stop()]));
		afterEach(async () => {
			if (await form.root.count()) await form.cancel();
		});

		it("shows each step as it is done, the one under way and those to come", async () => {
			const answer = slowly();
			await open();
			await part("test").click();
			await step("vehicles", "running").waitFor();
			assert.deepEqual(await steps(), [
				"settings works",
				"reachable works",
				"certificate unneeded",
				"signed-in open",
				"vehicles running",
			]);
			assert.equal(await step("vehicles", "running").locator(".fa-spin").count(), 1);
			await state("Still waiting");
			await session.editor.picture("account-testing", session.editor.page.locator(".red-ui-tray").last());
			assert.deepEqual(await violations(session.editor.page, "#node-config-dialog-edit-form"), []);
			answer();
			await state("Everything works.");
			assert.deepEqual((await steps()).slice(-2), ["signed-in works", "vehicles works"]);
			assert.match(await step("signed-in", "works").innerText(), /accepts the credentials/);
			assert.match(await step("vehicles", "works").innerText(), /2 vehicles found/);
		});

		it("reads each result out once, when it is known", async () => {
			const answer = slowly();
			await open();
			const voice = form.root.getByRole("log");
			await part("test").click();
			await step("vehicles", "running").waitFor();
			const said = await voice.locator("p").count();
			assert.ok(said >= 3 && said <= 5, `${said} results`);
			assert.doesNotMatch((await voice.textContent()) ?? "", /2 vehicles/);
			answer();
			await voice.locator("p", { hasText: "2 vehicles found" }).waitFor();
			assert.equal(await voice.getByText("being tested").count(), 0);
			assert.equal(await voice.locator("p").last().getByRole("img", { name: "OK" }).count(), 1);
		});

		it("can be stopped, and begun again", async () => {
			slowly();
			await open();
			await part("test").click();
			await step("vehicles", "running").waitFor();
			await form.root.getByRole("button", { name: "Stop the test" }).click();
			await state("The test was stopped.");
			await step("vehicles", "untried").waitFor();
			await api.abortedRequests(1);
			slowly()();
			await form.root.getByRole("button", { name: "Test the account" }).click();
			await state("Everything works.");
		});

		for (const end of ["cancel", "save"] as const)
			it(`ends, also at the API, when the form closes (${end})`, async () => {
				slowly();
				await open();
				await part("test").click();
				await step("vehicles", "running").waitFor();
				await form[end]();
				await api.abortedRequests(1);
				// what was saved is not deployed
				await session.editor.load();
			});

		it("says what was wrong and what was not tried", async () => {
			api.clear();
			api.on("/user/vehicles", { status: 401, body: { message: `no ${SECRETS.accessToken}` } });
			await open();
			await part("test").click();
			await state("It does not work yet.");
			await step("signed-in", "fails").filter({ hasText: "401" }).waitFor();
			await step("vehicles", "untried").waitFor();
			assert.deepEqual(leaksIn(await form.root.innerHTML(), SECRETS), []);
		});

		it("says that a page in place of an answer is none", async () => {
			const { page } = session.editor;
			const body = "<html>\n<body>Log in</body>\n</html>\n";
			await page.route("**/account/account/test", (route) => route.fulfill({ contentType: "text/html", body }));
			await open();
			await part("test").click();
			await state("Node-RED gave no usable answer");
			assert.deepEqual(await steps(), []);
			assert.deepEqual(session.editor.complaints, []);
			await page.unroute("**/account/account/test");
		});

		it("says who sends the commands, which cars are known there, and what each can be sent", async () => {
			api.clear();
			await open("home");
			assert.deepEqual(await form.marked(), []);
			const field = (name: string) => form.root.locator(`#node-config-input-${name}`);
			// what was changed from the usual is shown
			assert.equal(await field("commandsToken").isVisible(), true);
			await part("test").click();
			await step("way", "works").filter({ hasText: "Home Assistant 2026.11.0 answers" }).waitFor();
			await step("signed-in", "caution").filter({ hasText: "reads nothing" }).waitFor();
			assert.match(await step("cars", "works").locator("li").innerText(), /vehicle …0042: lock, unlock, horn/);
			await session.editor.picture("account-tested-home", session.editor.page.locator(".red-ui-tray").last());
			assert.deepEqual(await violations(session.editor.page, "#node-config-dialog-edit-form"), []);
			assert.deepEqual(leaksIn(await form.root.innerHTML(), { token: HA_TOKEN }), []);
			await field("commandsVia").selectOption("psa-car-controller");
			await form.root.getByText("whoever reaches its port can unlock your car").waitFor();
			await field("commandsVia").selectOption("official");
			assert.equal(await field("commandsUrl").isVisible(), false);
		});

		it("lets a command be chosen only from what is sent that way, and asks for no channel", async () => {
			form = await session.editor.edit("command");
			const trigger = "#node-input-command + .red-ui-typedInput-container .red-ui-typedInput-option-trigger";
			await form.root.locator(trigger).click();
			const offered = session.editor.page.locator(".red-ui-typedInput-options:visible a");
			await offered.first().waitFor();
			const words = await offered.allInnerTexts();
			assert.ok(words.some((word) => /horn/.test(word)));
			assert.ok(!words.some((word) => /navigate|custom|climate programs/.test(word)), words.join());
			await session.editor.page.keyboard.press("Escape");
			assert.equal(await form.root.locator("#node-input-channel").isVisible(), false);
		});

		it("calls nothing working in the demo that is not needed there", async () => {
			await open("try-out");
			await part("test").click();
			await state("Everything works.");
			assert.deepEqual(await steps(), [
				"settings works",
				"reachable works",
				"certificate unneeded",
				"signed-in unneeded",
				"vehicles works",
				"quota works",
			]);
			await session.editor.picture("account-tested-demo", session.editor.page.locator(".red-ui-tray").last());
		});
	},
);
