import assert from "node:assert/strict";
import type { Form } from "./editor";
import type { FlowNode } from "./node-red";
import { inEditor } from "./session";
import { violations } from "./violations";

const place = { z: "tab", x: 200, wires: [[], []], name: "", configVersion: 1 };
const FLOW: FlowNode[] = [
	{ id: "tab", type: "tab", label: "Flow" },
	{ id: "owner", type: "stellantis-account", name: "Demo", configVersion: 1, server: "demo", api: "user-v4" },
	{ id: "fleet", type: "stellantis-account", name: "Fleet", configVersion: 1, server: "demo", api: "fleet-v3" },
	{
		id: "person",
		type: "stellantis-account",
		name: "Live",
		configVersion: 1,
		server: "live",
		api: "user-v4",
		auth: "authorization-code",
		brand: "peugeot",
	},
	{
		id: "bare",
		type: "stellantis-account",
		name: "Bare",
		configVersion: 1,
		server: "live",
		api: "user-v4",
		auth: "authorization-code",
	},
	{ ...place, id: "status", type: "stellantis-status", y: 60, account: "owner", vehicle: "", vehicleType: "str" },
	{ ...place, id: "resource", type: "stellantis-resource", y: 120, account: "owner", resource: "capability" },
	{ ...place, id: "events", type: "stellantis-events", y: 300, account: "owner", label: "at home", wires: [[]] },
	{ ...place, id: "command", type: "stellantis-remote-command", y: 360, account: "owner", command: "lock" },
	{ ...place, id: "monitor", type: "stellantis-monitor", y: 420, account: "owner", action: "get", monitorType: "str" },
	{ ...place, id: "user", type: "stellantis-status", y: 240, account: "person" },
	{ ...place, id: "trips", type: "stellantis-trips", y: 180, account: "owner" },
];

inEditor(
	"lists behind the fields",
	async () => ({ flow: FLOW, credentials: { person: { clientId: "client" } } }),
	(session) => {
		let form: Form;
		const { page } = lazy(() => session.editor);
		const container = (name: string) => form.field(name).locator("xpath=following-sibling::*[1]");
		const typed = (name: string) => container(name).locator(".red-ui-typedInput-input");
		const button = (name: string) => container(name).locator(".red-ui-typedInput-option-expand");
		const panel = () => page().locator(".red-ui-popover-panel:visible");
		const rows = () => panel().getByRole("option");
		const search = () => panel().getByRole("combobox");
		const said = () => panel().getByRole("status");
		const value = async (name: string) => (await form.values())[name];
		const open = async (id: string) => {
			form = await session.editor.edit(id);
		};
		const openList = async (name: string) => {
			await button(name).click();
			await panel().waitFor();
		};
		const chosen = () => rows().and(page().locator('[aria-selected="true"]'));

		describe("of vehicles", () => {
			before(() => open("status"));
			after(() => form.cancel());

			it("show each with its name, model and VIN, and puts no barrier up", async () => {
				await openList("vehicle");
				await rows().nth(5).waitFor();
				const [first = ""] = await rows().allTextContents();
				assert.match(first, /VR|VF|W0|VX/);
				await session.editor.picture("picker-vehicles");
				assert.deepEqual(await violations(page(), ".stellantis-picker"), []);
				assert.equal(await search().evaluate((field) => field === document.activeElement), true);
			});

			it("find what is typed, and write the VIN of what is chosen, its name beside it", async () => {
				const all = await rows().count();
				const name = ((await rows().nth(3).locator("b").textContent()) ?? "").trim();
				await search().pressSequentially(name.toLowerCase());
				await page().waitForFunction(`document.querySelectorAll('.stellantis-list [role="option"]').length < ${all}`);
				await search().press("Enter");
				await panel().waitFor({ state: "detached" });
				assert.match(String(await value("vehicle")), /^[A-Z0-9]{17}$/);
				const meaning = form.root.locator(".stellantis-meaning:visible");
				assert.match((await meaning.textContent()) ?? "", new RegExp(name));
				await session.editor.picture("picker-chosen");
			});

			it("open by the Down key, go by the arrows, close by Escape without a change", async () => {
				const before = await value("vehicle");
				await typed("vehicle").press("ArrowDown");
				await rows().nth(5).waitFor();
				assert.match((await chosen().textContent()) ?? "", new RegExp(String(before)), "begins at what is chosen");
				await search().press("Home");
				await search().press("ArrowDown");
				const active = await search().getAttribute("aria-activedescendant");
				assert.equal(await chosen().getAttribute("id"), active);
				await search().press("Escape");
				await panel().waitFor({ state: "detached" });
				assert.equal(await value("vehicle"), before);
				assert.equal(await typed("vehicle").evaluate((field) => field === document.activeElement), true);
			});

			it("leave what is typed by hand alone, and say that the account has no such vehicle", async () => {
				const said = form.root.locator(".stellantis-meaning:visible");
				await typed("vehicle").fill("by-hand");
				await typed("vehicle").blur();
				await said.filter({ hasText: "no vehicle with this VIN or id" }).waitFor();
				assert.equal(await value("vehicle"), "by-hand");
				assert.deepEqual(await form.marked(), [], "another account, or tomorrow's, may have it");
				// the last key of a VIN is enough
				await typed("vehicle").fill("");
				await typed("vehicle").pressSequentially("VR3UHZKXBN0009999");
				await said.filter({ hasText: "no vehicle with this VIN or id" }).waitFor();
				await session.editor.picture("picker-unknown");
				await typed("vehicle").fill("VR3UHZKXBN0000001");
				await typed("vehicle").blur();
				await said.filter({ hasNotText: "no vehicle" }).waitFor();
			});

			it("say that a VIN lacks a character, not before one has left the field", async () => {
				const said = form.root.locator(".stellantis-meaning:visible");
				await typed("vehicle").fill("VR3UHZKXBN000001");
				await typed("vehicle").press("End");
				assert.equal(await said.filter({ hasText: "17 characters" }).count(), 0);
				await typed("vehicle").blur();
				await said.filter({ hasText: "A VIN has 17 characters; this one has 16." }).waitFor();
				assert.deepEqual(await form.marked(), []);
				await typed("vehicle").fill("");
				await typed("vehicle").pressSequentially("VR3UHZKXBN00000011");
				await said.filter({ hasText: "this one has 18" }).waitFor();
				for (const other of ["123456789012345", "0123456789abcdef", "VR3UHZKXBN0000001"]) {
					await typed("vehicle").fill(other);
					await typed("vehicle").blur();
					await said.filter({ hasNotText: "17 characters" }).waitFor();
				}
			});

			it("don't take the name of a message property for a vehicle", async () => {
				const choose = async (type: string) => {
					await container("vehicle").locator(".red-ui-typedInput-type-select").click();
					await page().locator(".red-ui-typedInput-options:visible").getByText(type, { exact: true }).click();
				};
				await form.cancel();
				await open("trips");
				assert.equal(await value("vehicle"), "vehicle");
				await choose("vehicle");
				assert.equal(await value("vehicle"), "");
				await choose("msg.");
				assert.equal(await value("vehicle"), "vehicle");
				await form.cancel();
				await open("status");
			});

			it("say why there is nothing to choose", async () => {
				await openList("vehicle");
				await rows().first().waitFor();
				await search().pressSequentially("no such car");
				await said().filter({ hasText: "Nothing fits" }).waitFor();
				await search().press("Escape");
				await form.field("account").selectOption("bare");
				await openList("vehicle");
				await said().filter({ hasText: "Client id: this way to sign in needs it" }).waitFor();
				await search().press("Escape");
				await form.field("account").selectOption("person");
				await openList("vehicle");
				await said().filter({ hasText: "Nobody is signed in" }).waitFor();
				await session.editor.picture("picker-not-signed-in");
				await search().press("Escape");
				await form.field("account").selectOption("_ADD_");
				await openList("vehicle");
				await said().filter({ hasText: "Choose an account first" }).waitFor();
				await search().press("Escape");
				await form.field("account").selectOption("fleet");
				await page().route("**/vehicles?*", (route) => route.abort());
				await openList("vehicle");
				await said().filter({ hasText: "can't be reached" }).waitFor();
				await search().press("Escape");
				await page().unroute("**/vehicles?*");
			});

			it("say that more were not searched, and what finds each of them", async () => {
				await page().route("**/vehicles?*", (route) => route.fulfill({ json: { vehicles: [], complete: false } }));
				await openList("vehicle");
				await search().pressSequentially("the last of ten thousand");
				await said()
					.filter({ hasText: "Only the first vehicles were searched. The whole VIN finds every one." })
					.waitFor();
				await search().press("Escape");
				await page().unroute("**/vehicles?*");
			});

			it("take up a picture, and draw one where it can't be loaded", async () => {
				await page().route("**/vehicles?*", (route) =>
					route.fulfill({
						json: {
							vehicles: [
								{ id: "a", vin: "VR3UHZKXBN0000001", label: "Blue", picture: "https://pictures.example/good.png" },
								{ id: "b", label: "Gone", picture: "https://pictures.example/gone.png" },
								{ id: "c", label: "None" },
							],
							complete: false,
						},
					}),
				);
				const asked: (string | undefined)[] = [];
				await page().route("https://pictures.example/**", (route) => {
					asked.push(route.request().headers().referer);
					if (route.request().url().endsWith("gone.png")) return route.fulfill({ status: 404 });
					const svg =
						'<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40"><rect width="80" height="40"/></svg>';
					return route.fulfill({ contentType: "image/svg+xml", body: svg });
				});
				await openList("vehicle");
				await said().filter({ hasText: "There are more" }).waitFor();
				await panel().getByAltText("Picture of Blue").waitFor();
				await panel().getByAltText("Picture of Gone").waitFor({ state: "detached" });
				assert.equal(await panel().locator(".stellantis-picture .fa-car").count(), 2);
				assert.deepEqual([...new Set(asked)], [undefined], "the picture's server is not told where it is shown");
				await session.editor.picture("picker-pictures");
				await rows().nth(1).click();
				assert.equal(await value("vehicle"), "b", "without a VIN the id is written");
				await page().unroute("**/vehicles?*");
				await page().unroute("https://pictures.example/**");
			});
		});

		describe("of what the resource node reads", () => {
			before(() => open("resource"));
			after(() => form.cancel());
			const option = (name: string) => form.field("resource").locator(`option[value="${name}"]`);

			it("mark resources that the account's API lacks", async () => {
				assert.equal(await option("stolen").isDisabled(), true);
				assert.match((await option("stolen").textContent()) ?? "", /not in this API/);
				assert.equal(await option("user").isDisabled(), false);
				await form.field("account").selectOption("fleet");
				assert.equal(await option("stolen").isDisabled(), false);
				assert.equal(await option("stolen").textContent(), "stolen history");
				assert.equal(await option("user").isDisabled(), true);
			});

			it("offer the paths of the API, and ask for a vehicle where the path is one of a vehicle", async () => {
				await form.field("account").selectOption("owner");
				await form.field("resource").selectOption("path");
				assert.equal((await form.rows()).includes("vehicle"), false);
				await openList("target");
				await search().fill("trips");
				await search().press("End");
				await rows().filter({ hasText: "{tid}" }).first().waitFor();
				await session.editor.picture("picker-paths");
				await rows().filter({ hasText: "{tid}" }).first().click();
				assert.match(String(await value("target")), /^\/user\/vehicles\/\{id\}\/trips\/\{tid\}/);
				await form.root.getByText("Put into msg.params: tid").waitFor();
				assert.ok((await form.rows()).includes("vehicle"));
				await session.editor.picture("resource-path");
				await typed("target").fill("/user");
				await typed("target").blur();
				assert.equal((await form.rows()).includes("vehicle"), false);
			});
		});

		describe("of links", () => {
			before(() => open("resource"));
			after(() => form.cancel());

			it("offer the relations of the vehicle, and say which need values", async () => {
				await form.field("resource").selectOption("link");
				await openList("target");
				await rows().filter({ hasText: "trips" }).first().waitFor();
				await session.editor.picture("picker-links");
				await search().pressSequentially("alerts");
				await chosen().filter({ hasText: "alerts" }).waitFor();
				await search().press("Enter");
				assert.equal(await value("target"), "alerts");
			});
		});

		describe("of channels and monitors", () => {
			it("offer the channels of the account by their labels", async () => {
				await session.editor.badge("events").filter({ hasText: "registered" }).waitFor();
				await open("command");
				await openList("channel");
				await rows().filter({ hasText: "at home" }).click();
				assert.match(String(await value("channel")), /\w/);
				await form.root.locator(".stellantis-meaning", { hasText: "at home" }).waitFor();
				await session.editor.picture("picker-channel");
				await form.cancel();
			});

			it("offer the monitors of the vehicle and channel in the form", async () => {
				await open("monitor");
				const asked = page().waitForRequest("**/monitors?*");
				await page().route("**/monitors?*", (route) =>
					route.fulfill({ json: { monitors: [{ id: "m1", label: "battery low", status: "Running" }] } }),
				);
				await typed("channel").pressSequentially("c1");
				await openList("monitor");
				assert.equal(new URL((await asked).url()).searchParams.get("channel"), "c1");
				await rows().filter({ hasText: "battery low" }).click();
				assert.equal(await value("monitor"), "m1");
				await page().unroute("**/monitors?*");
				await form.cancel();
			});
		});

		describe("in forms", () => {
			const complaint = (hasText: string) => form.root.locator(".stellantis-complaint", { hasText });

			it("hold back no sentence about what is wrong, and none about what can't be seen", async () => {
				await open("trips");
				await form.type("pageSize", "900");
				await complaint("Page size: at most 60").waitFor();
				await typed("from").pressSequentially("tomorrow");
				await complaint("From: use a date").waitFor();
				await session.editor.picture("complaints");
				assert.deepEqual(await form.marked(), ["from", "pageSize"]);
				await form.cancel();
				await open("resource");
				await form.field("resource").selectOption("alarms");
				await form.type("pageSize", "900");
				await complaint("Page size: at most 60").waitFor();
				await form.field("resource").selectOption("position");
				assert.deepEqual(await form.marked(), []);
				await form.cancel();
			});
		});
	},
);

/** What exists only once the suite runs. */
function lazy<T extends { page: unknown }>(of: () => T): { page: () => T["page"] } {
	return { page: () => of().page };
}
