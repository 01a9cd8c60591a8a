/** What is written alike in all families: values such as positions and durations, and small resources such as alerts. */
import type { Json } from "../base/json";
import { iso } from "../base/time";
import type { Place } from "../world/geography";
import type { SimulatedAlarm, SimulatedAlert, SimulatedCollision, SimulatedTheft } from "../world/incidents";
import type { SimulatedTrip } from "../world/plan";
import { altitudeAt, oneDecimal, type VehicleState } from "../world/state";
import type { SimulatedVehicle } from "../world/vehicles";
import { link, type Reader, vehiclePath } from "./reader";

/** When the account of the demo began, before anything in it. */
export const bornAt = "2024-01-01T00:00:00Z";

/** Minutes that `remainingTime` never exceeds. */
const mostRemaining = 630;

/** ISO 8601 duration of some minutes. */
export function duration(minutes: number): string {
	const [hours, rest] = [Math.floor(minutes / 60), Math.round(minutes % 60)];
	if (hours === 0 && rest === 0) return "PT0S";
	return `PT${hours ? `${hours}H` : ""}${rest ? `${rest}M` : ""}`;
}

export interface Fix {
	place: Place;
	time?: number;
	heading?: number;
}

/** A position as GeoJSON Feature (RFC 7946 section 3.2), longitude first. */
export function feature({ place, time, heading }: Fix): Json {
	return {
		type: "Feature",
		geometry: { type: "Point", coordinates: [six(place[0]), six(place[1]), altitudeAt(place)] },
		properties: {
			...(time === undefined ? {} : { createdAt: iso(time) }),
			...(heading === undefined ? {} : { heading }),
			type: "Acquire",
			signalQuality: 9,
			fixStatus: "3D",
		},
	};
}

/** Degrees with as much precision as a position has. */
function six(degrees: number): number {
	return Math.round(degrees * 1e6) / 1e6;
}

/** A speed of so many km/h, in another unit. */
export function speedIn(unit: "km/h" | "m/s", speed: number): number {
	return unit === "m/s" ? Math.round((speed / 3.6) * 100) / 100 : speed;
}

/** The latest position, or nothing when the owner keeps it private. */
export function lastFix(state: VehicleState): Fix | undefined {
	if (state.vehicle.privacy) return undefined;
	const { place, heading, updatedAt } = state.position;
	return { place, heading, time: updatedAt };
}

/** Position of something that happened, or nothing when the owner keeps it private. */
function seenAt(vehicle: SimulatedVehicle, key: string, fix: Fix): Json {
	return vehicle.privacy ? {} : { [key]: feature(fix) };
}

export function alert(reader: Reader, vehicle: SimulatedVehicle, each: SimulatedAlert): Json {
	const base = vehiclePath(reader, vehicle);
	return {
		id: each.id,
		...vinWhereShared(reader, vehicle),
		type: each.type,
		severity: each.severity,
		active: each.endAt === undefined,
		startedAt: iso(each.startedAt),
		...(each.endAt === undefined ? {} : { endAt: iso(each.endAt) }),
		createdAt: iso(each.startedAt),
		updatedAt: iso(each.endAt ?? each.startedAt),
		...seenAt(vehicle, "startPosition", { place: each.place, time: each.startedAt }),
		_links: { self: link(reader, `${base}/alerts/${each.id}`), vehicle: link(reader, base) },
	};
}

export function collision(reader: Reader, vehicle: SimulatedVehicle, each: SimulatedCollision): Json {
	const base = vehiclePath(reader, vehicle);
	return {
		id: each.id,
		...vinWhereShared(reader, vehicle),
		createdAt: iso(each.createdAt),
		updatedAt: iso(each.createdAt),
		tippedOver: false,
		pedestrian: false,
		details: [{ side: each.side, severity: each.severity }],
		_links: {
			self: link(reader, `${base}/collisions/${each.id}`),
			vehicle: link(reader, base),
			trip: link(reader, `${base}/trips/${each.tripId}`),
		},
	};
}

export function alarm(reader: Reader, vehicle: SimulatedVehicle, each: SimulatedAlarm): Json {
	const base = vehiclePath(reader, vehicle);
	return {
		id: each.id,
		trigger: {
			createdAt: iso(each.startedAt),
			type: each.type,
			startAt: iso(each.startedAt),
			...seenAt(vehicle, "position", { place: each.place, time: each.startedAt }),
		},
		status: { createdAt: iso(each.startedAt), activation: "Active" },
		_links: { self: link(reader, `${base}/alarms/${each.id}`), vehicle: link(reader, base) },
	};
}

/** The doors and windows of a car, open or closed. */
export function openings({ openDoors, openWindows }: VehicleState): Json[] {
	const open = [...openDoors, ...openWindows];
	return ["Driver", "Passenger", "RearLeft", "RearRight", "Trunk", "RearWindow", "RoofWindow"].map((identifier) => ({
		identifier,
		state: open.includes(identifier) ? "Open" : "Closed",
	}));
}

/** ISO 8601 duration until a charging ends, as far as the field goes. */
export function remainingTime(minutes: number): string {
	return duration(Math.min(minutes, mostRemaining));
}

/** The energies of a trip's start or end (`LiteEnergy`). */
export function levels({ electric, fuel }: SimulatedTrip, when: "start" | "end"): Json[] {
	const level = (type: string, subType: string, use: SimulatedTrip["fuel"]) =>
		use ? [{ type, subType, level: oneDecimal(use[`${when}Level`]), autonomy: use[`${when}Range`] }] : [];
	return [...level("Fuel", "FossilEnergy", fuel), ...level("Electric", "ElectricEnergy", electric)];
}

/** A theft; at `now` it may still be going on. It ends where it began. */
export function theft(reader: Reader, vehicle: SimulatedVehicle, each: SimulatedTheft, now: number): Json {
	const base = vehiclePath(reader, vehicle);
	const over = each.endAt <= now;
	return {
		id: each.id,
		state: !over,
		createdAt: iso(each.startedAt),
		updatedAt: iso(over ? each.endAt : each.startedAt),
		startedAt: iso(each.startedAt),
		startPosition: feature({ place: each.place, time: each.startedAt }),
		...(over ? { endAt: iso(each.endAt), endPosition: feature({ place: each.place, time: each.endAt }) } : {}),
		_links: {
			self: link(reader, `${base}/stolen/${each.id}`),
			vehicle: link(reader, base),
			waypoints: link(reader, `${base}/stolen/${each.id}/waypoints`),
		},
	};
}

/** Items name their vehicle where collections of a whole fleet mix them. */
export function vinWhereShared(reader: Reader, vehicle: SimulatedVehicle): { vin?: string } {
	return reader.family.fleet ? { vin: vehicle.vin } : {};
}
