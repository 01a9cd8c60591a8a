/** How a car is at a moment: a pure function of car and time, and of what somebody changed by command. */
import { nextOnClock, timeOfDay } from "../base/clock";
import { day, hour, minute } from "../base/time";
import { levelAfter, powerAt, timeToCharge } from "./charging";
import { electricRange, fuelRange, temperatureAt } from "./energy";
import { heading, type Place, samePlace } from "./geography";
import { placeDuring, type SimulatedTheft } from "./incidents";
import { placeOn, type SimulatedCharge, type SimulatedTrip } from "./plan";
import { type Program, startsOf } from "./programs";
import { roll } from "./random";
import type { Battery, SimulatedVehicle } from "./vehicles";

/** What commands and tests changed; absent: as the car's week has it. Times are epoch milliseconds. */
export interface Overrides {
	locked?: boolean;
	/** Air conditioning by command; it failed, was stopped, or runs until a moment. */
	climate?: { since: number; until: number; stopped?: boolean; failure?: string };
	/** Charging stopped or started by command, since a moment and at a level; a stopped one may go on later. */
	charging?: { active: boolean; since: number; level?: number; resumeAt?: number };
	/** Power (1 to 5) and level in % that charging was limited to. */
	chargeSettings?: { rate?: number; limit?: number };
	climatePrograms?: Program[];
	chargePrograms?: Program[];
	/** When a command last reached the car. */
	contactAt?: number;
	/** When the car was woken by command. */
	wakeUps?: number[];
	immobilized?: boolean;
	/** Thefts that were reported by command. */
	thefts?: SimulatedTheft[];
	/** When the owner last said that the car is back. */
	recoveredAt?: number;
	/** What tests pin: doors that stand open, levels in %, a cable that isn't there. */
	openDoors?: string[];
	level?: number;
	auxiliaryBattery?: number;
	unplugged?: boolean;
}

export interface ChargingState {
	plugged: boolean;
	status: "Disconnected" | "InProgress" | "Stopped" | "Finished";
	/** Minutes until its end; as it was when charging stopped, for the car says no more of it then. */
	remaining: number;
	/** km of range gained in an hour. */
	rate: number;
	mode: "No" | "Slow" | "Quick";
	/** Level in % at which charging ends. */
	target: number;
	/** Time of day on the car's clock at which a delayed charging starts, in ms since midnight; there is always one. */
	programmed: number;
	/** Power from 1 to 5 and level in %, where a command limited them. */
	settings: { rate?: number; limit?: number };
	programs?: readonly Program[];
}

export interface ClimateState {
	status: "Enabled" | "Disabled" | "Finished" | "Failure";
	cause?: "Immediate" | "Scheduled";
	failure?: string;
	programs?: readonly Program[];
}

/** Lengths in km, speeds in km/h, energy in Wh, levels in %, temperatures in °C, times in epoch milliseconds. */
export interface VehicleState {
	vehicle: SimulatedVehicle;
	/** When the car last told anything. */
	updatedAt: number;
	/** When it last told of its energies. */
	energiesAt: number;
	odometer: number;
	driving: boolean;
	speed: number;
	position: { place: Place; heading: number; updatedAt: number };
	/** Parked where its people work. */
	atWork: boolean;
	electric?: { level: number; range: number; capacity: number; residual: number; charging: ChargingState };
	fuel?: { level: number; range: number; total: number };
	locked: boolean;
	/** Doors that stand open, and windows that do. */
	openDoors: readonly string[];
	openWindows: readonly string[];
	climate: ClimateState;
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
	/** The last time it was plugged in. */
	charge: SimulatedCharge | undefined;
	/** The trip after this moment. */
	next: SimulatedTrip | undefined;
	/** The theft this moment lies in. */
	theft: SimulatedTheft | undefined;
	overrides: Overrides;
}

/** State of a car at a moment. */
export function stateAt(vehicle: SimulatedVehicle, now: number, around: Surroundings): VehicleState {
	const { trip, next, charge, overrides } = around;
	const away = stolen(around.theft, overrides);
	const driving = trip !== undefined && now < trip.stoppedAt;
	const part = trip && driving ? (now - trip.startedAt) / (trip.stoppedAt - trip.startedAt) : 1;
	const odometer = trip ? trip.startOdometer + trip.distance * part : vehicle.startOdometer;
	const place = away ? placeDuring(away, now) : trip ? placeOn(trip, part) : vehicle.home;
	const electric =
		vehicle.battery && trip
			? electricState(vehicle, vehicle.battery, now, { trip, part, charge, overrides })
			: undefined;
	const charging = electric?.charging.status === "InProgress";
	const toWork = next !== undefined && samePlace(next.from, vehicle.home) && samePlace(next.to, vehicle.work);
	const heats = toWork ? next.startedAt - 10 * minute : Number.POSITIVE_INFINITY;
	const scheduled = heats < now && !driving;
	const events = [
		...(charge ? [charge.pluggedAt, charge.startedAt, charge.stoppedAt, charge.unpluggedAt] : []),
		...(charge ? turningPoints(charge, chargingRun(charge, now, overrides)) : []),
		heats,
		overrides.charging?.since ?? 0,
		overrides.contactAt ?? 0,
		overrides.climate?.until ?? 0,
	];
	const told = Math.max(
		trip ? (driving ? floor(now, 10_000) : trip.stoppedAt) : floor(now, day),
		charging ? floor(now, 5 * minute) : 0,
		...events.filter((time) => time <= now),
	);
	const theft = away ?? overrides.thefts?.findLast((each) => each.endAt > now);
	const moved = driving || away ? floor(now, 10_000) : (trip?.stoppedAt ?? floor(now, day));
	const updatedAt = Math.min(Math.max(told, moved), now);
	return {
		vehicle,
		updatedAt,
		energiesAt: updatedAt,
		odometer,
		driving,
		speed: trip && driving ? speedOn(trip, part) : 0,
		position: { place, heading: trip ? headingOn(trip, part) : 0, updatedAt: moved },
		atWork: !driving && samePlace(place, vehicle.work),
		...(electric ? { electric } : {}),
		...(vehicle.tank && trip ? { fuel: fuelState(vehicle.tank, trip, part, odometer) } : {}),
		...(theft ? { theft } : {}),
		locked: overrides.locked ?? !driving,
		openDoors: overrides.openDoors ?? [],
		openWindows: [],
		climate: vehicle.battery ? climateState(now, scheduled, overrides) : { status: "Disabled" },
		outsideTemperature: temperatureAt(now),
		daylight: now % day > 6 * hour && now % day < 19 * hour,
		auxiliaryBattery: overrides.auxiliaryBattery ?? auxiliary(vehicle, now, trip?.startedAt ?? 0, overrides),
		maintenance: {
			days: 365 - (Math.floor(now / day + vehicle.index * 31) % 365),
			distance: 20_000 - (Math.floor(odometer) % 20_000),
		},
	};
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
	vehicle: SimulatedVehicle,
	battery: Battery,
	now: number,
	{ trip, part, charge, overrides }: Moment,
): NonNullable<VehicleState["electric"]> {
	const use = trip.electric ?? { startLevel: battery.target, endLevel: battery.target };
	const run = charge ? chargingRun(charge, now, overrides) : undefined;
	const since = charge && charge.pluggedAt >= trip.startedAt ? run : undefined;
	const level = overrides.level ?? since?.level ?? use.startLevel + (use.endLevel - use.startLevel) * part;
	const plugged = charge !== undefined && now < charge.unpluggedAt && overrides.unplugged !== true;
	const active = plugged && run?.active === true;
	const target = run?.target ?? battery.target;
	const speed = active && charge ? powerAt(charge.plug, level) : 0;
	const left = charge && run ? timeToCharge(charge.plug, active ? level : run.level, target) : 0;
	const begun = charge !== undefined && charge.startedAt <= now;
	return {
		level: oneDecimal(level),
		range: electricRange(battery, level),
		capacity: battery.capacity,
		residual: Math.round((level * battery.capacity) / 100),
		charging: {
			plugged,
			status: active ? "InProgress" : !plugged ? "Disconnected" : level < target ? "Stopped" : "Finished",
			remaining: begun ? Math.ceil(left / minute) : 0,
			rate: Math.round(speed / battery.consumption),
			mode: active && charge ? charge.plug.mode : "No",
			target,
			programmed: programmedTime(vehicle, now, overrides),
			settings: overrides.chargeSettings ?? {},
			...(overrides.chargePrograms ? { programs: overrides.chargePrograms } : {}),
		},
	};
}

interface Moment {
	trip: SimulatedTrip;
	/** How much of the trip is done, 0 to 1. */
	part: number;
	charge: SimulatedCharge | undefined;
	overrides: Overrides;
}

/** A charging as it goes on. */
interface Run {
	level: number;
	active: boolean;
	target: number;
	/** When it began, or will, and at which level. */
	from: number;
	base: number;
}

/** When a charging begins and when it reaches its target: other moments than planned where a command came between. */
function turningPoints({ plug, unpluggedAt }: SimulatedCharge, { from, base, target }: Run): number[] {
	return [from, from + timeToCharge(plug, base, target)].filter((time) => time < unpluggedAt);
}

/** How a charging goes on, as planned or as the last command since it was plugged in has it. */
function chargingRun(charge: SimulatedCharge, now: number, overrides: Overrides): Run {
	const { plug, startLevel, endLevel } = charge;
	const planned = (time: number) =>
		time < charge.stoppedAt ? levelAfter(plug, startLevel, time - charge.startedAt, endLevel) : endLevel;
	const { charging: command, chargeSettings } = overrides;
	const target = chargeSettings?.limit ?? charge.target;
	if (!command || command.since < charge.pluggedAt || command.since > now) {
		const level = Math.min(planned(now), Math.max(target, startLevel));
		const active = level < target && charge.startedAt <= now && now < charge.stoppedAt;
		return { level, active, target, from: charge.startedAt, base: startLevel };
	}
	const base = command.level ?? planned(command.since);
	const from = command.active ? command.since : (command.resumeAt ?? Number.POSITIVE_INFINITY);
	const level = levelAfter(plug, base, Math.min(now, charge.unpluggedAt) - from, Math.max(target, base));
	return { level, active: now >= from && level < target, target, from, base };
}

/** When a delayed charging starts by itself: by the programs that are switched on, whatever the weekday, or as the car came. */
export function nextStart({ offset, charging }: SimulatedVehicle, now: number, overrides: Readonly<Overrides>): number {
	const starts = startsOf(overrides.chargePrograms ?? []);
	const times = starts.length > 0 ? starts : [charging.programmed];
	return Math.min(...times.map((time) => nextOnClock(offset, now, time)));
}

/** What the car says of it: a time of day, of an order that names a moment too. */
function programmedTime(vehicle: SimulatedVehicle, now: number, overrides: Overrides): number {
	const { active, resumeAt = 0 } = overrides.charging ?? {};
	const ordered = active === false && resumeAt > now;
	return timeOfDay(vehicle.offset, ordered ? resumeAt : nextStart(vehicle, now, overrides));
}

/** A theft, unless the owner has said since that the car is back. */
function stolen(theft: SimulatedTheft | undefined, { recoveredAt = 0 }: Overrides): SimulatedTheft | undefined {
	return theft && theft.startedAt > recoveredAt ? theft : undefined;
}

function climateState(now: number, scheduled: boolean, { climate, climatePrograms }: Overrides): ClimateState {
	const programs = climatePrograms ? { programs: climatePrograms } : {};
	const known = climate && climate.since <= now && now - Math.max(climate.since, climate.until) < hour;
	const recent = known ? climate : undefined;
	if (recent && now < recent.until) return { status: "Enabled", cause: "Immediate", ...programs };
	// Who stops it before a departure doesn't want it to go on by itself.
	const again = !recent?.stopped || now - recent.since >= 10 * minute;
	if (scheduled && again) return { status: "Enabled", cause: "Scheduled", ...programs };
	if (recent?.failure !== undefined) return { status: "Failure", failure: recent.failure, ...programs };
	return { status: recent && !recent.stopped ? "Finished" : "Disabled", ...programs };
}

/** Level of the 12 V battery: each wake-up since the last trip took 1 to 2 %. */
function auxiliary({ index }: SimulatedVehicle, now: number, since: number, { wakeUps = [] }: Overrides): number {
	const rested = 78 + 14 * roll(index, Math.floor(now / day));
	const woken = wakeUps.filter((time) => time >= since && time <= now);
	const taken = woken.reduce((sum, _, n) => sum + 1 + roll(index, n), 0);
	return Math.max(30, Math.round(rested - taken));
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
