import assert from "node:assert/strict";
import { type Simulator, startSimulator } from "../../demo/index";
import { AT_NIGHT, FakeApi, liveAccount, liveCredentials, SECRETS } from "../support/fake-api";
import { type FlowMessage, load, node, run, stopFlows, useRuntime } from "../support/runtime";

const DAY = 86_400_000;
const startsOf = (items: FlowMessage[]): string[] =>
	items.map(({ payload }) => (payload as { startedAt: string }).startedAt);

describe("trips and alerts", () => {
	useRuntime();

	for (const family of ["user-v4", "accounts-v1", "fleet-v3"] as const)
		describe(`of ${family}`, () => {
			let simulator: Simulator;
			before(async () => {
				simulator = await startSimulator({ now: () => AT_NIGHT });
			});
			after(() => simulator.close());
			const flow = (properties: Record<string, unknown>, car = 1) => {
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
							retries: "0",
						},
						{
							id: "node",
							type: "stellantis-trips",
							account: "account",
							vehicle: simulator.vehicles[car]?.id,
							vehicleType: "str",
							...properties,
						},
					],
					{ account: { clientId, accessToken, username, password } },
				);
			};
			/** Requests since. */
			const counting = () => {
				const before = simulator.requests.length;
				return () => simulator.requests.length - before;
			};

			for (const parallel of [1, 3])
				it(`come in the order asked for, all of them, ${parallel} page(s) at a time`, async () => {
					const found: string[][] = [];
					const from = AT_NIGHT - 60 * DAY;
					for (const order of ["descending", "ascending", ""]) {
						await flow({ order, from, pageSize: 10, parallel });
						const { items, done } = await run("node");
						assert.equal(items.length, done.total);
						found.push(startsOf(items));
						await stopFlows();
					}
					const [newest = [], oldest = [], byDefault = []] = found;
					assert.deepEqual(oldest, [...oldest].sort());
					assert.deepEqual(newest, oldest.toReversed());
					assert.deepEqual(byDefault, newest);
				});

			it("cost two or three requests for the newest", async () => {
				await flow({ maxItems: 1, pageSize: 10 });
				const requests = counting();
				const { items } = await run("node");
				assert.ok(requests() <= 3, `${requests()} requests`);
				const newest = startsOf(items)[0] ?? "";
				assert.ok(Date.now() - Date.parse(newest) < 4 * DAY, newest);
			});

			it("keep to their time range, however it is given", async () => {
				const from = new Date(Date.now() - 10 * DAY);
				const to = new Date(Date.now() - 5 * DAY);
				const ranges: Record<string, unknown>[] = [
					{ from: "P10D", to: "P5D" },
					{ from: from.toISOString(), to: String(to.getTime()) },
					{ from: "start", fromType: "msg", to: "end", toType: "flow" },
					{ from: "$millis() - 864000000", fromType: "jsonata", to: "STELLANTIS_TEST_TO", toType: "env" },
				];
				process.env.STELLANTIS_TEST_TO = to.toISOString();
				const counts = new Set<number>();
				for (const range of ranges) {
					await flow(range);
					node("node").context().flow.set("end", to.getTime());
					const { items } = await run("node", { start: from });
					for (const start of startsOf(items)) {
						assert.ok(Date.parse(start) >= from.getTime() - 1000 && Date.parse(start) <= to.getTime() + 5000, start);
					}
					counts.add(items.length);
					await stopFlows();
				}
				delete process.env.STELLANTIS_TEST_TO;
				assert.equal(counts.size, 1);
				await flow({ from: "P5D", to: "", toType: "date" });
				assert.ok((await run("node")).done.items > 0);
			});

			it("are those of a day or a month on this machine's calendar", async () => {
				const days = async (name: string) => {
					await flow({ from: name, to: name });
					const { items } = await run("node");
					await stopFlows();
					return startsOf(items).map((start) => new Date(start));
				};
				const months = (await days("last-month")).map((start) => start.getMonth());
				assert.ok(months.length > 0);
				assert.deepEqual(new Set(months), new Set([(new Date().getMonth() + 11) % 12]));
				const yesterday = new Date(new Date().setHours(0, 0, 0, -1));
				for (const start of await days("yesterday")) assert.equal(start.getDate(), yesterday.getDate());
			});

			it("are filtered by distance, duration and state", async () => {
				await flow({ from: "P30D", minDistance: "5", maxDistance: 20, minDuration: 60, states: ["Nominal"] });
				const { items } = await run("node");
				assert.ok(items.length > 0);
				for (const { summary } of items) {
					const { distance, duration } = summary as { distance: number; duration: number };
					assert.ok(distance >= 5 && distance <= 20 && duration >= 60, JSON.stringify(summary));
				}
			});

			it("have a summary of one shape, beside each item, page and array", async () => {
				const keys = new Set<string>();
				for (const output of ["item", "page", "array"]) {
					await flow({ from: "P7D", output });
					const { items } = await run("node");
					for (const { payload, summary } of items) {
						assert.equal(Array.isArray(payload), Array.isArray(summary));
						for (const each of [summary].flat()) keys.add(Object.keys(each as object).join());
						if (Array.isArray(payload)) assert.equal((summary as unknown[]).length, payload.length);
					}
					await stopFlows();
				}
				assert.deepEqual(
					[...keys],
					["id,startedAt,stoppedAt,duration,distance,averageSpeed,startOdometer,start,stop,electric,fuel,done"],
				);
			});

			it("bring their path along, as one line over all its pages", async () => {
				const now = AT_NIGHT;
				const long = simulator.addTrip(simulator.vehicles[1]?.id ?? "", {
					startedAt: now - 7_200_000,
					stoppedAt: now - 1000,
				});
				await flow({ waypoints: true, maxItems: 1 });
				const { items, errors } = await run("node");
				assert.deepEqual(
					errors.map(({ error }) => error?.message),
					[],
				);
				assert.equal((items[0]?.payload as { id: string } | undefined)?.id, long.id);
				const { type, coordinates = [] } = (items[0]?.waypoints ?? {}) as { type?: string; coordinates?: number[][] };
				assert.equal(type, "LineString");
				assert.ok(coordinates.length > 500, `${coordinates.length} points`);
				await stopFlows();
				for (const output of ["page", "array"]) {
					await flow({ waypoints: true, from: now - DAY, output });
					const [{ waypoints, payload } = {}] = (await run("node")).items;
					assert.ok(Array.isArray(waypoints) && Array.isArray(payload));
					assert.equal(waypoints.length, payload.length);
					await stopFlows();
				}
			});

			it("have no path in privacy mode, and are sent all the same", async () => {
				await flow({ waypoints: true, from: "P7D", maxItems: 2 }, 6);
				const { items } = await run("node");
				assert.deepEqual(
					items.map(({ waypoints }) => waypoints),
					[null, null],
				);
			});

			it("are alerts that last, have ended, or both", async () => {
				const car = simulator.vehicles[1]?.id ?? "";
				simulator.addAlert(car);
				const counts: number[] = [];
				for (const active of ["any", "active", "ended"]) {
					await flow({ type: "stellantis-alerts", active, from: "P60D" });
					const { items, done } = await run("node");
					for (const { payload } of items) {
						const { active: lasts } = payload as { active: boolean };
						if (active !== "any") assert.equal(lasts, active === "active");
					}
					counts.push(done.items);
					await stopFlows();
				}
				const [any = 0, lasting = 0, ended = 0] = counts;
				assert.ok(lasting > 0 && ended > 0);
				assert.equal(any, lasting + ended);
			});

			it("are none of a car without data, and not found of one that isn't there", async () => {
				await flow({}, 11);
				assert.equal((await run("node")).done.items, 0);
				await stopFlows();
				await flow({ vehicle: "0123456789abcdef0123456789abcdef" });
				const { error } = await run("node");
				assert.equal(error.error?.code, "ERR_NOT_FOUND");
			});
		});

	describe("whose paths fail", () => {
		let api: FakeApi;
		const PATH = "/user/vehicles/v1/trips";
		before(async () => {
			api = await FakeApi.start();
		});
		beforeEach(() => api.clear());
		after(() => api.stop());

		const trip = (n: number, href = `${api.root}${PATH}/t${n}/wayPoints`) => ({
			id: `t${n}`,
			_links: { wayPoints: { href } },
		});
		const flow = (properties: Record<string, unknown> = {}) =>
			load(
				[
					liveAccount(api),
					{
						id: "trips",
						type: "stellantis-trips",
						account: "account",
						vehicle: "v1",
						vehicleType: "str",
						order: "ascending",
						waypoints: true,
						...properties,
					},
				],
				liveCredentials,
			);
		const points = (count: number) =>
			Array.from({ length: count }, (_, n) => ({ type: "Point", coordinates: [8, 50 + n] }));

		for (const output of ["item", "page", "array"])
			it(`go on at the very trip whose path could not be had (${output}), and mark none of them twice`, async () => {
				api.collection(
					PATH,
					[0, 1, 2, 3, 4].map((n) => trip(n)),
					{ size: 3, key: "trips" },
				);
				for (let n = 0; n < 5; n++) api.collection(`${PATH}/t${n}/wayPoints`, points(3), { key: "positions" });
				api.fault(`${PATH}/t1/wayPoints`, { status: 500 });
				api.fault(`${PATH}/t4/wayPoints`, { status: 500 });
				await flow({ output, onlyNew: true });
				const sent: FlowMessage[] = [];
				let outcome = await run("trips");
				for (let turn = 0; turn < 2; turn++) {
					sent.push(...outcome.items);
					assert.equal(outcome.error.error?.code, "ERR_SERVER");
					outcome = await run("trips", { resume: outcome.error.resume });
				}
				sent.push(...outcome.items);
				const ids = sent.flatMap(({ payload }) => payload).map((each) => (each as { id: string }).id);
				assert.deepEqual(ids, ["t0", "t1", "t2", "t3", "t4"]);
				const lines = sent.flatMap(({ waypoints }) => waypoints) as { coordinates: unknown[] }[];
				assert.deepEqual(
					lines.map(({ coordinates }) => coordinates.length),
					[3, 3, 3, 3, 3],
				);
				assert.deepEqual(outcome.done, { items: 5, pages: 2, total: 5, complete: true });
				if (output === "item") {
					assert.deepEqual(
						sent.map(({ page }) => page?.index),
						[1, 1, 1, 2, 2],
					);
					assert.equal(sent.at(-1)?.parts?.count, 5);
				}
				assert.equal((await run("trips")).done.items, 0);
			});

		it("are null where the API has none, or can't have any", async () => {
			api.collection(PATH, [trip(0), trip(1), { id: "t2" }, trip(3, "")], { size: 9, key: "trips" });
			api.on(`${PATH}/t1/wayPoints`, { status: 501 });
			await flow();
			const { items } = await run("trips");
			assert.deepEqual(
				items.map(({ waypoints }) => waypoints),
				[null, null, null, null],
			);
		});

		it("are found by a link that is a template, or by none", async () => {
			const templates = [
				trip(0, `${api.root}${PATH}/t0/wayPoints{?timestamps,indexRange}`),
				trip(1, `${api.root}${PATH}/{tid}/wayPoints`),
				{ id: "t2" },
			];
			api.collection(PATH, templates, { size: 9, key: "trips" });
			for (let n = 0; n < 3; n++) api.collection(`${PATH}/t${n}/wayPoints`, points(2), { key: "positions" });
			await flow();
			const { items } = await run("trips");
			assert.deepEqual(
				items.map(({ waypoints }) => (waypoints as { coordinates: unknown[] } | null)?.coordinates.length),
				[2, 2, 2],
			);
		});

		it("are asked for with the account's credentials", async () => {
			api.collection(PATH, [trip(0)], { key: "trips" });
			await flow();
			await run("trips");
			assert.deepEqual(
				api.requests.map(({ query }) => query.get("client_id")),
				[SECRETS.clientId, SECRETS.clientId],
			);
		});
	});
});
