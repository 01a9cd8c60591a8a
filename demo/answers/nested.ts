/**
 * Vehicles, states and trips as accounts-v1 writes them: state nested under `vehicle`, `environment` and `privacy`,
 * ISO 8601 durations, speeds in m/s. Source: accounts-v1.openapi.yaml (`Vehicle`, `AggregatedTelemetries`, `Trip`, ...).
 */
import type { Json } from "../base/json";
import { iso } from "../base/time";
import { chargeRates } from "../families";
import { type Ability, can } from "../world/ability";
import { levelAfter } from "../world/charging";
import type { SimulatedCharge, SimulatedTrip } from "../world/plan";
import type { Program } from "../world/programs";
import { oneDecimal, type VehicleState } from "../world/state";
import type { SimulatedVehicle } from "../world/vehicles";
import { spelled } from "./programs";
import { link, type Reader, vehiclePath, type Wanted } from "./reader";
import { bornAt, duration, feature, lastFix, levels, openings, remainingTime, speedIn, theft } from "./wording";

/** What `extension` may ask for on a vehicle. */
export const extensions = ["devices", "callCenterNumbers"] as const;

const brandCodes: Record<string, string> = { Peugeot: "AP", Citroën: "AC", DS: "DS", Opel: "OP", Vauxhall: "VX" };

/** A vehicle. It has no `id`: that is the last segment of its address. */
export function vehicle(reader: Reader, car: SimulatedVehicle, wanted: Wanted): Json {
	const base = vehiclePath(reader, car);
	const links: Json = {
		self: link(reader, base),
		lastTelemetries: link(reader, `${base}/telemetries/latest`),
		remotes: link(reader, `${base}/channels/{chId}/remotes`),
		groups: [link(reader, "/accounts/groups/root")],
	};
	for (const rel of ["telemetries", "trips", "alerts", "alarms", "collisions", "maintenance"]) {
		links[rel] = link(reader, `${base}/${rel}`);
	}
	const all: Record<(typeof extensions)[number], unknown> = {
		devices: { Device: [] },
		callCenterNumbers: [{ callType: "ACALL", phoneNumber: "+33100000000" }],
	};
	const extension = Object.fromEntries(extensions.filter(wanted).map((name) => [name, all[name]]));
	return {
		_links: links,
		vin: car.vin,
		brandCode: brandCodes[car.brand],
		familyCode: "SUV",
		motorization: car.motorization,
		fuelType: { Electric: "E", Hybrid: "H", Thermic: "G" }[car.motorization],
		...(Object.keys(extension).length > 0 ? { _embedded: { extension } } : {}),
	};
}

/** `VehicleCapability`: what the car can do. */
export function capability(car: SimulatedVehicle): Json {
	const electric = can(car, "charging");
	const feature = (scope: Ability) => ({ supported: can(car, scope), scopeName: `remote:${scope}:write` });
	return {
		vin: car.vin,
		brand: car.brand,
		model: car.label,
		motorization: car.motorization,
		onboardCapabilities: {
			data: ["data:telemetry", "data:position", "data:trip", "data:alert", "data:collision"],
			remote: {
				preconditioning: {
					...feature("preconditioning"),
					parameters: { programs: { size: 4, temperature: electric }, immediate: electric },
				},
				charging: {
					...feature("charging"),
					parameters: {
						immediate: { start: electric, stop: electric },
						programs: {
							supported: electric,
							size: 2,
							occurrence: true,
							minChargingLevel: true,
							maxChargingLevel: true,
						},
						settings: { level: electric, type: electric },
					},
				},
				door: feature("door"),
				horn: feature("horn"),
				lights: feature("lights"),
				wakeup: feature("wakeup"),
				navigation: feature("navigation"),
				stolen: { supported: can(car, "stolen") },
				tanSuppress: { supported: can(car, "tanSuppress") },
			},
		},
	};
}

/** `AggregatedTelemetries`: the latest state, each part with its own time. `alerts` are those that last. */
export function latest(reader: Reader, state: VehicleState, alerts: unknown[]): Json {
	const base = vehiclePath(reader, state.vehicle);
	const createdAt = iso(state.updatedAt);
	const { vehicle: car, environment, privacy } = parts(state, createdAt);
	return {
		createdAt,
		updatedAt: createdAt,
		_links: { self: link(reader, `${base}/telemetries/latest`), vehicle: link(reader, base) },
		vehicle: {
			...car,
			alerts: { active: { createdAt, activeAlerts: alerts } },
			...(state.theft ? { stolen: theft(reader, state.vehicle, state.theft, reader.model.now()) } : {}),
		},
		environment,
		privacy,
	};
}

/** `AggregatedTelemetries` of a car that has never sent anything: what the document demands, and nothing of the car. */
export function emptyLatest(reader: Reader, car: SimulatedVehicle): Json {
	const base = vehiclePath(reader, car);
	return {
		createdAt: bornAt,
		updatedAt: bornAt,
		_links: { self: link(reader, `${base}/telemetries/latest`), vehicle: link(reader, base) },
	};
}

/** `Telemetry`: a record of the past; only the record has a time. */
export function telemetry(reader: Reader, state: VehicleState): Json {
	const base = vehiclePath(reader, state.vehicle);
	return {
		createdAt: iso(state.updatedAt),
		_links: { self: link(reader, `${base}/telemetries`), vehicle: link(reader, base) },
		...parts(state, undefined),
	};
}

/** Keeps of a state only what `type` asks for: `environment`, `privacy`, `vehicle` or `vehicle.<part>`. */
export function only(state: Json, types: readonly string[]): Json {
	if (types.length === 0) return state;
	const car = (state.vehicle ?? {}) as Json;
	const kept = Object.entries(car).filter(([part]) => types.includes("vehicle") || types.includes(`vehicle.${part}`));
	const { environment, privacy, vehicle: _, ...rest } = state;
	return {
		...rest,
		...(kept.length > 0 ? { vehicle: Object.fromEntries(kept) } : {}),
		...(types.includes("environment") ? { environment } : {}),
		...(types.includes("privacy") ? { privacy } : {}),
	};
}

function parts(
	state: VehicleState,
	createdAt: string | undefined,
): { vehicle: Json; environment: Json; privacy: Json } {
	const time = createdAt === undefined ? {} : { createdAt };
	const fix = lastFix(state);
	const { time: _, ...untimed } = fix ?? { place: [0, 0] as const };
	const electricOnly = state.vehicle.motorization === "Electric";
	return {
		vehicle: {
			// The document wants this one time even in records of the past.
			ignition: { createdAt: iso(state.updatedAt), type: state.driving ? "Start" : "Stop" },
			...(fix ? { location: feature(createdAt === undefined ? untimed : fix) } : {}),
			preconditioning: { ...time, airConditioning: airConditioning(state) },
			tyreState: ["FrontLeft", "FrontRight", "RearLeft", "RearRight"].map((id) => ({
				...time,
				id,
				pressure: { value: 240_000 },
				status: "Normal",
			})),
			energies: energies(state, createdAt === undefined ? {} : { createdAt: iso(state.energiesAt) }),
			engines: [{ ...time, type: electricOnly ? "Electric" : "Thermic", speed: state.driving ? 1800 : 0 }],
			doorsState: { ...time, ...locksAndDoors(state) },
			battery: { ...time, voltage: state.auxiliaryBattery },
			odometer: { ...time, mileage: oneDecimal(state.odometer) },
			kinetic: { ...time, moving: state.driving, speed: speedIn("m/s", state.speed) },
			maintenance: {
				...time,
				daysBeforeMaintenance: state.maintenance.days,
				mileageBeforeMaintenance: state.maintenance.distance,
			},
			drivingBehavior: { ...time, mode: electricOnly ? "Eco" : "Normal" },
			powerTrain: { ...time, gmpStatus: state.driving ? "Running" : "Stopped" },
		},
		environment: { luminosity: { ...time, day: state.daylight }, air: { ...time, temp: state.outsideTemperature } },
		privacy: { ...time, state: state.vehicle.privacy ? "Geolocation" : "None" },
	};
}

/** Locks and doors of the latest state. */
export function doorsState(state: VehicleState): Json {
	return { createdAt: iso(state.updatedAt), ...locksAndDoors(state) };
}

function locksAndDoors(state: VehicleState): Json {
	return { lockedState: [state.locked ? "Locked" : "Unlocked"], opening: openings(state) };
}

function airConditioning({ climate: { status, cause, failure, programs } }: VehicleState): Json {
	return {
		status,
		...(cause ? { startingCause: cause } : {}),
		...(failure === undefined ? {} : { failureCause: failure }),
		...(programs ? { programs: spelled(programs, "occurrence", ["slot", "start", "temp"]) } : {}),
	};
}

const chargeFields = ["slot", "start", "end", "minChargingLevel", "maxChargingLevel", "chargeToFull", "chargeType"];

/** Programs of charging; the document has a list in the list. */
function chargePrograms(programs: readonly Program[]): Json {
	const filler = { minChargingLevel: 0, maxChargingLevel: 100 };
	return { programs: [spelled(programs, "occurrence", chargeFields, filler)] };
}

function energies(state: VehicleState, time: Json): Json[] {
	const { electric, fuel, vehicle: car } = state;
	const list: Json[] = [];
	if (fuel) {
		list.push({
			...time,
			type: "Fuel",
			subType: "FossilEnergy",
			level: fuel.level,
			autonomy: fuel.range,
			extension: { fuel: { consumption: { total: fuel.total * 100, instant: state.driving ? 5.4 : 0 } } },
		});
	}
	if (electric && car.battery) {
		const { plugged, status, remaining, rate, mode, settings, programs } = electric.charging;
		const preference = settings.rate === undefined ? undefined : chargeRates[settings.rate - 1];
		list.push({
			...time,
			type: "Electric",
			subType: "ElectricEnergy",
			level: electric.level,
			autonomy: electric.range,
			extension: {
				electric: {
					battery: {
						load: { ...time, capacity: electric.capacity, residual: electric.residual },
						health: { ...time, ...car.battery.health },
					},
					charging: {
						plugged,
						status,
						remainingTime: remainingTime(remaining),
						...(programs ? chargePrograms(programs) : {}),
						settings: {
							chargeLimit: (settings.limit ?? car.battery.target) < 100 ? "MedPlus" : "High",
							...(preference ? { chargePreferenceRate: preference } : {}),
							chargingSpeed: rate,
							chargingMode: mode,
						},
					},
				},
			},
		});
	}
	return list;
}

/** A trip: figures under `stats`, places under `locations`. */
export function trip(reader: Reader, car: SimulatedVehicle, each: SimulatedTrip): Json {
	const base = vehiclePath(reader, car);
	const path = `${base}/trips/${each.id}`;
	const hours = (each.stoppedAt - each.startedAt) / 3_600_000;
	const average = each.distance / Math.max(hours, 1 / 3600);
	const position = (place: readonly [number, number], time: number, distance: number) => {
		const seconds = Math.round((time - each.startedAt) / 1000);
		const fix = feature({ place, time });
		return {
			...fix,
			properties: { ...(fix.properties as Json), tripContext: { distance: oneDecimal(distance), duration: seconds } },
		};
	};
	return {
		id: each.id,
		startedAt: iso(each.startedAt),
		stoppedAt: iso(each.stoppedAt),
		createdAt: iso(each.createdAt),
		updatedAt: iso(each.createdAt + 7000),
		startMileage: oneDecimal(each.startOdometer),
		startEnergies: levels(each, "start"),
		endEnergies: levels(each, "end"),
		stats: {
			duration: exactDuration(Math.round(hours * 3600)),
			distance: { total: oneDecimal(each.distance) },
			energyConsumptions: consumptions(each),
			kinetic: { speed: { averageSpeed: oneDecimal(average), topSpeed: oneDecimal(average * 1.35) } },
		},
		state: each.done ? { done: true } : { done: false, faults: [{ fault: "Unfinished", cause: "Connection" }] },
		...(car.privacy
			? {}
			: {
					locations: {
						startPosition: position(each.from, each.startedAt, 0),
						stopPosition: position(each.to, each.stoppedAt, each.distance),
					},
				}),
		_links: {
			self: link(reader, path),
			vehicle: link(reader, base),
			wayPoints: link(reader, `${path}/wayPoints`),
			alerts: link(reader, `${path}/alerts`),
		},
	};
}

function exactDuration(seconds: number): string {
	const rest = seconds % 60;
	const minutes = Math.floor(seconds / 60);
	return `${minutes > 0 ? duration(minutes) : "PT"}${rest > 0 || minutes === 0 ? `${rest}S` : ""}`;
}

function consumptions({ electric, fuel, distance }: SimulatedTrip): Json[] {
	const entry = (type: string, subType: string, use: SimulatedTrip["fuel"], smaller: number) =>
		use
			? [
					{
						type,
						subType,
						consumption: Math.round(use.used * 1000) / 1000,
						avgConsumption: oneDecimal((use.used * smaller * 100) / distance),
					},
				]
			: [];
	return [...entry("Electric", "ElectricEnergy", electric, 1000), ...entry("Fuel", "FossilEnergy", fuel, 100)];
}

/** A charging session; one that goes on ends, for now, at `now`. */
export function session(reader: Reader, car: SimulatedVehicle, each: SimulatedCharge, now: number): Json {
	const base = vehiclePath(reader, car);
	const done = each.stoppedAt <= now;
	const end = Math.min(each.stoppedAt, now);
	const capacity = car.battery?.capacity ?? 0;
	const consumption = car.battery?.consumption ?? 1;
	const reached = done ? each.endLevel : levelAfter(each.plug, each.startLevel, end - each.startedAt, each.endLevel);
	const { mode } = each.plug;
	const energy = (level: number) => ({
		batteryPower: Math.round((level * capacity) / 100),
		level: Math.round(level),
		autonomy: Math.round((level * capacity) / 100 / consumption),
		chargingMode: mode,
		powerType: mode === "Quick" ? "DC" : "AC",
	});
	const [start, stop] = [energy(each.startLevel), energy(reached)];
	return {
		sid: each.id,
		createdAt: iso(each.startedAt),
		updatedAt: iso(end),
		state: { done },
		start: iso(each.startedAt),
		end: iso(end),
		duration: exactDuration(Math.round((end - each.startedAt) / 1000)),
		...(car.privacy ? {} : { position: feature({ place: each.place }) }),
		startEnergy: start,
		endEnergy: stop,
		...(done ? { finishReason: each.endLevel < each.target ? "Disconnected" : "Finished" } : {}),
		gain: {
			level: stop.level - start.level,
			autonomy: stop.autonomy - start.autonomy,
			power: stop.batteryPower - start.batteryPower,
		},
		_links: { self: link(reader, `${base}/charging/sessions/${each.id}`), vehicle: link(reader, base) },
	};
}
