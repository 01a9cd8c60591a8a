/** How a car is at a moment: a pure function of car and time, and of what somebody changed by command. */
import { heading, type Place, samePlace } from "./geography";
import { placeDuring, type SimulatedTheft } from "./incidents";
import { day, electricRange, fuelRange, hour, minute, placeOn, type SimulatedCharge, type SimulatedTrip } from "./plan";
import { roll } from "./random";
import type { SimulatedVehicle } from "./vehicles";

/** What commands changed; absent: as the car's week has it. */
export interface Overrides {
	locked?: boolean;
	/** Air conditioning asked for until a moment. */
	climateUntil?: number;
	/** Charging stopped or started by command, since a moment. */
	charging?: { active: boolean; since: number };
}

export interface ChargingState {
	plugged: boolean;
	status: "Disconnected" | "InProgress" | "Stopped" | "Finished";
	/** Minutes until full. */
	remaining: number;
	/** km of range gained in an hour. */
	rate: number;
	mode: "No" | "Slow" | "Quick";
}

/** Lengths in km, speeds in km/h, energy in Wh, levels in %, temperatures in °C, times in epoch milliseconds. */
export interface VehicleState {
	vehicle: SimulatedVehicle;
	/** When the car last told anything. */
	updatedAt: number;
	odometer: number;
	driving: boolean;
	speed: number;
	position: { place: Place; altitude: number; heading: number; updatedAt: number };
	electric?: { level: number; range: number; residual: number; charging: ChargingState };
	fuel?: { level: number; range: number; total: number };
	locked: boolean;
	climate: "Enabled" | "Disabled";
	outsideTemperature: number;
	daylight: boolean;
	auxiliaryBattery: number;
	maintenance: { days: number; distance: number };
	/** The theft that is going on. */
	theft?: SimulatedTheft;
}

/** What of a car's history a moment depends on. */
export interface Surroundings {
	/** The last trip that has begun. */
	trip: SimulatedTrip | undefined;
	/** The last charging that has begun. */
	charge: SimulatedCharge | undefined;
	/** The trip after this moment. */
	next: SimulatedTrip | undefined;
	/** The theft this moment lies in. */
	theft: SimulatedTheft | undefined;
	overrides: Overrides;
}

/** State of a car at a moment. */
export function stateAt(vehicle: SimulatedVehicle, now: number, around: Surroundings): VehicleState {
	const { trip, next, theft, overrides } = around;
	const driving = trip !== undefined && now < trip.stoppedAt;
	const part = trip && driving ? (now - trip.startedAt) / (trip.stoppedAt - trip.startedAt) : 1;
	const charge = trip && around.charge && around.charge.startedAt < trip.startedAt ? undefined : around.charge;
	const odometer = trip ? trip.startOdometer + trip.distance * part : vehicle.startOdometer;
	const place = theft ? placeDuring(theft, now) : trip ? placeOn(trip, part) : vehicle.home;
	const charging = charge !== undefined && now < charge.stoppedAt;
	const told = Math.max(
		trip ? (driving ? floor(now, 10_000) : trip.stoppedAt) : floor(now, day),
		charge ? (charging ? Math.max(charge.startedAt, floor(now, 5 * minute)) : charge.stoppedAt) : 0,
		overrides.charging?.since ?? 0,
	);
	const precondition = next !== undefined && samePlace(next.from, vehicle.home) && samePlace(next.to, vehicle.work);
	const climate =
		now < (overrides.climateUntil ?? 0) || (precondition && next.startedAt - now < 10 * minute && !driving);
	const moved = driving || theft ? floor(now, 10_000) : (trip?.stoppedAt ?? floor(now, day));
	return {
		vehicle,
		updatedAt: Math.min(Math.max(told, moved), now),
		odometer,
		driving,
		speed: trip && driving ? speedOn(trip, part) : 0,
		position: {
			place,
			altitude: altitudeAt(place),
			heading: trip ? headingOn(trip, part) : 0,
			updatedAt: moved,
		},
		...(vehicle.battery && trip
			? { electric: electricState(vehicle.battery, now, trip, part, charge, overrides) }
			: {}),
		...(vehicle.tank && trip ? { fuel: fuelState(vehicle.tank, trip, part, odometer) } : {}),
		...(theft ? { theft } : {}),
		locked: overrides.locked ?? !driving,
		climate: climate && vehicle.battery ? "Enabled" : "Disabled",
		outsideTemperature: temperatureAt(now),
		daylight: now % day > 6 * hour && now % day < 19 * hour,
		auxiliaryBattery: Math.round(78 + 14 * roll(vehicle.index, Math.floor(now / day))),
		maintenance: {
			days: 365 - (Math.floor(now / day + vehicle.index * 31) % 365),
			distance: 20_000 - (Math.floor(odometer) % 20_000),
		},
	};
}

/** Temperature of the air in °C at a moment: winter and summer, night and day. */
function temperatureAt(now: number): number {
	const season = -Math.cos((2 * Math.PI * (now - 20 * day)) / (365.25 * day));
	const clock = -Math.cos((2 * Math.PI * ((now % day) - 3 * hour)) / day);
	return Math.round((11 + 8 * season + 4 * clock) * 2) / 2;
}

/** km/h at a part of a trip. */
export function speedOn(trip: SimulatedTrip, part: number): number {
	const average = trip.distance / ((trip.stoppedAt - trip.startedAt) / hour);
	return Math.round(average * (1 + 0.35 * Math.sin(part * Math.PI * 12)) * 10) / 10;
}

/** Direction of driving at a part of a trip. */
export function headingOn(trip: SimulatedTrip, part: number): number {
	const from = Math.min(part, 0.999);
	return heading(placeOn(trip, from), placeOn(trip, from + 0.001));
}

/** Height above the sea in m. */
export function altitudeAt([longitude, latitude]: Place): number {
	return Math.round(120 + 60 * Math.sin(longitude * 9) + 40 * Math.cos(latitude * 13));
}

function electricState(
	battery: NonNullable<SimulatedVehicle["battery"]>,
	now: number,
	trip: SimulatedTrip,
	part: number,
	charge: SimulatedCharge | undefined,
	overrides: Overrides,
): NonNullable<VehicleState["electric"]> {
	const use = trip.electric ?? { startLevel: battery.target, endLevel: battery.target };
	const command =
		charge && overrides.charging && overrides.charging.since >= charge.startedAt ? overrides.charging : undefined;
	// A stopped charging stands where it was stopped.
	const until = command && !command.active ? Math.min(now, command.since) : now;
	const share = charge ? Math.min(1, (until - charge.startedAt) / (charge.stoppedAt - charge.startedAt)) : 0;
	const level = charge
		? charge.startLevel + (charge.endLevel - charge.startLevel) * share
		: use.startLevel + (use.endLevel - use.startLevel) * part;
	const active = charge !== undefined && share < 1 && command?.active !== false;
	const plugged = charge !== undefined && now < charge.unpluggedAt;
	const speed = charge ? (charge.endLevel - charge.startLevel) / ((charge.stoppedAt - charge.startedAt) / hour) : 0;
	return {
		level: oneDecimal(level),
		range: electricRange(battery, level),
		residual: Math.round((level * battery.capacity) / 100),
		charging: {
			plugged,
			status: active ? "InProgress" : !plugged ? "Disconnected" : share < 1 ? "Stopped" : "Finished",
			remaining: active ? Math.ceil((charge.stoppedAt - now) / minute) : 0,
			rate: active ? electricRange(battery, speed) : 0,
			mode: active ? "Slow" : "No",
		},
	};
}

function fuelState(
	tank: NonNullable<SimulatedVehicle["tank"]>,
	trip: SimulatedTrip,
	part: number,
	odometer: number,
): NonNullable<VehicleState["fuel"]> {
	const use = trip.fuel ?? { startLevel: 95, endLevel: 95 };
	const level = use.startLevel + (use.endLevel - use.startLevel) * part;
	return {
		level: oneDecimal(level),
		range: fuelRange(tank, level),
		total: Math.round((odometer * tank.consumption) / 100),
	};
}

function floor(time: number, step: number): number {
	return Math.floor(time / step) * step;
}

/** Levels come with a precision of 0.1 in the API. */
export function oneDecimal(value: number): number {
	return Math.round(value * 10) / 10;
}
