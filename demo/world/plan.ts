/**
 * What a car does in a week, as a pure function of car and week: its trips and its charging. Every week has
 * the same length in km and every night ends at the same level, so no week needs the one before it.
 */
import { day, hour, minute } from "../base/time";
import { alongLoop, alongRoad, type Place } from "./geography";
import { between, hex, roll } from "./random";
import type { SimulatedVehicle } from "./vehicles";

const week = 7 * day;
/** Monday, 5 January 1970: weeks are counted from here. */
const firstMonday = 4 * day;
/** Week of 1 January 2024, when the odometers show `startOdometer`. */
const firstWeek = weekOf(Date.UTC(2024, 0, 1));

/** An energy over a trip: levels in %, ranges in km, `used` in kWh or L. */
export interface EnergyUse {
	startLevel: number;
	endLevel: number;
	startRange: number;
	endRange: number;
	used: number;
}

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

/** A charging session; levels in %. It goes up in a straight line. */
export interface SimulatedCharge {
	id: string;
	startedAt: number;
	stoppedAt: number;
	/** When the cable was pulled. */
	unpluggedAt: number;
	startLevel: number;
	endLevel: number;
	odometer: number;
	place: Place;
}

export interface Week {
	trips: SimulatedTrip[];
	charges: SimulatedCharge[];
}

interface Slot {
	start: number;
	/** km, where it is fixed; the rest of the week's km go to the other slots by weight. */
	distance?: number;
	weight?: number;
	route: "out" | "back" | "home loop" | "work loop";
}

/** Number of the week that a moment lies in. */
export function weekOf(time: number): number {
	return Math.floor((time - firstMonday) / week);
}

/** First moment of a week. */
export function startOfWeek(number: number): number {
	return firstMonday + number * week;
}

/** Odometer in km at the start of a week. */
function odometerAt(vehicle: SimulatedVehicle, number: number): number {
	return vehicle.startOdometer + vehicle.weekly * Math.max(0, number - firstWeek);
}

/** Where a trip is when `part` (0 to 1) of it is done. */
export function placeOn(trip: SimulatedTrip, part: number): Place {
	return trip.loop === undefined
		? alongRoad(trip.from, trip.to, part)
		: alongLoop(trip.from, trip.distance, trip.loop, part);
}

/** The trips and charging of one week. */
export function planWeek(seed: number, vehicle: SimulatedVehicle, number: number): Week {
	const slots =
		vehicle.profile === "commuter" ? commuterSlots(seed, vehicle, number) : shiftSlots(seed, vehicle, number);
	const trips = drive(seed, vehicle, number, slots);
	fillUp(vehicle, trips);
	const charges = vehicle.battery ? recharge(seed, vehicle, number, trips) : [];
	return { trips, charges };
}

function commuterSlots(seed: number, vehicle: SimulatedVehicle, number: number): Slot[] {
	const chance = (...keys: number[]) => roll(seed, vehicle.index, number, ...keys);
	const homeOffice = chance(1) < 0.4 ? Math.floor(chance(2) * 5) : -1;
	const slots: Slot[] = [];
	for (let weekday = 0; weekday < 7; weekday++) {
		const at = (clock: number, spread: number, key: number) =>
			startOfWeek(number) + weekday * day + clock * hour + Math.round(chance(weekday, key) * spread * 60) * minute;
		if (weekday < 5 && weekday !== homeOffice) {
			slots.push({ start: at(6.5, 1.5, 3), distance: vehicle.commute, route: "out" });
			if (chance(weekday, 4) < 0.4) slots.push({ start: at(11.75, 0.5, 5), weight: 0.3, route: "work loop" });
			slots.push({ start: at(15.5, 2, 6), distance: vehicle.commute, route: "back" });
		}
		if (weekday < 5 && chance(weekday, 7) < 0.5)
			slots.push({ start: at(18.75, 0.5, 8), weight: 0.6, route: "home loop" });
		if (weekday === 5) slots.push({ start: at(9.5, 1, 9), weight: 2, route: "home loop" });
		if (weekday === 6 && chance(10) < 0.6) slots.push({ start: at(13, 2, 11), weight: 1, route: "home loop" });
	}
	return slots;
}

/** Six trips of two hours, one after the other without a gap. */
function shiftSlots(seed: number, vehicle: SimulatedVehicle, number: number): Slot[] {
	const first = vehicle.profile === "day-shift" ? 6 : 18;
	return Array.from({ length: 42 }, (_, trip): Slot => {
		const weekday = Math.floor(trip / 6);
		const detour = Math.round(between(0.5, 6, seed, vehicle.index, number, trip >> 1) * 10) / 10;
		return {
			start: startOfWeek(number) + weekday * day + (first + 2 * (trip % 6)) * hour,
			distance: 28 + (trip % 2 === 0 ? detour : -detour),
			route: "home loop",
		};
	});
}

function drive(seed: number, vehicle: SimulatedVehicle, number: number, slots: Slot[]): SimulatedTrip[] {
	const fixed = slots.reduce((sum, slot) => sum + (slot.distance ?? 0), 0);
	const weights = slots.reduce((sum, slot) => sum + (slot.weight ?? 0), 0);
	let odometer = odometerAt(vehicle, number);
	return slots.map((slot, n) => {
		const distance = slot.distance ?? ((vehicle.weekly - fixed) * (slot.weight ?? 0)) / weights;
		const speed = vehicle.profile === "commuter" ? between(32, 52, seed, vehicle.index, number, n, 12) : distance / 2;
		const stoppedAt = slot.start + Math.round((distance / speed) * 3600) * 1000;
		const startsHome = slot.route === "out" || slot.route === "home loop";
		const endsHome = slot.route === "back" || slot.route === "home loop";
		const trip: SimulatedTrip = {
			id: hex(16, seed, vehicle.index, number, n, 13) + (number * 64 + n).toString(16).padStart(8, "0"),
			vehicleId: vehicle.id,
			startedAt: slot.start,
			stoppedAt,
			createdAt: stoppedAt,
			distance,
			startOdometer: odometer,
			from: startsHome ? vehicle.home : vehicle.work,
			to: endsHome ? vehicle.home : vehicle.work,
			...(slot.route.endsWith("loop") ? { loop: Math.floor(between(0, 360, seed, vehicle.index, number, n, 14)) } : {}),
			done: roll(seed, vehicle.index, number, n, 15) > 0.02,
		};
		odometer += distance;
		return trip;
	});
}

/** Works out what the trips of a week take from battery and tank. A hybrid drives on its battery first. */
function fillUp(vehicle: SimulatedVehicle, trips: SimulatedTrip[]): void {
	const { battery, tank } = vehicle;
	let fuel = 95;
	let charge = battery?.target ?? 0;
	let lastDay = -1;
	for (const [n, trip] of trips.entries()) {
		const today = dayOfDriving(vehicle, trip.startedAt);
		if (battery && today !== lastDay) charge = battery.target;
		lastDay = today;
		let electricKm = 0;
		if (battery) {
			const spendable = Math.max(0, charge - (tank ? 8 : 0));
			electricKm = Math.min(trip.distance, (spendable * battery.capacity) / 100 / battery.consumption);
			const used = electricKm * battery.consumption;
			const after = charge - (used / battery.capacity) * 100;
			trip.electric = electricUse(battery, charge, after, used / 1000);
			charge = after;
		}
		if (tank) {
			const used = ((trip.distance - electricKm) * tank.consumption) / 100;
			// The week ends at the petrol station.
			const after = n === trips.length - 1 ? 95 : fuel - (used / tank.volume) * 100;
			trip.fuel = {
				startLevel: fuel,
				endLevel: after,
				startRange: fuelRange(tank, fuel),
				endRange: fuelRange(tank, after),
				used,
			};
			fuel = after;
		}
	}
}

/** Range in km of a battery level in %. */
export function electricRange(battery: NonNullable<SimulatedVehicle["battery"]>, level: number): number {
	return Math.round((level * battery.capacity) / 100 / battery.consumption);
}

/** Range in km of a fuel level in %. */
export function fuelRange(tank: NonNullable<SimulatedVehicle["tank"]>, level: number): number {
	return Math.round((level * tank.volume) / tank.consumption);
}

/** What a trip took from the battery, `used` in kWh. */
export function electricUse(
	battery: NonNullable<SimulatedVehicle["battery"]>,
	from: number,
	to: number,
	used: number,
): EnergyUse {
	return {
		startLevel: from,
		endLevel: to,
		startRange: electricRange(battery, from),
		endRange: electricRange(battery, to),
		used,
	};
}

/** A night shift belongs to the day it began on. */
function dayOfDriving(vehicle: SimulatedVehicle, time: number): number {
	return Math.floor((time - (vehicle.profile === "night-shift" ? 12 * hour : 0)) / day);
}

function recharge(seed: number, vehicle: SimulatedVehicle, number: number, trips: SimulatedTrip[]): SimulatedCharge[] {
	const battery = vehicle.battery;
	if (!battery) return [];
	return trips.flatMap((trip, n) => {
		const today = dayOfDriving(vehicle, trip.startedAt);
		const next = trips[n + 1];
		if (!trip.electric || (next && dayOfDriving(vehicle, next.startedAt) === today)) return [];
		const startLevel = trip.electric.endLevel;
		const evening = today * day + 20.5 * hour + Math.round(between(0, 90, seed, vehicle.index, number, n, 16)) * minute;
		const shift = vehicle.profile !== "commuter";
		const startedAt = shift ? trip.stoppedAt : Math.max(trip.stoppedAt + 5 * minute, evening);
		const energy = ((battery.target - startLevel) * battery.capacity) / 100;
		// Shift cars charge just fast enough to be full when the next shift begins.
		const duration = shift ? 12 * hour : Math.round((energy / battery.power) * 3600) * 1000;
		return [
			{
				id: hex(24, seed, vehicle.index, number, n, 17),
				startedAt,
				stoppedAt: startedAt + duration,
				unpluggedAt: shift ? startedAt + duration : Math.max(startedAt + duration, (today + 1) * day + 6.25 * hour),
				startLevel,
				endLevel: battery.target,
				odometer: trip.startOdometer + trip.distance,
				place: trip.to,
			},
		];
	});
}
