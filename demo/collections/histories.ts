/** The kinds of history there are: trips, alerts, alarms, collisions, thefts and charging sessions. */
import { session } from "../answers/nested";
import { writerFor } from "../answers/shapes";
import { alarm, alert, collision, theft } from "../answers/wording";
import { ApiFailure } from "../base/failure";
import type { Json } from "../base/json";
import { type Call, vehicleOf } from "../route";
import type { SimulatedAlarm, SimulatedAlert, SimulatedCollision, SimulatedTheft } from "../world/incidents";
import type { SimulatedCharge, SimulatedTrip } from "../world/plan";
import { oneDecimal } from "../world/state";
import type { SimulatedVehicle } from "../world/vehicles";
import type { History } from "./collection";
import { flag, numbers, oneOf } from "./filters";

const lifecycle = ["Nominal", "Unstarted", "DataLacking", "Unfinished"];

export const trips: History<SimulatedTrip> = {
	name: "trips",
	key: "trips",
	of: (call, vehicle) => call.model.trips(vehicle),
	id: (trip) => trip.id,
	time: (trip) => trip.startedAt,
	filter: (call) => {
		const { tripType } = call.family.query;
		if (tripType !== undefined && call.query.get("type") !== tripType) {
			throw new ApiFailure(400, `type is required and must be ${tripType}.`);
		}
		const distance = numbers(call.query, "distance");
		const duration = numbers(call.query, "duration");
		const states = oneOf(call.query, "states", lifecycle);
		return (trip) =>
			distance(oneDecimal(trip.distance)) &&
			duration(Math.round((trip.stoppedAt - trip.startedAt) / 1000)) &&
			states(trip.done ? "Nominal" : "Unfinished");
	},
	show: (call, vehicle, trip) => writerFor(call).trip(call, vehicle, trip),
};

export const alerts: History<SimulatedAlert> = {
	name: "alerts",
	key: "alerts",
	of: (call, vehicle) => call.model.alerts(vehicle),
	id: (each) => each.id,
	time: (each) => each.startedAt,
	filter: (call) => {
		if (!call.family.query.activeAlerts) return () => true;
		const active = flag(call.query, "active");
		return (each) => active(each.endAt === undefined);
	},
	show: alert,
};

export const collisions: History<SimulatedCollision> = {
	name: "collisions",
	key: "Collisions",
	of: (call, vehicle) => call.model.collisions(vehicle),
	id: (each) => each.id,
	time: (each) => each.createdAt,
	show: collision,
};

const alarmParts = ["vehicle.alarm.status", "vehicle.alarm.trigger"];

export const alarms: History<SimulatedAlarm> = {
	name: "alarms",
	key: "alarms",
	of: (call, vehicle) => call.model.alarms(vehicle),
	id: (each) => each.id,
	time: (each) => each.startedAt,
	filter: (call) => {
		oneOf(call.query, "type", alarmParts);
		return () => true;
	},
	show: (call, vehicle, each) => {
		const wanted = oneOf(call.query, "type", alarmParts);
		const { trigger, status, ...rest } = alarm(call, vehicle, each);
		const parts: Json = { trigger, status };
		const kept = alarmParts.filter(wanted).map((part) => part.slice("vehicle.alarm.".length));
		return { ...rest, ...Object.fromEntries(kept.map((part) => [part, parts[part]])) };
	},
};

export const thefts: History<SimulatedTheft> = {
	name: "stolen",
	key: "stolen",
	of: (call, vehicle) => call.model.thefts(vehicle),
	id: (each) => each.id,
	time: (each) => each.startedAt,
	show: (call, vehicle, each) => theft(call, vehicle, each, call.model.now()),
};

export const chargingSessions: History<SimulatedCharge> = {
	name: "charging/sessions",
	key: "sessions",
	of: (call, vehicle) => call.model.charges(vehicle),
	id: (each) => each.id,
	time: (each) => each.startedAt,
	filter: (call) => {
		const tests = ["power", "level", "autonomy", "duration"].map((name) => [name, numbers(call.query, name)] as const);
		const states = oneOf(call.query, "states", lifecycle);
		const vehicle = vehicleOf(call);
		return (each) => {
			const values = gains(call, vehicle, each);
			return states(values.done ? "Nominal" : "Unfinished") && tests.every(([name, test]) => test(values[name] ?? 0));
		};
	},
	show: (call, vehicle, each) => session(call, vehicle, each, call.model.now()),
};

/** What the filters of charging sessions look at: Wh, %, km and seconds. */
function gains(call: Call, vehicle: SimulatedVehicle, each: SimulatedCharge): Record<string, number> {
	const { gain, state } = session(call, vehicle, each, call.model.now()) as { gain: Json; state: Json };
	const end = Math.min(each.stoppedAt, call.model.now());
	return {
		...(gain as Record<string, number>),
		duration: Math.round((end - each.startedAt) / 1000),
		done: state.done ? 1 : 0,
	};
}
