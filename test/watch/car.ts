import type { EventKind } from "../../src/watch/events";
import type { WatchedStatus } from "../../src/watch/reading";
import { HOME, HOUR, iso, MINUTE, status, WORK } from "./support";

const SHOP = { latitude: 48.15, longitude: 11.55 };
export const PLACES = [HOME, WORK, SHOP] as const;
/** kWh */
export const CAPACITY = 50;
/** Points of level a km takes. */
const USE = 0.3;

/** What a car does in a while; times are epoch milliseconds. */
export interface Trip {
	what: "trip";
	start: number;
	end: number;
	km: number;
	from: number;
	to: number;
	startLevel: number;
	startOdometer: number;
}

export interface Charge {
	what: "charge";
	plugged: number;
	start: number;
	end: number;
	unplugged: number;
	startLevel: number;
	endLevel: number;
	place: number;
	odometer: number;
}

/** What is chosen of it, as numbers from 0 to 1. */
export interface Choice {
	what: number;
	wait: number;
	length: number;
	where: number;
}

/** The truth of a car: what it does, one after the other, each for a quarter of an hour at least. */
export class Car {
	readonly trips: Trip[] = [];
	readonly charges: Charge[] = [];
	readonly end: number;
	readonly #acts: (Trip | Charge)[] = [];
	#last = 0;

	constructor(
		readonly begin: number,
		choices: readonly Choice[],
	) {
		let time = begin + HOUR;
		let level = 60;
		let odometer = 10_000;
		let place = 0;
		for (const { what, wait, length, where } of choices) {
			time += Math.round(20 * MINUTE + wait * 14 * HOUR);
			const km = 4 + Math.round(length * 90);
			if (what < 0.6 && level - km * USE > 10) {
				const to = (place + 1 + Math.min(PLACES.length - 2, Math.floor(where * (PLACES.length - 1)))) % PLACES.length;
				const end = time + Math.round((15 + km) * MINUTE);
				const trip: Trip = {
					what: "trip",
					start: time,
					end,
					km,
					from: place,
					to,
					startLevel: level,
					startOdometer: odometer,
				};
				this.trips.push(trip);
				this.#acts.push(trip);
				level -= km * USE;
				odometer += km;
				place = to;
				time = end;
			} else if (level < 90) {
				const endLevel = Math.min(100, level + 8 + length * 60);
				const start = time + (where < 0.5 ? 0 : Math.round(where * 6 * HOUR + 20 * MINUTE));
				// 7 kW
				const end = start + Math.round((((endLevel - level) / 100) * CAPACITY * HOUR) / 7);
				const unplugged = end + 20 * MINUTE + Math.round(wait * HOUR);
				const charge: Charge = {
					what: "charge",
					plugged: time,
					start,
					end,
					unplugged,
					startLevel: level,
					endLevel,
					place,
					odometer,
				};
				this.charges.push(charge);
				this.#acts.push(charge);
				level = endLevel;
				time = unplugged;
			}
		}
		this.end = time + 2 * HOUR;
	}

	/** The state of the car at a moment, as a perfect API would tell it. */
	at(time: number): WatchedStatus {
		if ((this.#acts[this.#last] ? startOf(this.#acts[this.#last] as Trip) : Number.POSITIVE_INFINITY) > time)
			this.#last = 0;
		let act: Trip | Charge | undefined;
		for (; ; this.#last++) {
			act = this.#acts[this.#last];
			const next = this.#acts[this.#last + 1];
			if (act === undefined || next === undefined || startOf(next) > time) break;
		}
		if (act === undefined || startOf(act) > time) return told(time, 60, 10_000, HOME, {});
		if (act.what === "trip") {
			const part = Math.min(1, (time - act.start) / (act.end - act.start));
			const [from, to] = [PLACES[act.from] ?? HOME, PLACES[act.to] ?? HOME];
			const between = (a: number, b: number) => a + (b - a) * part;
			const position = {
				latitude: between(from.latitude, to.latitude),
				longitude: between(from.longitude, to.longitude),
			};
			const drives = part < 1 ? { ignition: "Start", moving: true } : {};
			return told(time, act.startLevel - act.km * USE * part, act.startOdometer + act.km * part, position, drives);
		}
		const part = Math.max(0, Math.min(1, (time - act.start) / (act.end - act.start)));
		const plugged = time < act.unplugged;
		const state = part >= 1 ? "Finished" : time >= act.start ? "InProgress" : "Stopped";
		const charging = plugged ? { plugged, status: state } : { plugged, status: "Disconnected" };
		const level = act.startLevel + (act.endLevel - act.startLevel) * part;
		return told(time, level, act.odometer, PLACES[act.place] ?? HOME, { charging });
	}

	/** Trips as the API has them at a moment, some minutes after their end. */
	tripsAt(time: number, delay: number) {
		return this.trips
			.filter(({ end }) => end + delay <= time)
			.map(({ start, end, km }) => ({
				id: `trip-${start}`,
				startedAt: iso(start),
				stoppedAt: iso(end),
				duration: (end - start) / 1000,
				distance: km,
				electric: { consumption: (km * USE * CAPACITY) / 100 },
				done: true,
			}))
			.reverse();
	}

	/** What must be told, by kind, with its moments. */
	truth(zones: ReadonlyMap<number, string>): Map<EventKind, number[]> {
		const left = this.trips.filter(({ from }) => zones.has(from));
		const entered = this.trips.filter(({ to }) => zones.has(to));
		return new Map<EventKind, number[]>([
			["driving-started", this.trips.map(({ start }) => start)],
			["driving-ended", this.trips.map(({ end }) => end)],
			["trip-ended", this.trips.map(({ end }) => end)],
			["plugged", this.charges.map(({ plugged }) => plugged)],
			["unplugged", this.charges.map(({ unplugged }) => unplugged)],
			["charging-started", this.charges.map(({ start }) => start)],
			["charging-ended", this.charges.map(({ end }) => end)],
			["zone-left", left.map(({ start }) => start)],
			["zone-entered", entered.map(({ end }) => end)],
		]);
	}
}

function startOf(act: Trip | Charge): number {
	return act.what === "trip" ? act.start : act.plugged;
}

function told(time: number, level: number, odometer: number, position: object, changes: object): WatchedStatus {
	const percent = Math.round(level);
	const battery = {
		level: percent,
		range: percent * 3,
		capacity: CAPACITY,
		energy: Math.round(level * CAPACITY * 10) / 1000,
	};
	return status(time, { battery, odometer: Math.round(odometer * 10) / 10, position, ...changes });
}
