/** The life of commands: from accepted over the car's waking up to their end, step by step. */
import type { Clockwork } from "../base/clockwork";
import type { Json } from "../base/json";
import { minute } from "../base/time";
import type { Family } from "../families";
import type { Model } from "../world/model";
import { type OrderOutcome, outcomeOf, type VehicleOrder } from "../world/orders";
import type { VehicleState } from "../world/state";
import type { SimulatedVehicle } from "../world/vehicles";
import { type Desk, isOver, type RemoteAction } from "./desk";
import type { Desks } from "./desks";

/** What shall come of the next command to a vehicle. */
export interface CommandScript {
	/** Statuses on the way, after `Accepted`; default: as the car is, awake or asleep. */
	statuses?: readonly string[];
	/** The end of it; `Success` has the command's effect. Default: as the car's state has it. */
	status?: "Success" | "AlreadyDone" | "Failed";
	failureCause?: string;
	/** It never comes to an end. */
	hang?: boolean;
}

export interface RemoteOptions {
	model: Model;
	desks: Desks;
	clockwork: Clockwork;
	/** Milliseconds between two statuses. */
	step: number;
	/** Wake-ups of a car in a month (UTC) before it is left alone. */
	wakeUpsPerMonth: number;
	/** Told of every status of every command. */
	told: (family: Family, action: RemoteAction) => void;
}

export interface Command {
	vehicle: SimulatedVehicle;
	channelId: string;
	type: string;
	order: VehicleOrder;
	/** The body it was sent with. */
	remote: Json;
}

/** Commands a desk remembers. */
const keptRemotes = 1000;
/** A car goes to sleep when nothing has happened for so long. */
const awakeTime = 15 * minute;
/** Level in % of the 12 V battery below which the car warns, and below which it does nothing. */
const auxiliary = { warning: 60, tooLow: 50 } as const;

export class Remotes {
	readonly #options: RemoteOptions;
	readonly #scripts = new Map<string, CommandScript[]>();
	readonly #hanging = new Set<string>();

	constructor(options: RemoteOptions) {
		this.#options = options;
	}

	/** Says what shall come of the next command to a vehicle; several scripts are used in order. */
	script(vehicleId: string, script: CommandScript): void {
		this.#scripts.set(vehicleId, [...(this.#scripts.get(vehicleId) ?? []), script]);
	}

	/** Takes a command; everything after that happens step by step. */
	accept(family: Family, command: Command): RemoteAction {
		const { model, desks, told } = this.#options;
		const { vehicle, channelId, type, remote } = command;
		const desk = desks.of(family);
		const script = this.#scripts.get(vehicle.id)?.shift() ?? {};
		const busy = this.#busy(vehicle.id, type);
		const now = model.now();
		const action: RemoteAction = {
			id: model.newId(),
			vehicleId: vehicle.id,
			channelId,
			type,
			remote,
			status: "Accepted",
			createdAt: now,
			updatedAt: now,
		};
		desk.remotes.set(action.id, action);
		forgetOld(desk);
		if (script.hang) this.#hanging.add(action.id);
		told(family, action);
		const unscripted = Object.keys(script).length === 0;
		if (busy && unscripted) this.#play(family, action, [], () => failed("SameActionInProgress"), false);
		else this.#send(family, action, command, script);
		return action;
	}

	#send(family: Family, action: RemoteAction, command: Command, script: CommandScript): void {
		const { model } = this.#options;
		const { vehicle, order } = command;
		const natural = vehicle.hasData ? this.#way(family, command) : silent;
		const end = (): OrderOutcome => {
			if (script.status === undefined) return natural.refusal ?? this.#outcome(command);
			const { change } = script.status === "Success" && vehicle.hasData ? this.#outcome(command) : {};
			const { status, failureCause } = script;
			return { status, ...(failureCause === undefined ? {} : { failureCause }), ...(change ? { change } : {}) };
		};
		const arrive = (): OrderOutcome => {
			const outcome = end();
			const overrides = model.overrides(vehicle.id);
			Object.assign(overrides, outcome.change);
			if (vehicle.hasData && outcome.status !== "Failed") overrides.contactAt = model.now();
			return outcome;
		};
		if (order.do === "wake" && !natural.statuses.includes("WakingUpVehicle") && !natural.refusal) {
			wake(model, vehicle);
		}
		this.#play(family, action, script.statuses ?? natural.statuses, arrive, script.hang === true);
	}

	#outcome({ vehicle, order }: Command): OrderOutcome {
		const { model } = this.#options;
		return outcomeOf(order, {
			now: model.now(),
			state: model.state(vehicle),
			overrides: model.overrides(vehicle.id),
			newId: () => model.newId(32),
		});
	}

	/** What a command goes through by the state of the car, and why it doesn't arrive, if it doesn't. */
	#way(family: Family, { vehicle, order }: Command): { statuses: string[]; refusal?: OrderOutcome } {
		const { model, wakeUpsPerMonth } = this.#options;
		const state = model.state(vehicle);
		const wakes = asleep(state, model.now());
		if (!wakes && order.do !== "wake") return { statuses: ["SentToVehicle"] };
		const month = new Date(model.now()).toISOString().slice(0, 7);
		const woken = (model.overrides(vehicle.id).wakeUps ?? []).filter(
			(time) => new Date(time).toISOString().slice(0, 7) === month,
		);
		if (woken.length >= wakeUpsPerMonth) {
			return { statuses: ["TooManyWakeUpsOverMonth"], refusal: failed("TooManyWakeUpsOverMonth") };
		}
		if (state.auxiliaryBattery < auxiliary.tooLow) {
			return {
				statuses: ["WakingUpVehicle", "VehicleBatteryChargeTooLow"],
				refusal: failed("NotPossibleDueToVehicleBatteryLevel"),
			};
		}
		const warns = family.commands.batteryWarning && state.auxiliaryBattery < auxiliary.warning;
		return {
			statuses: [
				...(wakes ? ["WakingUpVehicle"] : []),
				...(warns ? ["VehicleBatteryLevelWarning"] : []),
				"SentToVehicle",
			],
		};
	}

	#play(
		family: Family,
		action: RemoteAction,
		statuses: readonly string[],
		end: () => OrderOutcome,
		hangs: boolean,
	): void {
		const { model, clockwork, step, told } = this.#options;
		const [status, ...rest] = statuses;
		if (status === undefined && hangs) return;
		clockwork.after(step, () => {
			if (status === undefined) {
				const { status, failureCause } = end();
				Object.assign(action, { status }, failureCause === undefined ? {} : { failureCause });
			} else {
				action.status = status;
				const vehicle = model.find("id", action.vehicleId);
				if (status === "WakingUpVehicle" && vehicle) wake(model, vehicle);
			}
			action.updatedAt = model.now();
			told(family, action);
			if (status !== undefined) this.#play(family, action, rest, end, hangs);
		});
	}

	/** Whether a command of this kind is under way to a vehicle. */
	#busy(vehicleId: string, type: string): boolean {
		return this.#options.desks
			.opened()
			.some(([, { remotes }]) =>
				[...remotes.values()].some(
					(each) =>
						each.vehicleId === vehicleId && each.type === type && !isOver(each.status) && !this.#hanging.has(each.id),
				),
			);
	}
}

/** A car that has never sent anything can't be reached. */
const silent = { statuses: ["WakingUpVehicle"], refusal: failed("VehicleConnectionTimeout") };

function failed(failureCause: string): OrderOutcome {
	return { status: "Failed", failureCause };
}

function asleep({ driving, electric, updatedAt }: VehicleState, now: number): boolean {
	return !driving && electric?.charging.status !== "InProgress" && now - updatedAt >= awakeTime;
}

/** Counts a wake-up; the car tells its state again. */
function wake(model: Model, { id, hasData }: SimulatedVehicle): void {
	if (!hasData) return;
	const overrides = model.overrides(id);
	overrides.wakeUps = [...(overrides.wakeUps ?? []), model.now()];
	overrides.contactAt = model.now();
}

function forgetOld({ remotes }: Desk): void {
	for (const [id, { status }] of remotes) {
		if (remotes.size <= keptRemotes) return;
		if (isOver(status)) remotes.delete(id);
	}
}
