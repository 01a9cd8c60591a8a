import assert from "node:assert/strict";
import fc from "fast-check";
import { day, hour, minute } from "../../../demo/base/time";
import { samePlace } from "../../../demo/world/geography";
import { Model } from "../../../demo/world/model";
import { cast, characterCount, type SimulatedVehicle } from "../../../demo/world/vehicles";

const start = Date.UTC(2026, 2, 11, 9, 12);
let clock = start;
const model = new Model(1, () => clock, 3);
const cars = model.vehicles().slice(0, model.vehicleCount);
const driven = cars.filter((car) => car.hasData);
const moments = fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2027, 11, 31) });

function kmBetween([a, b]: readonly [number, number], [c, d]: readonly [number, number]): number {
	return Math.hypot((c - a) * Math.cos((b * Math.PI) / 180), d - b) * 111.32;
}

function car(index: number): SimulatedVehicle {
	const found = cars[index];
	assert.ok(found);
	return found;
}

describe("the simulated world", () => {
	beforeEach(() => {
		clock = start;
	});

	it("is the same for the same seed, whatever was asked before, and another for another seed", () => {
		const [again, other] = [new Model(1, () => start, 0), new Model(2, () => start, 0)];
		again.state(again.vehicle(4), start - 90 * day);
		assert.deepEqual(again.trips(again.vehicle(4)), model.trips(car(4)));
		assert.deepEqual(again.state(again.vehicle(4)), model.state(car(4)));
		assert.notDeepEqual(other.trips(other.vehicle(4)), model.trips(car(4)));
	});

	it("keeps the ids of trips and alerts as time goes by", () => {
		const [trips, alerts] = [model.trips(car(1)), model.alerts(car(1))];
		clock += 40 * day;
		const known = new Set(model.trips(car(1)).map((trip) => trip.id));
		const recent = trips.filter((trip) => trip.startedAt > clock - 180 * day);
		assert.deepEqual(
			recent.filter((trip) => !known.has(trip.id)),
			[],
		);
		const later = new Set(model.alerts(car(1)).map((alert) => alert.id));
		assert.deepEqual(
			alerts.filter((alert) => alert.startedAt > clock - 170 * day && !later.has(alert.id)),
			[],
		);
	});

	it("has the five brands, three kinds of engine, ids and VINs that are unique and not the same", () => {
		const dozen = cars.slice(0, characterCount);
		assert.equal(dozen.length, 12);
		assert.deepEqual([...new Set(dozen.map((each) => each.brand))], ["Peugeot", "Citroën", "DS", "Opel", "Vauxhall"]);
		assert.equal(new Set(dozen.map((each) => each.motorization)).size, 3);
		assert.equal(new Set(cars.flatMap((each) => [each.id, each.vin])).size, 2 * cars.length);
		for (const each of cars) {
			assert.match(each.vin, /^[A-HJ-NPR-Z0-9]{17}$/);
			assert.equal(model.find("id", each.id)?.vin, each.vin);
			assert.equal(model.find("vin", each.vin)?.id, each.id);
			assert.equal(model.find("id", each.vin), undefined);
		}
	});

	it("always has a car that drives and a car that charges", () => {
		fc.assert(
			fc.property(moments, (time) => {
				const states = driven.map((each) => model.state(each, time));
				assert.ok(states.some((state) => state.driving && state.speed > 0));
				assert.ok(states.some((state) => state.electric?.charging.status === "InProgress"));
			}),
			{ numRuns: 60 },
		);
	});

	it("moves odometer, battery and position without jumps", () => {
		fc.assert(
			fc.property(moments, fc.constantFrom(...driven), (time, each) => {
				const [before, after] = [model.state(each, time), model.state(each, time + minute)];
				const km = after.odometer - before.odometer;
				assert.ok(km >= 0 && km < 2.5, `odometer moved ${km} km in a minute`);
				const change = (after.electric?.level ?? 0) - (before.electric?.level ?? 0);
				assert.ok(Math.abs(change) <= 4, `battery moved ${change} % in a minute`);
				assert.ok(change <= 0.1 || after.electric?.charging.plugged, "battery filled without a cable");
				assert.ok(kmBetween(before.position.place, after.position.place) < 4, "position jumped");
				if (!before.driving && !after.driving) assert.equal(km, 0);
			}),
			{ numRuns: 400 },
		);
	});

	it("keeps every level between empty and full and every update in the past", () => {
		fc.assert(
			fc.property(moments, fc.constantFrom(...driven), (time, each) => {
				const { electric, fuel, updatedAt } = model.state(each, time);
				for (const level of [electric?.level, fuel?.level])
					assert.ok(level === undefined || (level >= 5 && level <= 100));
				assert.ok(updatedAt <= time);
				assert.ok(
					electric === undefined || (electric.charging.remaining >= 0 && electric.charging.remaining < 13 * 60),
				);
			}),
			{ numRuns: 200 },
		);
	});

	it("joins trips and charging: none overlaps, odometer and battery go on where they were", () => {
		for (const each of driven) {
			const trips = model.trips(each);
			const charges = model.charges(each);
			assert.ok(trips.length > 200, `${each.label} has ${trips.length} trips`);
			for (const [n, trip] of trips.entries()) {
				const next = trips[n + 1];
				if (!next) break;
				assert.ok(trip.stoppedAt <= next.startedAt, `${each.label}: trips overlap`);
				assert.ok(
					Math.abs(trip.startOdometer + trip.distance - next.startOdometer) < 1e-6,
					`${each.label}: odometer breaks`,
				);
				assert.deepEqual(trip.to, next.from);
				const charge = charges.find((one) => one.startedAt >= trip.stoppedAt && one.startedAt < next.startedAt);
				if (charge) assert.ok(charge.stoppedAt <= next.startedAt, `${each.label}: drives while it charges`);
				if (!trip.electric || !next.electric) continue;
				const [left, found] = [charge?.endLevel ?? trip.electric.endLevel, next.electric.startLevel];
				assert.ok(Math.abs(left - found) < 1e-6, `${each.label}: battery goes from ${left} to ${found}`);
			}
		}
	});

	it("warms a car up in the ten minutes before it leaves for work", () => {
		const commuter = car(0);
		const departure = model
			.trips(commuter)
			.findLast((trip) => samePlace(trip.to, commuter.work) && trip.loop === undefined);
		assert.ok(departure);
		assert.equal(model.state(commuter, departure.startedAt - 5 * minute).climate.status, "Enabled");
		assert.equal(model.state(commuter, departure.startedAt - 15 * minute).climate.status, "Disabled");
		assert.equal(model.state(commuter, departure.startedAt + minute).climate.status, "Disabled");
	});

	it("follows what a command changed: doors, air conditioning, a stopped charging", () => {
		const world = new Model(1, () => start, 0);
		const nightShift = world.vehicle(cast.nightShift);
		const before = world.state(nightShift);
		assert.equal(before.electric?.charging.status, "InProgress");
		Object.assign(world.overrides(nightShift.id), {
			locked: false,
			climate: { since: start, until: start + 10 * minute },
			charging: { active: false, since: start },
		});
		const after = world.state(nightShift, start + 5 * minute);
		assert.deepEqual([after.locked, after.climate.status], [false, "Enabled"]);
		assert.equal(after.electric?.charging.status, "Stopped");
		assert.equal(after.electric?.level, before.electric?.level);
		assert.equal(world.state(nightShift, start + 15 * minute).climate.status, "Finished");
	});

	it("has thousands of trips over six months and a few of them unfinished", () => {
		const trips = driven.slice(0, 11).flatMap((each) => model.trips(each));
		assert.ok(trips.length > 3000);
		assert.ok(trips.every((trip) => trip.createdAt <= start && trip.startedAt >= start - 183 * day));
		assert.ok(trips.some((trip) => !trip.done));
	});

	it("has active and ended alerts of every severity, a collision on a trip, alarms and a theft", () => {
		const alerts = driven.flatMap((each) => model.alerts(each));
		assert.deepEqual([...new Set(alerts.map((alert) => alert.severity))].sort(), [
			"Critical",
			"Information",
			"Warning",
		]);
		assert.ok(alerts.some((alert) => alert.endAt === undefined));
		assert.ok(alerts.some((alert) => alert.endAt !== undefined));
		const [collision] = model.collisions(car(cast.collided));
		assert.ok(model.trips(car(cast.collided)).some((trip) => trip.id === collision?.tripId));
		assert.ok(driven.some((each) => model.alarms(each).length > 0));
		assert.equal(model.thefts(car(cast.stolen)).length > 0, true);
	});

	it("grows: a trip shows up when it has ended, not before", () => {
		const courier = car(cast.dayShift);
		const ends = model.truth(courier, start, start + 6 * hour).filter(({ kind }) => kind === "driving-ended");
		const [first, second] = ends.map(({ at }) => at);
		assert.ok(first !== undefined && second !== undefined);
		const latest = () => model.trips(courier).at(-1)?.stoppedAt;
		clock = second - 1000;
		assert.equal(latest(), first);
		clock += 2000;
		assert.equal(latest(), second);
		clock += 20 * minute;
		assert.equal(latest(), second);
	});
});
