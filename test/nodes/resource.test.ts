import assert from "node:assert/strict";
import { type Simulator, startSimulator } from "../../demo/index";
import { FakeApi, liveAccount, liveCredentials } from "../support/fake-api";
import { type FlowMessage, load, type Outcome, run, stopFlows, useRuntime, withoutTicket } from "../support/runtime";

const FAMILIES = ["user-v4", "accounts-v1", "fleet-v3"] as const;
/** What each named resource is in each family: one resource, a collection, or nothing the family has. */
const NAMED: Record<string, [v4: string, v1: string, v3: string]> = {
	capability: ["one", "one", "one"],
	maintenance: ["one", "none", "one"],
	position: ["one", "none", "one"],
	telemetry: ["many", "many", "many"],
	collisions: ["many", "many", "many"],
	alarms: ["many", "many", "many"],
	"charging-sessions": ["none", "many", "none"],
	stolen: ["none", "many", "many"],
	user: ["one", "none", "none"],
};

describe("the resource node", () => {
	useRuntime();

	describe("on the demo account", () => {
		let car = "";
		before(async () => {
			const simulator: Simulator = await startSimulator();
			car = simulator.vehicles[0]?.id ?? "";
			await simulator.close();
		});
		const flow = (api: string, properties: Record<string, unknown>) =>
			load([
				{ id: "account", type: "stellantis-account", server: "demo", api },
				{
					id: "node",
					type: "stellantis-resource",
					account: "account",
					vehicle: car,
					vehicleType: "str",
					targetType: "str",
					...properties,
				},
			]);

		for (const [place, family] of FAMILIES.entries())
			it(`reads every named resource of ${family}, and says which it has not`, async () => {
				for (const [resource, kinds] of Object.entries(NAMED)) {
					await flow(family, { resource, maxItems: 3, from: resource === "telemetry" ? "P1D" : "" });
					const outcome = await run("node");
					if (kinds[place] === "none") assert.equal(outcome.error.error?.code, "ERR_NOT_SUPPORTED", resource);
					else if (kinds[place] === "one") {
						assert.equal(outcome.errors[0]?.error, undefined, resource);
						assert.deepEqual([outcome.items.length, outcome.completions.length], [1, 0], resource);
						assert.equal(typeof outcome.items[0]?.payload, "object");
						assert.equal("parts" in (outcome.items[0] ?? {}), false);
					} else assert.equal(typeof outcome.done.items, "number", resource);
					await stopFlows();
				}
			});

		it("reads fleets and vehicles that lie outside the fleet", async () => {
			await flow("fleet-v3", { resource: "path", target: "/fleets" });
			assert.equal((await run("node")).done.items, 1);
			await stopFlows();
			await flow("fleet-v3", { resource: "path", target: "/vehicles/{vin}", vehicle: "vehicle", vehicleType: "msg" });
			await run("node", { params: { vin: "nothing" } });
			const { error } = await run("node", { params: { vin: "VR3TESTTEST999999" } });
			assert.equal(error.error?.code, "ERR_NOT_FOUND");
		});

		it("reads the whole fleet, as alerts, trips and status do", async () => {
			const account = { id: "account", type: "stellantis-account", server: "demo", api: "fleet-v3" };
			const stale = { vehicle: { id: "old" }, topic: "old" };
			for (const node of [
				{ type: "stellantis-status" },
				{ type: "stellantis-alerts", from: "P30D" },
				{ type: "stellantis-trips", from: "P2D" },
				{ type: "stellantis-resource", resource: "maintenance" },
				{ type: "stellantis-resource", resource: "collisions" },
			]) {
				await load([account, { id: "node", account: "account", scope: "fleet", maxItems: 70, ...node }]);
				const { items, completions } = await run("node", stale);
				assert.ok(items.length > 0, node.type);
				for (const msg of items) {
					const { _links, vin } = msg.payload as { _links: { vehicle: { href: string } }; vin?: string };
					const id = _links.vehicle.href.split("/").at(-1);
					assert.deepEqual([msg.vehicle?.id, msg.topic, msg.vehicle?.vin], [id, id, vin], node.type);
					assert.ok(msg.parts);
					assert.equal("summary" in msg, /status|trips/.test(node.type));
				}
				assert.equal(completions.length, node.type === "stellantis-status" ? 0 : 1);
				await stopFlows();
			}
		});
	});

	describe("at any API", () => {
		let api: FakeApi;
		before(async () => {
			api = await FakeApi.start();
		});
		beforeEach(() => api.clear());
		after(() => api.stop());
		const flow = (properties: Record<string, unknown>, account: Record<string, unknown> = {}) =>
			load(
				[
					liveAccount(api, account),
					{
						id: "node",
						type: "stellantis-resource",
						account: "account",
						vehicle: "vehicle",
						vehicleType: "msg",
						targetType: "str",
						...properties,
					},
				],
				liveCredentials,
			);
		const code = ({ error }: Outcome) => error.error?.code;

		it("tells one resource from a collection by the answer, and asks only once", async () => {
			api.on("/new/thing", { body: { _links: {}, answer: 42 } });
			api.collection("/new/things", [{ id: "a" }, { id: "b" }, { id: "c" }], { key: "whatever" });
			await flow({ resource: "path", target: "target", targetType: "msg" });
			const one = await run("node", { target: "/new/thing", parts: { id: "p", index: 0, type: "array" } });
			assert.deepEqual(one.items[0]?.payload, { _links: {}, answer: 42 });
			assert.deepEqual(one.items[0]?.parts, { id: "p", index: 0, type: "array" });
			assert.equal(one.completions.length, 0);
			assert.equal(api.requests.length, 1);
			const many = await run("node", { target: "/new/things" });
			assert.deepEqual(
				many.items.map(({ payload }) => (payload as { id: string }).id),
				["c", "b", "a"],
			);
		});

		it("drops nothing of a resource that embeds a list, has neighbours or counts something", async () => {
			const user = { email: "a@example.com", _links: {}, _embedded: { Vehicles: [{ id: "v1", vin: "V" }] } };
			const trip = { id: "t2", distance: 5, _links: { prev: { href: "/connectedcar/v4/user/vehicles/v1/trips/t1" } } };
			const thing = { total: 12, answer: 42, _links: {} };
			api.on("/user", { body: user }).on("/user/vehicles/v1/trips/t2", { body: trip });
			api.on("/new/user", { body: user }).on("/new/thing", { body: thing });
			await flow({ resource: "path", target: "target", targetType: "msg" });
			for (const [target, document] of [
				["/user", user],
				["/user/vehicles/v1/trips/t2", trip],
				["/new/user", user],
				["/new/thing", thing],
			] as const) {
				const { items, completions } = await run("node", { target });
				assert.deepEqual([items.map(({ payload }) => payload), completions.length], [[document], 0], target);
			}
			await stopFlows();
			await flow({ resource: "link", target: "user" });
			const holder = { _links: { user: { href: "/connectedcar/v4/user" } } };
			assert.deepEqual((await run("node", { payload: holder })).items[0]?.payload, user);
		});

		it("takes a path with a query, without its first slash, or as a whole address", async () => {
			api.on("/new/thing", { body: { _links: {} } });
			await flow({ resource: "path", target: "target", targetType: "msg" });
			for (const target of [
				"/new/thing?a=1&b=2",
				"new/thing?a=1&b=2",
				`${api.root}/new/thing?a=1&b=2`,
				"/new/{what}?a=1&b=2",
			]) {
				const { items } = await run("node", { target, params: { what: "thing" }, query: { b: [3, "4"], c: true } });
				assert.equal(items.length, 1, target);
				const { query } = api.requests.at(-1) ?? { query: new URLSearchParams() };
				assert.deepEqual([query.getAll("a"), query.getAll("b"), query.getAll("c")], [["1"], ["3", "4"], ["true"]]);
			}
		});

		it("lets no query replace the credentials", async () => {
			api.on("/new/thing", { body: { _links: {} } });
			await flow({ resource: "path", target: "/new/thing" });
			await run("node", { query: { client_id: "somebody else" } });
			assert.deepEqual(api.requests[0]?.query.getAll("client_id"), [liveCredentials.account.clientId]);
		});

		for (const target of [
			"../../admin",
			"/user/../../../admin",
			"/user/%2e%2e/%2E%2e/admin",
			"/user\\..\\..\\admin",
			"http://127.0.0.2:9/x",
			"https://api.example/connectedcar/v4/user",
			"file:///etc/passwd",
			"/user/..",
			"/a b",
			"/user/%2fadmin",
			"",
			" ",
		])
			it(`refuses the path ${JSON.stringify(target)} without a request`, async () => {
				await flow({ resource: "path", target });
				assert.equal(code(await run("node")), "ERR_BAD_INPUT");
				assert.equal(api.requests.length, 0);
			});

		it("never leaves the API's root, whatever stands in the way of a path", async () => {
			await flow({ resource: "path", target: "target", targetType: "msg" });
			for (const target of [
				"//127.0.0.2:9/x",
				"/@127.0.0.2:9/x",
				"/user/%zz/status",
				"/user/vehicles/%zz/trips",
				"/#x",
				"?x=1",
			]) {
				const outcome = await run("node", { target });
				assert.match(String(code(outcome)), /^ERR_(NOT_FOUND|BAD_INPUT)$/, target);
			}
			for (const { path } of api.requests) assert.doesNotMatch(path, /^\/connectedcar/);
		});

		it("keeps what is written behind a path, where nothing else is asked", async () => {
			api.on("/user/vehicles", { body: { _embedded: { vehicles: [] } } });
			const target = "/user/vehicles?pageSize=2&locale=it-IT&x=1&x=2";
			const asked = async (msg: FlowMessage = {}) => {
				await run("node", msg);
				const query = api.requests.at(-1)?.query;
				return ["pageSize", "locale", "x"].map((name) => query?.getAll(name));
			};
			await flow({ resource: "path", target }, { locale: "fr-FR" });
			assert.deepEqual(await asked(), [["2"], ["it-IT"], ["1", "2"]]);
			assert.deepEqual(await asked({ query: { locale: "de-DE", x: null } }), [["2"], ["de-DE"], []]);
			await stopFlows();
			await flow({ resource: "path", target, pageSize: 7 }, { locale: "fr-FR" });
			assert.deepEqual(await asked(), [["7"], ["it-IT"], ["1", "2"]]);
		});

		it("needs a value for each variable of a path, which is one segment", async () => {
			await flow({ resource: "path", target: "/things/{thing}" });
			for (const params of [
				undefined,
				{},
				{ thing: "" },
				{ thing: "a/b" },
				{ thing: ".." },
				{ thing: "a?b" },
				{ thing: null },
				"x",
				5,
			])
				assert.equal(code(await run("node", { params })), "ERR_BAD_INPUT", JSON.stringify(params));
			assert.equal(api.requests.length, 0);
		});

		it("fills a vehicle's path from the message's vehicle, or from params alone", async () => {
			api.on("/user/vehicles/v1/new", { body: { _links: {} } });
			await flow({ resource: "path", target: "/user/vehicles/{id}/new" });
			const { items } = await run("node", { vehicle: { id: "v1", vin: "VR3TESTTEST000001" } });
			assert.deepEqual(items[0]?.vehicle, { id: "v1", vin: "VR3TESTTEST000001" });
			await run("node", { vehicle: { id: "v1" }, params: { id: "v2" } });
			assert.equal(api.requests.at(-1)?.path, "/user/vehicles/v2/new");
		});

		it("goes on with what msg.params led to, though the message that broke off has lost them", async () => {
			const remotes = Array.from({ length: 5 }, (_, n) => ({ id: `r${n}` }));
			const path = "/user/vehicles/v1/callbacks/c7/remotes";
			api.collection(path, remotes, { key: "remoteActions" });
			const link = { href: "/connectedcar/v4/user/vehicles/v1/callbacks/{cbid}/remotes", templated: true };
			for (const properties of [
				{ resource: "link", target: "remotes" },
				{ resource: "path", target: "/user/vehicles/{id}/callbacks/{cbid}/remotes" },
			])
				for (const page of [1, 2]) {
					for (let again = 0; again < 2; again++) api.fault(path, { status: 500 }, { page });
					await flow(properties);
					const vehicle = { id: "v1", _links: { remotes: link } };
					const sent: unknown[] = [];
					let { items, errors, completions } = await run("node", { vehicle, params: { cbid: "c7" } });
					for (let turn = 0; turn < 3 && errors[0]; turn++) {
						assert.equal(errors[0].error?.code, "ERR_SERVER");
						assert.equal("params" in errors[0], false);
						sent.push(...items.map(({ payload }) => payload));
						({ items, errors, completions } = await run("node", withoutTicket(errors[0])));
					}
					sent.push(...items.map(({ payload }) => payload));
					assert.deepEqual(sent, remotes);
					assert.equal(completions.length, 1);
					await stopFlows();
				}
		});

		describe("following a link", () => {
			const LINKS = {
				self: { href: "/connectedcar/v4/user/vehicles/v1" },
				pictures: { href: "/connectedcar/v4/user/vehicles/v1/pictures" },
				remotes: { href: "/connectedcar/v4/user/vehicles/v1/callbacks/{cbid}/remotes{?locale}", templated: true },
				foreign: { href: "http://127.0.0.2:9/x" },
				groups: [{ href: "/connectedcar/v4/groups/1" }, { href: "/connectedcar/v4/groups/2" }],
			};
			const CAR = { id: "v1", vin: "VR3TESTTEST000001", _links: LINKS };
			const both: [string, FlowMessage][] = [
				["the payload", { payload: CAR }],
				["the vehicle", { vehicle: CAR }],
			];

			for (const [where, msg] of both) {
				it(`of ${where} reads what is there`, async () => {
					api
						.on("/user/vehicles/v1/pictures", { body: { _links: {}, n: 1 } })
						.on("/groups/1", { body: { _links: {}, n: 2 } });
					await flow({ resource: "link", target: "rel", targetType: "msg" });
					assert.deepEqual((await run("node", { ...msg, rel: "pictures" })).items[0]?.payload, { _links: {}, n: 1 });
					assert.deepEqual((await run("node", { ...msg, rel: "groups" })).items[0]?.payload, { _links: {}, n: 2 });
				});

				it(`of ${where} fills its template from msg.params`, async () => {
					api.collection("/user/vehicles/v1/callbacks/c7/remotes", [{ id: "r1" }], { key: "remoteActions" });
					await flow({ resource: "link", target: "remotes" });
					const { items, done } = await run("node", { ...msg, params: { cbid: "c7" } });
					assert.deepEqual(items[0]?.payload, { id: "r1" });
					assert.equal(done.items, 1);
					assert.equal(items[0]?.topic, "v1");
					for (const params of [undefined, { cbid: "../.." }, { other: 1 }])
						assert.equal(code(await run("node", { ...msg, params })), "ERR_BAD_INPUT");
				});

				it(`of ${where} that is not there is ERR_BAD_INPUT before any request, and names those that are`, async () => {
					await flow({ resource: "link", target: "lost" });
					const { error } = await run("node", msg);
					assert.equal(error.error?.code, "ERR_BAD_INPUT");
					assert.match(error.error?.message ?? "", /pictures/);
					assert.equal(api.requests.length, 0);
				});

				it(`of ${where} that leaves the API is ERR_FOREIGN_LINK`, async () => {
					await flow({ resource: "link", target: "foreign" });
					assert.equal(code(await run("node", msg)), "ERR_FOREIGN_LINK");
				});
			}

			it("names the vehicle that the link leads to, whatever came along", async () => {
				const other = {
					id: "v2",
					vin: "VR3TESTTEST000002",
					_links: { alarms: { href: "/connectedcar/v4/user/vehicles/v2/alarms" } },
				};
				const trip = { id: "t", vin: "x", _links: { news: { href: "/connectedcar/v4/user/vehicles/v2/news" } } };
				const group = {
					id: "g",
					_links: { news: { href: "/connectedcar/v4/news" }, vehicle: { href: "user/vehicles/v2" } },
				};
				api.collection("/user/vehicles/v2/alarms", [{ id: "x" }]);
				for (const path of ["/user/vehicles/v2/news", "/news"]) api.on(path, { body: { _links: {}, answer: 42 } });
				for (const [target, payload, id] of [
					["alarms", other, "v2"],
					["news", trip, "v2"],
					["news", group, "v2"],
					["news", { _links: { news: { href: "/connectedcar/v4/news" } } }, "v1"],
				] as const) {
					await flow({ resource: "link", target });
					const { items } = await run("node", { payload, vehicle: CAR, topic: "v1" });
					assert.deepEqual([items[0]?.vehicle?.id, items[0]?.topic], [id, id], JSON.stringify(payload));
					if (payload === other) assert.deepEqual(items[0]?.vehicle, other);
					await stopFlows();
				}
			});

			it("of a vehicle that is only named asks for the vehicle first", async () => {
				api.on("/user/vehicles/v1", { body: CAR }).on("/user/vehicles/v1/pictures", { body: { _links: {} } });
				await flow({ resource: "link", target: "pictures", vehicle: "v1", vehicleType: "str" });
				const { items } = await run("node", { payload: "text" });
				assert.deepEqual(items[0]?.vehicle, CAR);
				await stopFlows();
				await flow({ resource: "link", target: "lost", vehicle: "v1", vehicleType: "str" });
				assert.equal(code(await run("node")), "ERR_BAD_INPUT");
			});
		});

		it("refuses msg.resume for one resource", async () => {
			api.on("/user", { body: { _links: {} } });
			await flow({ resource: "user" });
			assert.equal(code(await run("node", { resume: { version: 1 } })), "ERR_BAD_INPUT");
		});
	});
});
