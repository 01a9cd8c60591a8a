import { strict as assert } from "node:assert";
import fc from "fast-check";
import { summarizeTrip, type TripSummary, type TripUnits } from "../../../src/api/summaries/trip";
import { anyAnswer, damaged, isPlain, shapeOf } from "./arbitrary";
import { recordedNames, withRecorded } from "./recorded";

const V4: TripUnits = { electricConsumption: "kWh", fuelConsumption: "L" };
const V1 = V4;
const V3: TripUnits = { electricConsumption: "Wh", fuelConsumption: "cL" };

const EMPTY: TripSummary = {
	id: null,
	startedAt: null,
	stoppedAt: null,
	duration: null,
	distance: null,
	averageSpeed: null,
	startOdometer: null,
	start: { latitude: null, longitude: null },
	stop: { latitude: null, longitude: null },
	electric: { consumption: null, startLevel: null, endLevel: null },
	fuel: { consumption: null, startLevel: null, endLevel: null },
	done: null,
};

const point = (...coordinates: number[]) => ({
	type: "Feature",
	geometry: { type: "Point", coordinates },
	properties: {},
});
const levels = (electric: number, fuel: number) => [
	{ type: "Electric", subType: "ElectricEnergy", level: electric, autonomy: 30 },
	{ type: "Fuel", subType: "FossilEnergy", level: fuel, autonomy: 400 },
];

const flat = (electric: number, fuel: number) => ({
	id: "t-77",
	createdAt: "2025-05-04T09:00:01Z",
	startedAt: "2025-05-04T08:00:00Z",
	stoppedAt: "2025-05-04T09:00:00Z",
	duration: 3600,
	distance: 54.5,
	startMileage: 12345.6,
	startPosition: point(8.25, 50.5, 110),
	stopPosition: point(8.75, 50.75),
	startEnergies: levels(80, 60),
	endEnergies: levels(20, 58),
	energyConsumptions: [
		{ type: "Electric", consumption: electric, avgConsumption: 14_000 },
		{ type: "Fuel", consumption: fuel, avgConsumption: 250 },
	],
	kinetic: { avgSpeed: 15.1, maxSpeed: 130 },
	done: true,
});

const nested = {
	id: "t-77",
	startedAt: "2025-05-04T08:00:00Z",
	stoppedAt: "2025-05-04T09:00:00Z",
	startMileage: 12345.6,
	startEnergies: levels(80, 60),
	endEnergies: levels(20, 58),
	stats: {
		duration: "PT1H",
		distance: { total: 54.5, parts: [{ type: "Electric", percent: 90 }] },
		energyConsumptions: [
			{ type: "Electric", consumption: 7.25 },
			{ type: "Fuel", consumption: 1.35 },
		],
		kinetic: { speed: { averageSpeed: 99, topSpeed: 130 } },
	},
	locations: { startPosition: point(8.25, 50.5), stopPosition: point(8.75, 50.75) },
	state: { done: true },
};

const SUMMARY: TripSummary = {
	id: "t-77",
	startedAt: "2025-05-04T08:00:00Z",
	stoppedAt: "2025-05-04T09:00:00Z",
	duration: 3600,
	distance: 54.5,
	averageSpeed: 54.5,
	startOdometer: 12345.6,
	start: { latitude: 50.5, longitude: 8.25 },
	stop: { latitude: 50.75, longitude: 8.75 },
	electric: { consumption: 7.25, startLevel: 80, endLevel: 20 },
	fuel: { consumption: 1.35, startLevel: 60, endLevel: 58 },
	done: true,
};

describe("summary of a trip", () => {
	describe("is the same for one trip told by", () => {
		const rows: [string, unknown, TripUnits][] = [
			["user-v4, flat, in kWh and L", flat(7.25, 1.35), V4],
			["fleet-v3, flat, in Wh and cL", flat(7250, 135), V3],
			["accounts-v1, nested, with an ISO 8601 duration", nested, V1],
		];
		for (const [family, trip, units] of rows) {
			it(family, () => assert.deepEqual(summarizeTrip(trip, units), SUMMARY));
		}
	});

	describe("takes the average speed from distance and duration:", () => {
		const rows: [string, object, number | null][] = [
			["a trip", { distance: 18, duration: 2608, kinetic: { avgSpeed: 6.9 } }, 24.847],
			["a standstill", { distance: 0, duration: 60 }, 0],
			["no time passed", { distance: 1, duration: 0 }, null],
			["no duration", { distance: 1, kinetic: { avgSpeed: 6.9 } }, null],
			["no distance", { duration: 60 }, null],
			["a nested trip", { stats: { duration: "PT30M", distance: { total: 10 } } }, 20],
		];
		for (const [title, trip, speed] of rows) {
			it(title, () => assert.equal(summarizeTrip(trip, V4).averageSpeed, speed));
		}
	});

	it("leaves out a fuel the vehicle doesn't have", () => {
		const fuel = { type: "Fuel", level: 0, autonomy: 0 };
		const trip = {
			startEnergies: [fuel, { type: "Electric", level: 50 }],
			endEnergies: [fuel, { type: "Electric", level: 46 }],
			energyConsumptions: [
				{ type: "Fuel", consumption: 0 },
				{ type: "Electric", consumption: 2.5 },
			],
		};
		const { electric, fuel: summary } = summarizeTrip(trip, V4);
		assert.deepEqual(electric, { consumption: 2.5, startLevel: 50, endLevel: 46 });
		assert.deepEqual(summary, EMPTY.fuel);
	});

	it("keeps a plug-in hybrid's zero consumption of fuel, and a tank that was filled on the way", () => {
		const trip = flat(3, 0);
		assert.equal(summarizeTrip(trip, V4).fuel.consumption, 0);
		const noLevels = {
			startEnergies: [{ type: "Electric", level: 9 }],
			energyConsumptions: [{ type: "Fuel", consumption: 0 }],
		};
		assert.equal(summarizeTrip(noLevels, V4).fuel.consumption, 0);
		const filled = { ...flat(3, 0), startEnergies: levels(50, 0), endEnergies: levels(40, 90) };
		assert.deepEqual(summarizeTrip(filled, V4).fuel, { consumption: 0, startLevel: 0, endLevel: 90 });
	});

	it("tells a trip under way", () => {
		assert.equal(summarizeTrip({ done: false }, V4).done, false);
		assert.equal(summarizeTrip({ state: { done: false } }, V1).done, false);
	});

	it("reads times with an offset as UTC and numbers in strings as numbers", () => {
		const summary = summarizeTrip({ startedAt: "2025-05-04T10:00:00+02:00", distance: "54.5", duration: "3600" }, V4);
		assert.equal(summary.startedAt, "2025-05-04T08:00:00Z");
		assert.equal(summary.averageSpeed, 54.5);
	});

	it("is null where a value is out of all reason", () => {
		const odd = {
			id: 7,
			startedAt: "yesterday",
			stoppedAt: 1746345600000,
			duration: -5,
			distance: "far",
			startMileage: 4294967295,
			startPosition: point(8.25, 150),
			stopPosition: { geometry: { coordinates: "8,50" } },
			startEnergies: [{ type: "Electric", level: 255 }],
			endEnergies: "none",
			energyConsumptions: [
				{ type: "Electric", consumption: -1 },
				{ type: "Fuel", consumption: Number.NaN },
			],
			done: "true",
		};
		assert.deepEqual(summarizeTrip(odd, V4), EMPTY);
	});

	for (const nothing of [undefined, null, 7, "trip", [], {}, { stats: null, locations: [], state: 1 }]) {
		it(`has every key for ${JSON.stringify(nothing)}`, () => assert.deepEqual(summarizeTrip(nothing, V3), EMPTY));
	}

	it("reads a list of any length", () => {
		const startEnergies = [...Array(300_000).fill({ type: "Electric" }), { type: "Electric", level: 7 }];
		assert.equal(summarizeTrip({ startEnergies }, V4).electric.startLevel, 7);
	});

	it("has no average speed for a trip that took no time, and no number beyond all numbers", () => {
		assert.equal(summarizeTrip({ distance: 54.5, duration: 5e-324 }, V4).averageSpeed, null);
		assert.equal(summarizeTrip({ distance: 54.5, duration: 0 }, V4).averageSpeed, null);
	});

	it("never throws, keeps its keys, stays plain and changes nothing, whatever the API answers", () => {
		const answers = fc.oneof(anyAnswer, damaged(flat(1, 2)), damaged(nested));
		fc.assert(
			fc.property(answers, fc.constantFrom(V4, V3), (answer, units) => {
				const before = fc.stringify(answer);
				const summary = summarizeTrip(answer, units);
				assert.deepEqual(shapeOf(summary), shapeOf(EMPTY));
				assert.ok(isPlain(summary), fc.stringify(summary));
				assert.equal(fc.stringify(answer), before);
			}),
			{ numRuns: 500 },
		);
	});

	withRecorded("trips-page.json", "of a recorded trip", (page) => {
		const [trip] = (page as { _embedded: { trips: unknown[] } })._embedded.trips;
		assert.deepEqual(summarizeTrip(trip, V4), {
			...EMPTY,
			id: "1c4d0001",
			startedAt: "2026-06-16T14:31:24Z",
			stoppedAt: "2026-06-16T15:14:52Z",
			duration: 2608,
			distance: 18,
			averageSpeed: 24.847,
			startOdometer: 149,
			stop: { latitude: 50.7, longitude: -3.4 },
			electric: { consumption: null, startLevel: 50, endLevel: 46 },
			done: true,
		});
	});

	for (const name of recordedNames()) {
		withRecorded(name, `has every key for ${name}`, (answer) => {
			assert.deepEqual(shapeOf(summarizeTrip(answer, V4)), shapeOf(EMPTY));
		});
	}
});
