import assert from "node:assert/strict";
import { type Simulator, startSimulator } from "../../demo/index";
import { AT_NIGHT, FakeApi, gate, liveAccount, liveCredentials } from "../support/fake-api";
import { type FlowMessage, load, node, run, start, stopFlows, useRuntime, watch } from "../support/runtime";

const HOUR = 3_600_000;
const idsOf = (messages: FlowMessage[]): unknown[] =>
	messages.flatMap(({ payload }) => payload).map((each) => (each as { id: string }).id);

describe("only what is new", () => {
	useRuntime();

	for (const family of ["user-v4", "accounts-v1", "fleet-v3"] as const)
		describe(`in ${family}`, () => {
			let simulator: Simulator;
			const ids = { car: "" };
			before(async () => {
				simulator = await startSimulator({ now: () => AT_NIGHT });
				ids.car = simulator.vehicles[0]?.id ?? "";
			});
			after(() => simulator.close());

			const flow = (nodes: Record<string, unknown>[]) => {
				const { clientId, accessToken, username, password, fleetId } = simulator.credentials(family);
				return load(
					[
						{
							id: "account",
							type: "stellantis-account",
							server: "live",
							api: family,
							baseUrl: simulator.baseUrl(family),
							auth: accessToken === undefined ? "basic" : "token",
							fleetId,
							retries: 0,
						},
						...nodes.map((each) => ({
							id: "",
							type: "stellantis-trips",
							account: "account",
							vehicle: ids.car,
							vehicleType: "str",
							onlyNew: true,
							...each,
						})),
					],
					{ account: { clientId, accessToken, username, password } },
				);
			};

			it("sends everything at first, oldest first, then nothing, then what came in between", async () => {
				await flow([{ id: "trips", order: "descending", from: "P14D" }]);
				const first = await run("trips");
				const starts = first.items.map(({ payload }) => (payload as { startedAt: string }).startedAt);
				assert.ok(starts.length > 10);
				assert.deepEqual(starts, [...starts].sort());
				assert.equal((await run("trips")).done.items, 0);
				const added = simulator.addTrip(ids.car);
				const second = await run("trips");
				assert.deepEqual(idsOf(second.items), [added.id]);
				assert.equal(second.items[0]?.parts?.count, 1);
				// A car that was out of reach uploads an older trip later.
				const late = simulator.addTrip(ids.car, {
					startedAt: AT_NIGHT - 50 * HOUR,
					stoppedAt: AT_NIGHT - 49 * HOUR,
				});
				assert.deepEqual(idsOf((await run("trips")).items), [late.id]);
				assert.equal((await run("trips")).done.items, 0);
			});

			it("sends nothing of what was there before, when the first run shall send none", async () => {
				await flow([{ id: "trips", firstRun: "none" }]);
				const first = await run("trips");
				assert.equal(first.done.items, 0);
				assert.equal(first.done.complete, true);
				const added = simulator.addTrip(ids.car);
				assert.deepEqual(idsOf((await run("trips")).items), [added.id]);
			});

			it("sends nothing of what was there before, not even beyond maxItems", async () => {
				await flow([{ id: "trips", firstRun: "none", maxItems: 3, from: "P30D" }]);
				assert.deepEqual((await run("trips")).done.complete, true);
				assert.equal((await run("trips")).done.items, 0);
			});

			it("sends an alert when it begins and again when it has ended", async () => {
				await flow([{ id: "alerts", type: "stellantis-alerts", firstRun: "none" }]);
				await run("alerts");
				const alert = simulator.addAlert(ids.car);
				const begun = await run("alerts");
				assert.deepEqual(idsOf(begun.items), [alert.id]);
				assert.equal((await run("alerts")).done.items, 0);
				simulator.endAlert(ids.car, alert.id);
				const ended = await run("alerts");
				assert.deepEqual(idsOf(ended.items), [alert.id]);
				assert.notDeepEqual(ended.items[0]?.payload, begun.items[0]?.payload);
				assert.equal((await run("alerts")).done.items, 0);
			});

			it("goes on behind maxItems with every message, and starts over when told to forget", async () => {
				await flow([{ id: "trips", maxItems: 7, from: "P14D" }]);
				const sent: unknown[] = [];
				let outcome = await run("trips");
				while (!outcome.done.complete || outcome.done.items > 0) {
					sent.push(...idsOf(outcome.items));
					outcome = await run("trips");
				}
				assert.equal(new Set(sent).size, sent.length);
				const again = await run("trips", { forget: true });
				assert.deepEqual(idsOf(again.items), sent.slice(0, 7));
			});

			it("keeps a mark for each node and each vehicle", async () => {
				const other = simulator.vehicles[1]?.id ?? "";
				await flow([
					{ id: "one", from: "P7D", vehicle: "car", vehicleType: "msg" },
					{ id: "two", from: "P7D", vehicle: "car", vehicleType: "msg" },
				]);
				const counts: number[] = [];
				for (const [id, car] of [
					["one", ids.car],
					["two", ids.car],
					["one", other],
					["one", ids.car],
				] as const)
					counts.push((await run(id, { car })).done.items);
				assert.equal(counts[0], counts[1]);
				assert.ok((counts[0] ?? 0) > 0 && (counts[2] ?? 0) > 0);
				assert.equal(counts[3], 0);
			});
		});

	describe("from an API that fails or answers oddly", () => {
		let api: FakeApi;
		const PATH = "/user/vehicles/v1/trips";
		const THINGS = Array.from({ length: 6 }, (_, n) => ({
			id: `t${n}`,
			startedAt: `2026-01-0${n + 1}T08:00:00Z`,
			state: { deep: n },
		}));
		before(async () => {
			api = await FakeApi.start();
		});
		beforeEach(() => api.clear());
		after(() => api.stop());

		const flow = (properties: Record<string, unknown> = {}, type = "stellantis-trips") =>
			load(
				[
					liveAccount(api),
					{ id: "trips", type, account: "account", vehicle: "v1", vehicleType: "str", onlyNew: "true", ...properties },
				],
				liveCredentials,
			);

		for (const output of ["item", "page", "array"])
			for (const feedBack of [true, false])
				it(`is sent once, though the reading broke off, ${feedBack ? "resumed" : "not resumed"} (${output})`, async () => {
					api.collection(PATH, THINGS);
					api.fault(PATH, { status: 500 }, { page: 2 });
					await flow({ output });
					const first = await run("trips");
					assert.deepEqual(idsOf(first.items), ["t0", "t1"]);
					const second = await run("trips", feedBack ? { resume: first.error.resume } : {});
					assert.deepEqual(idsOf(second.items), ["t2", "t3", "t4", "t5"]);
					if (feedBack && output !== "array")
						assert.equal(second.items.at(-1)?.parts?.count, output === "item" ? 6 : 3);
					assert.deepEqual(idsOf((await run("trips")).items), []);
				});

		it("stays silent about the old, though the first silent reading broke off", async () => {
			for (const feedBack of [true, false]) {
				api.clear();
				api.collection(PATH, THINGS);
				api.fault(PATH, { status: 500 }, { page: 2 });
				await flow({ firstRun: "none" });
				const first = await run("trips");
				assert.equal(first.errors.length, 1);
				const second = await run("trips", feedBack ? { resume: first.error.resume } : {});
				assert.deepEqual(idsOf(second.items), []);
				assert.equal((await run("trips")).done.items, 0);
				await stopFlows();
			}
		});

		for (const [how, answer] of [
			["404", { status: 404, body: { code: 40400, uuid: "u", message: "no data" } }],
			["an empty list", { body: { _links: {}, _embedded: { trips: [] } } }],
		] as const)
			it(`is sent after a first silent run that found nothing, said by ${how}`, async () => {
				api.on("/user/vehicles/v1", { body: { id: "v1", _links: {} } });
				api.on(PATH, answer);
				await flow({ firstRun: "none" });
				assert.equal((await run("trips")).done.complete, true);
				api.collection(PATH, THINGS.slice(0, 1));
				assert.deepEqual(idsOf((await run("trips")).items), ["t0"]);
				assert.equal((await run("trips")).done.items, 0);
			});

		it("is sent of a fleet after a first silent run that found nothing", async () => {
			const path = "/fleets/f/alerts";
			api.on(path, { status: 404, body: { code: 40400, uuid: "u", message: "no data" } });
			const node = { id: "alerts", type: "stellantis-alerts", account: "account", scope: "fleet" };
			await load(
				[liveAccount(api, { api: "fleet-v3", fleetId: "f" }), { ...node, onlyNew: true, firstRun: "none" }],
				liveCredentials,
			);
			assert.equal((await run("alerts")).done.items, 0);
			api.collection(path, [{ id: "a1", startedAt: "2026-01-01T08:00:00Z", active: true }]);
			assert.deepEqual(idsOf((await run("alerts")).items), ["a1"]);
		});

		it("is told from what was sent of a fleet under another id of a car", async () => {
			let id = "aaaaaaaa01";
			const vehicle = () => ({ href: `/connectedcar/v4/fleets/f/vehicles/${id}` });
			const alert = (nr: number) => ({
				id: `a${nr}`,
				startedAt: `2026-01-0${nr}T08:00:00Z`,
				_links: { vehicle: vehicle() },
			});
			const alerts = [1, 2];
			api.collection("/fleets/f/vehicles", () => [{ id, vin: "VR3AAAAAAAAAAAAA1", _links: {} }], { key: "vehicles" });
			api.collection("/fleets/f/alerts", () => alerts.map(alert), { key: "alerts" });
			await load(
				[
					liveAccount(api, { api: "fleet-v3", fleetId: "f" }),
					{ id: "list", type: "stellantis-vehicle-list", account: "account" },
					{ id: "alerts", type: "stellantis-alerts", account: "account", scope: "fleet", onlyNew: true },
				],
				liveCredentials,
			);
			await run("list");
			assert.deepEqual(idsOf((await run("alerts")).items), ["a1", "a2"]);
			id = "bbbbbbbb02";
			alerts.push(3);
			await run("list");
			const { items } = await run("alerts");
			assert.deepEqual([idsOf(items), items[0]?.vehicle?.id], [["a3"], id]);
		});

		it("is known again, whatever the flow did to its message", async () => {
			// So many that the first ones arrive before the last ones leave.
			const many = Array.from({ length: 300 }, (_, n) => ({ id: `m${n}`, startedAt: "2026-01-01T08:00:00Z" }));
			api.collection(PATH, many, { size: 300 });
			await flow();
			watch("items", (msg) => {
				const payload = msg.payload as { id?: string; state?: unknown };
				delete payload.id;
				payload.state = "changed";
			});
			assert.equal((await run("trips")).done.items, 300);
			assert.equal((await run("trips")).done.items, 0);
		});

		it("is sent once when two messages meet", async () => {
			api.collection(PATH, THINGS);
			await flow();
			const outcomes = await Promise.all([run("trips"), run("trips"), run("trips")]);
			assert.deepEqual(outcomes.map(({ done }) => done.items).sort(), [0, 0, 6]);
		});

		it("is not sent again when the reading was reset, but for the one that was held", async () => {
			const never = gate();
			api.collection(PATH, THINGS, { size: 3 });
			api.fault(PATH, () => never.opened.then(() => ({})), { page: 2 });
			await flow();
			const running = start("trips");
			await running.atLeast(2);
			await run("trips", { reset: true });
			await running.end;
			never.open();
			assert.deepEqual(idsOf((await run("trips")).items), ["t2", "t3", "t4", "t5"]);
		});

		it("is not sent again when the reading was reset in the middle of a page", async () => {
			const never = gate();
			api.collection(
				PATH,
				THINGS.map((each) => ({ ...each, _links: { wayPoints: { href: `${api.root}/points/${each.id}` } } })),
				{ size: 6 },
			);
			api.fault("/points/t2", () => never.opened.then(() => ({})));
			await flow({ waypoints: true });
			const running = start("trips");
			await running.atLeast(1);
			await run("trips", { reset: true });
			await running.end;
			never.open();
			assert.deepEqual(idsOf((await run("trips")).items), ["t1", "t2", "t3", "t4", "t5"]);
		});

		it("asks the API only for the days that may have something new", async () => {
			api.collection(PATH, THINGS);
			await flow();
			await run("trips");
			await run("trips");
			assert.equal(api.requests[0]?.query.get("timestamps"), null);
			assert.equal(api.requests.at(-3)?.query.get("timestamps"), "2025-12-30T08:00:00Z/");
		});

		for (const family of ["user-v4", "accounts-v1"])
			it(`is sent when it has ended, though it began weeks ago and only ended alerts are wanted, in ${family}`, async () => {
				const started = (days: number) => new Date(Date.now() - days * 24 * HOUR).toISOString();
				const lasting = { id: "long", active: true, startedAt: started(20) };
				const short = { id: "short", active: false, startedAt: started(2), endAt: started(2) };
				let all = [lasting, short];
				api.on(`${family === "user-v4" ? "/user" : "/accounts"}/vehicles/v1/alerts`, ({ query }) => {
					const [from = ""] = (query.get("timestamps") ?? "").split("/");
					const asked = all.filter(({ startedAt }) => from === "" || Date.parse(startedAt) >= Date.parse(from));
					const active = query.get("active");
					return { body: { _embedded: { alerts: asked.filter((each) => [null, `${each.active}`].includes(active)) } } };
				});
				const reader = { id: "alerts", type: "stellantis-alerts", account: "account", active: "ended", onlyNew: true };
				await load(
					[liveAccount(api, { api: family }), { ...reader, vehicle: "v1", vehicleType: "str" }],
					liveCredentials,
				);
				assert.deepEqual(idsOf((await run("alerts")).items), ["short"]);
				all = [{ ...lasting, active: false }, short];
				assert.deepEqual(idsOf((await run("alerts")).items), ["long"]);
				assert.equal((await run("alerts")).done.items, 0);
			});

		it("is still what a narrower msg.query has not shown", async () => {
			const all = [
				{ id: "short", distance: 1, startedAt: "2026-01-01T08:00:00Z" },
				{ id: "long", distance: 50, startedAt: "2026-02-01T08:00:00Z" },
			];
			api.on(PATH, ({ query }) => {
				const from = Date.parse(query.get("timestamps")?.split("/")[0] ?? "1970-01-01");
				const least = Number.parseInt(query.get("distance") ?? "0", 10);
				const trips = all.filter(({ distance, startedAt }) => distance >= least && Date.parse(startedAt) >= from);
				return { body: { _links: {}, _embedded: { trips } } };
			});
			await flow();
			api.fault(PATH, { status: 500 });
			const { resume } = (await run("trips", { query: { distance: "10-" } })).error;
			assert.deepEqual(idsOf((await run("trips", { resume })).items), ["long"]);
			assert.deepEqual(idsOf((await run("trips")).items), ["short"]);
			assert.deepEqual(idsOf((await run("trips", { query: { distance: "10-" } })).items), []);
			assert.equal(api.requests.at(-1)?.query.get("timestamps"), "2026-01-25T08:00:00Z/");
		});

		it("is told from what was sent under another id of the car", async () => {
			let id = "aaaaaaaa01";
			const vehicle = () => ({ href: `${api.root}/user/vehicles/${id}` });
			const trips = () => THINGS.slice(0, 3).map((each) => ({ ...each, _links: { vehicle: vehicle() } }));
			api.collection("/user/vehicles", () => [{ id, vin: "VR3AAAAAAAAAAAAA1", _links: {} }], { key: "vehicles" });
			api.collection(`/user/vehicles/${id}/trips`, trips);
			await flow({ vehicle: "VR3AAAAAAAAAAAAA1" });
			assert.equal((await run("trips")).done.items, 3);
			api.on(`/user/vehicles/${id}/trips`, { status: 404, body: { code: 40400, uuid: "u", message: "none" } });
			id = "bbbbbbbb02";
			api.collection(`/user/vehicles/${id}/trips`, () => [
				...trips(),
				{ ...THINGS[3], _links: { vehicle: vehicle() } },
			]);
			assert.deepEqual(idsOf((await run("trips")).items), ["t3"]);
		});

		it("is told from what version 0.1.0 has sent, by the mark that it saved", async () => {
			const mark =
				'{"version":1,"from":1766995200000,"sent":{"t0":["ud6-cOe7CMnA",1767254400000,0],"t1":["VU3fKfDmxUhY",1767340800000,0],"t2":["LGI_M0mxHQIn",1767427200000,0],"t3":["NRQYhTp6wOG7",1767513600000,0],"t4":["oL0TEn4MoZmN",1767600000000,0]}}';
			api.collection(PATH, THINGS);
			await flow({ firstRun: "none" });
			node("trips").context().set("sent56baf3bc6983358666deb1e0", JSON.parse(mark));
			assert.deepEqual(idsOf((await run("trips")).items), ["t5"]);
			assert.equal(api.requests[0]?.query.get("timestamps"), "2025-12-29T08:00:00Z/");
		});

		it("is told from the old by the whole collection when a mark is damaged", async () => {
			api.collection(PATH, THINGS);
			await flow();
			await run("trips");
			const context = node("trips").context();
			for (const key of context.keys()) context.set(key, { version: 99, junk: true });
			assert.equal((await run("trips")).done.items, 6);
		});
	});
});
