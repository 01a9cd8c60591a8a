/**
 * What a car does in a week, as a pure function of car and week: its trips, what they take, and its charging. Every
 * week ends with a full night at the plug and a full tank, so no week needs the one before it.
 */
import { nextOnClock } from "../base/clock";
import { hour, minute } from "../base/time";
import { levelAfter, type Plug, timeToCharge } from "./charging";
import { type EnergyUse, electricFactor, electricUse, fuelFactor, fuelUse } from "./energy";
import { alongLoop, alongRoad, type Place, samePlace } from "./geography";
import { hex, roll } from "./random";
import { type Leg, legsOf, onClock, weekOf } from "./routine";
import type { Battery, SimulatedVehicle, Tank } from "./vehicles";

/** Week of 1 January 2024, when the odometers show `startOdometer`. */
const firstWeek = weekOf(Date.UTC(2024, 0, 1));

/** Level in % of a tank when it has been filled. */
const fullTank = 95;
/** Level in % below which a hybrid drives on fuel. */
const reserve = 8;

/** A trip; times are epoch milliseconds, distances km. */
export interface SimulatedTrip {
	id: string;
	vehicleId: string;
	startedAt: number;
	stoppedAt: number;
	/** When the API gets to know of it. */
	createdAt: number;
	distance: number;
	startOdometer: number;
	from: Place;
	to: Place;
	/** Direction of a round trip, in degrees; a trip between two places has none. */
	loop?: number;
	electric?: EnergyUse;
	fuel?: EnergyUse;
	done: boolean;
}

/** A charging session; levels in %, times in epoch milliseconds. */
export interface SimulatedCharge {
	id: string;
	/** When the cable was plugged in. */
	pluggedAt: number;
	startedAt: number;
	stoppedAt: number;
	/** When the cable was pulled. */
	unpluggedAt: number;
	startLevel: number;
	endLevel: number;
	/** Level at which it would have ended by itself. */
	target: number;
	plug: Plug;
	odometer: number;
	place: Place;
}

export interface Week {
	trips: SimulatedTrip[];
	charges: SimulatedCharge[];
}

/** Where a trip is when `part` (0 to 1) of it is done. */
export function placeOn(trip: SimulatedTrip, part: number): Place {
	return trip.loop === undefined
		? alongRoad(trip.from, trip.to, part)
		: alongLoop(trip.from, trip.distance, trip.loop, part);
}

/** The trips and charging of one week. */
export function planWeek(seed: number, vehicle: SimulatedVehicle, number: number): Week {
	const { battery, tank } = vehicle;
	const legs = legsOf(seed, vehicle, number);
	const plan: Week = { trips: [], charges: [] };
	let odometer = vehicle.startOdometer + vehicle.weekly * Math.max(0, number - firstWeek);
	let level = battery?.target ?? 0;
	let fuel = fullTank;
	for (const [n, leg] of legs.entries()) {
		const key = [seed, vehicle.index, number, n] as const;
		const trip: SimulatedTrip = {
			id: hex(16, ...key, 13) + (number * 64 + n).toString(16).padStart(8, "0"),
			vehicleId: vehicle.id,
			startedAt: leg.start,
			stoppedAt: leg.stop,
			createdAt: leg.stop,
			distance: leg.distance,
			startOdometer: odometer,
			from: leg.from,
			to: leg.to,
			...(leg.loop === undefined ? {} : { loop: leg.loop }),
			done: roll(...key, 15) > 0.02,
		};
		const { electric, burnt } = drive(vehicle, leg, level);
		if (electric) trip.electric = electric;
		// The last way of the week leads by the petrol station.
		if (tank) trip.fuel = burn(tank, fuel, burnt, n === legs.length - 1);
		odometer += leg.distance;
		level = electric?.endLevel ?? level;
		fuel = trip.fuel?.endLevel ?? fuel;
		plan.trips.push(trip);
		const charge = battery ? chargeAfter(key, vehicle, battery, legs, level) : undefined;
		if (!charge) continue;
		plan.charges.push({ id: hex(24, ...key, 17), ...charge, odometer, place: leg.to });
		level = charge.endLevel;
	}
	return plan;
}

/** What a drive takes from the battery, and how many L it burns: a hybrid drives on its battery first. */
function drive({ battery, tank }: SimulatedVehicle, leg: Leg, level: number): { electric?: EnergyUse; burnt: number } {
	const speed = leg.distance / ((leg.stop - leg.start) / hour);
	let km = leg.distance;
	let electric: EnergyUse | undefined;
	if (battery) {
		const perKm = battery.consumption * electricFactor(leg.start, speed);
		const spendable = Math.max(0, level - (tank ? reserve : 0));
		const electricKm = Math.min(km, (spendable * battery.capacity) / 100 / perKm);
		const used = electricKm * perKm;
		electric = electricUse(battery, level, level - (used / battery.capacity) * 100, used / 1000);
		km -= electricKm;
	}
	const burnt = tank ? (km * tank.consumption * fuelFactor(speed)) / 100 : 0;
	return { ...(electric ? { electric } : {}), burnt };
}

function burn(tank: Tank, level: number, used: number, filled: boolean): EnergyUse {
	return fuelUse(tank, level, filled ? fullTank : level - (used / tank.volume) * 100, used);
}

type Key = readonly [seed: number, car: number, week: number, leg: number];
type Session = Omit<SimulatedCharge, "id" | "odometer" | "place">;

/** The charging after a drive, if there is one. */
function chargeAfter(
	key: Key,
	vehicle: SimulatedVehicle,
	battery: Battery,
	legs: readonly Leg[],
	level: number,
): Session | undefined {
	const [, , number, n] = key;
	const [leg, next] = [legs[n], legs[n + 1]];
	if (!leg) return undefined;
	const slow: Plug = { capacity: battery.capacity, power: battery.power, mode: "Slow" };
	const dayIsOver = next === undefined || next.weekday !== leg.weekday;
	if (vehicle.profile !== "commuter") return dayIsOver ? betweenShifts(battery, slow, leg.stop, level) : undefined;
	const home = samePlace(leg.to, vehicle.home);
	const leaves = next?.start ?? onClock(vehicle, number + 1, 0, 6.5);
	// Now and then the cable is forgotten, but never on the evening before a week begins.
	if (home && dayIsOver && (leg.weekday > 4 || roll(...key, 16) > 0.12)) {
		const pluggedAt = leg.stop + 2 * minute;
		const { offset, charging } = vehicle;
		const startedAt = charging.waits ? nextOnClock(offset, pluggedAt, charging.programmed) : pluggedAt + minute;
		return session(slow, level, battery.target, { pluggedAt, startedAt, unpluggedAt: leaves - 3 * minute });
	}
	// Hybrids plug in at home only.
	if (vehicle.tank || home || !next) return undefined;
	const pluggedAt = leg.stop + 3 * minute;
	const startedAt = pluggedAt + minute;
	// Who forgot the cable at home does it at work.
	if (samePlace(leg.to, vehicle.work) && level < 65)
		return session(slow, level, battery.target, { pluggedAt, startedAt, unpluggedAt: leaves - 2 * minute });
	if (leg.weekday === 5 && samePlace(leg.to, vehicle.shop) && level < 85 && roll(...key, 18) < 0.7) {
		return session(slow, level, battery.target, { pluggedAt, startedAt, unpluggedAt: leaves - 2 * minute });
	}
	if (leg.weekday > 4 && level < 60) {
		const quick: Plug = { capacity: battery.capacity, power: 90_000, mode: "Quick" };
		const full = session(quick, level, 80, { pluggedAt, startedAt, unpluggedAt: leaves - 2 * minute });
		return { ...full, unpluggedAt: Math.min(full.unpluggedAt, full.stoppedAt + 6 * minute) };
	}
	return undefined;
}

/** Cars in shifts charge the twelve hours that they don't drive, just fast enough to be full by then. */
function betweenShifts(battery: Battery, plug: Plug, pluggedAt: number, level: number): Session {
	const rest = 12 * hour;
	const power = (plug.power * timeToCharge(plug, level, battery.target)) / rest;
	const times = { pluggedAt, startedAt: pluggedAt, stoppedAt: pluggedAt + rest, unpluggedAt: pluggedAt + rest };
	return { ...times, startLevel: level, endLevel: battery.target, target: battery.target, plug: { ...plug, power } };
}

function session(
	plug: Plug,
	startLevel: number,
	target: number,
	times: Pick<SimulatedCharge, "pluggedAt" | "startedAt" | "unpluggedAt">,
): Session {
	const { startedAt, unpluggedAt } = times;
	const full = startedAt + Math.round(timeToCharge(plug, startLevel, target) / 1000) * 1000;
	const stoppedAt = Math.min(full, unpluggedAt);
	const endLevel = stoppedAt === full ? target : levelAfter(plug, startLevel, stoppedAt - startedAt, target);
	return { ...times, stoppedAt, startLevel, endLevel, target, plug };
}
