import { at } from "../../json";
import { activeAlerts } from "./alerts";
import { summarizeCharging } from "./charging";
import { energiesOf, levelOf, rangeOf } from "./energies";
import { agreeing, type Entry, entries, merged, type Picked, pick, updatedAt, within } from "./entries";
import { latest, moment, touched } from "./moment";
import { flag, number, percent, place, scaled, text } from "./readers";
import type {
	BatterySummary,
	ClimateSummary,
	DoorsSummary,
	FuelSummary,
	PositionSummary,
	ReadStatus,
	StatusSummary,
	WindowsSummary,
} from "./status-summary";
import { contradictions } from "./suspect";
import { Told } from "./told";

/** In what the family tells a status: `kinetic.speed` is m/s in accounts-v1 and km/h in user-v4 and fleet-v3. */
export interface StatusUnits {
	speed: "km/h" | "m/s";
}

/**
 * Summarizes the latest state of a vehicle, whatever family it came from. Where the API tells a value several times,
 * the freshest sensible one counts. Total and pure: any input gives a summary with every key, and none is changed.
 *
 * Sources: `Status` (user-v4, fleet-v3), `AggregatedTelemetries` (accounts-v1).
 */
export function summarizeStatus(resource: unknown, units: StatusUnits): StatusSummary {
	return readStatus(resource, units).summary;
}

/** The same, with the times of all values. */
export function readStatus(resource: unknown, units: StatusUnits): ReadStatus {
	const bases = [resource, at(resource, "vehicle"), at(resource, "_embedded", "extension")];
	const { electric, fuel } = energiesOf(bases);
	const own = touched(resource);
	const told = new Told(own);
	const mileages = entries(bases, "odometer", "timed.odometer");
	const odometer = told.value("odometer", odometerOf(mileages));
	const doors = entries(bases, "doorsState");
	const air = within(entries(bases, "environment"), "air");
	const word = (path: string, from: readonly Entry[], key: string) =>
		told.value(
			path,
			pick(from, (data) => text(data[key])),
		);
	const summary: StatusSummary = {
		updatedAt: null,
		battery: batteryOf(electric, told),
		charging: summarizeCharging(electric, own, told),
		fuel: fuelOf(fuel, told),
		odometer,
		position: positionOf(entries(bases, "lastPosition", "location"), told),
		doors: doorsOf(doors, told),
		windows: windowsOf(doors, told),
		climate: climateOf(entries(bases, "preconditioning", "preconditionning"), told),
		ignition: word("ignition", entries(bases, "ignition"), "type"),
		...motionOf(entries(bases, "kinetic"), units, told),
		outsideTemperature: told.value(
			"outsideTemperature",
			pick(air, ({ temp }) => number(temp, -70, 70)),
		),
		// The document calls it voltage and gives it in %.
		auxiliaryBattery: told.value(
			"auxiliaryBattery",
			pick(entries(bases, "battery"), ({ voltage }) => percent(voltage)),
		),
		privacy: word("privacy", entries(bases, "privacy"), "state"),
		alarm: word("alarm", within(entries(bases, "alarm"), "status"), "activation"),
		maintenance: maintenanceOf(entries(bases, "maintenance"), told),
		alerts: activeAlerts(bases),
		suspect: [],
	};
	const { battery, charging, position, windows, climate } = summary;
	const parts = [battery, charging, summary.fuel, position, summary.doors, windows, climate];
	const youngest = latest([told.youngest, ...parts.map((part) => moment(part.updatedAt))]);
	summary.updatedAt = (own ?? youngest)?.text ?? null;
	// Counted from a part of an answer that stands still, an end may lie before what else it tells.
	const end = moment(charging.endsAt);
	if (end && youngest && end.ms < youngest.ms) {
		charging.endsAt = null;
		told.times.delete("charging.endsAt");
	}
	summary.suspect = contradictions(summary);
	const odometerIsZero = odometer === null && mileages.some(({ data }) => number(data.mileage, 0, 0) === 0);
	return { summary, times: told.times, odometerIsZero };
}

function batteryOf(electric: readonly Entry[], told: Told): BatterySummary {
	const batteries = merged(within(electric, "extension", "electric", "battery"), within(electric, "battery"));
	const loads = within(batteries, "load");
	const healths = within(batteries, "health");
	const level = levelOf(electric);
	const range = rangeOf(electric);
	const load = pick(loads, ({ capacity }) => kilowattHours(capacity) || null);
	// user-v4 has the same, deprecated, without `load`.
	const capacity = load.value === null ? pick(batteries, (battery) => kilowattHours(battery.capacity) || null) : load;
	const energy = pick(loads, ({ residual }) => kilowattHours(residual));
	const health = pick(healths, (values) => percent(values.capacity));
	const resistance = pick(healths, (values) => percent(values.resistance));
	return {
		level: told.value("battery.level", level),
		range: told.value("battery.range", range),
		capacity: told.value("battery.capacity", capacity),
		energy: told.value("battery.energy", energy),
		health: told.value("battery.health", health),
		resistance: told.value("battery.resistance", resistance),
		updatedAt: updatedAt(level, range, capacity, energy, health, resistance),
	};
}

/** Of the Wh in which the API tells what a battery holds. */
function kilowattHours(value: unknown): number | null {
	return scaled(number(value, 0, 1_000_000), 0.001);
}

function fuelOf(fuel: readonly Entry[], told: Told): FuelSummary {
	const level = levelOf(fuel);
	const range = rangeOf(fuel);
	return {
		level: told.value("fuel.level", level),
		range: told.value("fuel.range", range),
		updatedAt: updatedAt(level, range),
	};
}

// Parked cars tell 0 where they don't know; a new one is seldom that new.
function odometerOf(odometers: readonly Entry[]): Picked<number> {
	return pick(odometers, ({ mileage }) => number(mileage, 0, 1_500_000) || null);
}

// The parts of a position belong together: none is taken from another entry.
function positionOf(positions: readonly Entry[], told: Told): PositionSummary {
	const { value, time } = pick(positions, (position) => {
		const found = place(position);
		return found && { ...found, heading: number(at(position, "properties", "heading"), 0, 360) };
	});
	const part = (name: "latitude" | "longitude" | "altitude" | "heading") =>
		told.value(`position.${name}`, { value: value?.[name] ?? null, time });
	return {
		latitude: part("latitude"),
		longitude: part("longitude"),
		altitude: part("altitude"),
		heading: part("heading"),
		updatedAt: time?.text ?? null,
	};
}

function doorsOf(doors: readonly Entry[], told: Told): DoorsSummary {
	const locked = pick(doors, ({ lockedStates, lockedState }) => isLocked(lockedStates) ?? isLocked(lockedState));
	const open = openOnes(doors, (identifier) => !isWindow(identifier));
	return {
		locked: told.value("doors.locked", locked),
		open: told.value("doors.open", open) ?? [],
		updatedAt: updatedAt(locked, open),
	};
}

function windowsOf(doors: readonly Entry[], told: Told): WindowsSummary {
	const open = openOnes(doors, isWindow);
	return { open: told.value("windows.open", open) ?? [], updatedAt: updatedAt(open) };
}

/** `RearWindow`, `RoofWindow`, and what else may come to be called so. */
function isWindow(identifier: string): boolean {
	return /window|roof/i.test(identifier);
}

// Only the whole vehicle counts as locked: one door open to strangers, or a lock told of some doors only, is not enough.
function isLocked(states: unknown): boolean | null {
	const known = (Array.isArray(states) ? states : [states]).filter(
		(state): state is string => typeof state === "string" && /locked$/i.test(state),
	);
	if (known.length === 0) return null;
	const whole = known.includes("Locked") || known.includes("SuperLocked");
	return whole && !known.some((state) => /unlocked$/i.test(state));
}

function openOnes(doors: readonly Entry[], wanted: (identifier: string) => boolean): Picked<string[]> {
	return pick(doors, ({ opening }) => {
		if (!Array.isArray(opening)) return null;
		const open = opening.filter((one) => at(one, "state") === "Open").map((one) => text(at(one, "identifier")));
		return [...new Set(open.filter((identifier) => identifier !== null && wanted(identifier)))] as string[];
	});
}

function climateOf(preconditioning: readonly Entry[], told: Told): ClimateSummary {
	const all = within(preconditioning, "airConditioning");
	const statusIn = ({ status }: Record<string, unknown>) => text(status);
	const status = pick(all, statusIn);
	const failureCause = pick(agreeing(all, statusIn, status.value), (climate) => text(climate.failureCause));
	return {
		status: told.value("climate.status", status),
		failureCause: told.value("climate.failureCause", failureCause),
		updatedAt: updatedAt(status, failureCause),
	};
}

function motionOf(kinetics: readonly Entry[], units: StatusUnits, told: Told): Pick<StatusSummary, "moving" | "speed"> {
	const movingIn = ({ moving }: Record<string, unknown>) => flag(moving);
	const toKmh = units.speed === "m/s" ? 3.6 : 1;
	const moving = pick(kinetics, movingIn);
	const speed = pick(agreeing(kinetics, movingIn, moving.value), (kinetic) => number(kinetic.speed, 0, 500 / toKmh));
	return {
		moving: told.value("moving", moving),
		speed: told.value("speed", { value: scaled(speed.value, toKmh), time: speed.time }),
	};
}

function maintenanceOf(maintenances: readonly Entry[], told: Told): StatusSummary["maintenance"] {
	const limit = 1_000_000;
	return {
		days: told.value(
			"maintenance.days",
			pick(maintenances, ({ daysBeforeMaintenance: days }) => number(days, -limit, limit)),
		),
		distance: told.value(
			"maintenance.distance",
			pick(maintenances, ({ mileageBeforeMaintenance: km }) => number(km, -limit, limit)),
		),
	};
}
