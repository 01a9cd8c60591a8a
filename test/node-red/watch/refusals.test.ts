import { strict as assert } from "node:assert";
import { StellantisError } from "../../../src/error";
import { Refusals } from "../../../src/node-red/watch/refusals";
import { type Answer, FakeApi } from "../../support/fake-api";
import { DAY, HOUR, MINUTE, START, type TestWatch, TurnedClock, WatchBench } from "./support";

const DENIED: Answer = { status: 403, body: { code: 40300, message: "no right" } };
const iso = (ms: number) => new Date(ms).toISOString();

describe("watch: what the API refuses", () => {
	let api: FakeApi;
	let clock: TurnedClock;
	before(async () => {
		api = await FakeApi.start();
	});
	after(() => api.stop());
	beforeEach(() => {
		api.clear();
		clock = new TurnedClock(START);
	});

	/** Cars that all drive for 20 minutes after a quarter of an hour. */
	function serve(root: string, count: number): void {
		const ids = Array.from({ length: count }, (_, index) => `c${index}`);
		const cars = ids.map((id, index) => {
			const self = { href: `${api.root}${root}/vehicles/${id}` };
			return { id, vin: `VR3UHZKXBN000000${index}`, _links: { self } };
		});
		const status = (index: number) => {
			const time = clock.now() - START;
			const drives = time >= 15 * MINUTE && time < 35 * MINUTE;
			const createdAt = iso(clock.now() - 1000);
			const mileage = 1000 + Math.max(0, Math.min(20, (time - 15 * MINUTE) / MINUTE));
			return {
				...{ createdAt, updatedAt: createdAt, odometer: { createdAt, mileage } },
				...{ ignition: { createdAt, type: drives ? "Start" : "Stop" }, kinetic: { createdAt, moving: drives } },
				_links: { vehicle: cars[index]?._links.self },
			};
		};
		api.collection(`${root}/vehicles`, cars, { size: 60, key: "vehicles" });
		api.collection(`${root}/status`, () => ids.map((_, index) => status(index)), { size: 60, key: "status" });
		for (const [index, id] of ids.entries()) {
			api.on(`${root}/vehicles/${id}`, () => ({ body: cars[index] }));
			api.on(`${root}/vehicles/${id}/status`, () => ({ body: status(index) }));
		}
	}

	const trips = (watch: TestWatch) => watch.events().filter(({ event }) => event.kind === "trip-ended");
	const minutes = (watch: TestWatch) => trips(watch).map(({ at }) => Math.round((at - START) / MINUTE));

	for (const [what, answer, code] of [
		["the right to", DENIED, "ERR_FORBIDDEN"],
		["an API that has", { status: 501, body: {} }, "ERR_NOT_SUPPORTED"],
	] as const)
		it(`without ${what} trips and alerts that is said once, they are asked for daily, and trips are told as seen`, async () => {
			serve("/user", 1);
			for (const path of ["trips", "alerts"]) api.on(`/user/vehicles/c0/${path}`, answer);
			const bench = new WatchBench(clock, { api: "user-v4", baseUrl: api.root, auth: "none" });
			const watch = await bench.start("w", { events: ["trip-ended", "alert-started"] });
			await bench.turn(HOUR + 20 * MINUTE);
			assert.deepEqual(
				trips(watch).map(({ payload }) => payload.source),
				["status"],
			);
			assert.ok((minutes(watch)[0] ?? 0) < 70, `after ${minutes(watch)[0]} minutes`);
			await bench.turn(DAY - 2 * HOUR);
			assert.deepEqual([api.count("/user/vehicles/c0/trips"), api.count("/user/vehicles/c0/alerts")], [1, 1]);
			await bench.turn(2 * DAY);
			assert.equal(api.count("/user/vehicles/c0/alerts"), 3);
			assert.deepEqual(
				watch.failures.map((failure) => failure.code),
				[code, code],
			);
			await bench.close(watch);
		});

	it("of a whole fleet is said once, whether it is asked for together or one by one", async () => {
		serve("/fleets/f", 6);
		api.on("/fleets/f/trips", DENIED);
		api.on("/fleets/f/alerts", DENIED);
		const bench = new WatchBench(clock, { api: "fleet-v3", fleetId: "f", baseUrl: api.root, auth: "none" });
		const watch = await bench.start("w", { events: ["trip-ended", "alert-started"] });
		await bench.turn(3 * HOUR);
		assert.equal(trips(watch).length, 6);
		assert.ok(Math.max(...minutes(watch)) < 75, `after ${minutes(watch)} minutes`);
		assert.deepEqual([api.count("/fleets/f/trips"), api.count("/fleets/f/alerts"), watch.failures.length], [1, 1, 2]);
		await bench.close(watch);
	});

	it("is news again once it was told, and not what fails in passing", () => {
		const refusals = new Refusals();
		const failed = (code: StellantisError["code"], vehicle = "one") =>
			refusals.failed("trips", vehicle, new StellantisError(code, "no"), START);
		for (const code of ["ERR_SERVER", "ERR_NOT_FOUND"] as const)
			assert.deepEqual(failed(code), { isRefusal: false, isNews: false });
		assert.deepEqual(failed("ERR_FORBIDDEN"), { isRefusal: true, isNews: true });
		assert.deepEqual(failed("ERR_FORBIDDEN"), { isRefusal: true, isNews: false });
		assert.deepEqual(failed("ERR_FORBIDDEN", "two"), { isRefusal: true, isNews: false });
		assert.deepEqual(
			[START + HOUR, START + DAY, START - DAY].map((now) => refusals.has("trips", "one", now)),
			[true, false, false],
		);
		refusals.passed("trips", "one");
		refusals.forget("two");
		assert.equal(failed("ERR_FORBIDDEN").isNews, true);
	});
});
