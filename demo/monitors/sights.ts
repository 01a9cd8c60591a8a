/** What monitors read of a car, and what they send along. Source: `DataTrigger.data`, `extendedEventParam` of the documents. */
import * as flat from "../answers/flat";
import * as nested from "../answers/nested";
import type { Reader } from "../answers/reader";
import { writerFor } from "../answers/shapes";
import { spelledBy } from "../answers/spelling";
import { alert, feature, lastFix, speedIn } from "../answers/wording";
import { isObject, type Json } from "../base/json";
import type { Extension } from "../events/notices";
import type { Model } from "../world/model";
import type { VehicleState } from "../world/state";
import type { SimulatedVehicle } from "../world/vehicles";
import type { Sight } from "./triggers";

interface Scene {
	model: Model;
	vehicle: SimulatedVehicle;
	state: VehicleState;
	/** In the unit of the family. */
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
export function sightOf({ model, family }: Reader, vehicle: SimulatedVehicle): Sight {
	const state = model.state(vehicle);
	const speed = speedIn(family.units.speed, state.speed);
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
export function shownValue(reader: Reader, vehicle: SimulatedVehicle, data: string, literals: readonly string[]): Json {
	if (data !== "vehicle.alert") {
		return { data, value: { type: "string", body: { literalValue: literals.join() } } };
	}
	const lasting = activeAlerts(reader, vehicle).filter((alert) => literals.includes(String(alert.type)));
	return { data, value: { type: "obj.alert", body: { objectValues: lasting } } };
}

function activeAlerts(reader: Reader, vehicle: SimulatedVehicle): Json[] {
	const lasting = reader.model.alerts(vehicle).filter((each) => each.endAt === undefined);
	return lasting.map((each) => unlinked(alert(reader, vehicle, each)) as Json);
}

/** The resources that a monitor wants to be sent along, without links; those the demo doesn't have are left out. */
export function extensionsOf(reader: Reader, vehicle: SimulatedVehicle, wanted: readonly string[]): Extension[] {
	const state = reader.model.said(vehicle);
	const writer = writerFor(reader);
	const active = () => activeAlerts(reader, vehicle);
	const fix = lastFix(state);
	const parts: Record<string, () => Json> = {
		"vehicle.doorsState": () => ({ doorState: writer.doorsState(state) }),
		"vehicle.status": () => ({ status: flat.status(reader, state) }),
		"vehicle.latestTelemetry": () => ({ latestTelemetry: nested.latest(reader, state, active()) }),
		"vehicle.maintenance": () => ({ maintenance: flat.maintenance(reader, state) }),
		"vehicle.position": () => (fix ? { position: feature(fix) } : {}),
		"vehicle.telemetry": () => ({ telemetry: writer.telemetry(reader, state, () => false) }),
		"vehicle.alerts": () => ({ alerts: active() }),
		"vehicle.alerts.active": () => ({ alerts: active() }),
	};
	return wanted.flatMap((type) => {
		const part = parts[type];
		return part ? [{ type, body: unlinked(spelledBy(vehicle, part())) }] : [];
	});
}

function unlinked(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(unlinked);
	if (!isObject(value)) return value;
	const kept = Object.entries(value).filter(([key]) => key !== "_links");
	return Object.fromEntries(kept.map(([key, each]) => [key, unlinked(each)]));
}
