/**
 * Vehicles, states and trips as user-v4 and fleet-v3 write them: data at top level, durations in seconds.
 * Sources: user-v4.openapi.yaml and fleet-v3.openapi.yaml (`Vehicle`, `Status`, `Trip`, `Telemetry`) and real answers of user-v4.
 */
import { type Ability, can } from "./ability";
import { pictureOf } from "./pictures";
import type { SimulatedTrip } from "./plan";
import { spelled } from "./programs";
import { type Call, link, vehiclePath } from "./route";
import { headingOn, oneDecimal, type VehicleState } from "./state";
import type { SimulatedVehicle } from "./vehicles";
import { bornAt, doors, duration, feature, iso, type Json, lastFix, theft, vinWhereShared } from "./wording";

/** What `extension` may ask for on a vehicle. */
export const extensions = ["onboardCapabilities", "branding", "pictures"] as const;

export function vehicle(call: Call, car: SimulatedVehicle, wanted: (extension: string) => boolean): Json {
	const base = vehiclePath(call, car);
	const fleet = call.family.id === "fleet-v3";
	const locale = call.query.get("locale");
	const channel = `${base}/callbacks/{cbid}`;
	const links: Json = {
		self: link(call, locale ? `${base}?locale=${encodeURIComponent(locale)}` : base),
		callbacks: link(call, call.family.channels.path),
		remotes: link(call, `${channel}/remotes`),
		monitors: link(call, fleet ? "/fleets/{fid}/monitors" : `${channel}/monitors`),
		...(fleet ? { fleet: link(call, "/fleets/{fid}") } : { user: link(call, "/user") }),
	};
	for (const rel of ["status", "lastPosition", "telemetry", "trips", "alerts", "alarms", "collisions", "maintenance"]) {
		links[rel] = link(call, `${base}/${rel}`);
	}
	const extension = Object.fromEntries(extensions.filter(wanted).map((name) => [name, extensionOf(call, car, name)]));
	return {
		_links: links,
		id: car.id,
		vin: car.vin,
		motorization: car.motorization,
		brand: car.brand,
		...(fleet ? {} : { label: car.label }),
		pictures: [pictureOf(car.looks)],
		...(Object.keys(extension).length > 0 ? { _embedded: { extension } } : {}),
	};
}

/** One extension of a vehicle (`VehicleExtension` of both documents). */
export function extensionOf(call: Call, car: SimulatedVehicle, name: (typeof extensions)[number]): unknown {
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
			...(call.family.id === "fleet-v3" ? { stolen: { supported: can(car, "stolen") } } : {}),
		},
	};
}

/** The latest state of a vehicle (`Status`). user-v4 says energies and air conditioning twice, as the real one does. */
export function status(call: Call, state: VehicleState): Json {
	const createdAt = iso(state.updatedAt);
	const fix = lastFix(state);
	const electricOnly = state.vehicle.motorization === "Electric";
	const fleet = call.family.id === "fleet-v3";
	return {
		...vinWhereShared(call, state.vehicle),
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
		doorsState: { createdAt, lockedStates: [state.locked ? "Locked" : "Unlocked"], opening: doors(state) },
		alarm: { status: { createdAt, activation: state.locked ? "Active" : "Inactive" } },
		_links: statusLinks(call, state.vehicle),
		...(fleet && state.theft ? { stolen: theft(call, state.vehicle, state.theft, call.model.now()) } : {}),
		preconditioning: { airConditioning: airConditioning(state) },
		energies: energies(state),
		...(fleet ? {} : oldSpelling(state)),
	};
}

/** `Status` of a car that has never sent anything: what the document demands, and nothing of the car. */
export function emptyStatus(call: Call, car: SimulatedVehicle): Json {
	return { ...vinWhereShared(call, car), createdAt: bornAt, _links: statusLinks(call, car) };
}

function statusLinks(call: Call, car: SimulatedVehicle): Json {
	const base = vehiclePath(call, car);
	const fleet = call.family.id === "fleet-v3";
	return {
		self: link(call, fleet ? `${base}/status` : `${base}/status?profile=endUser`),
		vehicle: link(call, base),
		...(fleet ? { fleet: link(call, "/fleets/{fid}") } : {}),
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
	const createdAt = iso(state.updatedAt);
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
	const createdAt = iso(state.updatedAt);
	const { capacity = 0, health } = state.vehicle.battery ?? {};
	return {
		load: { createdAt, capacity, residual: state.electric?.residual ?? 0 },
		health: { createdAt, ...health },
	};
}

function charging(state: VehicleState): Json {
	const now = state.electric?.charging;
	return {
		plugged: now?.plugged ?? false,
		status: now?.status ?? "Disconnected",
		remainingTime: duration(now?.remaining ?? 0),
		chargingRate: now?.rate ?? 0,
		chargingMode: now?.mode ?? "No",
		nextDelayedTime: duration(now?.nextStart ?? 0),
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

function oldSpelling(state: VehicleState): Json {
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
export function telemetry(call: Call, state: VehicleState, wanted: (extension: string) => boolean): Json {
	const base = vehiclePath(call, state.vehicle);
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
		...vinWhereShared(call, state.vehicle),
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
		_links: { self: link(call, `${base}/telemetry`), vehicle: link(call, base) },
	};
}

/** `Maintenance`: days and km until the next service. */
export function maintenance(call: Call, state: VehicleState): Json {
	const base = vehiclePath(call, state.vehicle);
	const createdAt = iso(state.updatedAt);
	return {
		...vinWhereShared(call, state.vehicle),
		createdAt,
		updatedAt: createdAt,
		daysBeforeMaintenance: state.maintenance.days,
		mileageBeforeMaintenance: state.maintenance.distance,
		_links: {
			self: link(call, `${base}/maintenance`),
			vehicle: link(call, base),
			alerts: link(call, `${base}/alerts`),
		},
	};
}

/** A trip, flat. Consumption is kWh and L in user-v4, Wh and cL in fleet-v3; `avgSpeed` is m/s. */
export function trip(call: Call, car: SimulatedVehicle, each: SimulatedTrip): Json {
	const base = vehiclePath(call, car);
	const path = `${base}/trips/${each.id}`;
	const seconds = Math.round((each.stoppedAt - each.startedAt) / 1000);
	return {
		id: each.id,
		...vinWhereShared(call, car),
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
		energyConsumptions: each.done ? consumptions(call, each) : [],
		kinetic: { avgSpeed: oneDecimal((each.distance * 1000) / Math.max(1, seconds)), maxSpeed: 0 },
		startMileage: oneDecimal(each.startOdometer),
		...(car.privacy ? {} : positions(each)),
		_links: {
			self: link(call, path),
			vehicle: link(call, base),
			wayPoints: link(call, `${path}/wayPoints`),
			alerts: link(call, `${path}/alerts`),
			collisions: link(call, `${path}/collisions`),
		},
	};
}

function positions(each: SimulatedTrip): Json {
	return {
		startPosition: feature({ place: each.from, time: each.startedAt, heading: headingOn(each, 0) }),
		stopPosition: feature({ place: each.to, time: each.stoppedAt, heading: headingOn(each, 1) }),
	};
}

/** The energies of a trip's start or end (`LiteEnergy`). */
export function levels({ electric, fuel }: SimulatedTrip, when: "start" | "end"): Json[] {
	const level = (type: string, subType: string, use: SimulatedTrip["fuel"]) =>
		use ? [{ type, subType, level: oneDecimal(use[`${when}Level`]), autonomy: use[`${when}Range`] }] : [];
	return [...level("Fuel", "FossilEnergy", fuel), ...level("Electric", "ElectricEnergy", electric)];
}

function consumptions(call: Call, each: SimulatedTrip): Json[] {
	const small = call.family.id === "fleet-v3";
	const hundred = 100 / each.distance;
	const entry = (type: string, subType: string, use: SimulatedTrip["fuel"], smaller: number) =>
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
		...entry("Electric", "ElectricEnergy", each.electric, 1000),
		...entry("Fuel", "FossilEnergy", each.fuel, 100),
	];
}
