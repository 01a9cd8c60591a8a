import { activeAlerts } from "./alerts";
import { type ChargingSummary, summarizeCharging } from "./charging";
import { energiesOf, levelOf, rangeOf } from "./energies";
import { agreeing, type Entry, entries, merged, type Picked, pick, updatedAt, within } from "./entries";
import { latest, moment, touched } from "./moment";
import { at, flag, number, percent, place, scaled, text } from "./readers";

/** The state of a vehicle in one shape and fixed units; null where the API says nothing. Times are RFC 3339. */
export interface StatusSummary {
	updatedAt: string | null;
	battery: BatterySummary;
	charging: ChargingSummary;
	fuel: FuelSummary;
	/** km */
	odometer: number | null;
	position: PositionSummary;
	doors: DoorsSummary;
	climate: ClimateSummary;
	/** `Stop`, `StartUp`, `Start`. */
	ignition: string | null;
	moving: boolean | null;
	/** km/h */
	speed: number | null;
	/** °C */
	outsideTemperature: number | null;
	/** Health of the 12 V battery, %. */
	auxiliaryBattery: number | null;
	/** What the driver keeps to himself: `None`, `Geolocation`, `Full`. */
	privacy: string | null;
	/** `Active`, `Inactive`. */
	alarm: string | null;
	/** Days and km until the next maintenance, negative when overdue. */
	maintenance: { days: number | null; distance: number | null };
	/** Types of the active alerts. */
	alerts: string[];
}

/** The traction battery: level, health and resistance in %, range in km, capacity and energy left in kWh. */
export interface BatterySummary {
	level: number | null;
	range: number | null;
	capacity: number | null;
	energy: number | null;
	health: number | null;
	resistance: number | null;
	updatedAt: string | null;
}

/** The tank: level in %, range in km. */
export interface FuelSummary {
	level: number | null;
	range: number | null;
	updatedAt: string | null;
}

/** Where a vehicle was last seen: degrees, metres, degrees from north. */
export interface PositionSummary {
	latitude: number | null;
	longitude: number | null;
	altitude: number | null;
	heading: number | null;
	updatedAt: string | null;
}

/** `locked` is true when all of the vehicle is; `open` names the doors, windows and lids that stand open. */
export interface DoorsSummary {
	locked: boolean | null;
	open: string[];
	updatedAt: string | null;
}

/** `status`: `Enabled`, `Disabled`, `Finished`, `Failure`. */
export interface ClimateSummary {
	status: string | null;
	failureCause: string | null;
	updatedAt: string | null;
}

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
	const bases = [resource, at(resource, "vehicle"), at(resource, "_embedded", "extension")];
	const { electric, fuel } = energiesOf(bases);
	const summary = {
		battery: batteryOf(electric),
		charging: summarizeCharging(electric),
		fuel: fuelOf(fuel),
		odometer: odometerOf(entries(bases, "odometer", "timed.odometer")),
		position: positionOf(entries(bases, "lastPosition", "location")),
		doors: doorsOf(entries(bases, "doorsState")),
		climate: climateOf(entries(bases, "preconditioning", "preconditionning")),
		ignition: pick(entries(bases, "ignition"), ({ type }) => text(type)).value,
		...motionOf(entries(bases, "kinetic"), units),
		outsideTemperature: pick(within(entries(bases, "environment"), "air"), ({ temp }) => number(temp, -70, 70)).value,
		// The document calls it voltage and gives it in %.
		auxiliaryBattery: pick(entries(bases, "battery"), ({ voltage }) => percent(voltage)).value,
		privacy: pick(entries(bases, "privacy"), ({ state }) => text(state)).value,
		alarm: pick(within(entries(bases, "alarm"), "status"), ({ activation }) => text(activation)).value,
		maintenance: maintenanceOf(entries(bases, "maintenance")),
		alerts: activeAlerts(bases),
	};
	const { battery, charging, position, doors, climate } = summary;
	const parts = [battery, charging, summary.fuel, position, doors, climate].map((part) => moment(part.updatedAt));
	return { updatedAt: (touched(resource) ?? latest(parts))?.text ?? null, ...summary };
}

function batteryOf(electric: readonly Entry[]): BatterySummary {
	const batteries = merged(within(electric, "extension", "electric", "battery"), within(electric, "battery"));
	const loads = within(batteries, "load");
	const healths = within(batteries, "health");
	const level = levelOf(electric);
	const range = rangeOf(electric);
	const load = pick(loads, ({ capacity }) => wattHours(capacity) || null);
	// user-v4 has the same, deprecated, without `load`.
	const capacity = load.value === null ? pick(batteries, (battery) => wattHours(battery.capacity) || null) : load;
	const energy = pick(loads, ({ residual }) => wattHours(residual));
	const health = pick(healths, (values) => percent(values.capacity));
	const resistance = pick(healths, (values) => percent(values.resistance));
	return {
		level: level.value,
		range: range.value,
		capacity: scaled(capacity.value, 0.001),
		energy: scaled(energy.value, 0.001),
		health: health.value,
		resistance: resistance.value,
		updatedAt: updatedAt(level, range, capacity, energy, health, resistance),
	};
}

function wattHours(value: unknown): number | null {
	return number(value, 0, 1_000_000);
}

function fuelOf(fuel: readonly Entry[]): FuelSummary {
	const level = levelOf(fuel);
	const range = rangeOf(fuel);
	return { level: level.value, range: range.value, updatedAt: updatedAt(level, range) };
}

// An odometer never goes back: a zero after a real mileage is a vehicle that lost its memory, not a new one.
function odometerOf(odometers: readonly Entry[]): number | null {
	const mileageIn = ({ mileage }: Record<string, unknown>) => number(mileage, 0, 1_500_000);
	return pick(odometers, (odometer) => mileageIn(odometer) || null).value ?? pick(odometers, mileageIn).value;
}

// The parts of a position belong together: none is taken from another entry.
function positionOf(positions: readonly Entry[]): PositionSummary {
	const { value, time } = pick(positions, (position) => {
		const found = place(position);
		return found && { ...found, heading: number(at(position, "properties", "heading"), 0, 360) };
	});
	const nowhere = { latitude: null, longitude: null, altitude: null, heading: null };
	return { ...(value ?? nowhere), updatedAt: time?.text ?? null };
}

function doorsOf(doors: readonly Entry[]): DoorsSummary {
	const locked = pick(doors, ({ lockedStates, lockedState }) => isLocked(lockedStates) ?? isLocked(lockedState));
	const open: Picked<string[]> = pick(doors, ({ opening }) => (Array.isArray(opening) ? openOnes(opening) : null));
	return { locked: locked.value, open: open.value ?? [], updatedAt: updatedAt(locked, open) };
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

function openOnes(opening: readonly unknown[]): string[] {
	const open = opening.filter((one) => at(one, "state") === "Open");
	return [...new Set(open.map((one) => text(at(one, "identifier"))).filter((identifier) => identifier !== null))];
}

function climateOf(preconditioning: readonly Entry[]): ClimateSummary {
	const all = within(preconditioning, "airConditioning");
	const statusIn = ({ status }: Record<string, unknown>) => text(status);
	const status = pick(all, statusIn);
	const failureCause = pick(agreeing(all, statusIn, status.value), (climate) => text(climate.failureCause));
	return { status: status.value, failureCause: failureCause.value, updatedAt: updatedAt(status, failureCause) };
}

function motionOf(kinetics: readonly Entry[], units: StatusUnits): Pick<StatusSummary, "moving" | "speed"> {
	const movingIn = ({ moving }: Record<string, unknown>) => flag(moving);
	const toKmh = units.speed === "m/s" ? 3.6 : 1;
	const moving = pick(kinetics, movingIn).value;
	const speed = pick(agreeing(kinetics, movingIn, moving), (kinetic) => number(kinetic.speed, 0, 500 / toKmh)).value;
	return { moving, speed: scaled(speed, toKmh) };
}

function maintenanceOf(maintenances: readonly Entry[]): StatusSummary["maintenance"] {
	const limit = 1_000_000;
	return {
		days: pick(maintenances, ({ daysBeforeMaintenance: days }) => number(days, -limit, limit)).value,
		distance: pick(maintenances, ({ mileageBeforeMaintenance: km }) => number(km, -limit, limit)).value,
	};
}
