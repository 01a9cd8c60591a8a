/**
 * Where a car drives in a week and when, as a pure function of car and week. Every week has the same length in km, so
 * that no week needs the one before it: what errands leave of it goes to an outing at the weekend.
 */
import { fromClock } from "../base/clock";
import { day, hour, minute } from "../base/time";
import { detour, distance, fromHere, type Place, samePlace } from "./geography";
import { between, roll } from "./random";
import type { SimulatedVehicle } from "./vehicles";

const week = 7 * day;
/** Monday, 5 January 1970: weeks are counted from here. */
const firstMonday = 4 * day;

/** A drive; times are epoch milliseconds, distances km. */
export interface Leg {
	start: number;
	stop: number;
	/** The day it belongs to, from 0 on Monday: a shift that ends after midnight is one of the day before. */
	weekday: number;
	from: Place;
	to: Place;
	distance: number;
	/** Direction of a round that ends where it began, in degrees. */
	loop?: number;
}

/** Number of the week that a moment lies in. */
export function weekOf(time: number): number {
	return Math.floor((time - firstMonday) / week);
}

/** First moment of a week. */
export function startOfWeek(number: number): number {
	return firstMonday + number * week;
}

/** The drives of a week, in order. */
export function legsOf(seed: number, vehicle: SimulatedVehicle, number: number): Leg[] {
	return vehicle.profile === "commuter" ? commute(seed, vehicle, number) : shifts(seed, vehicle, number);
}

/** When the car's clock shows a time of a week's day; `clock` in hours. */
export function onClock({ offset }: SimulatedVehicle, number: number, weekday: number, clock: number): number {
	const shown = startOfWeek(number) + weekday * day + Math.round(clock * 60) * minute;
	return fromClock(offset, shown);
}

/** To work and back, with lunch, the shops and sports now and then, the weekly shopping on Saturday, and the outing. */
function commute(seed: number, vehicle: SimulatedVehicle, number: number): Leg[] {
	const { home, work, shop, sport, lunch } = vehicle;
	const chance = (...keys: number[]) => roll(seed, vehicle.index, number, ...keys);
	const legs: Leg[] = [];
	let here = home;
	/** Drives on at a time of the clock in hours, or after `stay` minutes here if that is later. */
	const drive = (weekday: number, clock: number, stay: number, to: Place, km = roadTo(vehicle, here, to)) => {
		const last = legs.at(-1);
		const start = Math.max(onClock(vehicle, number, weekday, clock), last ? last.stop + Math.round(stay) * minute : 0);
		const speed = usualSpeed(km) * between(0.88, 1.12, seed, vehicle.index, number, legs.length, 12);
		const stop = start + Math.round((km / speed) * 3600) * 1000;
		legs.push({ start, stop, weekday, from: here, to, distance: km });
		here = to;
	};
	const homeOffice = chance(1) < 0.4 ? Math.floor(chance(2) * 5) : -1;
	const shopping = Math.floor(chance(3) * 5);
	const sports = [Math.floor(chance(4) * 2), 2 + Math.floor(chance(5) * 3)];
	for (let weekday = 0; weekday < 5; weekday++) {
		const dice = (key: number) => chance(weekday, key);
		const atHome = weekday === homeOffice;
		if (!atHome) {
			drive(weekday, 6.5 + 1.5 * dice(6), 0, work);
			if (dice(7) < 0.2) {
				drive(weekday, 11.75 + 0.5 * dice(8), 0, lunch);
				drive(weekday, 0, 35 + 20 * dice(9), work);
			}
			if (weekday === shopping) drive(weekday, 15.5 + 2 * dice(10), 0, shop);
			drive(weekday, 15.5 + 2 * dice(10), 15 + 25 * dice(11), home);
		} else if (weekday === shopping) {
			drive(weekday, 12 + dice(10), 0, shop);
			drive(weekday, 0, 15 + 25 * dice(11), home);
		}
		if (sports.includes(weekday) && weekday !== shopping) {
			drive(weekday, 18.5 + 0.75 * dice(13), 20, sport);
			drive(weekday, 0, 60 + 30 * dice(14), home);
		}
	}
	drive(5, 9.5 + chance(15), 0, shop);
	drive(5, 0, 30 + 45 * chance(16), home);
	const rest = (vehicle.weekly - legs.reduce((sum, leg) => sum + leg.distance, 0)) / 2;
	const away = fromHere(home, rest / detour, between(0, 360, seed, vehicle.index, number, 17));
	const [weekday, clock] = chance(18) < 0.4 ? ([5, 13.5] as const) : ([6, 10] as const);
	drive(weekday, clock + 1.5 * chance(19), 45, away, rest);
	drive(weekday, 0, 80 + 160 * chance(20), home, rest);
	return legs;
}

/** km by road; the way to work is as long as it is said to be. */
function roadTo({ home, work, commute }: SimulatedVehicle, from: Place, to: Place): number {
	const between = [from, to];
	const commutes = between.some((place) => samePlace(place, home)) && between.some((place) => samePlace(place, work));
	return commutes ? commute : Math.round(distance(from, to) * detour * 10) / 10;
}

/** km/h that a drive of some length comes to: in town at first, over land the longer it is. */
function usualSpeed(km: number): number {
	return Math.min(82, 24 + 0.9 * km);
}

/**
 * Six rounds of deliveries a day, one after the other without a gap. By UTC: whatever local clocks do, one of the two in
 * shifts drives while the other one charges.
 */
function shifts(seed: number, vehicle: SimulatedVehicle, number: number): Leg[] {
	const first = vehicle.profile === "day-shift" ? 6 : 18;
	const daily = vehicle.weekly / 7;
	return Array.from({ length: 7 }, (_, weekday) => {
		const dice = (low: number, high: number, n: number, key: number) =>
			between(low, high, seed, vehicle.index, number, 6 * weekday + n, key);
		const begin = startOfWeek(number) + weekday * day + first * hour;
		const border = (n: number) => begin + n * 2 * hour + (n % 6 === 0 ? 0 : Math.round(dice(-28, 28, n, 16)) * minute);
		const rounds = Array.from({ length: 6 }, (_, n) => ({
			start: border(n),
			stop: border(n + 1),
			pace: dice(0.8, 1.2, n, 17),
		}));
		const paced = rounds.reduce((sum, { start, stop, pace }) => sum + (stop - start) * pace, 0);
		return rounds.map(
			({ start, stop, pace }, n): Leg => ({
				start,
				stop,
				weekday,
				from: vehicle.home,
				to: vehicle.home,
				distance: (daily * (stop - start) * pace) / paced,
				loop: Math.floor(dice(0, 360, n, 14)),
			}),
		);
	}).flat();
}
