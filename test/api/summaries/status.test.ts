import { strict as assert } from "node:assert";
import fc from "fast-check";
import { type StatusUnits, summarizeStatus } from "../../../src/api/summaries/status";
import type { StatusSummary } from "../../../src/api/summaries/status-summary";
import { anyAnswer, damaged, isPlain, shapeOf } from "./arbitrary";
import { recordedNames, withRecorded } from "./recorded";

const V4: StatusUnits = { speed: "km/h" };
const V3 = V4;
const V1: StatusUnits = { speed: "m/s" };

const EMPTY: StatusSummary = {
	updatedAt: null,
	battery: {
		level: null,
		range: null,
		capacity: null,
		energy: null,
		health: null,
		resistance: null,
		updatedAt: null,
	},
	charging: {
		plugged: null,
		status: null,
		remaining: null,
		endsAt: null,
		mode: null,
		rate: null,
		limit: null,
		nextStart: null,
		updatedAt: null,
	},
	fuel: { level: null, range: null, updatedAt: null },
	odometer: null,
	position: { latitude: null, longitude: null, altitude: null, heading: null, updatedAt: null },
	doors: { locked: null, open: [], updatedAt: null },
	windows: { open: [], updatedAt: null },
	climate: { status: null, failureCause: null, updatedAt: null },
	ignition: null,
	moving: null,
	speed: null,
	outsideTemperature: null,
	auxiliaryBattery: null,
	privacy: null,
	alarm: null,
	maintenance: { days: null, distance: null },
	alerts: [],
	suspect: [],
};

const OLD = "2025-01-01T06:00:00Z";
const T1 = "2025-03-01T10:00:00Z";
const T2 = "2025-03-01T10:05:00Z";
const T3 = "2025-03-01T10:10:00Z";

const electric = (createdAt: string, values: object, charging?: object, battery?: object) => ({
	createdAt,
	type: "Electric",
	subType: "ElectricEnergy",
	...values,
	extension: { electric: { charging, battery } },
});
const fuel = (createdAt: string, values: object) => ({ createdAt, type: "Fuel", subType: "FossilEnergy", ...values });
const summary = (resource: object, units = V4) => summarizeStatus(resource, units);

const position = {
	type: "Feature",
	geometry: { type: "Point", coordinates: [8.25, 50.5, 110] },
	properties: { createdAt: T1, heading: 270, type: "Acquire", fixStatus: "3D" },
};
const battery = {
	load: { createdAt: T2, capacity: 46_500, residual: 34_875 },
	health: { createdAt: T1, capacity: 97, resistance: 12 },
};
const opening = [
	{ identifier: "Driver", state: "Closed" },
	{ identifier: "Trunk", state: "Open" },
	{ identifier: "RearWindow", state: "Open" },
];

// What user-v4 and fleet-v3 tell alike.
const common = {
	updatedAt: T3,
	createdAt: T1,
	energies: [
		electric(
			T2,
			{ level: 75, autonomy: 231 },
			{
				plugged: true,
				status: "InProgress",
				remainingTime: "PT1H30M",
				chargingRate: 42,
				chargingMode: "Slow",
				nextDelayedTime: "PT22H5M",
				type: "Partial",
			},
			battery,
		),
		fuel(T2, { level: 60.5, autonomy: 480 }),
	],
	odometer: { createdAt: T2, mileage: 12_345.6 },
	doorsState: { createdAt: T2, lockedStates: ["Locked"], opening },
	preconditioning: { airConditioning: { createdAt: T2, status: "Failure", failureCause: "LowBattery" } },
	ignition: { createdAt: T2, type: "Stop" },
	kinetic: { createdAt: T2, moving: true, speed: 50.4 },
	environment: { air: { createdAt: T2, temp: -4.5 }, luminosity: { createdAt: T2, day: true } },
	battery: { createdAt: T2, voltage: 86 },
	privacy: { createdAt: T2, state: "None" },
	alarm: { status: { createdAt: T2, activation: "Inactive" }, trigger: { createdAt: OLD, type: "NoBreakIn" } },
	service: { createdAt: T2, type: "Hybrid" },
	lastPosition: position,
	safety: { somethingNew: [1] },
};
const v4 = common;
// fleet-v3 tells mileage and motion apart from the rest.
const { odometer, kinetic, ...rest } = common;
const v3 = { ...rest, vin: "VR1XXXXXXXX000007", _embedded: { extension: { odometer, kinetic } } };
const v1 = {
	createdAt: T1,
	updatedAt: T3,
	vehicle: {
		energies: [
			electric(
				T2,
				{ level: 75, autonomy: 231 },
				{
					plugged: true,
					status: "InProgress",
					remainingTime: "PT1H30M",
					chargingMode: "Quick",
					settings: { chargingSpeed: 42, chargingMode: "Slow", chargeLimit: "MedPlus" },
				},
				battery,
			),
			fuel(T2, { level: 60.5, autonomy: 480 }),
		],
		odometer,
		doorsState: { createdAt: T2, lockedState: ["Locked"], opening },
		preconditioning: { createdAt: T2, airConditioning: { status: "Failure", failureCause: "LowBattery" } },
		ignition: common.ignition,
		kinetic: { createdAt: T2, moving: true, speed: 14 },
		battery: common.battery,
		alarm: { id: "a1", ...common.alarm },
		propulsion: { createdAt: T2, type: "Hybrid" },
		location: position,
		maintenance: { createdAt: T1, daysBeforeMaintenance: 211, mileageBeforeMaintenance: 9000 },
		alerts: {
			report: { createdAt: T1, reportDetails: [{ type: "OilLevelLow", active: true, severity: "Warning" }] },
			active: {
				createdAt: T2,
				activeAlerts: [
					{ id: "1", type: "RiskOfIce", active: true, severity: "Information", startedAt: T1 },
					{ id: "2", type: "FuelLevelLow", active: false, severity: "Warning", startedAt: T1 },
				],
			},
		},
	},
	environment: common.environment,
	privacy: common.privacy,
};

const SUMMARY: StatusSummary = {
	updatedAt: T3,
	battery: { level: 75, range: 231, capacity: 46.5, energy: 34.875, health: 97, resistance: 12, updatedAt: T2 },
	charging: {
		plugged: true,
		status: "InProgress",
		remaining: 90,
		endsAt: "2025-03-01T11:40:00Z",
		mode: "Slow",
		rate: 42,
		limit: "Partial",
		nextStart: "22:05",
		updatedAt: T2,
	},
	fuel: { level: 60.5, range: 480, updatedAt: T2 },
	odometer: 12_345.6,
	position: { latitude: 50.5, longitude: 8.25, altitude: 110, heading: 270, updatedAt: T1 },
	doors: { locked: true, open: ["Trunk"], updatedAt: T2 },
	windows: { open: ["RearWindow"], updatedAt: T2 },
	climate: { status: "Failure", failureCause: "LowBattery", updatedAt: T2 },
	ignition: "Stop",
	moving: true,
	speed: 50.4,
	outsideTemperature: -4.5,
	auxiliaryBattery: 86,
	privacy: "None",
	alarm: "Inactive",
	maintenance: { days: null, distance: null },
	alerts: [],
	suspect: [],
};

describe("summary of a status", () => {
	describe("is the same for one state told by", () => {
		it("user-v4, at top level", () => assert.deepEqual(summary(v4, V4), SUMMARY));
		it("fleet-v3, with mileage and motion in its extension", () => assert.deepEqual(summary(v3, V3), SUMMARY));
		it("accounts-v1, nested, in m/s, with maintenance and alerts but programs instead of a delay", () => {
			assert.deepEqual(summary(v1, V1), {
				...SUMMARY,
				charging: { ...SUMMARY.charging, nextStart: null },
				maintenance: { days: 211, distance: 9000 },
				alerts: ["RiskOfIce"],
			});
		});
	});

	it("has km/h without the noise of binary fractions", () => {
		assert.equal(summary({ vehicle: { kinetic: { speed: 13.9 } } }, V1).speed, 50.04);
		assert.equal(summary({ kinetic: { speed: 13.9 } }, V4).speed, 13.9);
	});

	describe("of energies", () => {
		it("isn't misled by the order of entries", () => {
			const entries = [
				electric(T1, { level: 30, autonomy: 90 }),
				electric(T3, { level: 80 }),
				electric(T2, { level: 55, autonomy: 170 }),
			];
			for (const energies of [entries, entries.toReversed()]) {
				const { battery } = summary({ energies });
				assert.deepEqual([battery.level, battery.range, battery.updatedAt], [80, 170, T3]);
			}
		});

		it("names a value once that contradicts two others", () => {
			const battery = { load: { capacity: 10_000, residual: 100 } };
			const energies = [electric(T1, { level: 100, autonomy: 0, battery })];
			assert.deepEqual(summary({ energies }).suspect, ["battery.level", "battery.energy"]);
		});

		it("is as young as its youngest value where it has no time of its own", () => {
			const energies = [electric(T1, { level: 50 })];
			const odometer = { createdAt: T3, mileage: 5 };
			assert.equal(summary({ energies, odometer }).updatedAt, T3);
			assert.equal(summary({ energies, odometer: { ...odometer, mileage: 0 } }).updatedAt, T1, "a placeholder is none");
			assert.equal(summary({ updatedAt: T2, energies, odometer }).updatedAt, T2);
		});

		it("takes the newer of energies and the older energy, by updatedAt too", () => {
			const legacy = {
				type: "Electric",
				createdAt: OLD,
				updatedAt: T3,
				level: 64,
				battery: { capacity: 50_000, health: { capacity: 95 } },
				charging: { plugged: false, status: "Disconnected", chargingMode: "No", remainingTime: "PT0S" },
			};
			const old = electric(
				T1,
				{ level: 40 },
				{ plugged: true, status: "InProgress", remainingTime: "PT2H", chargingRate: 9 },
			);
			for (const energy of [legacy, [legacy]]) {
				const { battery, charging } = summary({ energies: [old], energy });
				assert.deepEqual([battery.level, battery.capacity, battery.health], [64, 50, 95]);
				assert.deepEqual(charging, {
					plugged: false,
					status: "Disconnected",
					remaining: 0,
					endsAt: null,
					mode: "No",
					rate: null,
					limit: null,
					nextStart: null,
					updatedAt: T3,
				});
			}
		});

		it("takes no battery for one without capacity", () => {
			const unknown = { capacity: 50_000, load: { capacity: 0, residual: 0 } };
			const { capacity, energy } = summary({ energies: [electric(T1, {}, {}, unknown)] }).battery;
			assert.deepEqual([capacity, energy], [50, 0]);
			assert.equal(summary({ energies: [electric(T1, {}, {}, { capacity: 0 })] }).battery.capacity, null);
		});

		it("prefers an entry with a time to one without", () => {
			const timeless = { type: "Electric", level: 1 };
			assert.equal(summary({ energies: [timeless, electric(OLD, { level: 50 })] }).battery.level, 50);
			assert.equal(summary({ energies: [timeless] }).battery.level, 1);
		});

		const nothing = { level: null, range: null, updatedAt: null };
		const full = { level: 42, range: 400 };
		const drives: [string, object, number | null][] = [
			[
				"an electric car's empty and old one",
				{ service: { type: "Electric" }, energies: [fuel(OLD, { level: 0 }), electric(T1, { level: 70 })] },
				null,
			],
			[
				"an electric car's empty one of today",
				{ service: { type: "Electric" }, energies: [fuel(T1, { level: 0, autonomy: 0 }), electric(T1, { level: 70 })] },
				null,
			],
			[
				"an electric car's old one",
				{ service: { type: "Electric" }, energies: [fuel(OLD, full), electric(T1, { level: 70 })] },
				null,
			],
			[
				"an electric car's newer empty one",
				{ service: { type: "Electric" }, energies: [fuel(T3, { level: 0 }), electric(T1, { level: 70 })] },
				null,
			],
			[
				"an electric car's one without level",
				{ vehicle: { propulsion: { type: "Electric" }, energies: [fuel(T3, {}), electric(T1, { level: 70 })] } },
				null,
			],
			[
				"an old and empty one of a car that doesn't say",
				{ service: { type: "Unknown" }, energies: [fuel(OLD, { level: 0 }), electric(T1, { level: 70 })] },
				null,
			],
			[
				"a hybrid that drives electrically",
				{
					vehicle: {
						propulsion: { type: "Electric" },
						energies: [fuel(T1, { level: 42 }), electric(T2, { level: 70 })],
					},
				},
				42,
			],
			[
				"a hybrid with an empty tank",
				{ service: { type: "Hybrid" }, energies: [fuel(T1, { level: 0 }), electric(T2, { level: 70 })] },
				0,
			],
			["a petrol car with an empty tank", { motorization: "Thermic", energies: [fuel(T1, { level: 0 })] }, 0],
			["a petrol car that doesn't say", { energies: [fuel(T1, { level: 0 })] }, 0],
		];
		for (const [title, status, level] of drives) {
			it(`${level === null ? "leaves out" : "keeps"} the fuel of ${title}`, () => {
				const { fuel: tank } = summary(status);
				if (level === null) assert.deepEqual(tank, nothing);
				else assert.equal(tank.level, level);
				if (JSON.stringify(status).includes('"Electric"')) assert.equal(summary(status).battery.level, 70);
			});
		}

		it("leaves out the battery a petrol car doesn't have, but not a hybrid's that is flat", () => {
			const vehicle = {
				propulsion: { type: "Thermal" },
				energies: [electric(T1, { level: 0 }), fuel(T1, { level: 50 })],
			};
			assert.deepEqual(summary({ vehicle }).battery, EMPTY.battery);
			vehicle.energies = [electric(T1, { level: 0 }, { status: "Disconnected" }), fuel(T1, { level: 50 })];
			assert.equal(summary({ vehicle }).battery.level, 0);
		});

		it("passes over a level out of all reason", () => {
			const energies = [electric(T3, { level: 255, autonomy: 65_535 }), electric(T1, { level: 33, autonomy: 101 })];
			const { battery } = summary({ energies });
			assert.deepEqual([battery.level, battery.range, battery.updatedAt], [33, 101, T1]);
		});
	});

	describe("of charging", () => {
		const charging = (values: object, createdAt = T1) =>
			summary({ energies: [electric(createdAt, {}, values)] }).charging;

		const ends: [string, object, string | null][] = [
			[
				"is the entry's own time and what remains",
				{ status: "InProgress", remainingTime: "PT5M" },
				"2025-03-01T10:05:00Z",
			],
			["counts without a status", { remainingTime: "PT20S" }, "2025-03-01T10:00:20Z"],
			["is unknown when nothing charges", { status: "Stopped", remainingTime: "PT5M" }, null],
			["is unknown without a duration", { status: "InProgress", remainingTime: "soon" }, null],
		];
		for (const [title, values, endsAt] of ends) {
			it(`the end ${title}`, () => assert.equal(charging(values).endsAt, endsAt));
		}
		it("the end counts from the youngest time that is known for the state", () => {
			const at = (status: object, createdAt: string | undefined, remainingTime = "PT5M", more: object[] = []) =>
				summary({
					...status,
					energies: [{ createdAt, type: "Electric", charging: { status: "InProgress", remainingTime } }, ...more],
				}).charging;
			assert.equal(at({ updatedAt: T3 }, undefined).endsAt, "2025-03-01T10:15:00Z", "the status' own");
			assert.equal(at({ updatedAt: T3 }, OLD).endsAt, "2025-03-01T10:15:00Z", "not a time that stands still");
			assert.equal(at({ updatedAt: T1 }, T3).endsAt, "2025-03-01T10:15:00Z", "the energy's");
			assert.equal(at({}, OLD, "PT5M", [electric(T2, {}, { status: "InProgress" })]).endsAt, "2025-03-01T10:10:00Z");
			assert.equal(at({ doorsState: { createdAt: T3, opening: [] } }, T1).endsAt, null, "before what else is told");
			for (const younger of [
				{ odometer: { createdAt: T3, mileage: 5 } },
				{ ignition: { createdAt: T3, type: "Stop" } },
				{ updatedAt: OLD, lastPosition: { properties: { createdAt: T3 }, geometry: { coordinates: [1, 2] } } },
				{ updatedAt: T1, environment: { air: { temp: 7, createdAt: T3 } } },
			])
				assert.equal(at(younger, T1).endsAt, null, JSON.stringify(younger));
			assert.deepEqual([at({}, undefined).remaining, at({}, undefined).endsAt], [5, null]);
		});
		it("what remains is in minutes, seconds as fractions", () => {
			assert.equal(charging({ remainingTime: "PT1H30S" }).remaining, 60.5);
		});
		const starts: [unknown, string | null][] = [
			["PT22H5M", "22:05"],
			["PT7H", "07:00"],
			["PT30M", "00:30"],
			["PT80700S", "22:25"],
			["P0DT14H30M59S", "14:30"],
			["PT23H59M59.9S", "23:59"],
			["PT0S", null],
			["PT24H", null],
			["P1D", null],
			["22:05", null],
			["-PT2H", null],
			[79500, null],
			[null, null],
		];
		for (const [nextDelayedTime, nextStart] of starts)
			it(`${JSON.stringify(nextDelayedTime)} starts at ${nextStart}, whenever it was told`, () => {
				for (const status of ["InProgress", "Stopped", undefined])
					for (const createdAt of [OLD, T3])
						assert.equal(charging({ status, nextDelayedTime }, createdAt).nextStart, nextStart);
			});
		it("no delay (PT0S) is no start, even beside an older delay", () => {
			const energies = [electric(T1, {}, { nextDelayedTime: "PT9H" }), electric(T2, {}, { nextDelayedTime: "PT0S" })];
			assert.equal(summary({ energies }).charging.nextStart, null);
		});
		const limits: [object, string | null][] = [
			[{ type: "Full" }, "Full"],
			[{ type: "Partial", settings: { chargeLimit: "High" } }, "Partial"],
			[{ settings: { chargeLimit: "MedPlus" } }, "Partial"],
			[{ settings: { chargeLimit: "High" } }, "Full"],
			[{ settings: { chargeLimit: "constructor" } }, null],
			[{ type: 80 }, null],
		];
		for (const [values, limit] of limits)
			it(`the limit of ${JSON.stringify(values)} is ${limit}`, () => assert.equal(charging(values).limit, limit));
		it("fills what the newest entry leaves out from an older one in the same state", () => {
			const energies = [
				electric(T2, {}, { status: "InProgress" }),
				electric(T1, {}, { status: "InProgress", chargingRate: 30 }),
			];
			assert.equal(summary({ energies }).charging.rate, 30);
		});
	});

	describe("of the odometer", () => {
		const rows: [string, object, number | null][] = [
			[
				"keeps the real one before a later zero",
				{
					odometer: [
						{ createdAt: T1, mileage: 900.5 },
						{ createdAt: T3, mileage: 0 },
					],
				},
				900.5,
			],
			[
				"keeps the extension's before a later zero",
				{
					odometer: { createdAt: T3, mileage: 0 },
					_embedded: { extension: { odometer: { createdAt: T1, mileage: 8 } } },
				},
				8,
			],
			[
				"takes the later of two real ones",
				{ odometer: { createdAt: T1, mileage: 8 }, vehicle: { odometer: { createdAt: T2, mileage: 9 } } },
				9,
			],
			["has none for zero, which parked cars tell", { odometer: { createdAt: T1, mileage: 0 } }, null],
			["reads the old name with a dot", { "timed.odometer": { createdAt: null, mileage: 1107.5 } }, 1107.5],
			["drops what no vehicle has driven", { odometer: { createdAt: T1, mileage: 16_777_215 } }, null],
		];
		for (const [title, status, mileage] of rows) it(title, () => assert.equal(summary(status).odometer, mileage));
	});

	describe("of the position", () => {
		const at = (coordinates: unknown, properties: object) => ({
			type: "Feature",
			geometry: { type: "Point", coordinates },
			properties,
		});

		it("never mixes two places", () => {
			const lastPosition = [at([8, 50, 100], { createdAt: T1, heading: 90 }), at([9, 51], { createdAt: T2 })];
			assert.deepEqual(summary({ lastPosition }).position, {
				latitude: 51,
				longitude: 9,
				altitude: null,
				heading: null,
				updatedAt: T2,
			});
		});
		it("passes over a newer one that is no place", () => {
			const lastPosition = [
				at([8, 50], { createdAt: T1 }),
				at([8, 500], { createdAt: T2 }),
				at(null, { createdAt: T3 }),
			];
			assert.equal(summary({ lastPosition }).position.latitude, 50);
		});
		it("passes over 0, 0, which is nowhere", () => {
			const lastPosition = [at([8, 50], { createdAt: T1 }), at([0, 0, 0], { createdAt: T3 })];
			const { latitude, updatedAt } = summary({ lastPosition }).position;
			assert.deepEqual([latitude, updatedAt], [50, T1]);
			assert.deepEqual(summary({ lastPosition: at([0, 0], { createdAt: T3 }) }).position, EMPTY.position);
			assert.equal(summary({ lastPosition: at([0, 51.5], {}) }).position.longitude, 0);
		});
		it("drops only the heading when the heading is none", () => {
			const { latitude, heading } = summary({ vehicle: { location: at([8, 50], { heading: 361 }) } }).position;
			assert.deepEqual([latitude, heading], [50, null]);
		});
	});

	describe("of the doors: locked is", () => {
		const rows: [unknown, boolean | null][] = [
			[["Locked"], true],
			[["SuperLocked"], true],
			[["Locked", "SomethingNew"], true],
			["Locked", true],
			[["Unlocked"], false],
			[["Locked", "TrunkUnLocked"], false],
			[["Locked", "DriverDoorUnlocked"], false],
			[["SuperLocked", "PassengerDoorUnlocked"], false],
			[["CabinDoorsUnlocked", "CargoDoorsLocked"], false],
			[["CargoDoorsLocked"], false],
			[["SomethingNew"], null],
			[[], null],
			[[null, 7], null],
			[null, null],
		];
		for (const [states, locked] of rows) {
			it(`${locked} for ${JSON.stringify(states)}`, () => {
				assert.equal(summary({ doorsState: { lockedStates: states } }).doors.locked, locked);
				assert.equal(summary({ vehicle: { doorsState: { lockedState: states } } }).doors.locked, locked);
			});
		}
	});

	it("names each open door and window once and none that is closed or has no name", () => {
		const more = [{ identifier: "Trunk", state: "Open" }, { state: "Open" }, "Driver", null];
		const { doors, windows } = summary({ doorsState: { createdAt: T1, opening: [...opening, ...more] } });
		assert.deepEqual([doors.open, windows.open, windows.updatedAt], [["Trunk"], ["RearWindow"], T1]);
	});

	it("keeps the roof apart from the doors, and the bonnet with them", () => {
		const open = ["HoodDoor", "RoofWindow", "Driver", "SunRoof"].map((identifier) => ({ identifier, state: "Open" }));
		const { doors, windows } = summary({ doorsState: { createdAt: T1, lockedStates: ["Locked"], opening: open } });
		assert.deepEqual(
			[doors.open, windows.open],
			[
				["HoodDoor", "Driver"],
				["RoofWindow", "SunRoof"],
			],
		);
		const locked = summary({ doorsState: { createdAt: T1, lockedStates: ["Locked"] } });
		assert.deepEqual([locked.doors.updatedAt, locked.windows], [T1, { open: [], updatedAt: null }]);
	});

	it("takes the fresher of preconditioning and preconditionning, without an older failure's cause", () => {
		const climate = (createdAt: string, values: object) => ({ airConditioning: { createdAt, ...values } });
		const failed = climate(T1, { status: "Failure", failureCause: "DoorOpened" });
		const running = climate(T2, { status: "Enabled" });
		const expected = { status: "Enabled", failureCause: null, updatedAt: T2 };
		assert.deepEqual(summary({ preconditioning: failed, preconditionning: running }).climate, expected);
		assert.deepEqual(summary({ preconditioning: running, preconditionning: failed }).climate, expected);
	});

	it("gives a parked vehicle no speed of an earlier drive", () => {
		const drive = { createdAt: T1, moving: true, speed: 90 };
		const { moving, speed } = summary({
			kinetic: { createdAt: T2, moving: false },
			_embedded: { extension: { kinetic: drive } },
		});
		assert.deepEqual([moving, speed], [false, null]);
	});

	it("tells overdue maintenance as negative", () => {
		const maintenance = { daysBeforeMaintenance: -3, mileageBeforeMaintenance: -120.5 };
		assert.deepEqual(summary({ maintenance }).maintenance, { days: -3, distance: -120.5 });
	});

	describe("of alerts", () => {
		const report = (createdAt: string, ...reportDetails: object[]) => ({ createdAt, reportDetails });
		const active = (createdAt: string, ...activeAlerts: unknown[]) => ({ createdAt, activeAlerts });
		const rows: [string, object, string[]][] = [
			[
				"are the active ones",
				{ active: active(T1, { type: "A" }, { type: "B", active: false }, { type: "C", endAt: T1 }) },
				["A"],
			],
			["come once each", { active: active(T1, { type: "A" }, { type: "A" }, "B") }, ["A", "B"]],
			[
				"come from the report alone",
				{ report: report(T1, { type: "A", active: true }, { type: "B", active: false }, { type: "C" }) },
				["A"],
			],
			["end with a newer empty list", { report: report(T1, { type: "A", active: true }), active: active(T2) }, []],
			[
				"grow and end with a newer report",
				{
					report: report(T2, { type: "A", active: false }, { type: "B", active: true }),
					active: active(T1, { type: "A" }, { type: "C" }),
				},
				["B", "C"],
			],
			[
				"survive nonsense",
				{ report: 7, active: active(T1, null, 7, [], { type: 3 }, { type: "__proto__" }) },
				["__proto__"],
			],
		];
		for (const [title, alerts, types] of rows) {
			it(title, () => assert.deepEqual(summary({ vehicle: { alerts } }).alerts, types));
		}
	});

	describe("of times", () => {
		const spellings: [unknown, string | null][] = [
			["2017-08-10T13:46:39.652+0000", "2017-08-10T13:46:39.652Z"],
			["2017-08-10T13:46:39+0200", "2017-08-10T11:46:39Z"],
			["2017-08-10T13:46:39-07", "2017-08-10T20:46:39Z"],
			["Mon Jun 03 08:35:36 GMT 2019", "2019-06-03T08:35:36Z"],
			["Mon Jun 03 08:35:36 UTC 2019", "2019-06-03T08:35:36Z"],
			["Mon Jun 03 08:35:36 CEST 2019", "2019-06-03T06:35:36Z"],
			["Sun Dec 01 00:30:00 GMT+01:00 2019", "2019-11-30T23:30:00Z"],
			["2025-03-01t10:10:00z", "2025-03-01T10:10:00Z"],
			["2025-03-01 10:10:00", "2025-03-01T10:10:00Z"],
			["2025-03-01T10:10:00.123456Z", "2025-03-01T10:10:00.123456Z"],
			["2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"],
			["1970-01-01T00:00:00Z", null],
			["1970-01-20T11:22:33.000+0000", null],
			["Thu Jan 01 00:00:00 GMT 1970", null],
			["0001-01-01T00:00:00Z", null],
			["2025-02-30T10:00:00Z", null],
			["Mon Feb 30 08:35:36 GMT 2019", null],
			["Mon Jun 03 08:35:36 XYZ 2019", null],
			["Mon Foo 03 08:35:36 GMT 2019", null],
			["Mon Jun 03 25:35:36 GMT 2019", null],
			["9999-12-31T23:59:59-12:00", null],
			["yesterday", null],
			["", null],
			[` ${"2".repeat(100_000)}`, null],
			[1_496_000_000_000, null],
		];
		for (const [told, time] of spellings)
			it(`reads ${JSON.stringify(told).slice(0, 60)} as ${time}, wherever it stands`, () => {
				const of = (createdAt: unknown) =>
					summary({
						updatedAt: createdAt,
						energies: [electric(createdAt as string, { level: 5 })],
						doorsState: { createdAt, opening: [] },
						lastPosition: { geometry: { coordinates: [8, 50] }, properties: { createdAt } },
						preconditioning: { airConditioning: { createdAt, status: "Enabled" } },
					});
				const { updatedAt, battery, doors, windows, position, climate } = of(told);
				for (const each of [updatedAt, ...[battery, doors, windows, position, climate].map((part) => part.updatedAt)])
					assert.equal(each, time);
			});
		it("orders entries of any spelling", () => {
			const newer = electric("2017-08-11T13:46:39.652+0000", { level: 20 });
			const older = electric("2017-08-10T13:46:39.652+0000", { level: 10 });
			for (const energies of [
				[newer, older],
				[older, newer],
			]) {
				const { level, updatedAt } = summary({ energies }).battery;
				assert.deepEqual([level, updatedAt], [20, "2017-08-11T13:46:39.652Z"]);
			}
		});
		it("converts an offset to UTC and reads none as UTC", () => {
			assert.equal(summary({ updatedAt: "2025-03-01T12:10:00.5+02:00" }).updatedAt, "2025-03-01T10:10:00.500Z");
			assert.equal(summary({ createdAt: "2025-03-01T10:10:00" }).updatedAt, T3);
		});
		it("takes the later of createdAt and updatedAt", () => {
			assert.equal(summary({ createdAt: T2, updatedAt: T1 }).updatedAt, T2);
		});
		it("takes the freshest part's when the status has none", () => {
			const status = {
				updatedAt: "never",
				doorsState: { createdAt: T1, opening: [] },
				energies: [electric(T2, { level: 5 })],
			};
			assert.equal(summary(status).updatedAt, T2);
		});
	});

	describe("suspects", () => {
		const battery = (level: number, range?: number, load?: object) =>
			summary({ energies: [electric(T1, { level, autonomy: range }, undefined, load && { load })] }).suspect;
		const charge = (charging: object) => summary({ energies: [electric(T1, {}, charging)] }).suspect;
		const rows: [string, string[], string[]][] = [
			["a full battery that goes nowhere", battery(100, 0), ["battery.level"]],
			["an empty one that goes far", battery(0, 200), ["battery.level"]],
			["no battery that is low", battery(4, 0), []],
			[
				"a level far from what the battery holds",
				battery(80, 200, { capacity: 37_000, residual: 18_000 }),
				["battery.level", "battery.energy"],
			],
			["no level near it", battery(80, 200, { capacity: 37_000, residual: 27_000 }), []],
			["no capacity alone", battery(80, 200, { capacity: 37_000 }), []],
			[
				"a charge without a plug",
				charge({ plugged: false, status: "InProgress" }),
				["charging.plugged", "charging.status"],
			],
			["a plug in nothing", charge({ plugged: true, status: "Disconnected" }), ["charging.plugged", "charging.status"]],
			[
				"what remains of a charge that has stopped",
				charge({ plugged: true, status: "Stopped", remainingTime: "PT3H" }),
				["charging.remaining"],
			],
			[
				"what remains of the charge of a car that is not plugged",
				charge({ plugged: false, remainingTime: "PT3H" }),
				["charging.remaining"],
			],
			[
				"nothing that remains of a charge that is over",
				charge({ plugged: true, status: "Finished", remainingTime: "PT0S" }),
				[],
			],
			["nothing in a state that it doesn't know", charge({ status: "Waiting", remainingTime: "PT3H" }), []],
			[
				"a full tank that goes nowhere",
				summary({ energies: [fuel(T1, { level: 50, autonomy: 0 })] }).suspect,
				["fuel.level"],
			],
			["a standing car that is fast", summary({ kinetic: { moving: false, speed: 50 } }).suspect, ["moving", "speed"]],
		];
		for (const [title, suspect, paths] of rows) it(title, () => assert.deepEqual(suspect, paths));

		it("no end of a charge of a car that is not plugged", () => {
			const { endsAt, remaining } = summary({
				energies: [electric(T1, {}, { plugged: false, remainingTime: "PT3H" })],
			}).charging;
			assert.deepEqual([endsAt, remaining], [null, 180]);
		});
		it("but tells what was sent", () => {
			const { level, range } = summary({ energies: [electric(T1, { level: 100, autonomy: 0 })] }).battery;
			assert.deepEqual([level, range], [100, 0]);
		});
	});

	it("reads numbers in strings as numbers", () => {
		const { battery, outsideTemperature } = summary({
			energies: [electric(T1, { level: "75.5" })],
			environment: { air: { temp: "-3" } },
		});
		assert.deepEqual([battery.level, outsideTemperature], [75.5, -3]);
	});

	it("is null where a value is of a wrong type or out of all reason", () => {
		const odd = {
			updatedAt: 1_746_345_600_000,
			energies: [
				electric(
					"x",
					{ level: Number.NaN, autonomy: "" },
					{ plugged: "yes", status: 4, remainingTime: 5, chargingRate: -1 },
					{ capacity: 0, load: { residual: "?" }, health: { capacity: 101 } },
				),
			],
			energy: "none",
			odometer: { mileage: -1 },
			lastPosition: { geometry: { coordinates: ["a", "b"] } },
			doorsState: { lockedStates: {}, opening: { identifier: "Trunk", state: "Open" } },
			preconditioning: { airConditioning: { status: null } },
			ignition: "Stop",
			kinetic: { moving: 1, speed: 1e9 },
			environment: { air: { temp: 215 } },
			battery: { voltage: 255 },
			privacy: { state: 0 },
			alarm: { status: "Active" },
			maintenance: { daysBeforeMaintenance: 1e12 },
			alerts: "many",
		};
		assert.deepEqual(summary(odd), EMPTY);
	});

	for (const nothing of [undefined, null, 7, "status", [], {}, { vehicle: null, energies: [null, 3, []] }]) {
		it(`has every key for ${JSON.stringify(nothing)}`, () => assert.deepEqual(summarizeStatus(nothing, V1), EMPTY));
	}

	it("trusts nothing inherited", () => {
		const hostile = JSON.parse(
			'{"__proto__": {"privacy": {"state": "Full"}}, "constructor": {"prototype": {"odometer": 1}}}',
		);
		assert.deepEqual(summary(hostile), EMPTY);
		assert.deepEqual(summary(Object.create({ privacy: { state: "Full" } })), EMPTY);
	});

	it("reads a list of any length", () => {
		const energies = [...Array(300_000).fill({ type: "Electric" }), electric(T1, { level: 7 })];
		assert.equal(summary({ energies }).battery.level, 7);
	});

	it("never throws, keeps its keys, stays plain and changes nothing, whatever the API answers", () => {
		const answers = fc.oneof(anyAnswer, damaged(v4), damaged(v3), damaged(v1));
		fc.assert(
			fc.property(answers, fc.constantFrom(V4, V1), (answer, units) => {
				const before = fc.stringify(answer);
				const summarized = summarizeStatus(answer, units);
				assert.deepEqual(shapeOf(summarized), shapeOf(EMPTY));
				assert.ok(isPlain(summarized), fc.stringify(summarized));
				assert.equal(fc.stringify(answer), before);
			}),
			{ numRuns: 1000 },
		);
	});

	it("is the same in whatever order the entries come", () => {
		const time = fc
			.integer({ min: 0, max: 59 })
			.map((minute) => `2025-03-01T10:${String(minute).padStart(2, "0")}:00Z`);
		const entry = fc.record({
			createdAt: time,
			type: fc.constant("Electric"),
			level: fc.integer({ min: -5, max: 105 }),
		});
		const energies = fc.uniqueArray(entry, { selector: ({ createdAt }) => createdAt });
		fc.assert(
			fc.property(energies, (entries) => {
				const forth = summary({ energies: entries });
				assert.deepEqual(forth, summary({ energies: entries.toReversed() }));
				const sensible = entries.filter(({ level }) => level >= 0 && level <= 100).map(({ createdAt }) => createdAt);
				assert.equal(forth.battery.updatedAt, sensible.sort().at(-1) ?? null);
			}),
		);
	});

	it("tells the youngest of everything, whatever the spelling of times, the order of entries and what contradicts what", () => {
		const DAY = 86_400_000;
		const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
		const spellings: ((date: Date) => string)[] = [
			(date) => date.toISOString(),
			(date) => date.toISOString().replace(".000Z", "Z"),
			(date) => date.toISOString().replace("Z", "+0000"),
			(date) => date.toISOString().slice(0, 19),
			(date) => new Date(date.getTime() + 2 * 3_600_000).toISOString().replace(".000Z", "+02:00"),
			(date) => {
				const [day, clock] = [date.toISOString().slice(8, 10), date.toISOString().slice(11, 19)];
				return `Mon ${MONTHS[date.getUTCMonth()]} ${day} ${clock} GMT ${date.getUTCFullYear()}`;
			},
		];
		const spelled = (ms: number, how: number) => spellings[how % spellings.length]?.(new Date(ms)) ?? "";
		const start = Date.UTC(2025, 0);
		const time = fc.integer({ min: 0, max: 300 * 24 }).map((hours) => start + hours * 3_600_000);
		const entry = fc.record({
			time,
			how: fc.nat(),
			level: fc.integer({ min: -5, max: 105 }),
			autonomy: fc.constantFrom(0, 5, 300, undefined),
			remainingTime: fc.constantFrom("PT0S", "PT3H15M", "PT10H30M", "soon", undefined),
			status: fc.constantFrom("InProgress", "Stopped", "Disconnected", undefined),
			plugged: fc.constantFrom(true, false, undefined),
		});
		const entries = fc.uniqueArray(entry, { selector: ({ time: ms }) => ms, maxLength: 6 });
		const own = fc.option(fc.tuple(time, fc.nat()), { nil: undefined });
		fc.assert(
			fc.property(entries, own, (told, status) => {
				const energies = told.map(({ time: ms, how, level, autonomy, ...charging }) =>
					electric(spelled(ms, how), { level, autonomy }, charging),
				);
				const updatedAt = status && spelled(...status);
				const forth = summary({ updatedAt, energies });
				assert.deepEqual(forth, summary({ updatedAt, energies: energies.toReversed() }));
				const { battery, charging } = forth;
				const levels = told.filter(({ level }) => level >= 0 && level <= 100).sort((a, b) => b.time - a.time);
				assert.equal(battery.level, levels[0]?.level ?? null);
				if (levels[0]) assert.ok(Date.parse(battery.updatedAt ?? "") >= levels[0].time);
				if (status) assert.equal(Date.parse(forth.updatedAt ?? ""), status[0]);
				if (charging.endsAt) {
					assert.ok(Date.parse(charging.endsAt) >= Date.parse(forth.updatedAt ?? ""), "ends before the answer");
					assert.ok(Date.parse(charging.endsAt) <= start + 302 * DAY);
				}
			}),
			{ numRuns: 300 },
		);
	});

	withRecorded("status-plugin-hybrid.json", "of a recorded plug-in hybrid", (status) => {
		const recorded = "2025-04-02T07:31:10Z";
		assert.deepEqual(summarizeStatus(status, V4), {
			updatedAt: "2025-04-02T07:34:38Z",
			battery: { level: 100, range: 44, capacity: null, energy: null, health: 95, resistance: 16, updatedAt: recorded },
			charging: {
				plugged: true,
				status: "InProgress",
				remaining: 5,
				endsAt: "2025-04-02T07:39:38Z",
				mode: "Slow",
				rate: 4,
				limit: null,
				nextStart: null,
				updatedAt: recorded,
			},
			fuel: { level: 42, range: 210, updatedAt: recorded },
			odometer: 27_527.9,
			position: { latitude: 51.1, longitude: 16.1, altitude: 144, heading: 64, updatedAt: "2025-04-02T06:29:44Z" },
			doors: { locked: null, open: [], updatedAt: null },
			windows: { open: [], updatedAt: null },
			climate: { status: "Disabled", failureCause: null, updatedAt: recorded },
			ignition: "Stop",
			moving: false,
			speed: null,
			outsideTemperature: 11.5,
			auxiliaryBattery: 85,
			privacy: "None",
			alarm: "Active",
			maintenance: { days: null, distance: null },
			alerts: [],
			suspect: [],
		});
	});

	for (const name of recordedNames()) {
		withRecorded(name, `has every key for ${name}`, (answer) => {
			assert.deepEqual(shapeOf(summarizeStatus(answer, V4)), shapeOf(EMPTY));
		});
	}
});
