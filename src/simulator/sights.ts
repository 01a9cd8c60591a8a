/** What monitors read of a car, and what they send along. Source: `DataTrigger.data`, `extendedEventParam` of the documents. */
import { isObject } from "./checks";
import * as flat from "./flat";
import { alerts } from "./histories";
import type { Model } from "./model";
import * as nested from "./nested";
import type { Call } from "./route";
import type { VehicleState } from "./state";
import type { Sight } from "./triggers";
import type { SimulatedVehicle } from "./vehicles";
import { feature, type Json, lastFix } from "./wording";

interface Scene {
	model: Model;
	vehicle: SimulatedVehicle;
	state: VehicleState;
	/** m/s in accounts-v1. */
	speed: number;
}

type Value = string | number | boolean | undefined;

const lastTrip = ({ model, vehicle }: Scene) => model.trips(vehicle).at(-1);

/** Operands by name; those that aren't here never have a value. */
const operands: Readonly<Record<string, (scene: Scene) => Value | Value[]>> = {
	"vehicle.alert": ({ model, vehicle }) =>
		model
			.alerts(vehicle)
			.filter((alert) => alert.endAt === undefined)
			.map((alert) => alert.type),
	"vehicle.odometer": ({ state }) => Math.round(state.odometer * 10) / 10,
	"vehicle.powertrain.status": ({ state }) => (state.driving ? "Running" : "Stopped"),
	"vehicle.energy.electric.level": ({ state }) => state.electric?.level,
	"vehicle.energy.electric.autonomy": ({ state }) => state.electric?.range,
	"vehicle.energy.fuel.level": ({ state }) => state.fuel?.level,
	"vehicle.energy.fuel.autonomy": ({ state }) => state.fuel?.range,
	"vehicle.autonomy": ({ state }) => (state.electric?.range ?? 0) + (state.fuel?.range ?? 0),
	"vehicle.energy.charging.status": ({ state }) => state.electric?.charging.status,
	"vehicle.energy.charging.plugged": ({ state }) => state.electric?.charging.plugged,
	"vehicle.energy.charging.type": ({ state }) => state.electric?.charging.mode,
	"vehicle.doorsState.lockedState": ({ state }) => (state.locked ? "Locked" : "Unlocked"),
	"vehicle.doorsState.opening": ({ state }) => [...state.openDoors],
	"vehicle.kinetic.moving": ({ state }) => state.driving,
	"vehicle.kinetic.speed": ({ speed }) => speed,
	"vehicle.trip.start": (scene) => lastTrip(scene)?.id,
	"vehicle.trip.stop": (scene) => lastTrip(scene)?.id,
	"vehicle.trip.distance": (scene) => lastTrip(scene)?.distance,
	"vehicle.trip.duration": (scene) => {
		const trip = lastTrip(scene);
		return trip && Math.round((trip.stoppedAt - trip.startedAt) / 1000);
	},
	"vehicle.maintenance.daysBeforeMaintenance": ({ state }) => state.maintenance.days,
	"vehicle.maintenance.mileageBeforeMaintenance": ({ state }) => state.maintenance.distance,
	"vehicle.preconditioning.airConditioning": ({ state }) => state.climate.status,
	"vehicle.alarm.status.activation": ({ state }) => (state.locked ? "Active" : "Inactive"),
	"environment.air.temp": ({ state }) => state.outsideTemperature,
	"privacy.state": ({ vehicle }) => (vehicle.privacy ? "Geolocation" : "None"),
	"stolen.state": ({ state }) => state.theft !== undefined,
};

/** A car as monitors of a family see it now. */
export function sightOf({ model, family }: Call, vehicle: SimulatedVehicle): Sight {
	const state = model.state(vehicle);
	const speed = family.id === "accounts-v1" ? Math.round((state.speed / 3.6) * 100) / 100 : state.speed;
	return {
		time: model.now(),
		place: vehicle.privacy ? undefined : state.position.place,
		data: (name) => {
			const value = operands[name]?.({ model, vehicle, state, speed });
			return (Array.isArray(value) ? value : [value]).filter((each) => each !== undefined).map(String);
		},
	};
}

/** Values as an event carries them: alerts as objects, all else as text. */
export function shownValue(call: Call, vehicle: SimulatedVehicle, data: string, literals: readonly string[]): Json {
	if (data !== "vehicle.alert") {
		return { data, value: { type: "string", body: { literalValue: literals.join() } } };
	}
	const lasting = activeAlerts(call, vehicle).filter((alert) => literals.includes(String(alert.type)));
	return { data, value: { type: "obj.alert", body: { objectValues: lasting } } };
}

function activeAlerts(call: Call, vehicle: SimulatedVehicle): Json[] {
	const lasting = call.model.alerts(vehicle).filter((alert) => alert.endAt === undefined);
	return lasting.map((alert) => unlinked(alerts.show(call, vehicle, alert)) as Json);
}

/** The resources that a monitor wants to be sent along, without links; those the demo doesn't have are left out. */
export function extensionsOf(call: Call, vehicle: SimulatedVehicle, wanted: readonly string[]): Json[] {
	const state = call.model.state(vehicle);
	const accounts = call.family.id === "accounts-v1";
	const active = () => activeAlerts(call, vehicle);
	const latest = () => nested.latest(call, state, active());
	const fix = lastFix(state);
	const parts: Record<string, () => Json> = {
		"vehicle.doorsState": () => ({ doorState: doorsOf(accounts ? latest().vehicle : flat.status(call, state)) }),
		"vehicle.status": () => ({ status: flat.status(call, state) }),
		"vehicle.latestTelemetry": () => ({ latestTelemetry: latest() }),
		"vehicle.maintenance": () => ({ maintenance: flat.maintenance(call, state) }),
		"vehicle.position": () => (fix ? { position: feature(fix) } : {}),
		"vehicle.telemetry": () => ({
			telemetry: accounts ? nested.telemetry(call, state) : flat.telemetry(call, state, () => false),
		}),
		"vehicle.alerts": () => ({ alerts: active() }),
		"vehicle.alerts.active": () => ({ alerts: active() }),
	};
	return wanted.flatMap((type) => {
		const part = parts[type];
		if (!part) return [];
		const body = unlinked(part());
		// One object in fleet-v3, a list elsewhere.
		return [{ type, body: call.family.id === "fleet-v3" ? body : [body] }];
	});
}

function doorsOf(holder: unknown): unknown {
	return isObject(holder) ? holder.doorsState : undefined;
}

function unlinked(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(unlinked);
	if (!isObject(value)) return value;
	const kept = Object.entries(value).filter(([key]) => key !== "_links");
	return Object.fromEntries(kept.map(([key, each]) => [key, unlinked(each)]));
}
