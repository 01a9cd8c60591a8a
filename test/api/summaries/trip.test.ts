import { strict as assert } from "node:assert";
import fc from "fast-check";
import { summarizeTrip, type TripSummary } from "../../../src/api/summaries/trip";
import { anyAnswer, damaged, isPlain, shapeOf } from "./arbitrary";
import { recordedNames, withRecorded } from "./recorded";

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
	electric: { consumption: null, average: null, startLevel: null, endLevel: null },
	fuel: { consumption: null, average: null, startLevel: null, endLevel: null },
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
		{ type: "Electric", consumption: electric, avgConsumption: 13_000 },
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
			{ type: "Electric", consumption: 7.25, avgConsumption: 13_000 },
			{ type: "Fuel", consumption: 1.35, avgConsumption: 250 },
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
	electric: { consumption: 7.25, average: 13, startLevel: 80, endLevel: 20 },
	fuel: { consumption: 1.35, average: 2.5, startLevel: 60, endLevel: 58 },
	done: true,
};

describe("summary of a trip", () => {
	describe("is the same for one trip told by", () => {
		const rows: [string, unknown][] = [
			["a server in kWh and L", flat(7.25, 1.35)],
			["a server in Wh and cL", flat(7250, 135)],
			["accounts-v1, nested, with an ISO 8601 duration", nested],
		];
		for (const [family, trip] of rows) {
			it(family, () => assert.deepEqual(summarizeTrip(trip), SUMMARY));
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
			it(title, () => assert.equal(summarizeTrip(trip).averageSpeed, speed));
		}
	});

	describe("takes what was consumed from", () => {
		const electric = (distance: number | null, consumption: unknown, avgConsumption?: unknown) =>
			summarizeTrip({ distance, energyConsumptions: [{ type: "Electric", consumption, avgConsumption }] }).electric;
		const rows: [string, [number | null, unknown, unknown?], number | null][] = [
			["average and distance, in Wh", [20, 3200, 16_000], 3.2],
			["average and distance, in kWh", [20, 3.2, 16_000], 3.2],
			["them on a drive that took little", [20, 8, 40], 0.008],
			["them in kWh where that alone would look like Wh", [300, 0.12, 40], 0.12],
			["them on a drive that took much", [0.4, 900, 225_000], 0.9],
			["the average, though it is rounded", [20, 3200, 12_000], 3.2],
			["what cars use, in kWh", [54.5, 7.25], 7.25],
			["what cars use, in Wh", [54.5, 7250], 7.25],
			["what cars use, where the average is of something else", [54.5, 7.25, 0.001], 7.25],
			["what cars use, where the average is 0", [54.5, 7.25, 0], 7.25],
			["Wh, where nothing tells", [null, 3200, 16_000], 3.2],
			["Wh, where the distance is 0", [0, 20], 0.02],
			["Wh, where neither is what cars use", [20, 0.5], 0.0005],
			["nothing, where it is nothing", [20, 0, 0], 0],
			["a number in a string", [20, "3200", "16000"], 3.2],
			["no nonsense", [20, -3, 16_000], null],
			["no number out of all reason", [20, 1e9, 16_000], null],
		];
		for (const [title, args, kWh] of rows) it(title, () => assert.equal(electric(...args).consumption, kWh));

		it("the same for fuel: L or cL", () => {
			const fuel = (distance: number, consumption: number, avgConsumption?: number) =>
				summarizeTrip({ distance, energyConsumptions: [{ type: "Fuel", consumption, avgConsumption }] }).fuel;
			assert.deepEqual(fuel(50, 300, 600), { consumption: 3, average: 6, startLevel: null, endLevel: null });
			assert.equal(fuel(50, 3, 600).consumption, 3);
			assert.equal(fuel(50, 3).consumption, 3);
			assert.equal(fuel(50, 300).consumption, 3);
			assert.equal(fuel(50, 0.3, 60).consumption, 0.3);
			assert.equal(fuel(50, 30, 60).consumption, 0.3);
		});

		it("the same whatever the unit, for any drive", () => {
			const drive = fc.record({
				distance: fc.double({ min: 0.1, max: 1000, noNaN: true }),
				average: fc.double({ min: 10, max: 100_000, noNaN: true }),
				about: fc.double({ min: 0.7, max: 1.4, noNaN: true }),
			});
			fc.assert(
				fc.property(drive, fc.constantFrom(1, 1000), ({ distance, average, about }, per) => {
					const wattHours = (average * distance * about) / 100;
					const { consumption } = electric(distance, wattHours / per, average);
					assert.ok(Math.abs((consumption ?? 0) - wattHours / 1000) < 1e-5);
				}),
			);
		});
	});

	it("leaves out a fuel the vehicle doesn't have", () => {
		const fuel = { type: "Fuel", level: 0, autonomy: 0 };
		const trip = {
			startEnergies: [fuel, { type: "Electric", level: 50 }],
			endEnergies: [fuel, { type: "Electric", level: 46 }],
			energyConsumptions: [
				{ type: "Fuel", consumption: 0 },
				{ type: "Electric", consumption: 2500 },
			],
		};
		const { electric, fuel: summary } = summarizeTrip(trip);
		assert.deepEqual(electric, { consumption: 2.5, average: null, startLevel: 50, endLevel: 46 });
		assert.deepEqual(summary, EMPTY.fuel);
	});

	it("keeps a plug-in hybrid's zero consumption of fuel, and a tank that was filled on the way", () => {
		const trip = flat(7.25, 0);
		assert.equal(summarizeTrip(trip).fuel.consumption, 0);
		const noLevels = {
			startEnergies: [{ type: "Electric", level: 9 }],
			energyConsumptions: [{ type: "Fuel", consumption: 0 }],
		};
		assert.equal(summarizeTrip(noLevels).fuel.consumption, 0);
		const filled = {
			...flat(7.25, 0),
			energyConsumptions: [{ type: "Fuel", consumption: 0 }],
			startEnergies: levels(50, 0),
			endEnergies: levels(40, 90),
		};
		assert.deepEqual(summarizeTrip(filled).fuel, { consumption: 0, average: null, startLevel: 0, endLevel: 90 });
	});

	it("tells a trip under way", () => {
		assert.equal(summarizeTrip({ done: false }).done, false);
		assert.equal(summarizeTrip({ state: { done: false } }).done, false);
	});

	it("reads times in every spelling, and none of a clock that knows nothing", () => {
		const times = (startedAt: string, stoppedAt: string) => {
			const { startedAt: start, stoppedAt: stop } = summarizeTrip({ startedAt, stoppedAt });
			return [start, stop];
		};
		assert.deepEqual(times("2017-08-10T13:46:39.652+0000", "Mon Jun 03 08:35:36 GMT 2019"), [
			"2017-08-10T13:46:39.652Z",
			"2019-06-03T08:35:36Z",
		]);
		assert.deepEqual(times("1970-01-01T00:00:00Z", "Thu Jan 01 00:00:00 GMT 1970"), [null, null]);
	});

	it("has no place at 0, 0", () => {
		const { start } = summarizeTrip({ startPosition: point(0, 0) });
		assert.deepEqual(start, EMPTY.start);
	});

	it("reads times with an offset as UTC and numbers in strings as numbers", () => {
		const summary = summarizeTrip({ startedAt: "2025-05-04T10:00:00+02:00", distance: "54.5", duration: "3600" });
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
		assert.deepEqual(summarizeTrip(odd), EMPTY);
	});

	for (const zero of [0, "0", -0])
		it(`takes an odometer of ${JSON.stringify(zero)} for one that is not known`, () =>
			assert.equal(summarizeTrip({ startMileage: zero }).startOdometer, null));

	for (const nothing of [undefined, null, 7, "trip", [], {}, { stats: null, locations: [], state: 1 }]) {
		it(`has every key for ${JSON.stringify(nothing)}`, () => assert.deepEqual(summarizeTrip(nothing), EMPTY));
	}

	it("reads a list of any length", () => {
		const startEnergies = [...Array(300_000).fill({ type: "Electric" }), { type: "Electric", level: 7 }];
		assert.equal(summarizeTrip({ startEnergies }).electric.startLevel, 7);
	});

	it("has no average speed for a trip that took no time, and no number beyond all numbers", () => {
		assert.equal(summarizeTrip({ distance: 54.5, duration: 5e-324 }).averageSpeed, null);
		assert.equal(summarizeTrip({ distance: 54.5, duration: 0 }).averageSpeed, null);
	});

	it("never throws, keeps its keys, stays plain and changes nothing, whatever the API answers", () => {
		const answers = fc.oneof(anyAnswer, damaged(flat(1, 2)), damaged(nested));
		fc.assert(
			fc.property(answers, (answer) => {
				const before = fc.stringify(answer);
				const summary = summarizeTrip(answer);
				assert.deepEqual(shapeOf(summary), shapeOf(EMPTY));
				assert.ok(isPlain(summary), fc.stringify(summary));
				assert.equal(fc.stringify(answer), before);
			}),
			{ numRuns: 500 },
		);
	});

	withRecorded("trips-page.json", "of a recorded trip", (page) => {
		const [trip] = (page as { _embedded: { trips: unknown[] } })._embedded.trips;
		assert.deepEqual(summarizeTrip(trip), {
			...EMPTY,
			id: "1c4d0001",
			startedAt: "2026-06-16T14:31:24Z",
			stoppedAt: "2026-06-16T15:14:52Z",
			duration: 2608,
			distance: 18,
			averageSpeed: 24.847,
			startOdometer: 149,
			stop: { latitude: 50.7, longitude: -3.4 },
			electric: { consumption: null, average: null, startLevel: 50, endLevel: 46 },
			done: true,
		});
	});

	for (const name of recordedNames()) {
		withRecorded(name, `has every key for ${name}`, (answer) => {
			assert.deepEqual(shapeOf(summarizeTrip(answer)), shapeOf(EMPTY));
		});
	}
});
