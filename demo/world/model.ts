/**
 * The world behind the simulated API: cars, their history, and what tests and commands changed since the start.
 * All three families read this one model.
 */
import { day, hour, minute } from "../base/time";
import { electricUse, fuelUse } from "./energy";
import {
	type Incidents,
	incidentsOf,
	type SimulatedAlarm,
	type SimulatedAlert,
	type SimulatedCollision,
	type SimulatedTheft,
} from "./incidents";
import { planWeek, type SimulatedCharge, type SimulatedTrip, type Week } from "./plan";
import { saidBy } from "./quirks";
import { hex } from "./random";
import { startOfWeek, weekOf } from "./routine";
import { type Overrides, stateAt, type VehicleState } from "./state";
import { type Fact, factsOf, type Zone } from "./truth";
import { cast, characterCount, indexOf, type SimulatedVehicle, vehicleAt } from "./vehicles";

/** How far back the API remembers. */
export const memory = 182 * day;

/** Weeks kept for the next question; a walk over a large fleet must not fill the memory. */
const keptWeeks = 4000;

export class Model {
	readonly seed: number;
	readonly vehicleCount: number;
	readonly #now: () => number;
	readonly #weeks = new Map<string, Week>();
	readonly #overrides = new Map<string, Overrides>();
	readonly #addedTrips = new Map<string, SimulatedTrip[]>();
	readonly #addedAlerts = new Map<string, SimulatedAlert[]>();
	readonly #endedAlerts = new Map<string, number>();
	/** Place of the only vehicle that has never sent anything. */
	readonly silent = cast.silent;
	#serial = 0;

	constructor(seed: number, now: () => number, extraVehicles: number) {
		this.seed = seed;
		this.#now = now;
		this.vehicleCount = characterCount + extraVehicles;
	}

	/** Epoch milliseconds by the clock the simulator was given. */
	now(): number {
		return this.#now();
	}

	vehicle(index: number): SimulatedVehicle {
		return vehicleAt(this.seed, index);
	}

	/** All vehicles in order, made as they are looked at. */
	vehicles(): { length: number; slice(from: number, to: number): SimulatedVehicle[] } {
		const length = this.vehicleCount;
		return {
			length,
			slice: (from, to) =>
				Array.from({ length: Math.max(0, Math.min(to, length) - from) }, (_, n) => this.vehicle(from + n)),
		};
	}

	/** A vehicle by id or by VIN. */
	find(key: "id" | "vin", value: string): SimulatedVehicle | undefined {
		const index = indexOf(value);
		if (index < 0 || index >= this.vehicleCount) return undefined;
		const vehicle = this.vehicle(index);
		return vehicle[key] === value ? vehicle : undefined;
	}

	/** The cars whose histories make up the fleet-wide collections: those with a story, and those that were given one. */
	storied(): SimulatedVehicle[] {
		const added = [...this.#addedTrips.keys(), ...this.#addedAlerts.keys(), ...this.#overrides.keys()];
		const indexes = new Set(Array.from({ length: characterCount }, (_, index) => index));
		for (const id of added) indexes.add(indexOf(id));
		return [...indexes].map((index) => this.vehicle(index));
	}

	/** What commands changed on a vehicle; change it in place. */
	overrides(vehicleId: string): Overrides {
		let overrides = this.#overrides.get(vehicleId);
		if (!overrides) {
			overrides = {};
			this.#overrides.set(vehicleId, overrides);
		}
		return overrides;
	}

	/** How a car is now, or was at another time. */
	state(vehicle: SimulatedVehicle, time = this.now()): VehicleState {
		const around = this.#weeksOf(vehicle, time - 8 * day, time + day);
		const trips = around.flatMap((each) => each.trips);
		const charges = around.flatMap((each) => each.charges);
		// Only one car is ever stolen, and a state is asked for often.
		const thefts = vehicle.index === cast.stolen ? incidentsOf(this.seed, vehicle, trips).thefts : [];
		return stateAt(vehicle, time, {
			trip: trips.findLast((trip) => trip.startedAt <= time),
			next: trips.find((trip) => trip.startedAt > time),
			charge: charges.findLast((charge) => charge.pluggedAt <= time),
			theft: thefts.find((each) => each.startedAt <= time && time < each.endAt),
			overrides: this.#overrides.get(vehicle.id) ?? {},
		});
	}

	/** What a car says of itself now, its quirks included. */
	said(vehicle: SimulatedVehicle): VehicleState {
		return saidBy(vehicle.index, this.now(), (time) => this.state(vehicle, time));
	}

	/** The trips the API knows by now, oldest first. */
	trips(vehicle: SimulatedVehicle): SimulatedTrip[] {
		const now = this.now();
		const driven = this.#history(vehicle).flatMap((each) => each.trips);
		const known = driven.filter((trip) => trip.createdAt <= now && trip.startedAt >= now - memory);
		const added = this.#addedTrips.get(vehicle.id);
		return added ? [...known, ...added].sort((a, b) => a.startedAt - b.startedAt) : known;
	}

	/** Charging sessions, the one going on included, oldest first. */
	charges(vehicle: SimulatedVehicle): SimulatedCharge[] {
		const now = this.now();
		return this.#history(vehicle)
			.flatMap((each) => each.charges)
			.filter((charge) => charge.startedAt <= now && charge.startedAt >= now - memory);
	}

	/** Alerts, oldest first; `endAt` is absent while one lasts. */
	alerts(vehicle: SimulatedVehicle): SimulatedAlert[] {
		const now = this.now();
		const alerts = [...this.#incidents(vehicle).alerts, ...(this.#addedAlerts.get(vehicle.id) ?? [])];
		return alerts
			.filter((alert) => alert.startedAt <= now)
			.map((alert) => {
				const ended = this.#endedAlerts.get(alert.id) ?? alert.endAt;
				const { endAt: _, ...rest } = alert;
				return ended !== undefined && ended <= now ? { ...rest, endAt: ended } : rest;
			})
			.sort((a, b) => a.startedAt - b.startedAt);
	}

	collisions(vehicle: SimulatedVehicle): SimulatedCollision[] {
		return this.#incidents(vehicle).collisions.filter((collision) => collision.createdAt <= this.now());
	}

	alarms(vehicle: SimulatedVehicle): SimulatedAlarm[] {
		return this.#incidents(vehicle).alarms.filter((alarm) => alarm.startedAt <= this.now());
	}

	/** Thefts that were reported, the one going on without its end. */
	thefts(vehicle: SimulatedVehicle): SimulatedTheft[] {
		const { thefts = [], recoveredAt = 0 } = this.#overrides.get(vehicle.id) ?? {};
		const known = this.#incidents(vehicle).thefts.filter((theft) => theft.startedAt <= this.now());
		const ended = known.map((theft) =>
			theft.startedAt <= recoveredAt && theft.endAt > recoveredAt ? { ...theft, endAt: recoveredAt } : theft,
		);
		return [...ended, ...thefts].sort((a, b) => a.startedAt - b.startedAt);
	}

	/** What really happens to a car from one moment on and before another, in the past or to come; see `Fact`. */
	truth(vehicle: SimulatedVehicle, from: number, to: number, zones: readonly Zone[] = []): Fact[] {
		return factsOf(this.#weeksOf(vehicle, from - 2 * day, to), from, to, zones);
	}

	/** When the car sent telemetry in the last week: every minute of a trip, once an hour while parked. */
	samples(vehicle: SimulatedVehicle): number[] {
		const now = this.now();
		const from = Math.ceil((now - 7 * day) / minute) * minute;
		const trips = this.#weeksOf(vehicle, from - 2 * day, now).flatMap((each) => each.trips);
		const times: number[] = [];
		let n = 0;
		for (let time = from; time <= now; time += minute) {
			while (n < trips.length && (trips[n]?.stoppedAt ?? 0) < time) n++;
			if (time % hour === 0 || (trips[n]?.startedAt ?? time + 1) <= time) times.push(time);
		}
		return times;
	}

	/** Adds a trip that ends now, or as given; the API shows it at once. */
	addTrip(vehicleId: string, given: Partial<SimulatedTrip> = {}): SimulatedTrip {
		const vehicle = this.known(vehicleId);
		const now = this.now();
		const state = this.state(vehicle, now);
		const distance = given.distance ?? 12;
		const trip: SimulatedTrip = {
			id: this.#newId(vehicle),
			vehicleId,
			stoppedAt: now,
			startedAt: (given.stoppedAt ?? now) - 20 * minute,
			createdAt: now,
			distance,
			...this.#useOf(vehicle, state, distance),
			startOdometer: state.odometer,
			from: vehicle.home,
			to: vehicle.work,
			done: true,
			...given,
		};
		append(this.#addedTrips, vehicleId, trip);
		return trip;
	}

	/** Adds an alert that starts now and lasts, or as given. */
	addAlert(vehicleId: string, given: Partial<SimulatedAlert> = {}): SimulatedAlert {
		const vehicle = this.known(vehicleId);
		const alert: SimulatedAlert = {
			id: this.#newId(vehicle),
			vehicleId,
			type: "RiskOfIce",
			severity: "Information",
			startedAt: this.now(),
			place: this.state(vehicle).position.place,
			...given,
		};
		append(this.#addedAlerts, vehicleId, alert);
		return alert;
	}

	/** Ends an alert now. */
	endAlert(vehicleId: string, alertId: string): void {
		if (!this.alerts(this.known(vehicleId)).some((alert) => alert.id === alertId)) {
			throw new Error(`Vehicle ${vehicleId} has no alert ${alertId}.`);
		}
		this.#endedAlerts.set(alertId, this.now());
	}

	/** A vehicle by id; throws a plain Error for an unknown one. */
	known(vehicleId: string): SimulatedVehicle {
		const vehicle = this.find("id", vehicleId);
		if (!vehicle) throw new Error(`There is no simulated vehicle ${vehicleId}.`);
		return vehicle;
	}

	/** What a trip takes that ends in this state. */
	#useOf(
		{ battery, tank }: SimulatedVehicle,
		{ electric, fuel }: VehicleState,
		distance: number,
	): Partial<SimulatedTrip> {
		if (battery && electric) {
			const used = (distance * battery.consumption) / 1000;
			const startLevel = Math.min(100, electric.level + (used * 100_000) / battery.capacity);
			return { electric: electricUse(battery, startLevel, electric.level, used) };
		}
		if (!tank || !fuel) return {};
		const used = (distance * tank.consumption) / 100;
		const startLevel = Math.min(100, fuel.level + (used * 100) / tank.volume);
		return { fuel: fuelUse(tank, startLevel, fuel.level, used) };
	}

	/** An id that nothing else has, and that another run of the simulator won't give away again. */
	newId(length = 24): string {
		return hex(length, this.seed, ++this.#serial, this.now() / 1000, 90_002);
	}

	#newId(vehicle: SimulatedVehicle): string {
		return hex(24, this.seed, vehicle.index, ++this.#serial, 90_001);
	}

	#incidents(vehicle: SimulatedVehicle): Incidents {
		const trips = this.#history(vehicle).flatMap((each) => each.trips);
		return incidentsOf(this.seed, vehicle, trips);
	}

	#history(vehicle: SimulatedVehicle): Week[] {
		const now = this.now();
		return vehicle.hasData ? this.#weeksOf(vehicle, now - memory, now) : [];
	}

	#weeksOf(vehicle: SimulatedVehicle, from: number, to: number): Week[] {
		const weeks: Week[] = [];
		// A night shift of Sunday ends on Monday: it is part of the week before.
		for (let number = weekOf(from - day); startOfWeek(number) <= to; number++) {
			const key = `${vehicle.index}:${number}`;
			let each = this.#weeks.get(key);
			if (!each) {
				if (this.#weeks.size >= keptWeeks) this.#weeks.clear();
				each = planWeek(this.seed, vehicle, number);
				this.#weeks.set(key, each);
			}
			weeks.push(each);
		}
		return weeks;
	}
}

function append<T>(lists: Map<string, T[]>, key: string, item: T): void {
	const list = lists.get(key);
	if (list) list.push(item);
	else lists.set(key, [item]);
}
