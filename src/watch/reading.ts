import { moment } from "../api/summaries/moment";
import { flag, list, number, text } from "../api/summaries/readers";
import { at } from "../json";

/**
 * What the watch reads of a vehicle's summary (`summary` of status in the contract). This is the only place that knows
 * its shape; whatever is missing, null or of another type is read as "not told".
 */
export interface WatchedStatus {
	updatedAt: string | null;
	battery: {
		level: number | null;
		range: number | null;
		/** kWh */
		capacity: number | null;
		/** kWh left in the battery */
		energy: number | null;
		updatedAt: string | null;
	};
	charging: {
		plugged: boolean | null;
		status: string | null;
		endsAt: string | null;
		limit?: string | null;
		/** Time of day on the car's clock, `"22:05"`. */
		nextStart: string | null;
		updatedAt: string | null;
	};
	fuel: { level: number | null; range: number | null };
	odometer: number | null;
	position: { latitude: number | null; longitude: number | null; updatedAt: string | null };
	doors: { locked: boolean | null; open: readonly string[] | null; updatedAt: string | null };
	climate: { status: string | null; failureCause: string | null; updatedAt: string | null };
	ignition: string | null;
	moving: boolean | null;
	privacy: string | null;
	maintenance: { days: number | null; distance: number | null };
	/** Paths of this summary that are not to be trusted, such as `battery.level`. */
	suspect?: readonly string[];
}

/** Where a vehicle was: degrees, and the position's own time in epoch milliseconds. */
export interface Spot {
	latitude: number;
	longitude: number;
	at: number | null;
}

/** A state as the engine works with it: times are epoch milliseconds, whatever may not count is null. */
export interface Look {
	updatedAt: number;
	/** % */
	level: number | null;
	/** km */
	range: number | null;
	/** kWh */
	capacity: number | null;
	/** kWh in the battery, null where it contradicts level and capacity. */
	residual: number | null;
	batteryAt: number | null;
	plugged: boolean | null;
	status: string | null;
	limit: string | null;
	endsAt: number | null;
	/** Minutes after midnight on the car's clock. */
	nextStart: number | null;
	chargingAt: number | null;
	/** True where the vehicle has a tank: its engine may charge the battery. */
	hasTank: boolean;
	/** km */
	odometer: number | null;
	spot: Spot | null;
	locked: boolean | null;
	open: readonly string[] | null;
	doorsAt: number | null;
	climate: string | null;
	failureCause: string | null;
	climateAt: number | null;
	ignition: string | null;
	moving: boolean | null;
	privacy: string | null;
	maintenance: { days: number | null; distance: number | null };
}

/** Times of blocks that were read last, to know an older one by; null or absent: none. */
export interface BlockTimes {
	/** Of the state that they came with. */
	updatedAt: number;
	batteryAt: number | null;
	chargingAt: number | null;
	doorsAt: number | null;
	climateAt: number | null;
	spot: Spot | null;
}

const DAY = 86_400_000;
/** Points between `level` and `energy` by `capacity` from which on one of them is wrong. */
const CONTRADICTION = 15;
const LONGEST_NAME = 30;
const MOST_OPEN = 10;

/** `updatedAt` of a summary in epoch milliseconds, or null where it has none. */
export function stateTime(status: unknown): number | null {
	return time(at(status, "updatedAt"));
}

/**
 * Reads a summary. Suspect values are not told. A block whose own time lies before that of the block read last is older
 * and tells nothing; one with the same time still counts, since cars exist that change values without ever renewing it.
 *
 * @param updatedAt what {@link stateTime} gave for it
 * @param before times of the blocks that were read last
 */
export function readStatus(status: unknown, updatedAt: number, before: BlockTimes | undefined): Look {
	const suspect = list(at(status, "suspect")).filter((path) => typeof path === "string");
	const trusted = (...path: string[]): unknown => {
		const name = path.join(".");
		const doubtful = suspect.some((one) => one === name || name.startsWith(`${one}.`) || one === path[0]);
		return doubtful ? null : at(status, ...path);
	};
	const blockTime = (block: string): number | null => {
		const own = time(at(status, block, "updatedAt"));
		return own !== null && own > updatedAt + DAY ? null : own;
	};
	const isOlder = (own: number | null, last: number | null | undefined) =>
		own !== null && before !== undefined && own < Math.min(last ?? own, before.updatedAt);

	const reading: Look = { ...UNTOLD, updatedAt, maintenance: { days: null, distance: null } };
	const batteryAt = blockTime("battery");
	if (!isOlder(batteryAt, before?.batteryAt)) {
		reading.batteryAt = batteryAt;
		reading.level = number(trusted("battery", "level"), 0, 100);
		reading.range = number(trusted("battery", "range"), 0, 5000);
		reading.capacity = number(trusted("battery", "capacity"), 0.1, 1000);
		reading.residual = residual(number(trusted("battery", "energy"), 0, 1000), reading);
		if (reading.level === null && reading.residual === null) reading.batteryAt = null;
	}
	const chargingAt = blockTime("charging");
	if (!isOlder(chargingAt, before?.chargingAt)) {
		reading.chargingAt = chargingAt;
		reading.status = short(trusted("charging", "status"));
		reading.plugged =
			flag(trusted("charging", "plugged")) ?? (reading.status === null ? null : reading.status !== "Disconnected");
		if (reading.status === null && reading.plugged === null) reading.chargingAt = null;
		reading.limit = short(trusted("charging", "limit"));
		reading.endsAt = time(trusted("charging", "endsAt"));
		reading.nextStart = minuteOfDay(trusted("charging", "nextStart"));
	}
	const tank = [at(status, "fuel", "level"), at(status, "fuel", "range")];
	reading.hasTank = tank.some((value) => number(value, 0, 5000) !== null);
	reading.odometer = number(trusted("odometer"), 0, 2_000_000);
	const positionAt = blockTime("position");
	const latitude = number(trusted("position", "latitude"), -90, 90);
	const longitude = number(trusted("position", "longitude"), -180, 180);
	if (latitude !== null && longitude !== null && !isOlder(positionAt, before?.spot?.at))
		reading.spot = { latitude, longitude, at: positionAt };
	const doorsAt = blockTime("doors");
	if (!isOlder(doorsAt, before?.doorsAt)) {
		reading.doorsAt = doorsAt;
		reading.locked = flag(trusted("doors", "locked"));
		reading.open = openOnes(trusted("doors", "open"), doorsAt);
		if (reading.locked === null && reading.open === null) reading.doorsAt = null;
	}
	const climateAt = blockTime("climate");
	if (!isOlder(climateAt, before?.climateAt)) {
		reading.climateAt = climateAt;
		reading.climate = short(trusted("climate", "status"));
		if (reading.climate === null) reading.climateAt = null;
		reading.failureCause = short(trusted("climate", "failureCause"));
	}
	reading.ignition = short(trusted("ignition"));
	reading.moving = flag(trusted("moving"));
	reading.privacy = short(trusted("privacy"));
	reading.maintenance = {
		days: number(trusted("maintenance", "days"), -1_000_000, 1_000_000),
		distance: number(trusted("maintenance", "distance"), -1_000_000, 1_000_000),
	};
	return reading;
}

/** Minutes after midnight of `"22:05"`, up to 24:00; null for anything else. */
export function minuteOfDay(value: unknown): number | null {
	const match = typeof value === "string" ? /^(\d{1,2}):(\d{2})$/.exec(value.trim()) : null;
	if (match === null) return null;
	const minutes = Number(match[1]) * 60 + Number(match[2]);
	return Number(match[2]) < 60 && minutes <= 1440 ? minutes : null;
}

/** Epoch milliseconds of a time of the API; null for what is none. */
export function time(value: unknown): number | null {
	return moment(value)?.ms ?? null;
}

const UNTOLD = {
	level: null,
	range: null,
	capacity: null,
	residual: null,
	batteryAt: null,
	plugged: null,
	status: null,
	limit: null,
	endsAt: null,
	nextStart: null,
	chargingAt: null,
	hasTank: false,
	odometer: null,
	spot: null,
	locked: null,
	open: null,
	doorsAt: null,
	climate: null,
	failureCause: null,
	climateAt: null,
	ignition: null,
	moving: null,
	privacy: null,
} satisfies Omit<Look, "updatedAt" | "maintenance">;

function residual(energy: number | null, { level, capacity }: Look): number | null {
	if (energy === null || level === null) return energy;
	if (capacity === null) return energy === 0 && level > CONTRADICTION ? null : energy;
	return Math.abs(level - (energy / capacity) * 100) > CONTRADICTION ? null : energy;
}

// An empty list without any time of the block is how a summary writes that nothing was told of the doors.
function openOnes(value: unknown, doorsAt: number | null): string[] | null {
	if (!Array.isArray(value) || (value.length === 0 && doorsAt === null)) return null;
	const names = value.map(short).filter((name) => name !== null);
	return [...new Set(names)].sort().slice(0, MOST_OPEN);
}

function short(value: unknown): string | null {
	return text(value)?.slice(0, LONGEST_NAME) ?? null;
}
