import { strict as assert } from "node:assert";
import { FakeApi } from "../../support/fake-api";
import { DAY, HOUR, MINUTE, START, type TestWatch, TurnedClock, WatchBench } from "./support";

const CARS = 6;
/** More than is read of a history. */
const MANY = 6_100;

const iso = (ms: number) => new Date(ms).toISOString();
const told = (watch: TestWatch, kind: string) => watch.events().filter(({ event }) => event.kind === kind);

describe("watch: histories of a fleet", () => {
	let api: FakeApi;
	let clock: TurnedClock;
	let bench: WatchBench;
	let state: { at: number; odometer: number; drives: boolean }[];
	/** Oldest first, as fleet-v3 lists them. */
	let trips: Record<string, unknown>[];
	let alerts: Record<string, unknown>[];

	before(async () => {
		api = await FakeApi.start();
	});
	after(() => api.stop());

	beforeEach(() => {
		api.clear();
		clock = new TurnedClock(START);
		bench = new WatchBench(clock, { api: "fleet-v3", fleetId: "f", baseUrl: api.root, auth: "none" });
		state = Array.from({ length: CARS }, () => ({ at: START - MINUTE, odometer: 1000, drives: false }));
		trips = [];
		alerts = [];
		const cars = state.map((_, index) => ({ id: `c${index}`, vin: `VR3UHZKXBN000000${index}`, _links: linkTo(index) }));
		api.collection("/fleets/f/vehicles", cars, { size: 60, key: "vehicles" });
		api.collection("/fleets/f/status", () => state.map((_, index) => statusOf(index)), { size: 60, key: "status" });
		api.collection("/fleets/f/trips", () => asked(trips), { size: 60, key: "trips" });
		api.collection("/fleets/f/alerts", () => asked(alerts), { size: 60, key: "alerts" });
		for (let index = 0; index < CARS; index++) {
			api.on(`/fleets/f/vehicles/c${index}`, () => ({ body: cars[index] }));
			api.on(`/fleets/f/vehicles/c${index}/status`, () => ({ body: statusOf(index) }));
			const own = () => asked(trips).filter(({ of }) => of === index);
			api.collection(`/fleets/f/vehicles/c${index}/trips`, own, { size: 60, key: "trips" });
			const ownAlerts = () => asked(alerts).filter(({ of }) => of === index);
			api.collection(`/fleets/f/vehicles/c${index}/alerts`, ownAlerts, { size: 60, key: "alerts" });
		}
	});

	const linkTo = (index: number) => ({ self: { href: `${api.root}/fleets/f/vehicles/c${index}` } });

	function statusOf(index: number) {
		const { at, odometer, drives } = state[index] ?? { at: START, odometer: 0, drives: false };
		const createdAt = iso(at);
		return {
			createdAt,
			updatedAt: createdAt,
			odometer: { createdAt, mileage: odometer },
			ignition: { createdAt, type: drives ? "Start" : "Stop" },
			kinetic: { createdAt, moving: drives },
			_links: { vehicle: linkTo(index).self },
		};
	}

	/** What lies within the range that was asked for first; pages behind that are named by a token alone. */
	let since = 0;
	function asked(items: Record<string, unknown>[]) {
		const range = api.requests.at(-1)?.query.get("timestamps");
		if (range) since = Date.parse(range.split("/")[0] ?? "");
		return items.filter(({ startedAt }) => Date.parse(String(startedAt)) >= since);
	}

	const trip = (of: number, id: string, from: number, to: number) => ({
		...{ of, id, startedAt: iso(from), stoppedAt: iso(to), done: true, duration: "PT10M", distance: 10 },
		_links: { vehicle: linkTo(of).self },
	});

	async function driven(before: number): Promise<TestWatch> {
		Object.assign(state.at(-1) ?? {}, { at: before });
		for (let index = 0; index < MANY; index++) {
			const from = START - 7 * DAY + index * MINUTE;
			trips.push(trip(900, `o${index}`, from, from + 20 * MINUTE));
		}
		const watch = await bench.start("w", { events: ["trip-ended"], parked: 5 });
		await bench.turn(6 * MINUTE);
		const begin = clock.now();
		// The last one is seen again when it stands.
		for (const one of state.slice(0, -1)) Object.assign(one, { at: begin, odometer: 1001, drives: true });
		await bench.turn(10 * MINUTE);
		for (const one of state) Object.assign(one, { at: clock.now(), odometer: 1010, drives: false });
		state.forEach((_, index) => {
			trips.push(trip(index, `new${index}`, begin, clock.now()));
		});
		await bench.turn(HOUR);
		return watch;
	}

	for (const [what, age, ofFleet, single] of [
		["all were heard of lately", MINUTE, 1, 0],
		["one was silent for a week", 7 * DAY, 2, 1],
	] as const)
		it(`trips of cars that end a drive together are found, where ${what}`, async () => {
			const watch = await driven(START - age);
			const found = told(watch, "trip-ended").map(({ payload }) => [payload.id, payload.source]);
			assert.deepEqual(
				found.sort(),
				state.map((_, index) => [`new${index}`, "trips"]),
			);
			assert.equal(api.count("/fleets/f/trips"), ofFleet);
			assert.equal(api.requests.filter(({ path }) => /\/c\d\/trips$/.test(path)).length, single);
			await bench.close(watch);
		});

	it("trips are found where the pager knows no last page", async () => {
		api.collection("/fleets/f/trips", () => asked(trips), { size: 60, key: "trips", backwards: false });
		const watch = await driven(START - 7 * DAY);
		assert.equal(told(watch, "trip-ended").filter(({ payload }) => payload.source === "trips").length, CARS);
		await bench.close(watch);
	});

	const alert = (of: number, id: string, startedAt: number, endAt: number | null) => ({
		...{ of, id, type: "T", startedAt: iso(startedAt), active: endAt === null },
		...(endAt === null ? {} : { endAt: iso(endAt) }),
		_links: { vehicle: linkTo(of).self },
	});

	it("the end of an alert that lasted for weeks is told", async () => {
		const watch = await bench.start("w", { events: ["alert-started", "alert-ended"], parked: 240 });
		await bench.turn(HOUR);
		const from = clock.now();
		alerts.push(alert(2, "long", from, null));
		await bench.turn(20 * DAY);
		alerts = [alert(2, "long", from, clock.now())];
		await bench.turn(2 * DAY);
		assert.deepEqual(
			watch.events().map(({ event, payload }) => [event.kind, payload.id]),
			[
				["alert-started", "long"],
				["alert-ended", "long"],
			],
		);
		await bench.close(watch);
	});

	it("new alerts are told beside thousands that have ended", async () => {
		for (let index = 0; index < MANY; index++) {
			const from = START - 10 * DAY + index * MINUTE;
			alerts.push(alert(index % CARS, `old${index}`, from, from + HOUR));
		}
		const watch = await bench.start("w", { events: ["alert-started", "alert-ended"] });
		await bench.turn(30 * MINUTE);
		for (let index = 0; index < CARS; index++) alerts.push(alert(index, `new${index}`, clock.now(), null));
		await bench.turn(HOUR);
		const ids = told(watch, "alert-started").map(({ payload }) => payload.id);
		assert.deepEqual(
			ids.sort(),
			state.map((_, index) => `new${index}`),
		);
		await bench.close(watch);
	});
});
