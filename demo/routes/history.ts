/** What happened to cars, below the vehicle, below one of its trips, and below the fleet. */
import { type Fix, feature } from "../answers/wording";
import { ApiFailure } from "../base/failure";
import { minute } from "../base/time";
import { collection, type History, ofFleet, ofVehicle } from "../collections/collection";
import { timestamps } from "../collections/filters";
import { alarms, alerts, chargingSessions, collisions, thefts, trips } from "../collections/histories";
import type { Family, PageRule } from "../families";
import { type Answer, type Call, get, type Route, vehicleOf } from "../route";
import type { Place } from "../world/geography";
import { placeDuring } from "../world/incidents";
import { placeOn, type SimulatedTrip } from "../world/plan";
import { headingOn } from "../world/state";
import { telemetry } from "./vehicle";

/** Milliseconds between two points of a path. */
const step = { trip: 10_000, theft: 30_000 };

/** The history routes of a family. */
export function historyRoutes(family: Family): Route[] {
	const one = `${family.vehicles}/{id}`;
	const rule = family.paging.usual;
	const { chargingSessions: sessions, thefts: stolen } = family.histories;
	return [
		...ofVehicle(trips, one, rule),
		...ofVehicle(alerts, one, rule),
		...ofVehicle(alarms, one, rule),
		...ofVehicle(collisions, one, rule),
		...tripRoutes(family),
		...(sessions ? ofVehicle(chargingSessions, one, rule) : []),
		...(stolen ? [...ofVehicle(thefts, one, rule), theftPath(family)] : []),
		...(family.fleet ? fleetRoutes(family.fleet.one, rule) : []),
	];
}

/** What happened to all cars of a fleet. A trip by id needs its vehicle. */
function fleetRoutes(fleet: string, rule: PageRule): Route[] {
	return [
		...ofFleet(alerts, fleet, rule),
		...ofFleet(collisions, fleet, rule),
		...ofFleet(trips, fleet, rule).slice(0, 1),
	];
}

function tripRoutes(family: Family): Route[] {
	const trip = `${family.vehicles}/{id}/trips/{tid}`;
	const onTrip = <T>(history: History<T>, belongs: (trip: SimulatedTrip, item: T) => boolean): History<T> => ({
		...history,
		of: (call, vehicle) => {
			const found = tripOf(call);
			return history.of(call, vehicle).filter((item) => belongs(found, item));
		},
	});
	const during = (each: SimulatedTrip, time: number) => each.startedAt <= time && time <= each.stoppedAt;
	return [
		...ofVehicle(
			onTrip(alerts, (each, alert) => during(each, alert.startedAt)),
			trip,
			family.paging.usual,
		),
		...ofVehicle(
			onTrip(collisions, (each, collision) => collision.tripId === each.id),
			trip,
			family.paging.usual,
		),
		get(`${trip}/wayPoints`, wayPoints),
		get(`${trip}/telemetry`, (call) => {
			const { startedAt, stoppedAt } = tripOf(call);
			return telemetry(call, times(startedAt, stoppedAt, minute));
		}),
	];
}

function tripOf(call: Call): SimulatedTrip {
	const trip = trips.of(call, vehicleOf(call)).find((each) => each.id === call.params.tid);
	if (!trip) throw new ApiFailure(404, "Trip not found.");
	return trip;
}

function wayPoints(call: Call): Answer {
	const trip = tripOf(call);
	if (vehicleOf(call).privacy) {
		throw new ApiFailure(404, "We didn't find positions: the vehicle is in privacy mode.", "no data");
	}
	const part = (time: number) => (time - trip.startedAt) / Math.max(1, trip.stoppedAt - trip.startedAt);
	return path(call, call.family.paging.wayPoints, times(trip.startedAt, trip.stoppedAt, step.trip), (time) => ({
		place: placeOn(trip, part(time)),
		heading: headingOn(trip, part(time)),
	}));
}

function theftPath(family: Family): Route {
	return get(`${family.vehicles}/{id}/stolen/{sid}/waypoints`, (call) => {
		const theft = thefts.of(call, vehicleOf(call)).find((each) => each.id === call.params.sid);
		if (!theft) throw new ApiFailure(404, "Nothing with this id in stolen.");
		const end = Math.min(theft.endAt, call.model.now());
		return path(call, family.paging.usual, times(theft.startedAt, end, step.theft), (time) => ({
			place: placeDuring(theft, time),
		}));
	});
}

function path(call: Call, rule: PageRule, moments: number[], fix: (time: number) => { place: Place } & Fix): Answer {
	return collection(call, {
		key: "positions",
		rule,
		items: (asked) => moments.filter(timestamps(asked.query)),
		show: (_, time) => feature({ ...fix(time), time }),
	});
}

/** Moments from start to end, both included. */
function times(start: number, end: number, every: number): number[] {
	const list = Array.from({ length: Math.ceil((end - start) / every) }, (_, n) => start + n * every);
	return [...list, end];
}
