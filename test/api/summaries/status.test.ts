import { strict as assert } from "node:assert";
import fc from "fast-check";
import { type StatusSummary, type StatusUnits, summarizeStatus } from "../../../src/api/summaries/status";
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
		nextStart: null,
		updatedAt: null,
	},
	fuel: { level: null, range: null, updatedAt: null },
	odometer: null,
	position: { latitude: null, longitude: null, altitude: null, heading: null, updatedAt: null },
	doors: { locked: null, open: [], updatedAt: null },
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
				nextDelayedTime: "PT12H",
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
					settings: { chargingSpeed: 42, chargingMode: "Slow" },
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
		endsAt: "2025-03-01T11:35:00Z",
		mode: "Slow",
		rate: 42,
		nextStart: "2025-03-01T22:05:00Z",
		updatedAt: T2,
	},
	fuel: { level: 60.5, range: 480, updatedAt: T2 },
	odometer: 12_345.6,
	position: { latitude: 50.5, longitude: 8.25, altitude: 110, heading: 270, updatedAt: T1 },
	doors: { locked: true, open: ["Trunk", "RearWindow"], updatedAt: T2 },
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
		it("the end is unknown when the entry has no time", () => {
			const { energies } = {
				energies: [{ type: "Electric", charging: { status: "InProgress", remainingTime: "PT5M" } }],
			};
			const summarized = summary({ updatedAt: T3, energies }).charging;
			assert.deepEqual([summarized.remaining, summarized.endsAt], [5, null]);
		});
		it("what remains is in minutes, seconds as fractions", () => {
			assert.equal(charging({ remainingTime: "PT1H30S" }).remaining, 60.5);
		});
		it("no delay (PT0S) is no start, even beside an older delay", () => {
			assert.equal(charging({ nextDelayedTime: "PT0S" }).nextStart, null);
			const energies = [electric(T1, {}, { nextDelayedTime: "PT9H" }), electric(T2, {}, { nextDelayedTime: "PT0S" })];
			assert.equal(summary({ energies }).charging.nextStart, null);
		});
		it("the start counts over midnight from the entry's own time", () => {
			assert.equal(charging({ nextDelayedTime: "PT14H30M" }).nextStart, "2025-03-02T00:30:00Z");
		});
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
			["lets a new vehicle have zero", { odometer: { createdAt: T1, mileage: 0 } }, 0],
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

	it("names each open door once and none that is closed or has no name", () => {
		const more = [{ identifier: "Trunk", state: "Open" }, { state: "Open" }, "Driver", null];
		assert.deepEqual(summary({ doorsState: { opening: [...opening, ...more] } }).doors.open, ["Trunk", "RearWindow"]);
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

	withRecorded("status-plugin-hybrid.json", "of a recorded plug-in hybrid", (status) => {
		const recorded = "2025-04-02T07:31:10Z";
		assert.deepEqual(summarizeStatus(status, V4), {
			updatedAt: "2025-04-02T07:34:38Z",
			battery: { level: 100, range: 44, capacity: null, energy: null, health: 95, resistance: 16, updatedAt: recorded },
			charging: {
				plugged: true,
				status: "InProgress",
				remaining: 5,
				endsAt: "2025-04-02T07:36:10Z",
				mode: "Slow",
				rate: 4,
				nextStart: null,
				updatedAt: recorded,
			},
			fuel: { level: 42, range: 210, updatedAt: recorded },
			odometer: 27_527.9,
			position: { latitude: 51.1, longitude: 16.1, altitude: 144, heading: 64, updatedAt: "2025-04-02T06:29:44Z" },
			doors: { locked: null, open: [], updatedAt: null },
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
		});
	});

	for (const name of recordedNames()) {
		withRecorded(name, `has every key for ${name}`, (answer) => {
			assert.deepEqual(shapeOf(summarizeStatus(answer, V4)), shapeOf(EMPTY));
		});
	}
});
