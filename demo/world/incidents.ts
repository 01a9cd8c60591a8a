/** What goes wrong with a car: alerts, alarms, collisions and thefts, each tied to a trip of the history. */
import { day, hour, minute } from "../base/time";
import { alongLoop, type Place, samePlace } from "./geography";
import { placeOn, type SimulatedTrip } from "./plan";
import { between, hex, pick, roll } from "./random";
import { weekOf } from "./routine";
import { cast, type SimulatedVehicle } from "./vehicles";

export type Severity = "Information" | "Warning" | "Critical";

/** Times are epoch milliseconds. */
export interface SimulatedAlert {
	id: string;
	vehicleId: string;
	/** A value of the API's list of alert messages. */
	type: string;
	severity: Severity;
	startedAt: number;
	/** Absent while the alert lasts. */
	endAt?: number;
	place: Place;
}

export interface SimulatedCollision {
	id: string;
	tripId: string;
	createdAt: number;
	side: "Front" | "Rear";
	severity: "Minimal" | "Minor" | "Major";
}

export interface SimulatedAlarm {
	id: string;
	type: string;
	startedAt: number;
	place: Place;
}

/** A theft: the car is driven in a circle and comes back. */
export interface SimulatedTheft {
	id: string;
	startedAt: number;
	endAt: number;
	place: Place;
	/** Direction of the circle in degrees, and its length in km. */
	direction: number;
	distance: number;
}

export interface Incidents {
	alerts: SimulatedAlert[];
	collisions: SimulatedCollision[];
	alarms: SimulatedAlarm[];
	thefts: SimulatedTheft[];
}

const alertTypes: readonly [readonly [string, Severity], ...(readonly [string, Severity])[]] = [
	["RiskOfIce", "Information"],
	["AddWasherFluid", "Information"],
	["RightFrontTireUnderInflated", "Warning"],
	["ReplaceTheRemoteControlBattery", "Information"],
	["ParkAssistSystemFault", "Warning"],
	["TrunkOrHoodOpen", "Warning"],
	["RearRightParkingLampsFault", "Warning"],
	["BrakingSystemFailure", "Critical"],
	["EngineTemperatureFailure", "Critical"],
];

/** A wear alert comes back every so many weeks and lasts until the next: there is always one. */
const wearWeeks = 8;

/** Where a stolen car is at a moment of the theft. */
export function placeDuring(theft: SimulatedTheft, time: number): Place {
	const part = (time - theft.startedAt) / (theft.endAt - theft.startedAt);
	return alongLoop(theft.place, theft.distance, theft.direction, part);
}

/** Everything that happened during these trips, which must be those of whole weeks. */
export function incidentsOf(seed: number, vehicle: SimulatedVehicle, trips: readonly SimulatedTrip[]): Incidents {
	const incidents: Incidents = { alerts: [], collisions: [], alarms: [], thefts: [] };
	let week = Number.NaN;
	let workWeek = Number.NaN;
	for (const trip of trips) {
		const number = weekOf(trip.startedAt);
		const firstOfWeek = number !== week;
		week = number;
		const keys = [seed, vehicle.index, Math.floor(trip.startedAt / minute)] as const;
		const at = trip.startedAt + Math.floor(between(0.2, 0.8, ...keys, 1) * (trip.stoppedAt - trip.startedAt));
		const place = placeOn(trip, (at - trip.startedAt) / (trip.stoppedAt - trip.startedAt));
		const alike = { vehicleId: vehicle.id, startedAt: at, place };
		if (roll(...keys, 2) < 0.05) {
			const [type, severity] = pick(alertTypes, ...keys, 3);
			const lasts = Math.round(between(0.2, 60, ...keys, 4) * 60) * minute;
			incidents.alerts.push({ ...alike, id: hex(32, ...keys, 5), type, severity, endAt: at + lasts });
		}
		if (firstOfWeek && vehicle.index % 4 === 1 && number % wearWeeks === vehicle.index % wearWeeks) {
			const [type, severity] = vehicle.battery
				? (["ReplaceBrakePads", "Warning"] as const)
				: (["OilLevelLow", "Critical"] as const);
			const lasts = (wearWeeks * 7 + 1) * day;
			incidents.alerts.push({ ...alike, id: hex(32, ...keys, 6), type, severity, endAt: at + lasts });
		}
		if (firstOfWeek && vehicle.index === cast.collided && number % 12 === 0) {
			incidents.collisions.push({
				id: hex(32, ...keys, 7),
				tripId: trip.id,
				createdAt: at,
				side: "Rear",
				severity: "Minimal",
			});
		}
		if (firstOfWeek && vehicle.index % 4 === 2 && number % 5 === vehicle.index % 5) {
			const startedAt = trip.stoppedAt + 9 * hour;
			incidents.alarms.push({ id: hex(32, ...keys, 8), type: "VolumetricBreakIn", startedAt, place: trip.to });
		}
		// At work and before noon, when the car has nothing else to do.
		const parkedAtWork = trip.loop === undefined && samePlace(trip.to, vehicle.work) && number !== workWeek;
		if (parkedAtWork) workWeek = number;
		if (parkedAtWork && vehicle.index === cast.stolen && number % 10 === 0) {
			const startedAt = trip.stoppedAt + 30 * minute;
			incidents.thefts.push({
				id: hex(32, ...keys, 11),
				startedAt,
				endAt: startedAt + 2 * hour,
				place: trip.to,
				direction: between(0, 360, ...keys, 10),
				distance: between(50, 90, ...keys, 9),
			});
		}
	}
	return incidents;
}
