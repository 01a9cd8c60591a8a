/** The clock in a car: local time where the car lives, which the API never spells out. */
import { day, hour } from "./time";

/** Hours that the clock of a place is ahead of UTC in winter; everywhere here it goes an hour further in summer. */
export type WinterOffset = 0 | 1;

/** Milliseconds since midnight on the clock. */
export function timeOfDay(offset: WinterOffset, time: number): number {
	return (time + ahead(offset, time)) % day;
}

/** Epoch milliseconds of what the clock shows; `shown` counts from 1970 as if the clock were UTC. */
export function fromClock(offset: WinterOffset, shown: number): number {
	return shown - ahead(offset, shown - offset * hour);
}

/** When the clock shows a time of day (milliseconds since midnight) next, after a moment. */
export function nextOnClock(offset: WinterOffset, time: number, shown: number): number {
	const midnight = Math.floor((time + ahead(offset, time)) / day) * day;
	const today = fromClock(offset, midnight + shown);
	return today > time ? today : fromClock(offset, midnight + day + shown);
}

function ahead(offset: WinterOffset, time: number): number {
	return (offset + (isSummer(time) ? 1 : 0)) * hour;
}

/** From the last Sunday of March to that of October, 1:00 UTC (Directive 2000/84/EC; the United Kingdom does the same). */
function isSummer(time: number): boolean {
	const year = new Date(time).getUTCFullYear();
	return time >= lastSunday(year, 2) && time < lastSunday(year, 9);
}

function lastSunday(year: number, month: number): number {
	const last = new Date(Date.UTC(year, month + 1, 0));
	return last.getTime() - last.getUTCDay() * day + hour;
}
