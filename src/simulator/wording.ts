/** How values are written, alike in all families: times, durations, positions, links of small resources. */
import type { Place } from "./geography";
import type { SimulatedAlarm, SimulatedAlert, SimulatedCollision, SimulatedTheft } from "./incidents";
import { type Call, link, vehiclePath } from "./route";
import { altitudeAt, type VehicleState } from "./state";
import type { SimulatedVehicle } from "./vehicles";

export type Json = Record<string, unknown>;

/** When the account of the demo began, before anything in it. */
export const bornAt = "2024-01-01T00:00:00Z";

/** RFC 3339 time in whole seconds. */
export function iso(time: number): string {
	return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

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

export function alert(call: Call, vehicle: SimulatedVehicle, each: SimulatedAlert): Json {
	const base = vehiclePath(call, vehicle);
	return {
		id: each.id,
		...vinWhereShared(call, vehicle),
		type: each.type,
		severity: each.severity,
		active: each.endAt === undefined,
		startedAt: iso(each.startedAt),
		...(each.endAt === undefined ? {} : { endAt: iso(each.endAt) }),
		createdAt: iso(each.startedAt),
		updatedAt: iso(each.endAt ?? each.startedAt),
		...seenAt(vehicle, "startPosition", { place: each.place, time: each.startedAt }),
		_links: { self: link(call, `${base}/alerts/${each.id}`), vehicle: link(call, base) },
	};
}

export function collision(call: Call, vehicle: SimulatedVehicle, each: SimulatedCollision): Json {
	const base = vehiclePath(call, vehicle);
	return {
		id: each.id,
		...vinWhereShared(call, vehicle),
		createdAt: iso(each.createdAt),
		updatedAt: iso(each.createdAt),
		tippedOver: false,
		pedestrian: false,
		details: [{ side: each.side, severity: each.severity }],
		_links: {
			self: link(call, `${base}/collisions/${each.id}`),
			vehicle: link(call, base),
			trip: link(call, `${base}/trips/${each.tripId}`),
		},
	};
}

export function alarm(call: Call, vehicle: SimulatedVehicle, each: SimulatedAlarm): Json {
	const base = vehiclePath(call, vehicle);
	return {
		id: each.id,
		trigger: {
			createdAt: iso(each.startedAt),
			type: each.type,
			startAt: iso(each.startedAt),
			...seenAt(vehicle, "position", { place: each.place, time: each.startedAt }),
		},
		status: { createdAt: iso(each.startedAt), activation: "Active" },
		_links: { self: link(call, `${base}/alarms/${each.id}`), vehicle: link(call, base) },
	};
}

/** The doors of a car, open or closed. */
export function doors({ openDoors }: VehicleState): Json[] {
	return ["Driver", "Passenger", "RearLeft", "RearRight", "Trunk"].map((identifier) => ({
		identifier,
		state: openDoors.includes(identifier) ? "Open" : "Closed",
	}));
}

/** A theft; at `now` it may still be going on. It ends where it began. */
export function theft(call: Call, vehicle: SimulatedVehicle, each: SimulatedTheft, now: number): Json {
	const base = vehiclePath(call, vehicle);
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
			self: link(call, `${base}/stolen/${each.id}`),
			vehicle: link(call, base),
			waypoints: link(call, `${base}/stolen/${each.id}/waypoints`),
		},
	};
}

/** Items of fleet-v3 name their vehicle, for the fleet-wide collections mix them. */
export function vinWhereShared(call: Call, vehicle: SimulatedVehicle): { vin?: string } {
	return call.family.id === "fleet-v3" ? { vin: vehicle.vin } : {};
}
