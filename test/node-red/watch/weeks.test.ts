import { strict as assert } from "node:assert";
import type { Fact, SimulatedVehicle, Simulator } from "../../../demo/index";
import { DAY, demoOn, HOUR, MINUTE, START, type TestWatch, TurnedClock, WatchBench } from "./support";

/** Crossings of a zone that lie closer together than any look could tell apart. */
const SHORTEST = 2 * MINUTE;

describe("watch: simulated days through the node's own machinery", () => {
	let simulator: Simulator;
	let bench: WatchBench;
	let clock: TurnedClock;
	beforeEach(async () => {
		clock = new TurnedClock(START);
		simulator = await demoOn(clock);
	});
	afterEach(() => simulator.close());

	it("tells every plug, charge, drive, trip and zone of the owner's car once, and nothing that did not happen", async () => {
		const [car] = simulator.vehicles;
		assert.ok(car);
		const zones = zonesOf(car);
		bench = WatchBench.demo(clock, simulator, "user-v4");
		const watch = await bench.start("w", { parked: 10, zones, price: 0.2 }, car.vin);
		await bench.turn(4 * DAY);
		const facts = simulator.truth(car.id, START, clock.now(), zones);
		compare(facts, watch, car);
		const trips = watch.events().filter(({ event }) => event.kind === "trip-ended");
		const driven = facts.filter(({ kind, at }) => kind === "driving-ended" && at < clock.now() - HOUR);
		assert.ok(driven.length > 8 && trips.length >= driven.length, `${trips.length} of ${driven.length} trips`);
		assert.ok(trips.every(({ payload }) => payload.source === "trips"));
		for (const { payload } of watch.events().filter(({ event }) => event.kind === "charging-ended")) {
			const { energy, drawn, cost } = payload as { energy: number; drawn: number; cost: number };
			assert.ok(energy > 0 && drawn > energy && Math.abs(cost - drawn * 0.2) < 0.01);
		}
		assert.ok((watch.state?.used ?? 1000) < 300, `${watch.state?.used} calls a day`);
		await bench.close(watch);
	});

	it("takes what the API itself tells of a charge where it has charging sessions", async () => {
		const [car] = simulator.vehicles;
		assert.ok(car);
		bench = WatchBench.demo(clock, simulator, "accounts-v1");
		const watch = await bench.start("w", { price: 0.2 }, car.vin);
		await bench.turn(1.5 * DAY);
		compare(simulator.truth(car.id, START, clock.now()), watch, car);
		const ends = watch.events().filter(({ event }) => event.kind === "charging-ended");
		assert.ok(ends.length > 0 && ends.every(({ payload }) => payload.source === "sessions"), JSON.stringify(ends[0]));
		await bench.close(watch);
	});

	it("tells of a whole fleet by its fleet-wide collection", async () => {
		bench = WatchBench.demo(clock, simulator, "fleet-v3");
		const watch = await bench.start("w");
		await bench.turn(10 * HOUR);
		const { vehicles, requests } = simulator;
		for (const index of [0, 1, 10]) {
			const car = vehicles[index];
			if (car) compare(simulator.truth(car.id, START, clock.now()), watch, car);
		}
		const single = requests.filter(({ url }) => /\/vehicles\/[^/]+\/status(\?|$)/.test(url));
		const sweeps = requests.filter(({ url }) => /\/fleets\/[^/]+\/status(\?|$)/.test(url));
		assert.ok(sweeps.length > 20 * single.length, `${sweeps.length} sweeps, ${single.length} looks of single vehicles`);
		await bench.close(watch);
	});

	it("asks for the trips and alerts of a whole fleet at once, and tells those of each vehicle", async () => {
		// People drive to work. The demo's fleet-wide histories hold those cars that have a story.
		clock = new TurnedClock(START + 6 * HOUR);
		const fleet = await demoOn(clock, { vehicles: 30 });
		bench = WatchBench.demo(clock, fleet, "fleet-v3");
		const events = ["trip-ended", "alert-started", "alert-ended"];
		// So seldom that many drives have ended since.
		const watch = await bench.start("w", { events, driving: 30, charging: 30, parked: 30 });
		await bench.turn(HOUR / 2);
		const added = fleet.vehicles.slice(0, 4).map(({ id }) => fleet.addAlert(id, { startedAt: clock.now() }));
		await bench.turn(2.5 * HOUR);
		const told = (kind: string) => watch.events().filter(({ event }) => event.kind === kind);
		for (const { id } of added)
			assert.equal(told("alert-started").filter(({ payload }) => payload.id === id).length, 1, `alert ${id}`);
		const trips = told("trip-ended");
		for (const car of fleet.vehicles.slice(0, 6)) {
			const facts = fleet.truth(car.id, START + 6 * HOUR, clock.now() - HOUR);
			const drives = facts.filter(({ kind }) => kind === "driving-ended").length;
			const own = trips.filter(({ vehicle, payload }) => vehicle.id === car.id && payload.source === "trips").length;
			assert.ok(own >= drives, `${own} of ${drives} trips of ${car.label}`);
		}
		const asked = (what: RegExp) => fleet.requests.filter(({ url }) => what.test(url)).length;
		for (const history of ["alerts", "trips"])
			assert.ok(asked(new RegExp(`/fleets/[^/]+/${history}`)) > 0, `${history} of the fleet`);
		await bench.close(watch);
		await fleet.close();
	});
});

function zonesOf({ home, work }: SimulatedVehicle) {
	const zone = (name: string, [longitude, latitude]: SimulatedVehicle["home"]) => ({
		...{ name, latitude, longitude, radius: 150 },
	});
	return [zone("home", home), zone("work", work)];
}

/** Every fact has its event and every event its fact, in order. */
function compare(facts: readonly Fact[], watch: TestWatch, { id }: SimulatedVehicle): void {
	const { parked } = watch.watcher.settings;
	const kinds = [
		..."plugged unplugged charging-started charging-ended driving-started driving-ended".split(" "),
		...["zone-entered", "zone-left"],
	];
	const told = watch.events().filter(({ vehicle }) => vehicle.id === id);
	for (const kind of kinds) {
		const expected = facts
			.filter((fact) => fact.kind === kind && isSeen(fact, facts, parked))
			// What has happened last is seen by the next look.
			.filter(({ at }) => at < (facts.at(-1)?.at ?? 0));
		const events = told.filter(({ event }) => event.kind === kind);
		for (const fact of expected) {
			const near = events.filter(({ event }) => Math.abs(Date.parse(event.date) - fact.at) <= 20 * MINUTE);
			assert.equal(near.length, 1, `${kind} at ${new Date(fact.at).toISOString()}`);
		}
		for (const { event } of events) {
			const near = facts.filter(
				(fact) => fact.kind === kind && Math.abs(Date.parse(event.date) - fact.at) <= 20 * MINUTE,
			);
			assert.equal(near.length, 1, `${kind} told at ${event.date}`);
		}
	}
	const ids = told.map(({ event }) => event.id);
	assert.equal(new Set(ids).size, ids.length);
	assert.deepEqual(watch.failures, []);
}

/** False for a drive that may be over before anybody looks, which is only a trip, and where a car passes a zone so quickly that nobody could have seen it. */
function isSeen(fact: Fact, facts: readonly Fact[], interval: number): boolean {
	if ("trip" in fact) return fact.trip.stoppedAt - fact.trip.startedAt > interval;
	if (fact.kind !== "zone-entered" && fact.kind !== "zone-left") return true;
	const other = fact.kind === "zone-entered" ? "zone-left" : "zone-entered";
	return !facts.some(
		(one) =>
			one.kind === other &&
			one.zone === fact.zone &&
			Math.abs(one.at - fact.at) < SHORTEST &&
			(fact.kind === "zone-entered" ? one.at > fact.at : one.at < fact.at),
	);
}
