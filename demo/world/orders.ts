/** What a command means for a car, the same in all families: whether it can be done, and what changes. */
import type { Json } from "../base/json";
import { minute } from "../base/time";
import type { SimulatedTheft } from "./incidents";
import { changed } from "./programs";
import { nextStart, type Overrides, type VehicleState } from "./state";

export type VehicleOrder =
	| { do: "lock"; locked: boolean }
	| { do: "climate"; on: boolean }
	| { do: "charge"; on: boolean; resumeAt?: number }
	| { do: "climate programs" | "charge programs"; programs: Json[]; replace: boolean }
	| { do: "charge settings"; rate?: number; limit?: number }
	| { do: "immobilize"; active: boolean }
	| { do: "stolen"; stolen: boolean }
	| { do: "find" }
	/** Horn, lights, navigation and whatever else leaves no trace in the car's state. */
	| { do: "signal" }
	| { do: "wake" };

export interface Scene {
	now: number;
	state: VehicleState;
	overrides: Readonly<Overrides>;
	/** Makes the id of what a command creates. */
	newId(): string;
}

export interface OrderOutcome {
	status: "Success" | "AlreadyDone" | "Failed";
	failureCause?: string;
	change?: Overrides;
}

/** Minutes that air conditioning runs. */
const climateTime = 10 * minute;
/** Level in % below which nothing but driving may take from the battery. */
const lowBattery = 20;

const failed = (failureCause: string, change?: Overrides): OrderOutcome => ({
	status: "Failed",
	failureCause,
	...(change ? { change } : {}),
});
const success = (change: Overrides = {}): OrderOutcome => ({ status: "Success", change });
const alreadyDone: OrderOutcome = { status: "AlreadyDone" };

/** What comes of a command that has reached the car. */
export function outcomeOf(order: VehicleOrder, scene: Scene): OrderOutcome {
	const { state, overrides } = scene;
	switch (order.do) {
		case "lock":
			if (!order.locked && state.theft) return failed("NotPossibleDueToVehicleStolenState");
			if (order.locked && state.openDoors.length > 0) return failed("DoorsOpen");
			return state.locked === order.locked ? alreadyDone : success({ locked: order.locked });
		case "climate":
			return order.on ? heat(scene) : stopHeating(scene);
		case "charge":
			return charge(order, scene);
		case "climate programs":
			return success({ climatePrograms: changed(overrides.climatePrograms ?? [], order.programs, order.replace) });
		case "charge programs":
			return success({ chargePrograms: changed(overrides.chargePrograms ?? [], order.programs, order.replace) });
		case "charge settings": {
			const { do: _, ...settings } = order;
			return success({ chargeSettings: { ...overrides.chargeSettings, ...settings } });
		}
		case "immobilize":
			if ((overrides.immobilized ?? false) === order.active) return alreadyDone;
			if (order.active && state.driving) return failed("VehicleInUse");
			if (order.active && !state.locked) return failed("VehicleIsNotLocked");
			return success({ immobilized: order.active });
		case "stolen":
			return order.stolen ? reportStolen(scene) : recover(scene);
		case "find":
			return state.vehicle.privacy ? failed("NotPossibleDueToVehiclePrivacyLevel") : success();
		default:
			return success();
	}
}

/** Causes come twice: on the command, and in other words in the car's state. */
function heat({ now, state }: Scene): OrderOutcome {
	const refuse = (cause: string, failure: string) => failed(cause, { climate: { since: now, until: now, failure } });
	if (state.climate.status === "Enabled") return alreadyDone;
	if (state.openDoors.length > 0) return refuse("DoorsOpen", "DoorOpened");
	if (state.driving) return refuse("VehicleInUse", "NotParked");
	const low = (state.electric?.level ?? 0) < lowBattery && !state.electric?.charging.plugged;
	if (low) return refuse("NotPossibleDueToVehicleBatteryLevel", "LowBattery");
	return success({ climate: { since: now, until: now + climateTime } });
}

function stopHeating({ now, state }: Scene): OrderOutcome {
	if (state.climate.status !== "Enabled") return alreadyDone;
	return success({ climate: { since: now, until: now, stopped: true } });
}

function charge({ on, resumeAt }: VehicleOrder & { do: "charge" }, { now, state, overrides }: Scene): OrderOutcome {
	const electric = state.electric;
	if (!electric?.charging.plugged) return failed("ExternalChargingSystemError");
	const { status } = electric.charging;
	if (status === "Finished") return alreadyDone;
	if (on === (status === "InProgress") && resumeAt === undefined) return alreadyDone;
	const later = resumeAt ?? nextStart(state.vehicle, now, overrides);
	return success({
		charging: { active: on, since: now, level: electric.level, ...(on ? {} : { resumeAt: later }) },
	});
}

function reportStolen({ now, state, overrides, newId }: Scene): OrderOutcome {
	if (state.theft) return alreadyDone;
	const { place } = state.position;
	const theft: SimulatedTheft = {
		id: newId(),
		startedAt: now,
		endAt: Number.MAX_SAFE_INTEGER,
		place,
		direction: 0,
		distance: 0,
	};
	return success({ thefts: [...(overrides.thefts ?? []), theft] });
}

function recover({ now, state, overrides }: Scene): OrderOutcome {
	if (!state.theft) return alreadyDone;
	const thefts = (overrides.thefts ?? []).map((theft) => (theft.endAt > now ? { ...theft, endAt: now } : theft));
	return success({ recoveredAt: now, thefts });
}
