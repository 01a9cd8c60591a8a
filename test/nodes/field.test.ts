import assert from "node:assert/strict";
import type { FamilyId } from "../../src/api/families";
import type { StatusSummary } from "../../src/api/summaries/status-summary";
import type { TripSummary } from "../../src/api/summaries/trip";
import { ChannelsApi } from "../support/channels-api";
import { type Answer, FakeApi, liveAccount, liveCredentials } from "../support/fake-api";
import { badges, type FlowMessage, load, logText, node, run, stopFlows, useRuntime } from "../support/runtime";
import { WebhookRuntime } from "../support/webhook-runtime";

const VIN = "VR3UHZKXBNT000042";
const ID = "108e0001aaaabbbb";
const AGAIN = "208e0002ccccdddd";
const STATUS = `/user/vehicles/${ID}/status`;
const TRIPS = `/user/vehicles/${ID}/trips`;
const NONE = (code: number): Answer => ({ status: 404, body: { code, uuid: "u-1", message: "We found nothing." } });

describe("what real cars and servers say", () => {
	useRuntime();
	let api: FakeApi;
	before(async () => {
		api = await FakeApi.start();
	});
	beforeEach(() => api.clear());
	after(() => api.stop());

	const car = (id = ID, more: object = {}) => ({
		id,
		vin: VIN,
		brand: "Peugeot",
		model: "e-208",
		_links: { self: { href: `/connectedcar/v4/user/vehicles/${id}` } },
		...more,
	});
	const flow = (properties: Record<string, unknown> = {}, account: Record<string, unknown> = {}) =>
		load(
			[
				liveAccount(api, account),
				...["status", "trips", "alerts", "resource"].map((name) => ({
					id: name,
					type: `stellantis-${name}`,
					account: "account",
					vehicle: ID,
					vehicleType: "str",
					resource: "position",
					...properties,
				})),
				{ id: "list", type: "stellantis-vehicle-list", account: "account" },
			],
			liveCredentials,
		);
	const summarized = async (body: object, msg: FlowMessage = {}): Promise<StatusSummary> => {
		api.on(STATUS, { body });
		const { items, errors } = await run("status", msg);
		assert.deepEqual(
			errors.map(({ error }) => error?.message),
			[],
		);
		return items[0]?.summary as StatusSummary;
	};
	const failing = async (id: string, code: string, msg: FlowMessage = {}): Promise<FlowMessage> => {
		const { error } = await run(id, msg);
		assert.equal(error.error?.code, code, error.error?.message);
		return error;
	};

	describe("of trips", () => {
		const trips = async (...items: object[]): Promise<TripSummary[]> => {
			api.collection(TRIPS, items, { key: "trips", size: 60 });
			await flow({ output: "array", order: "ascending" });
			const summaries = (await run("trips")).items[0]?.summary as TripSummary[];
			await stopFlows();
			return summaries;
		};
		const energy = (consumption: number, avgConsumption?: number, type = "Electric") => ({
			type,
			consumption,
			avgConsumption,
		});

		it("counts in Wh and cL, whatever the document says, where the trip itself tells so", async () => {
			const [drive, documented, petrol, bare] = await trips(
				{ id: "1", distance: 20, energyConsumptions: [energy(3200, 16_000)] },
				{ id: "2", distance: 20, energyConsumptions: [energy(3.2, 16_000)] },
				{ id: "3", distance: 50, energyConsumptions: [energy(300, 600, "Fuel")] },
				{ id: "4", distance: 50, energyConsumptions: [energy(8000)] },
			);
			assert.deepEqual([drive?.electric.consumption, drive?.electric.average], [3.2, 16]);
			assert.deepEqual([documented?.electric.consumption, documented?.electric.average], [3.2, 16]);
			assert.deepEqual([petrol?.fuel.consumption, petrol?.fuel.average], [3, 6]);
			assert.deepEqual([bare?.electric.consumption, bare?.electric.average], [8, null]);
		});

		it("is marked as sent by any spelling of its time", async () => {
			const items = [
				{ id: "1", startedAt: "Mon Jun 03 08:35:36 GMT 2019" },
				{ id: "2", startedAt: "2019-06-04T13:46:39.652+0000" },
			];
			api.collection(TRIPS, () => items, { key: "trips", size: 60 });
			await flow({ onlyNew: true });
			assert.equal((await run("trips")).items.length, 2);
			assert.equal((await run("trips")).items.length, 0);
			const [, range] = api.requests.map(({ query }) => query.get("timestamps"));
			assert.equal(range, "2019-05-28T13:46:39.652Z/");
		});
	});

	describe("of a status", () => {
		const stuck = (charging: object) => ({
			updatedAt: "2025-11-06T22:12:20Z",
			energies: [
				{
					createdAt: "2025-07-21T16:57:11Z",
					type: "Electric",
					level: 57,
					extension: { electric: { charging } },
				},
			],
		});

		it("has the end of a charge today, though its energy is of July, and a start at a time of day", async () => {
			await flow();
			const { charging } = await summarized(
				stuck({ status: "InProgress", remainingTime: "PT3H15M", nextDelayedTime: "PT22H1M" }),
			);
			assert.deepEqual(
				[charging.endsAt, charging.nextStart, charging.updatedAt],
				["2025-11-07T01:27:20Z", "22:01", "2025-07-21T16:57:11Z"],
			);
			const stopped = await summarized(stuck({ status: "Stopped", remainingTime: "PT3H15M", nextDelayedTime: "PT0S" }));
			assert.deepEqual([stopped.charging.endsAt, stopped.charging.nextStart], [null, null]);
			assert.deepEqual(stopped.suspect, ["charging.remaining"]);
		});

		for (const order of [0, 1])
			it(`takes the younger of two energies whose times have no colon (${order})`, async () => {
				const energies = [
					{ createdAt: "2017-08-11T13:46:39.652+0000", type: "Electric", level: 20 },
					{ createdAt: "2017-08-10T13:46:39.652+0000", type: "Electric", level: 10 },
				];
				await flow();
				const { battery, updatedAt } = await summarized({ energies: order ? energies.toReversed() : energies });
				assert.deepEqual([battery.level, battery.updatedAt], [20, "2017-08-11T13:46:39.652Z"]);
				assert.equal(updatedAt, "2017-08-11T13:46:39.652Z");
			});

		it("keeps a roof that is open for ever out of the doors", async () => {
			await flow();
			const opening = ["RoofWindow", "Trunk"].map((identifier) => ({ identifier, state: "Open" }));
			const { doors, windows } = await summarized({ doorsState: { createdAt: "2025-11-06T22:12:20Z", opening } });
			assert.deepEqual([doors.open, windows.open], [["Trunk"], ["RoofWindow"]]);
		});

		it("asked twice doubts an odometer that reads 0, and an older answer behind a newer one", async () => {
			await flow();
			assert.equal((await summarized({ odometer: { mileage: 12_345.6 } })).odometer, 12_345.6);
			const parked = await summarized({ odometer: { mileage: 0 }, ignition: { type: "Stop" } });
			assert.deepEqual([parked.odometer, parked.suspect], [null, ["odometer"]]);
			const energy = (createdAt: string, level: number) => ({
				updatedAt: createdAt,
				energies: [{ createdAt, type: "Electric", level, autonomy: 200 }],
			});
			assert.deepEqual((await summarized(energy("2025-11-06T22:00:00Z", 50))).suspect, []);
			const old = await summarized(energy("2025-11-06T21:00:00.000+0000", 90));
			assert.deepEqual([old.battery.level, old.suspect.includes("battery.level")], [90, true]);
			assert.deepEqual((await summarized(energy("Thu Nov 06 23:00:00 GMT 2025", 48))).suspect, []);
		});

		it("remembers a car by its VIN, under whatever id and from whichever node", async () => {
			api.collection("/user/vehicles", () => [car(AGAIN)], { key: "vehicles" });
			await flow({ vehicleType: "msg", vehicle: "vehicle" });
			await summarized({ odometer: { mileage: 500 } }, { vehicle: { id: ID, vin: VIN } });
			api.on(`/user/vehicles/${AGAIN}/status`, { body: { odometer: { mileage: 0 } } });
			const { items } = await run("status", { vehicle: VIN as never });
			assert.deepEqual((items[0]?.summary as StatusSummary | undefined)?.suspect, ["odometer"]);
		});
	});

	describe("in place of an answer", () => {
		const bodies: [string, object][] = [
			["an error with a uuid", { uuid: "u", code: 50_000, message: "Internal error" }],
			["an error with a code in words", { code: "REMOTE_NOT_SUPPORTED", message: "no", debug: "d" }],
			["a gateway's error", { httpCode: "500", httpMessage: "Internal Server Error", moreInformation: "" }],
			["an error with links", { code: 50_000, uuid: "u", message: "no", _links: {} }],
			["an error with a link to help", { code: 50_000, message: "no", _links: { help: { href: "/help" } } }],
			["an error in an error", { error: { code: 1001, message: "no" } }],
			["nothing", {}],
			["something else", { hello: 1 }],
			["a page", { _links: {}, total: 1, _embedded: { vehicles: [] } }],
		];
		for (const [what, body] of bodies)
			it(`${what} with status 200 is ERR_BAD_RESPONSE`, async () => {
				api.on(STATUS, { body }).on(`/user/vehicles/${ID}/lastPosition`, { body });
				await flow();
				for (const id of ["status", "resource"]) {
					const message = await failing(id, "ERR_BAD_RESPONSE");
					assert.equal(message.statusCode, 200);
					assert.equal("summary" in message, false);
					if (what.includes("error")) assert.ok(message.apiError);
				}
			});

		it("a status with neighbours, a count or a list in it is one", async () => {
			for (const more of [
				{ _links: { prev: { href: "/connectedcar/v4/before" } } },
				{ total: 3 },
				{ _embedded: { alerts: [] } },
				{ _links: {}, total: 1, _embedded: { alerts: [{ id: "a" }] } },
			]) {
				const body = { updatedAt: "2026-01-01T00:00:00Z", odometer: { mileage: 5 }, ...more };
				api.on(STATUS, { body });
				await flow();
				const { items } = await run("status");
				assert.deepEqual(
					items.map(({ payload }) => payload),
					[body],
				);
				await stopFlows();
			}
		});

		it("what is no list with status 200 is ERR_BAD_RESPONSE that tells the status, also on a later page", async () => {
			await flow();
			api.on(TRIPS, { body: [] });
			assert.equal((await failing("trips", "ERR_BAD_RESPONSE")).statusCode, 200);
			for (const next of [`${api.root}${TRIPS}?pageToken=2`, "http://["]) {
				const first = { _links: { next: { href: next } }, _embedded: { trips: [{ id: "t1" }] } };
				api.on(TRIPS, ({ query }) => ({ body: query.get("pageToken") ? [] : first }));
				assert.equal((await failing("trips", "ERR_BAD_RESPONSE")).statusCode, 200);
			}
		});

		it("an error with status 200 is ERR_BAD_RESPONSE on a list too, and never its secret", async () => {
			api.on(TRIPS, {
				body: { uuid: "u", code: 50_000, message: `no access_token=${liveCredentials.account.accessToken}` },
			});
			await flow();
			const message = await failing("trips", "ERR_BAD_RESPONSE");
			assert.ok(message.resume);
			assert.doesNotMatch(JSON.stringify(message) + logText(), new RegExp(liveCredentials.account.accessToken));
		});

		it("an outage is called one", async () => {
			api.on(STATUS, { status: 500, body: { code: 50_000, uuid: "u", message: "Internal error" } });
			await flow();
			const message = await failing("status", "ERR_SERVER");
			assert.match(message.error?.message ?? "", /outage/);
		});
	});

	describe("when there is nothing to list", () => {
		for (const code of [40_400, 40_410, 40_499])
			it(`404 with ${code} for the vehicles is an account without any, and says why`, async () => {
				api.on("/user/vehicles", NONE(code));
				await flow({ vehicle: "vehicle", vehicleType: "msg" });
				const shown = badges();
				const { items, done } = await run("list");
				assert.deepEqual([items, done], [[], { items: 0, pages: 0, total: 0, complete: true }]);
				assert.match(shown.at(-1) ?? "", /^yellow ring 0 vehicles · /);
				assert.match(logText(), /none is bound to it yet/);
				const alone = await failing("status", "ERR_NO_VEHICLE");
				assert.match(alone.error?.message ?? "", /privacy mode/);
				await failing("status", "ERR_NOT_FOUND", { vehicle: VIN as never });
			});

		it("an empty list of vehicles says the same, once", async () => {
			api.collection("/user/vehicles", [], { key: "vehicles" });
			await flow();
			for (let turn = 0; turn < 2; turn++) assert.equal((await run("list")).done.items, 0);
			assert.equal(logText().split("none is bound to it yet").length, 2);
		});

		it("a wrong address is no empty list", async () => {
			await flow();
			for (const answer of [
				{ status: 404, text: "<html>" },
				{ status: 404, body: { httpCode: "404", httpMessage: "Not Found", moreInformation: "No resources match" } },
			]) {
				api.on("/user/vehicles", answer);
				await failing("list", "ERR_NOT_FOUND");
			}
		});

		it("trips and alerts of a car on the list are none, of another an error", async () => {
			for (const what of ["trips", "alerts"]) {
				api.on(`/user/vehicles/${ID}/${what}`, NONE(40_400)).on(`/user/vehicles/${AGAIN}/${what}`, NONE(40_400));
				api.collection("/user/vehicles", [car()], { key: "vehicles" });
				await flow({ vehicle: "vehicle", vehicleType: "msg" });
				assert.equal((await run(what, { vehicle: { id: ID, vin: VIN } })).done.items, 0);
				await failing(what, "ERR_NOT_FOUND", { vehicle: { id: AGAIN, vin: "VR3UHZKXBNT000099" } });
				await stopFlows();
			}
		});

		it("an id that the account does not have is called that, and the API is asked once", async () => {
			api.on(`/user/vehicles/${AGAIN}`, NONE(40_410));
			for (const what of ["status", "trips"]) api.on(`/user/vehicles/${AGAIN}/${what}`, NONE(40_410));
			await flow({ vehicle: AGAIN });
			for (const what of ["status", "trips", "status"]) {
				const { error } = await failing(what, "ERR_NOT_FOUND");
				assert.match(error?.message ?? "", new RegExp(`^The API has nothing to tell of ${AGAIN} .*no such vehicle`));
			}
			assert.equal(api.count(`/user/vehicles/${AGAIN}`), 1);
		});

		it("a car that tells no position is not taken for one that is not there", async () => {
			api.collection("/user/vehicles", [car()], { key: "vehicles" });
			api.on(`/user/vehicles/${ID}/lastPosition`, NONE(40_400));
			await flow({ vehicle: VIN });
			const message = await failing("resource", "ERR_NOT_FOUND");
			assert.match(
				message.error?.message ?? "",
				/^The API has nothing to tell of Peugeot e-208 …0042 \(404\)\..*privacy/,
			);
			assert.deepEqual(message.apiError, { code: 40_400, id: "u-1", message: "We found nothing." });
		});
	});

	describe("when a car comes back under another id", () => {
		let listed: object[] = [];
		beforeEach(() => {
			listed = [car()];
			api.collection("/user/vehicles", () => listed, { key: "vehicles" });
			api.on(STATUS, { body: { odometer: { mileage: 7 } } });
		});
		const move = (answer: Answer = NONE(40_410)) => {
			listed = [car(AGAIN)];
			api.on(STATUS, answer).on(`/user/vehicles/${ID}`, answer).on(TRIPS, answer);
			api.on(`/user/vehicles/${AGAIN}/status`, { body: { odometer: { mileage: 8 } } });
		};
		const given: [string, unknown][] = [
			["its VIN", VIN],
			["its id, whose VIN is known", ID],
			["a vehicle of the list", car()],
			["msg.vehicle of another node", { id: ID, vin: VIN }],
			["nothing", undefined],
		];
		for (const [what, vehicle] of given)
			it(`it is found at once by ${what}`, async () => {
				await flow({ vehicle: "vehicle", vehicleType: "msg" });
				await run("list");
				assert.equal((await run("status", { vehicle } as never)).items[0]?.topic, ID);
				move();
				const before = api.count("/user/vehicles");
				const { items } = await run("status", { vehicle } as never);
				assert.deepEqual([items[0]?.topic, items[0]?.vehicle?.vin], [AGAIN, VIN]);
				assert.equal((items[0]?.summary as StatusSummary | undefined)?.odometer, 8);
				const looks = api.count("/user/vehicles") - before;
				assert.ok(looks <= (vehicle === undefined ? 2 : 1), `${looks} looks at the list`);
				const old = api.count(STATUS);
				await run("status", { vehicle } as never);
				assert.equal(api.count(STATUS), old, "the old id is not asked again");
			});

		it("it is found where the server has no words for it", async () => {
			await flow({ vehicle: VIN });
			await run("status");
			move({ status: 404, text: "" });
			assert.equal((await run("status")).items[0]?.topic, AGAIN);
		});

		it("its trips go on where they were", async () => {
			const trip = (n: number) => ({ id: `t${n}`, startedAt: `2026-05-0${n}T08:00:00Z` });
			api.collection(TRIPS, [trip(1), trip(2)], { key: "trips" });
			await flow({ vehicle: VIN, onlyNew: true });
			assert.equal((await run("trips")).items.length, 2);
			move();
			api.collection(`/user/vehicles/${AGAIN}/trips`, [trip(1), trip(2), trip(3)], { key: "trips" });
			const { items, errors } = await run("trips");
			assert.deepEqual([items.map(({ payload }) => (payload as { id: string }).id), errors], [["t3"], []]);
			assert.equal("resume" in (items[0] ?? {}), false);
			assert.equal((await run("trips")).items.length, 0);
			await run("trips", { forget: true });
			assert.equal((await run("trips")).items.length, 0);
		});

		it("it is gone if the list has it no more, and the list is not asked at every turn", async () => {
			await flow({ vehicle: VIN });
			await run("status");
			move();
			listed = [];
			const { error } = await failing("status", "ERR_NOT_FOUND");
			assert.match(error?.message ?? "", /Peugeot e-208 …0042 .*no such vehicle any more/);
			const before = api.requests.length;
			for (let turn = 0; turn < 3; turn++) await failing("status", "ERR_NOT_FOUND", { vehicle: ID as never });
			assert.ok(api.requests.length - before <= 3, "one request a turn");
		});

		for (const output of ["item", "page", "array"])
			it(`in the middle of its trips, none of them comes twice (${output})`, async () => {
				const trips = [1, 2, 3].map((n) => ({ id: `t${n}`, startedAt: `2026-05-0${n}T08:00:00Z` }));
				for (const id of [ID, AGAIN]) api.collection(`/user/vehicles/${id}/trips`, trips, { key: "trips" });
				await flow({ vehicle: VIN, order: "ascending", output });
				await run("list");
				const moved = () => {
					listed = [car(AGAIN)];
					return NONE(40_410);
				};
				api.fault(TRIPS, moved, { page: 2, times: 2 });
				const { items, error, completions } = await run("trips");
				assert.equal(error.error?.code, "ERR_NOT_FOUND");
				assert.deepEqual(
					items.flatMap(({ payload }) => payload).map((trip) => (trip as { id: string }).id),
					["t1", "t2"],
				);
				assert.ok(error.resume);
				assert.deepEqual(completions, []);
				assert.equal((await run("trips")).items[0]?.topic, AGAIN);
			});

		it("what was not found stays that where the list can't be read", async () => {
			await flow({ vehicle: VIN });
			await run("status");
			move();
			api.on("/user/vehicles", { status: 500 });
			await failing("status", "ERR_NOT_FOUND");
		});
	});

	describe("names the car as people do", () => {
		it("in errors, and in msg.vehicle where that costs no request", async () => {
			api.collection("/user/vehicles", [car(), car(AGAIN, { vin: "VR3UHZKXBNT000043", label: "Anna" })], {
				key: "vehicles",
				size: 60,
			});
			await flow();
			api.on(STATUS, { status: 403, body: { code: 40_399, message: `No. ${ID}` } });
			const unknown = await failing("status", "ERR_FORBIDDEN");
			assert.match(unknown.error?.message ?? "", new RegExp(ID), "nothing else is known of it");
			const { items } = await run("list");
			assert.deepEqual(
				items.map(({ vehicle }) => vehicle?.label),
				["Peugeot e-208", "Anna"],
			);
			const { error } = await failing("status", "ERR_FORBIDDEN");
			assert.match(error?.message ?? "", /GET status of Peugeot e-208 …0042 \(403\)/);
			assert.doesNotMatch(error?.message ?? "", new RegExp(ID));
			api.on(STATUS, { body: { _links: {} } });
			const { vehicle } = (await run("status")).items[0] ?? {};
			assert.deepEqual(vehicle, { id: ID, vin: VIN, label: "Peugeot e-208" });
		});

		const told: [string, object, RegExp][] = [
			["a vehicle of another node", { id: ID, vin: VIN, label: "Anna" }, / of Anna …0042 /],
			["its VIN alone", { id: ID, vin: VIN }, / of vehicle …0042 /],
			["the resource that a flow has kept", car(), / of Peugeot e-208 …0042 /],
		];
		for (const [what, vehicle, name] of told)
			it(`as far as the message itself tells: ${what}`, async () => {
				await flow({ vehicleType: "msg", vehicle: "vehicle" });
				for (const answer of [{ status: 403, body: { code: 40_399, message: `No. ${ID}` } }, { status: 500 }]) {
					api.on(STATUS, answer);
					const { message = "" } = (await run("status", { vehicle } as never)).error.error ?? {};
					assert.match(message, name);
					assert.doesNotMatch(message, new RegExp(ID));
				}
			});

		it("but not in what the account keeps for a bug report", async () => {
			api.collection("/user/vehicles", [car()], { key: "vehicles" });
			api.on(STATUS, NONE(40_400));
			await flow({ vehicle: VIN });
			await failing("status", "ERR_NOT_FOUND");
			const { recorder } = (
				node("account") as unknown as { connection: { recorder: { errors: { message: string }[] } } }
			).connection;
			for (const { message } of recorder.errors) assert.doesNotMatch(message, /Peugeot|…0042/);
		});
	});

	describe("of a whole fleet", () => {
		const fleet = (path: string) => `/fleets/f1/${path}`;
		const account = { api: "fleet-v3", auth: "none", fleetId: "f1" };
		const link = (id: string) => ({ vehicle: { href: `${api.root}/fleets/f1/vehicles/${id}` } });

		for (const [id, path, key] of [
			["status", "status", "status"],
			["trips", "trips", "trips"],
			["alerts", "alerts", "alerts"],
			["resource", "maintenances", "maintenances"],
			["resource", "collisions", "Collisions"],
		] as const)
			it(`every item has its vehicle (${path})`, async () => {
				const self = { self: { href: `/connectedcar/v4/fleets/f1/vehicles/${AGAIN}/alerts/x` } };
				const items = [
					{ id: "1", vin: VIN, odometer: { mileage: 5 }, _links: link(ID) },
					{ id: "2", odometer: { mileage: 0 }, _links: link(ID) },
					{ id: "3", _links: self },
					{ id: "4", _links: {} },
				];
				api.collection(fleet(path), items, { key, size: 60 });
				const resource = path === "collisions" ? path : "maintenance";
				await flow({ scope: "fleet", order: "ascending", resource }, account);
				const { items: sent } = await run(id, { vehicle: { id: "stale" }, topic: "stale" });
				assert.deepEqual(
					sent.map(({ vehicle, topic }) => [vehicle?.id, vehicle?.vin, topic]),
					[
						[ID, VIN, ID],
						[ID, undefined, ID],
						[AGAIN, undefined, AGAIN],
						[undefined, undefined, undefined],
					],
				);
			});

		it("doubts the state of each car by what was seen of that car, on pages and in arrays too", async () => {
			const item = (id: string, mileage: number) => ({ vin: id, odometer: { mileage }, _links: link(id) });
			let items = [item(ID, 100), item(AGAIN, 900)];
			api.collection(fleet("status"), () => items, { key: "status", size: 60 });
			for (const output of ["item", "page", "array"]) {
				items = [item(ID, 100), item(AGAIN, 900)];
				await flow({ scope: "fleet", output }, account);
				const suspects = async () =>
					(await run("status")).items
						.flatMap(({ summary }) => summary)
						.map((summary) => (summary as StatusSummary).suspect);
				assert.deepEqual(await suspects(), [[], []]);
				items = [item(AGAIN, 100), item(ID, 900)];
				assert.deepEqual(await suspects(), [["odometer"], []]);
				await stopFlows();
			}
		});
	});
});

describe("what real servers say of callbacks and monitors when there are none", () => {
	let api: ChannelsApi;
	let runtime: WebhookRuntime;
	afterEach(async () => {
		await runtime.stop();
		await api.stop();
		runtime.dispose();
	});

	for (const family of ["user-v4", "accounts-v1", "fleet-v3"] satisfies FamilyId[])
		it(`is taken for an empty list (${family})`, async () => {
			api = await ChannelsApi.start(family);
			api.hidesEmptyLists = true;
			runtime = new WebhookRuntime();
			const shared = { account: "account", vehicle: api.vehicles[0]?.vin, vehicleType: "str" };
			const command = { id: "command", type: "stellantis-remote-command", ...shared, command: "horn" };
			const list = { id: "monitors", type: "stellantis-monitor", ...shared, action: "list" };
			const events = {
				id: "events",
				type: "stellantis-events",
				account: "account",
				path: "stellantis/events",
				publicUrl: "https://home.example",
			};
			await runtime.load([api.account, command, list], api.credentials);
			runtime.node("command").receive({});
			await runtime.until(() => runtime.errors.length > 0);
			assert.equal(runtime.errors.shift()?.error?.code, "ERR_NO_CHANNEL");
			await runtime.deploy([api.account, command, list, events], "full", api.credentials);
			await runtime.until(() => runtime.badges.some(({ text }) => text === "registered"));
			assert.equal(api.channels.size, 1);
			runtime.node("monitors").receive({});
			await runtime.until(() => runtime.messages.length > 0);
			assert.deepEqual([runtime.messages[0]?.payload, runtime.errors], [[], []]);
		});

	it("and of a car that came back under another id: its monitors are found, and its commands go to it", async () => {
		api = await ChannelsApi.start();
		runtime = new WebhookRuntime();
		const [{ vin } = { vin: "" }] = api.vehicles;
		const shared = { account: "account", vehicle: vin, vehicleType: "str" };
		const place = "/user/vehicles/vehicle-9/callbacks";
		await runtime.load(
			[
				api.account,
				{ id: "command", type: "stellantis-remote-command", ...shared, command: "horn" },
				{ id: "monitors", type: "stellantis-monitor", ...shared, action: "list", channel: "c1", channelType: "str" },
			],
			api.credentials,
		);
		api.addChannel("kitchen", "https://home.example/x");
		runtime.node("monitors").receive({});
		await runtime.until(() => runtime.messages.length > 0);
		const [first] = api.vehicles;
		if (first) first.id = "vehicle-9";
		api.isStrict = true;
		runtime.node("monitors").receive({});
		await runtime.until(() => runtime.messages.length > 1);
		assert.ok(api.calls.some(({ path }) => path === `${place}/c1/monitors`));
		runtime.node("command").receive({});
		await runtime.until(() => runtime.errors.length > 0);
		assert.match(api.calls.at(-1)?.path ?? "", /^\/user\/vehicles\/vehicle-9\/callbacks\/[^/]+\/remotes$/);
	});
});
