import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import { Editor } from "./editor";
import type { FlowNode } from "./node-red";
import { inEditor } from "./session";
import { violations } from "./violations";

/** So large that the demo's cars are in it wherever their day has taken them. */
const HOME = { name: "home", latitude: 48.8455, longitude: 2.3834, radius: 100_000 };
const node = { z: "tab", configVersion: 1, account: "cars" };
const inject = {
	type: "inject",
	z: "tab",
	x: 120,
	props: [{ p: "payload" }],
	payloadType: "date",
	payload: "",
	topic: "",
	repeat: "",
	crontab: "",
	once: false,
};
const FLOW: FlowNode[] = [
	{ id: "tab", type: "tab", label: "Flow" },
	{ id: "off", type: "tab", label: "Off", disabled: true },
	{ id: "cars", type: "stellantis-account", name: "My cars", configVersion: 1, server: "demo", api: "user-v4" },
	{ id: "asleep", type: "stellantis-account", name: "Asleep", configVersion: 1, server: "demo", api: "fleet-v3" },
	{ id: "gone", type: "stellantis-account", name: "Switched off", z: "off", d: true, configVersion: 1, server: "live" },
	{ id: "other", type: "stellantis-account", name: "Elsewhere", z: "off", configVersion: 1, server: "demo" },
	{ ...inject, id: "read", name: "read", y: 60, wires: [["list"]] },
	{ ...node, id: "list", type: "stellantis-vehicle-list", x: 300, y: 60, wires: [["status"], []] },
	{
		...node,
		id: "status",
		type: "stellantis-status",
		x: 480,
		y: 60,
		vehicleType: "msg",
		vehicle: "vehicle",
		wires: [[]],
	},
	{ ...inject, id: "go", name: "flash", y: 120, wires: [["lights"]] },
	{
		...node,
		id: "lights",
		type: "stellantis-remote-command",
		x: 300,
		y: 120,
		command: "lights",
		vehicleType: "str",
		vehicle: "VR3UHZKXBN0000001",
		wires: [[], []],
	},
	{ ...inject, id: "wrong", name: "wrong", y: 180, wires: [["lost"]] },
	{
		...node,
		id: "lost",
		type: "stellantis-status",
		name: "lost car",
		x: 300,
		y: 180,
		vehicleType: "str",
		vehicle: "VR3UHZKXBN9999999",
		wires: [[]],
	},
	{
		...node,
		id: "watch",
		type: "stellantis-watch",
		x: 300,
		y: 240,
		zones: [HOME],
		events: [],
		d: true,
		wires: [[], []],
	},
];

inEditor(
	"the sidebar",
	// below a path, as behind a proxy
	async () => ({ flow: FLOW, options: { settings: { httpAdminRoot: "/red" } } }),
	(session) => {
		const page = () => session.editor.page;
		const sidebar = () => page().locator(".stellantis-sidebar");
		const part = (name: string) => sidebar().locator("details", { has: page().locator("summary", { hasText: name }) });
		const open = (editor = session.editor) => editor.page.evaluate('RED.actions.invoke("stellantis:show-sidebar")');
		/** Questions that the tab has asked. */
		const asked = () =>
			page().evaluate<number>(
				'performance.getEntriesByType("resource").filter(({ name }) => name.includes("stellantis/overview")).length',
			);

		/** Waits for what comes with one of the next answers, each asked for at once. */
		const shown = async (what: Locator) => {
			for (let turn = 0; turn < 100 && !(await what.isVisible()); turn++) {
				await page().evaluate('document.dispatchEvent(new Event("visibilitychange"))');
				await what.waitFor({ timeout: 300 }).catch(() => {});
			}
			await what.waitFor();
		};

		it("asks nothing, and loads nothing, until it is seen", async () => {
			await sidebar().waitFor({ state: "attached" });
			assert.equal(await asked(), 0);
			const loaded = await page().evaluate<number>(
				'performance.getEntriesByType("resource").filter(({ name }) => name.includes("/sidebar/")).length',
			);
			assert.equal(loaded, 0);
		});

		it("shows the accounts that run, before anything was asked of them, and none that is switched off", async () => {
			await open();
			const accounts = part("Accounts").getByRole("listitem");
			await accounts.nth(1).waitFor();
			assert.equal(await accounts.count(), 2);
			assert.match((await accounts.first().textContent()) ?? "", /My cars.*demo.*not used since/);
		});

		it("shows what was read: the quota, vehicles with picture, battery, place and age, and the last requests", async () => {
			const { editor } = session;
			await editor.press("read");
			const car = part("Vehicles").getByRole("button", { name: /Peugeot e-208/ });
			await shown(car.filter({ hasText: /battery\s\d+\s%/ }));
			const said = (await car.innerText()) ?? "";
			assert.match(said, /\d+\skm/);
			assert.match(said, /ago|now/);
			assert.ok(await car.locator("img").evaluate((image) => (image as HTMLImageElement).naturalWidth > 0));
			await part("Accounts")
				.getByText(/ left today/)
				.waitFor();
			const request = part("Last requests").getByRole("listitem").first();
			assert.match(await request.innerText(), /200\s+GET [\w-]+/);
			assert.doesNotMatch(await part("Last requests").innerText(), /VR3UHZKXBN/);
		});

		it("names a place by the zone of a watch", async () => {
			await part("Vehicles").getByText("home").first().waitFor();
		});

		it("names it by a zone without a radius, by one of text, by the smallest, and by none that is no zone", async () => {
			const at = { latitude: 48.8455, longitude: 2.3834 };
			const state = { battery: null, fuel: null, range: null, charging: false, updatedAt: null, ...at };
			const vehicles = [{ account: "cars", name: "a car", state }];
			const answer = { accounts: [], vehicles, found: 1, commands: [], requests: [] };
			await page().route("**/stellantis/overview?*", (route) => route.fulfill({ json: answer }));
			const zones = (all: unknown[]) => page().evaluate(`RED.nodes.node("watch").zones = ${JSON.stringify(all)}`);
			const near = { latitude: 48.8465, longitude: 2.3834 };
			await zones([null, "home", { name: "usual", ...near }]);
			await shown(part("Vehicles").getByText("usual"));
			await zones([{ name: "written", latitude: "48.8455", longitude: "2.3834", radius: "10" }]);
			await shown(part("Vehicles").getByText("written"));
			await zones([HOME, { name: "garage", ...at, radius: 10 }, { name: "nowhere", radius: null }]);
			await shown(part("Vehicles").getByText("garage"));
			await zones([HOME]);
			await page().unroute("**/stellantis/overview?*");
			await shown(part("Vehicles").getByText("e-208"));
		});

		it("writes a place as maps take it, in every language", async () => {
			const editor = await Editor.open(session.browser, session.nodeRed.url, "de-DE");
			try {
				const place = { latitude: 43.2965, longitude: 5.38 };
				const state = { battery: null, fuel: null, range: 1_200, charging: false, updatedAt: null, ...place };
				const vehicles = [{ account: "cars", name: "a car", state }];
				const answer = { accounts: [], vehicles, found: 1, commands: [], requests: [] };
				await editor.page.route("**/stellantis/overview?*", (route) => route.fulfill({ json: answer }));
				await open(editor);
				// it may have been open already, with what is really there
				const car = editor.page.locator(".stellantis-vehicle", { hasText: "a car" });
				await car.waitFor();
				assert.match(await car.innerText(), /1\.200\skm.*43\.2965, 5\.3800/s);
			} finally {
				await editor.close();
			}
		});

		it("asks again after an answer that it can't show", async () => {
			const editor = await Editor.open(session.browser, session.nodeRed.url);
			try {
				const { clock } = editor.page;
				await clock.install();
				await editor.page.route("**/stellantis/overview?*", (route) => route.fulfill({ json: {} }));
				const first = editor.page.waitForResponse(/stellantis\/overview/);
				await open(editor);
				await first;
				await editor.page.waitForLoadState("networkidle");
				await editor.page.unroute("**/stellantis/overview?*");
				await clock.runFor(5_000);
				await editor.page.locator(".stellantis-sidebar").getByText("My cars").waitFor();
			} finally {
				await editor.close();
			}
		});

		it("shows a command under way, and how it ended", async () => {
			await session.editor.press("go");
			const command = part("Commands").getByRole("listitem").first();
			await shown(command.filter({ hasText: /lights · Peugeot e-208/ }));
			await shown(command.filter({ hasText: "success" }));
		});

		it("shows the last error, and leads to its node", async () => {
			await session.editor.press("wrong");
			const account = part("Accounts").getByRole("listitem").first();
			await shown(account.filter({ hasText: "VR3UHZKXBN9999999" }));
			await account.getByRole("button", { name: /lost car/ }).click();
			await page().waitForFunction('RED.nodes.node("lost").highlighted');
		});

		it("puts no barrier up", async () => {
			assert.deepEqual(await violations(page(), ".stellantis-sidebar"), []);
			await session.editor.quiet();
			await session.editor.picture("sidebar");
		});

		it("finds a vehicle, and puts a node of it on the workspace by the keyboard", async () => {
			const vehicles = part("Vehicles");
			const all = await vehicles.getByRole("button").count();
			await vehicles.getByRole("searchbox").fill("e-208");
			await page().waitForFunction(`document.querySelectorAll(".stellantis-vehicle").length < ${all}`);
			await vehicles.getByRole("button").first().press("Enter");
			await page().waitForFunction(
				'RED.nodes.filterNodes({ type: "stellantis-status", name: "x" }) && RED.nodes.dirty()',
			);
			const put = await page().evaluate<{ account: string; vehicle: string; valid: boolean }>(
				'(({ account, vehicle, valid }) => ({ account, vehicle, valid }))(RED.nodes.filterNodes({ type: "stellantis-status" }).find(({ name }) => /e-208/.test(name)))',
			);
			assert.deepEqual(put, { account: "cars", vehicle: "VR3UHZKXBN0000001", valid: true });
			await vehicles.getByRole("searchbox").fill("");
		});

		it("puts none on a flow that can't use its account, and says so", async () => {
			const vehicles = [{ account: "other", name: "far away" }];
			const answer = { accounts: [], vehicles, found: 1, commands: [], requests: [] };
			await page().route("**/stellantis/overview?*", (route) => route.fulfill({ json: answer }));
			const car = part("Vehicles").getByRole("button", { name: /far away/ });
			await shown(car);
			const count = () => page().evaluate<number>('RED.nodes.filterNodes({ type: "stellantis-status" }).length');
			const before = await count();
			await car.press("Enter");
			await page().getByText("This flow can't use the account of this vehicle.").waitFor();
			assert.equal(await count(), before);
			await page().unroute("**/stellantis/overview?*");
			await shown(part("Vehicles").getByText("e-208"));
		});

		it("keeps the focus where it is while it is brought up to date", async () => {
			const car = part("Vehicles").getByRole("button").nth(2);
			await car.focus();
			const answered = page().waitForResponse(/stellantis\/overview/);
			await page().evaluate('document.dispatchEvent(new Event("visibilitychange"))');
			await answered;
			assert.equal(await car.evaluate((button) => button === document.activeElement), true);
		});

		it("shows whatever a server tells as text, and says when nobody answers", async () => {
			const evil = '<img src="x" onerror="window.hacked = true">';
			const vehicle = { account: evil, name: evil, label: evil, model: evil, picture: "x", state: { updatedAt: evil } };
			const command = { account: evil, command: evil, vehicle: evil, since: 0, status: evil, failureCause: evil };
			const request = { account: evil, time: 0, purpose: "api", method: evil, route: evil, duration: 1, error: evil };
			await page().route("**/stellantis/overview?*", (route) =>
				route.fulfill({
					json: {
						accounts: [
							{
								id: evil,
								name: evil,
								isOpen: true,
								reason: evil,
								waiting: 1,
								vehicles: 1,
								error: { time: 0, code: evil, message: evil, node: evil },
							},
						],
						vehicles: [vehicle],
						found: 1,
						commands: [command],
						requests: [request],
					},
				}),
			);
			await shown(part("Commands").getByText(evil).first());
			for (const name of ["Accounts", "Vehicles", "Last requests"]) await part(name).getByText(evil).first().waitFor();
			assert.equal(await page().evaluate("window.hacked"), undefined);
			assert.equal(await sidebar().locator("[onerror]").count(), 0);
			await page().unroute("**/stellantis/overview?*");
			await page().route("**/stellantis/overview?*", (route) => route.abort());
			await shown(sidebar().getByText("Node-RED can't be reached."));
			await page().unroute("**/stellantis/overview?*");
			await shown(part("Accounts").getByText("My cars"));
			await sidebar().getByText("Node-RED can't be reached.").waitFor({ state: "hidden" });
		});

		it("asks every five seconds while it is seen, and no more behind another tab or a hidden page", async () => {
			const { browser, nodeRed } = session;
			const editor = await Editor.open(browser, nodeRed.url);
			try {
				const { clock } = editor.page;
				let count = 0;
				let heard = () => {};
				editor.page.on("request", (request) => {
					if (!request.url().includes("stellantis/overview")) return;
					count++;
					heard();
				});
				const next = () =>
					new Promise<void>((resolve) => {
						heard = resolve;
					});
				await clock.install();
				const first = next();
				await open(editor);
				await first;
				await editor.page.locator(".stellantis-vehicle").first().waitFor();
				const second = next();
				await clock.runFor(5_000);
				await second;
				await editor.page.waitForLoadState("networkidle");
				await editor.page.evaluate('RED.actions.invoke("core:show-info-tab")');
				await editor.page.locator(".stellantis-sidebar").waitFor({ state: "hidden" });
				// the sidebar hears of it before an observer that is younger
				await editor.page.evaluate(
					'new Promise((resolve) => new IntersectionObserver(resolve).observe(document.querySelector(".stellantis-sidebar")))',
				);
				const behind = count;
				await clock.runFor(30_000);
				assert.equal(count, behind);
				const third = next();
				await open(editor);
				await third;
				await editor.page.waitForLoadState("networkidle");
				await editor.page.evaluate(
					'Object.defineProperty(document, "visibilityState", { value: "hidden" }); document.dispatchEvent(new Event("visibilitychange"))',
				);
				const hidden = count;
				await clock.runFor(30_000);
				assert.equal(count, hidden);
			} finally {
				await editor.close();
			}
		});

		it("works before the nodes of the package are there, as after an install from the palette", async () => {
			const { browser, nodeRed } = session;
			const context = await browser.newContext({ locale: "en-US" });
			try {
				const bare = await context.newPage();
				const failures: string[] = [];
				bare.on("pageerror", (error) => failures.push(`${error}`));
				await bare.route(/\/nodes(\?|$)/, async (route) => {
					const answer = await route.fetch();
					if (!answer.headers()["content-type"]?.includes("html")) return route.fulfill({ response: answer });
					const sets = (await answer.text()).split(/(?=<!-- --- \[red-module:)/);
					const others = sets.filter((set) => !set.includes("node-red-contrib-stellantis/"));
					assert.ok(others.length < sets.length);
					return route.fulfill({ response: answer, body: others.join("") });
				});
				await bare.goto(nodeRed.url);
				await bare.waitForFunction("globalThis.RED?.workspaces?.active?.()");
				await bare.evaluate('RED.actions.invoke("stellantis:show-sidebar")');
				await bare.locator(".stellantis-sidebar").getByText("My cars").waitFor();
				await bare.locator(".stellantis-vehicle").first().waitFor();
				assert.deepEqual(failures, []);
			} finally {
				await context.close();
			}
		});

		it("speaks German", async () => {
			const { browser, nodeRed } = session;
			const german = await Editor.open(browser, nodeRed.url, "de");
			try {
				await open(german);
				await german.page.locator(".stellantis-sidebar").getByText("Letzte Anfragen").waitFor();
				await german.page.locator(".stellantis-vehicle").first().waitFor();
				await german.picture("sidebar-de");
			} finally {
				await german.close();
			}
		});
	},
);
