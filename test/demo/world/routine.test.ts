import assert from "node:assert/strict";
import { timeOfDay } from "../../../demo/base/clock";
import { hour, minute } from "../../../demo/base/time";
import { samePlace } from "../../../demo/world/geography";
import { Model } from "../../../demo/world/model";
import { cast } from "../../../demo/world/vehicles";

const now = Date.UTC(2026, 2, 11, 9, 12);

describe("how the demo's people drive", () => {
	const model = new Model(1, () => now, 8);
	const cars = model.vehicles().slice(0, model.vehicleCount);
	const commuters = cars.filter((car) => car.profile === "commuter" && car.hasData);

	it("takes minutes to hours, at speeds of town and country", () => {
		for (const car of cars.filter((each) => each.hasData))
			for (const trip of model.trips(car)) {
				const hours = (trip.stoppedAt - trip.startedAt) / hour;
				const speed = trip.distance / hours;
				assert.ok(hours > 2 / 60 && hours < 3, `${car.label}: ${hours} h`);
				assert.ok(speed > 10 && speed < 100, `${car.label}: ${speed} km/h`);
			}
	});

	it("goes to work in the morning, comes home, and is somewhere that it has a reason for", () => {
		for (const car of commuters) {
			const trips = model.trips(car);
			const known = [car.home, car.work, car.shop, car.sport, car.lunch];
			const errands = trips.filter((trip) => known.some((place) => samePlace(trip.to, place)));
			assert.ok(errands.length > trips.length * 0.8, `${car.label}: ${errands.length} of ${trips.length}`);
			for (const place of known) assert.ok(trips.some((trip) => samePlace(trip.to, place)));
			for (const trip of trips.filter(({ from, to }) => samePlace(from, car.home) && samePlace(to, car.work))) {
				const clock = timeOfDay(car.offset, trip.startedAt) / hour;
				assert.ok(clock >= 6.5 && clock <= 8, `${car.label} leaves at ${clock}`);
			}
			const nights = Array.from({ length: 100 }, (_, n) => model.state(car, Date.UTC(2025, 10, 1 + n, 2)));
			assert.ok(nights.every((state) => samePlace(state.position.place, car.home)));
		}
	});

	it("charges at home by night for the most part, and never while it drives or without a cable", () => {
		for (const car of commuters.filter((each) => each.battery)) {
			const charges = model.charges(car);
			assert.ok(charges.length > 60, `${car.label}: ${charges.length}`);
			const home = charges.filter((charge) => samePlace(charge.place, car.home));
			assert.ok(home.length > charges.length * 0.7, `${car.label}: ${home.length} of ${charges.length} at home`);
			for (const { pluggedAt, startedAt, stoppedAt, unpluggedAt } of charges)
				assert.ok(pluggedAt < startedAt && startedAt <= stoppedAt && stoppedAt <= unpluggedAt);
			if (!car.charging.waits) continue;
			for (const charge of home) assert.equal(timeOfDay(car.offset, charge.startedAt), car.charging.programmed);
		}
	});

	it("charges at work what was forgotten at home, and nowhere with more than a car takes there", () => {
		const charges = commuters.map((car) => ({ car, charges: model.charges(car) }));
		const atWork = charges.flatMap(({ car, charges }) => charges.filter(({ place }) => samePlace(place, car.work)));
		assert.ok(atWork.length > 0);
		for (const { startLevel } of atWork) assert.ok(startLevel < 65, `${startLevel} %`);
		for (const { startLevel, endLevel, startedAt, stoppedAt, plug } of cars.flatMap((car) => model.charges(car))) {
			if (stoppedAt === startedAt) continue;
			const kW = (((endLevel - startLevel) / 100) * plug.capacity) / ((stoppedAt - startedAt) / hour) / 1000;
			assert.ok(kW > 1 && kW < (plug.mode === "Slow" ? 7 : 95), `${kW} kW`);
		}
	});

	it("charges elsewhere too: at the shops until it leaves, and fast on the way", () => {
		const charges = commuters.flatMap((car) => model.charges(car));
		assert.ok(charges.some((charge) => charge.endLevel < charge.target && charge.unpluggedAt === charge.stoppedAt));
		const fast = charges.filter(({ plug }) => plug.mode === "Quick");
		assert.ok(fast.length > 0);
		for (const { startedAt, stoppedAt } of fast) assert.ok(stoppedAt - startedAt < 90 * minute);
	});

	it("takes more of a battery in the cold", () => {
		const car = model.vehicle(cast.owner);
		const mean = (month: number) => {
			const world = new Model(1, () => Date.UTC(2026, month + 1, 1), 0);
			const trips = world.trips(car).filter((trip) => trip.startedAt > Date.UTC(2026, month, 1));
			const sum = (each: (trip: (typeof trips)[number]) => number) => trips.reduce((all, trip) => all + each(trip), 0);
			return (100 * sum((trip) => trip.electric?.used ?? 0)) / sum((trip) => trip.distance);
		};
		const [winter, summer] = [mean(0), mean(6)];
		assert.ok(winter > summer * 1.15 && winter < 22 && summer > 12, `${winter} and ${summer} kWh/100 km`);
	});
});
