import { strict as assert } from "node:assert";
import { answer, type LookResult } from "../../src/watch/engine";
import type { Known } from "../../src/watch/state";
import { battery, DAY, HOME, HOUR, iso, kindsOf, MINUTE, payloadOf, START, status, Watched, WORK } from "./support";

const DRIVES = { ignition: "Start", moving: true };

/** Answers what a look wanted. */
function answered(car: Watched, trips: readonly unknown[] | null, now: number) {
	const result = answer(car.known as Known, { trips }, { ...car.context, now });
	car.known = result.known;
	return result.events;
}

/** A drive of 20 km from 8:10 to 8:40, looked at every ten minutes. */
function driven(properties: Record<string, unknown> = {}): { car: Watched; last: LookResult } {
	const car = new Watched(properties);
	car.look(status(START));
	car.look(status(START + 10 * MINUTE, { ...DRIVES, odometer: 10_001 }));
	car.look(status(START + 20 * MINUTE, { ...DRIVES, odometer: 10_010, battery: battery(58) }));
	const last = car.look(status(START + 40 * MINUTE, { odometer: 10_020, battery: battery(54), position: WORK }));
	return { car, last };
}

const TRIP = {
	id: "t-1",
	startedAt: iso(START + 8 * MINUTE),
	stoppedAt: iso(START + 39 * MINUTE),
	duration: 31 * 60,
	distance: 20,
	electric: { consumption: 3 },
	done: true,
};

describe("watch: drives", () => {
	it("tells where one begins and ends", () => {
		const { car, last } = driven();
		assert.deepEqual(kindsOf(car.events), ["driving-started", "driving-ended"]);
		const place = { zone: null, updatedAt: iso(START + 40 * MINUTE), ...WORK };
		assert.deepEqual(payloadOf(last.events, "driving-ended"), { place });
		const { event } = last.events[0] ?? {};
		assert.deepEqual([event?.at, event?.since], [null, iso(START + 20 * MINUTE)]);
	});

	for (const [what, changes, kinds] of [
		["moves with its ignition on", DRIVES, ["driving-started"]],
		[
			"has a growing odometer with its ignition on",
			{ ignition: "StartUp", moving: null, odometer: 10_000.2 },
			["driving-started"],
		],
		["stands with its ignition on", { ignition: "Start", moving: false }, []],
		["moves, as it says, with its ignition off", { ignition: "Stop", moving: true }, []],
		["says nothing of its ignition", { ignition: null, moving: true }, []],
		["has a suspect ignition", { ...DRIVES, suspect: ["ignition"] }, []],
		["has a suspect odometer", { ignition: "Start", moving: false, odometer: 10_009, suspect: ["odometer"] }, []],
		["has an odometer that leaps", { ignition: "Start", moving: false, odometer: 99_000 }, []],
		["has an odometer that falls", { ignition: "Start", moving: false, odometer: 0 }, []],
	] as const)
		it(`${kinds.length > 0 ? "begins" : "does not begin"} where a car ${what}`, () => {
			const car = new Watched({ events: ["driving-started", "driving-ended"] });
			car.look(status(START));
			assert.deepEqual(car.kinds(status(START + 10 * MINUTE, changes)), kinds);
		});

	it("lasts over a red light, and over answers that don't say", () => {
		const car = new Watched();
		car.look(status(START));
		car.look(status(START + MINUTE, { ...DRIVES, odometer: 10_001 }));
		assert.deepEqual(car.kinds(status(START + 2 * MINUTE, { ignition: "Start", moving: false, odometer: 10_001 })), []);
		assert.deepEqual(car.kinds(status(START + 3 * MINUTE, { ignition: null, moving: null, odometer: null })), []);
		assert.equal(car.look(null, START + 4 * MINUTE).next.state, "driving");
	});

	it("that nobody saw is only a trip", () => {
		const car = new Watched();
		car.look(status(START));
		const { events, wants } = car.look(status(START + HOUR, { odometer: 10_020, battery: battery(52) }));
		assert.deepEqual(kindsOf(events), []);
		assert.equal(wants.trips, null, "not at once: the API needs minutes");
		const later = car.look(null, START + HOUR + 3 * MINUTE);
		assert.deepEqual(later.wants.trips, { since: iso(START - 2 * MINUTE) });
		assert.deepEqual(kindsOf(answered(car, [TRIP], START + HOUR + 3 * MINUTE)), ["trip-ended"]);
	});

	it("of less than half a kilometre, unseen, is none", () => {
		const car = new Watched();
		car.look(status(START));
		car.look(status(START + HOUR, { odometer: 10_000.4 }));
		assert.deepEqual(car.known?.pending, []);
	});
});

describe("watch: trips", () => {
	it("are told with the API's own entry, once", () => {
		const { car } = driven();
		const now = START + 44 * MINUTE;
		assert.deepEqual(car.look(null, now).wants.trips, { since: iso(START - 2 * MINUTE) });
		assert.deepEqual(answered(car, [], now), []);
		assert.equal(car.look(null, now + MINUTE).wants.trips, null);
		assert.ok(car.look(null, now + 4 * MINUTE).wants.trips);
		const events = answered(
			car,
			[{ ...TRIP, id: "old", startedAt: iso(START - HOUR), stoppedAt: iso(START - HOUR / 2) }, TRIP],
			now,
		);
		const { source, cost, currency, ...trip } = payloadOf(events, "trip-ended");
		assert.deepEqual(trip, TRIP);
		assert.deepEqual([source, cost, currency], ["trips", null, null]);
		assert.equal(events[0]?.event.at, TRIP.stoppedAt);
		assert.equal(events[0]?.event.since, iso(START));
		assert.deepEqual(answered(car, [TRIP], now + HOUR), []);
		assert.equal(car.look(null, now + 2 * HOUR).wants.trips, null);
	});

	it("are asked for four times at most within half an hour, with looks at those times", () => {
		const { car, last } = driven();
		assert.equal(last.next.at, START + 41 * MINUTE + 2 * MINUTE);
		let asked = 0;
		for (let now = START + 41 * MINUTE; now < START + 3 * HOUR; now = car.look(null, now).next.at) {
			if (car.look(null, now).wants.trips === null) continue;
			asked++;
			answered(car, [], now);
		}
		assert.equal(asked, 4);
	});

	it("are made of what was seen where the API has none after half an hour", () => {
		const { car } = driven();
		assert.deepEqual(answered(car, [], START + 70 * MINUTE), []);
		const events = answered(car, [], START + 71 * MINUTE);
		assert.deepEqual(payloadOf(events, "trip-ended"), {
			id: null,
			startedAt: iso(START + 10 * MINUTE),
			stoppedAt: iso(START + 40 * MINUTE),
			duration: 1800,
			distance: 20,
			averageSpeed: 40,
			startOdometer: 10_000,
			start: HOME,
			stop: WORK,
			electric: { consumption: 3, average: 15, startLevel: 60, endLevel: 54 },
			fuel: { consumption: null, average: null, startLevel: null, endLevel: null },
			done: true,
			cost: null,
			currency: null,
			source: "status",
		});
		assert.deepEqual(answered(car, [TRIP], START + 80 * MINUTE), [], "and not once more when it comes late");
	});

	for (const [what, more] of [
		["is told no more", { energy: null, capacity: null }],
		["stands still", { energy: 27, capacity: 50 }],
	] as const)
		it(`are made of what was seen by the level where what the battery holds ${what} on the way`, () => {
			const car = new Watched();
			car.look(status(START));
			car.look(status(START + 5 * MINUTE, { ...DRIVES, odometer: 10_010, battery: battery(56) }));
			car.look(status(START + 30 * MINUTE, { ...DRIVES, odometer: 10_040, battery: battery(44, more) }));
			car.look(status(START + 40 * MINUTE, { odometer: 10_050, battery: battery(42, more) }));
			const trip = payloadOf(answered(car, [], START + 72 * MINUTE), "trip-ended");
			assert.deepEqual(trip.electric, { consumption: 9, average: 18, startLevel: 60, endLevel: 42 });
		});

	it("wait longer where they could not be asked for", () => {
		const { car } = driven();
		assert.deepEqual(answered(car, null, START + 100 * MINUTE), []);
		assert.equal(payloadOf(answered(car, [TRIP], START + 110 * MINUTE), "trip-ended").source, "trips");
	});

	it("that aren't over are left out", () => {
		const { car } = driven();
		assert.deepEqual(answered(car, [{ ...TRIP, done: false }], START + 44 * MINUTE), []);
	});

	it("of one long absence are told each", () => {
		const car = new Watched();
		car.look(status(START));
		car.look(status(START + 5 * HOUR, { odometer: 10_040 }));
		const back = { ...TRIP, id: "t-2", startedAt: iso(START + 3 * HOUR), stoppedAt: iso(START + 4 * HOUR) };
		const now = START + 5 * HOUR + 5 * MINUTE;
		assert.deepEqual(kindsOf(answered(car, [back, TRIP], now)), ["trip-ended", "trip-ended"]);
		assert.deepEqual(car.known?.pending, []);
		assert.equal(new Set(car.events.map(({ event }) => event.id)).size, car.events.length);
	});

	it("that come one by one are awaited until the distance is told", () => {
		const car = new Watched();
		car.look(status(START));
		car.look(status(START + 5 * HOUR, { odometer: 10_040 }));
		const now = START + 5 * HOUR + 5 * MINUTE;
		assert.equal(answered(car, [TRIP], now).length, 1);
		const back = { ...TRIP, id: "t-2", startedAt: iso(START + 3 * HOUR), stoppedAt: iso(START + 4 * HOUR) };
		assert.equal(answered(car, [back, TRIP], now + 4 * MINUTE).length, 1);
		assert.deepEqual(car.known?.pending, []);
	});

	it("after a short stop are told each", () => {
		const { car } = driven();
		car.look(status(START + 43 * MINUTE, { ...DRIVES, odometer: 10_021, position: WORK }));
		car.look(status(START + 50 * MINUTE, { odometer: 10_025, position: WORK }));
		const second = {
			...TRIP,
			id: "t-2",
			startedAt: iso(START + 42 * MINUTE),
			stoppedAt: iso(START + 49 * MINUTE),
			distance: 5,
		};
		const events = answered(car, [second, TRIP], START + 55 * MINUTE);
		assert.deepEqual(
			events.map(({ payload }) => (payload as { id: string }).id),
			["t-1", "t-2"],
		);
	});

	for (const late of [1, 30, 60])
		it(`are told each where the first, by the API, ended ${late} s after the state that showed that`, () => {
			const { car } = driven();
			car.look(status(START + 43 * MINUTE, { ...DRIVES, odometer: 10_021 }));
			car.look(status(START + 50 * MINUTE, { odometer: 10_025 }));
			const first = { ...TRIP, stoppedAt: iso(START + 40 * MINUTE + late * 1000) };
			const second = { ...TRIP, id: "t-2", startedAt: iso(START + 42 * MINUTE), stoppedAt: iso(START + 50 * MINUTE) };
			const ids = [[first], [second, first], [second, first]].map((trips, index) =>
				answered(car, trips, START + (52 + 15 * index) * MINUTE).map(({ payload }) => (payload as { id: string }).id),
			);
			assert.deepEqual(ids, [["t-1"], ["t-2"], []]);
			assert.deepEqual(car.known?.pending, []);
		});

	it("are told once where one of the API's is two drives with a short stop between them", () => {
		const { car } = driven();
		car.look(status(START + 43 * MINUTE, { ...DRIVES, odometer: 10_021 }));
		car.look(status(START + 50 * MINUTE, { odometer: 10_025 }));
		const whole = { ...TRIP, stoppedAt: iso(START + 49 * MINUTE), distance: 25 };
		assert.equal(answered(car, [whole], START + 52 * MINUTE).length, 1);
		assert.deepEqual(car.known?.pending, []);
	});

	it("are told on after one whose end lies in a future that no clock explains", () => {
		const { car } = driven();
		const wrong = { ...TRIP, stoppedAt: iso(START + 400 * DAY) };
		const [told, ...others] = answered(car, [wrong], START + 43 * MINUTE);
		assert.deepEqual([told?.event.at, others], [null, []]);
		const day = START + DAY;
		car.look(status(day + 10 * MINUTE, { ...DRIVES, odometer: 10_021 }));
		car.look(status(day + 40 * MINUTE, { odometer: 10_040 }));
		const next = { ...TRIP, id: "t-2", startedAt: iso(day + 8 * MINUTE), stoppedAt: iso(day + 39 * MINUTE) };
		const events = answered(car, [next, wrong], day + 43 * MINUTE);
		assert.deepEqual(
			events.map(({ payload }) => (payload as { id: string }).id),
			["t-2"],
		);
		car.look(status(day + 2 * HOUR, { odometer: 10_060 }));
		assert.equal(payloadOf(answered(car, [next, wrong], day + 3 * HOUR), "trip-ended").source, "status");
	});

	for (const [when, first] of [
		["after", 43],
		["before", 70],
	] as const)
		it(`are told once where the odometer comes in late, ${when} the API has told the trip`, () => {
			const { car } = driven();
			const whole = { ...TRIP, distance: 22 };
			if (first === 43) assert.equal(answered(car, [whole], START + 43 * MINUTE).length, 1);
			// the drive was seen to end at 10,020
			car.look(status(START + 55 * MINUTE, { odometer: 10_022 }));
			if (first === 70) assert.equal(answered(car, [whole], START + 60 * MINUTE).length, 1);
			assert.deepEqual(answered(car, [whole], START + 90 * MINUTE), []);
			assert.deepEqual(car.known?.pending, []);
			car.look(status(START + 2 * HOUR, { odometer: 10_023 }));
			assert.equal(payloadOf(answered(car, [whole], START + 3 * HOUR), "trip-ended").source, "status");
		});

	it("aren't asked for where they aren't chosen", () => {
		const { car } = driven({ events: ["driving-ended"] });
		assert.equal(car.look(null, START + HOUR).wants.trips, null);
		assert.equal(car.look(null, START + 45 * MINUTE).next.at, START + 60 * MINUTE);
	});
});
