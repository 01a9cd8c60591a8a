/**
 * What really happens to a car: the plan of its weeks as a list of events, for tests that compare it with what somebody
 * makes of the car's answers. Commands and what tests change are not in it.
 */
import { minute } from "../base/time";
import { distance, type Place } from "./geography";
import { placeOn, type SimulatedCharge, type SimulatedTrip, type Week } from "./plan";

/** A circle; radius in m. A car enters it by crossing the radius and leaves it 50 m further out. */
export interface Zone {
	name: string;
	latitude: number;
	longitude: number;
	radius: number;
}

interface Moment {
	/** Epoch milliseconds. */
	at: number;
	place: Place;
	/** km */
	odometer: number;
	/** Level of the battery to drive with, in %, where there is one. */
	level?: number;
}

/** Something that happened. A plugged car may charge later, or end before it is unplugged. */
export type Fact = Moment &
	(
		| { kind: "plugged" | "unplugged" | "charging-started"; charge: SimulatedCharge }
		| {
				kind: "charging-ended";
				charge: SimulatedCharge;
				/** kWh in the battery. */
				energy: number;
				/** `limit`: its own, below 100 %. */
				reason: "full" | "limit" | "unplugged";
		  }
		| { kind: "driving-started" | "driving-ended"; trip: SimulatedTrip }
		| { kind: "zone-entered" | "zone-left"; zone: string }
	);

/** What follows what at the same moment: a car is unplugged before it drives, and parked before it is plugged in. */
const kinds: readonly Fact["kind"][] = [
	"charging-ended",
	"unplugged",
	"driving-started",
	"zone-left",
	"zone-entered",
	"driving-ended",
	"plugged",
	"charging-started",
];
/** m beyond the radius at which a zone is left. */
const margin = 50;
/** Milliseconds between two looks at a driving car; between them crossings are halved down to a second. */
const step = minute / 6;

/** Everything in these weeks that happened from one moment on and before another, in order of time. */
export function factsOf(weeks: readonly Week[], from: number, to: number, zones: readonly Zone[]): Fact[] {
	const trips = weeks.flatMap((week) => week.trips).filter((trip) => trip.stoppedAt >= from && trip.startedAt < to);
	const facts = [
		...weeks.flatMap((week) => week.charges).flatMap(factsOfCharge),
		...trips.flatMap(factsOfTrip),
		...zones.flatMap((zone) => crossings(zone, trips)),
	];
	const order = (fact: Fact) => kinds.indexOf(fact.kind);
	return facts
		.filter(({ at }) => from <= at && at < to)
		.sort((one, other) => one.at - other.at || order(one) - order(other));
}

function factsOfCharge(charge: SimulatedCharge): Fact[] {
	const { place, odometer, startLevel, endLevel, target, plug } = charge;
	const alike = { place, odometer, charge };
	const reason = endLevel < target ? "unplugged" : target < 100 ? "limit" : "full";
	const energy = ((endLevel - startLevel) * plug.capacity) / 100_000;
	return [
		{ ...alike, kind: "plugged", at: charge.pluggedAt, level: startLevel },
		{ ...alike, kind: "charging-started", at: charge.startedAt, level: startLevel },
		{ ...alike, kind: "charging-ended", at: charge.stoppedAt, level: endLevel, energy, reason },
		{ ...alike, kind: "unplugged", at: charge.unpluggedAt, level: endLevel },
	];
}

function factsOfTrip(trip: SimulatedTrip): Fact[] {
	return [
		{ kind: "driving-started", trip, ...momentOn(trip, trip.startedAt) },
		{ kind: "driving-ended", trip, ...momentOn(trip, trip.stoppedAt) },
	];
}

/** Where a zone is entered and left; a car that stands in it before its first trip has entered it before. */
function crossings(zone: Zone, trips: readonly SimulatedTrip[]): Fact[] {
	const centre: Place = [zone.longitude, zone.latitude];
	const metres = (place: Place) => distance(centre, place) * 1000;
	const limit = (inside: boolean) => zone.radius + (inside ? margin : 0);
	const facts: Fact[] = [];
	const [first] = trips;
	let inside = first !== undefined && metres(first.from) <= zone.radius;
	for (const trip of trips) {
		for (let time = trip.startedAt; time < trip.stoppedAt; time += step) {
			const next = Math.min(time + step, trip.stoppedAt);
			const isIn = (at: number) => metres(momentOn(trip, at).place) <= limit(inside);
			if (isIn(next) === inside) continue;
			const at = halved(time, next, (moment) => isIn(moment) !== inside);
			inside = !inside;
			facts.push({ kind: inside ? "zone-entered" : "zone-left", zone: zone.name, ...momentOn(trip, at) });
		}
	}
	return facts;
}

/** The first second between two moments at which something is so; it isn't at the first, and is at the second. */
function halved(before: number, after: number, isSo: (moment: number) => boolean): number {
	if (after - before <= 1000) return after;
	const middle = Math.floor((before + after) / 2);
	return isSo(middle) ? halved(before, middle, isSo) : halved(middle, after, isSo);
}

function momentOn(trip: SimulatedTrip, at: number): Moment {
	const part = (at - trip.startedAt) / (trip.stoppedAt - trip.startedAt);
	const { electric } = trip;
	return {
		at,
		place: placeOn(trip, part),
		odometer: trip.startOdometer + trip.distance * part,
		...(electric ? { level: electric.startLevel + (electric.endLevel - electric.startLevel) * part } : {}),
	};
}
