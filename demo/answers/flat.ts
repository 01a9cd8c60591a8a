/**
 * Vehicles, states and trips as user-v4 and fleet-v3 write them: data at top level, durations in seconds.
 * Sources: user-v4.openapi.yaml and fleet-v3.openapi.yaml (`Vehicle`, `Status`, `Trip`, `Telemetry`) and real answers of user-v4.
 */
import type { Json } from "../base/json";
import { iso, minute } from "../base/time";
import { type Ability, can } from "../world/ability";
import { pictureOf } from "../world/pictures";
import type { SimulatedTrip } from "../world/plan";
import { headingOn, oneDecimal, type VehicleState } from "../world/state";
import type { SimulatedVehicle } from "../world/vehicles";
import { spelled } from "./programs";
import { fleetLink, link, type Reader, vehiclePath, type Wanted } from "./reader";
import { bornAt, duration, feature, lastFix, levels, openings, remainingTime, theft, vinWhereShared } from "./wording";

/** What `extension` may ask for on a vehicle. */
export const extensions = ["onboardCapabilities", "branding", "pictures"] as const;

export function vehicle(reader: Reader, car: SimulatedVehicle, wanted: Wanted): Json {
	const base = vehiclePath(reader, car);
	const { channels, monitors, user } = reader.family;
	const locale = reader.query.get("locale");
	const links: Json = {
		self: link(reader, locale ? `${base}?locale=${encodeURIComponent(locale)}` : base),
		callbacks: link(reader, channels.path),
		remotes: link(reader, `${base}/callbacks/{cbid}/remotes`),
		monitors: link(reader, monitors.path.replace("{id}", car.id).replace("{channel}", "{cbid}")),
		...(user ? { user: link(reader, user) } : {}),
		...fleetLink(reader),
	};
	for (const rel of ["status", "lastPosition", "telemetry", "trips", "alerts", "alarms", "collisions", "maintenance"]) {
		links[rel] = link(reader, `${base}/${rel}`);
	}
	const extension = Object.fromEntries(extensions.filter(wanted).map((name) => [name, extensionOf(reader, car, name)]));
	return {
		_links: links,
		id: car.id,
		vin: car.vin,
		motorization: car.motorization,
		brand: car.brand,
		...(reader.family.vehicleLabel ? { label: car.label } : {}),
		pictures: [pictureOf(car.looks)],
		...(Object.keys(extension).length > 0 ? { _embedded: { extension } } : {}),
	};
}

/** One extension of a vehicle (`VehicleExtension` of both documents). */
export function extensionOf(reader: Reader, car: SimulatedVehicle, name: (typeof extensions)[number]): unknown {
	if (name === "branding") return { brand: car.brand, label: car.label };
	if (name === "pictures") return [pictureOf(car.looks)];
	const electric = can(car, "charging");
	const feature = (scope: Ability) => ({ supported: can(car, scope), scopeName: `remote:${scope}:write` });
	return {
		data: ["data:telemetry", "data:position", "data:trip", "data:alert", "data:collision"],
		remote: {
			preconditioning: {
				...feature("preconditioning"),
				parameters: { programs: { size: 4 }, immediate: electric },
			},
			charging: {
				...feature("charging"),
				parameters: {
					immediate: { start: electric, stop: electric },
					schedule: {
						programs: { supported: electric, size: 2 },
						nextDelayedTime: electric,
						preferences: { level: electric, type: electric },
					},
				},
			},
			door: feature("door"),
			horn: feature("horn"),
			lights: feature("lights"),
			wakeup: feature("wakeup"),
			navigation: feature("navigation"),
			...(reader.family.histories.thefts ? { stolen: { supported: can(car, "stolen") } } : {}),
		},
	};
}

/** The latest state of a vehicle (`Status`). */
export function status(reader: Reader, state: VehicleState): Json {
	const createdAt = iso(state.updatedAt);
	const fix = lastFix(state);
	const electricOnly = state.vehicle.motorization === "Electric";
	const { histories, olderSpelling } = reader.family;
	return {
		...vinWhereShared(reader, state.vehicle),
		createdAt,
		updatedAt: createdAt,
		...(fix ? { lastPosition: feature(fix) } : {}),
		engines: [{ createdAt, type: electricOnly ? "Electric" : "Thermic", speed: state.driving ? 1800 : 0 }],
		ignition: { createdAt, type: state.driving ? "Start" : "Stop" },
		powertrain: { createdAt, status: state.driving ? "Running" : "Stopped" },
		battery: { createdAt, voltage: state.auxiliaryBattery },
		privacy: { createdAt, state: state.vehicle.privacy ? "Geolocation" : "None" },
		service: { createdAt, type: state.vehicle.motorization === "Thermic" ? "Unknown" : state.vehicle.motorization },
		environment: { luminosity: { createdAt, day: state.daylight }, air: { createdAt, temp: state.outsideTemperature } },
		drivingBehavior: { createdAt, mode: electricOnly ? "Eco" : "Normal" },
		odometer: { createdAt, mileage: oneDecimal(state.odometer) },
		kinetic: { createdAt, moving: state.driving, ...(state.driving ? { speed: state.speed } : {}) },
		doorsState: doorsState(state),
		alarm: { status: { createdAt, activation: state.locked ? "Active" : "Inactive" } },
		_links: statusLinks(reader, state.vehicle),
		...(histories.thefts && state.theft
			? { stolen: theft(reader, state.vehicle, state.theft, reader.model.now()) }
			: {}),
		preconditioning: { airConditioning: airConditioning(state) },
		energies: energies(state),
		...(olderSpelling ? inOlderSpelling(state) : {}),
	};
}

/** Locks and doors. */
export function doorsState(state: VehicleState): Json {
	const lockedStates = [state.locked ? "Locked" : "Unlocked"];
	return { createdAt: iso(state.updatedAt), lockedStates, opening: openings(state) };
}

/** `Status` of a car that has never sent anything: what the document demands, and nothing of the car. */
export function emptyStatus(reader: Reader, car: SimulatedVehicle): Json {
	return { ...vinWhereShared(reader, car), createdAt: bornAt, _links: statusLinks(reader, car) };
}

function statusLinks(reader: Reader, car: SimulatedVehicle): Json {
	const base = vehiclePath(reader, car);
	return {
		self: link(reader, reader.family.user ? `${base}/status?profile=endUser` : `${base}/status`),
		vehicle: link(reader, base),
		...fleetLink(reader),
	};
}

function airConditioning(state: VehicleState): Json {
	const createdAt = iso(state.updatedAt);
	const { status, cause, failure, programs } = state.climate;
	return {
		createdAt,
		updatedAt: createdAt,
		status,
		...(cause ? { startingCause: cause } : {}),
		...(failure === undefined ? {} : { failureCause: failure }),
		...(programs ? { programs: spelled(programs, "occurence", ["slot", "start", "recurrence"], daily) } : {}),
	};
}

/** What the programs of these families say in any case. */
const daily = { recurrence: "Daily" };

/** The stale fuel entry that electric cars carry along: it dates from the day the car was built. */
const stale = "2021-03-01T08:00:00Z";

function energies(state: VehicleState): Json[] {
	const createdAt = iso(state.energiesAt);
	const list: Json[] = [];
	if (state.fuel) {
		list.push({
			createdAt,
			type: "Fuel",
			subType: "FossilEnergy",
			level: state.fuel.level,
			autonomy: state.fuel.range,
			extension: { fuel: { consumptions: { total: state.fuel.total * 100, instant: state.driving ? 5.4 : 0 } } },
		});
	} else if (state.electric) {
		list.push({ createdAt: stale, type: "Fuel", subType: "FossilEnergy", level: 0 });
	}
	if (state.electric) {
		list.push({
			createdAt,
			type: "Electric",
			subType: "ElectricEnergy",
			level: state.electric.level,
			autonomy: state.electric.range,
			extension: { electric: { battery: battery(state), charging: { ...charging(state), schedule: schedule(state) } } },
		});
	}
	return list;
}

function battery(state: VehicleState): Json {
	const createdAt = iso(state.energiesAt);
	const { capacity = 0, residual = 0 } = state.electric ?? {};
	return { load: { createdAt, capacity, residual }, health: { createdAt, ...state.vehicle.battery?.health } };
}

function charging(state: VehicleState): Json {
	const now = state.electric?.charging;
	return {
		plugged: now?.plugged ?? false,
		status: now?.status ?? "Disconnected",
		remainingTime: remainingTime(now?.remaining ?? 0),
		chargingRate: now?.rate ?? 0,
		chargingMode: now?.mode ?? "No",
		nextDelayedTime: duration((now?.programmed ?? 0) / minute),
		...(now?.settings.rate === undefined ? {} : { chargingPowerLevel: `Level${now.settings.rate}` }),
		...(now?.settings.limit === undefined ? {} : { type: now.settings.limit < 100 ? "Partial" : "Full" }),
	};
}

function schedule(state: VehicleState): Json {
	const set = state.electric?.charging.programs;
	if (set) return { programs: spelled(set, "occurence", ["start", "end"]) };
	const weekdays = { day: ["Mon", "Tue", "Wed", "Thu", "Fri"] };
	return { programs: [{ start: "PT21H30M", end: "PT6H", occurence: weekdays, enabled: false }] };
}

function inOlderSpelling(state: VehicleState): Json {
	const energy = energies(state).map(({ subType: _, extension: __, ...each }) => ({
		...each,
		...(each.type === "Electric"
			? { charging: charging(state), battery: { health: battery(state).health } }
			: { consumption: 0 }),
		updatedAt: each.createdAt,
	}));
	const programs = [1, 2].map((slot) => ({
		enabled: false,
		slot,
		recurrence: "Daily",
		start: "PT0S",
		occurence: null,
	}));
	return { preconditionning: { airConditioning: { programs, ...airConditioning(state) } }, energy };
}

/** A record of the past (`Telemetry`). */
export function telemetry(reader: Reader, state: VehicleState, wanted: Wanted): Json {
	const base = vehiclePath(reader, state.vehicle);
	const fix = lastFix(state);
	const { days, distance } = state.maintenance;
	const extension = {
		...(wanted("location") && fix ? { location: feature(fix) } : {}),
		...(wanted("maintenance")
			? {
					maintenance: {
						createdAt: iso(state.updatedAt),
						daysBeforeMaintenance: days,
						mileageBeforeMaintenance: distance,
					},
				}
			: {}),
	};
	return {
		...vinWhereShared(reader, state.vehicle),
		createdAt: iso(state.updatedAt),
		privacy: { state: state.vehicle.privacy ? "Geolocation" : "None" },
		vehicle: {
			energies: energies(state).map(({ createdAt: _, extension: __, ...each }) => each),
			ignition: { createdAt: iso(state.updatedAt), type: state.driving ? "Start" : "Stop" },
			odometer: { mileage: oneDecimal(state.odometer) },
			kinetic: { moving: state.driving, speed: state.speed },
			battery: { voltage: state.auxiliaryBattery },
		},
		environment: { luminosity: { day: state.daylight }, air: { temp: state.outsideTemperature } },
		...(Object.keys(extension).length > 0 ? { _embedded: { extension } } : {}),
		_links: { self: link(reader, `${base}/telemetry`), vehicle: link(reader, base) },
	};
}

/** `Maintenance`: days and km until the next service. */
export function maintenance(reader: Reader, state: VehicleState): Json {
	const base = vehiclePath(reader, state.vehicle);
	const createdAt = iso(state.updatedAt);
	return {
		...vinWhereShared(reader, state.vehicle),
		createdAt,
		updatedAt: createdAt,
		daysBeforeMaintenance: state.maintenance.days,
		mileageBeforeMaintenance: state.maintenance.distance,
		_links: {
			self: link(reader, `${base}/maintenance`),
			vehicle: link(reader, base),
			alerts: link(reader, `${base}/alerts`),
		},
	};
}

/** A trip, flat. Consumption is in the family's units, in averages in Wh and cL; `avgSpeed` is m/s. */
export function trip(reader: Reader, car: SimulatedVehicle, each: SimulatedTrip): Json {
	const base = vehiclePath(reader, car);
	const path = `${base}/trips/${each.id}`;
	const seconds = Math.round((each.stoppedAt - each.startedAt) / 1000);
	return {
		id: each.id,
		...vinWhereShared(reader, car),
		startedAt: iso(each.startedAt),
		stoppedAt: iso(each.stoppedAt),
		duration: seconds,
		distance: oneDecimal(each.distance),
		createdAt: iso(each.createdAt),
		updatedAt: iso(each.createdAt + 7000),
		done: each.done,
		...(each.done ? {} : { faults: [{ fault: "Unfinished", cause: "Connection" }] }),
		startEnergies: levels(each, "start"),
		endEnergies: levels(each, "end"),
		energyConsumptions: each.done ? consumptions(reader, each) : [],
		kinetic: { avgSpeed: oneDecimal((each.distance * 1000) / Math.max(1, seconds)), maxSpeed: 0 },
		startMileage: oneDecimal(each.startOdometer),
		...(car.privacy ? {} : positions(each)),
		_links: {
			self: link(reader, path),
			vehicle: link(reader, base),
			wayPoints: link(reader, `${path}/wayPoints`),
			alerts: link(reader, `${path}/alerts`),
			collisions: link(reader, `${path}/collisions`),
		},
	};
}

function positions(each: SimulatedTrip): Json {
	return {
		startPosition: feature({ place: each.from, time: each.startedAt, heading: headingOn(each, 0) }),
		stopPosition: feature({ place: each.to, time: each.stoppedAt, heading: headingOn(each, 1) }),
	};
}

function consumptions(reader: Reader, each: SimulatedTrip): Json[] {
	const { electricConsumption, fuelConsumption } = reader.family.units;
	const hundred = 100 / each.distance;
	const entry = (type: string, subType: string, use: SimulatedTrip["fuel"], smaller: number, small: boolean) =>
		use
			? [
					{
						type,
						subType,
						consumption: Math.round(use.used * (small ? smaller : 1) * 1000) / 1000,
						avgConsumption: oneDecimal(use.used * smaller * hundred),
					},
				]
			: [];
	return [
		...entry("Electric", "ElectricEnergy", each.electric, 1000, electricConsumption === "Wh"),
		...entry("Fuel", "FossilEnergy", each.fuel, 100, fuelConsumption === "cL"),
	];
}
