/** What happened to cars, below the vehicle, below one of its trips, and in fleet-v3 below the fleet. */
import { collection, type History, ofFleet, ofVehicle } from "./collection";
import { ApiFailure } from "./failure";
import type { Family } from "./families";
import { timestamps } from "./filters";
import type { Place } from "./geography";
import { alarms, alerts, chargingSessions, collisions, thefts, trips } from "./histories";
import { placeDuring } from "./incidents";
import type { PageRule } from "./paging";
import { minute, placeOn, type SimulatedTrip } from "./plan";
import { type Answer, type Call, type Route, vehicleOf } from "./route";
import { telemetry } from "./routes-vehicle";
import { headingOn } from "./state";
import { type Fix, feature } from "./wording";

/** Milliseconds between two points of a path. */
const step = { trip: 10_000, theft: 30_000 };

/** The history routes of a family. */
export function historyRoutes(family: Family): Route[] {
	const one = `${family.vehicles}/{id}`;
	const rule = family.paging;
	const routes = [
		...ofVehicle(trips, one, rule),
		...ofVehicle(alerts, one, rule),
		...ofVehicle(alarms, one, rule),
		...ofVehicle(collisions, one, rule),
		...tripRoutes(family),
	];
	if (family.id === "accounts-v1") routes.push(...ofVehicle(chargingSessions, one, rule));
	if (family.id !== "user-v4") routes.push(...ofVehicle(thefts, one, rule), theftPath(family));
	if (family.id === "fleet-v3") {
		const fleet = "/fleets/{fid}";
		routes.push(...ofFleet(alerts, fleet, rule), ...ofFleet(collisions, fleet, rule));
		// A trip by id needs its vehicle.
		routes.push(...ofFleet(trips, fleet, rule).slice(0, 1));
	}
	return routes;
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
			family.paging,
		),
		...ofVehicle(
			onTrip(collisions, (each, collision) => collision.tripId === each.id),
			trip,
			family.paging,
		),
		{ method: "GET", path: `${trip}/wayPoints`, serve: wayPoints },
		{
			method: "GET",
			path: `${trip}/telemetry`,
			serve: (call) => {
				const { startedAt, stoppedAt } = tripOf(call);
				return telemetry(call, times(startedAt, stoppedAt, minute));
			},
		},
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
	return path(call, call.family.wayPointPaging, times(trip.startedAt, trip.stoppedAt, step.trip), (time) => ({
		place: placeOn(trip, part(time)),
		heading: headingOn(trip, part(time)),
	}));
}

function theftPath(family: Family): Route {
	return {
		method: "GET",
		path: `${family.vehicles}/{id}/stolen/{sid}/waypoints`,
		serve: (call) => {
			const theft = thefts.of(call, vehicleOf(call)).find((each) => each.id === call.params.sid);
			if (!theft) throw new ApiFailure(404, "Nothing with this id in stolen.");
			const end = Math.min(theft.endAt, call.model.now());
			return path(call, call.family.paging, times(theft.startedAt, end, step.theft), (time) => ({
				place: placeDuring(theft, time),
			}));
		},
	};
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
