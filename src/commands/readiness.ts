import { lacking } from "../api/commands/capability";
import type { ConnectedCar } from "../api/connected-car";
import { summarizeStatus } from "../api/summaries/status";
import type { VehicleRef } from "../api/vehicles";
import { StellantisError } from "../error";
import type { Claim } from "../transport/limiter";
import type { CommandClock } from "./clock";
import type { AllowedCommand } from "./order";
import { batteryTooLow, ENOUGH_BATTERY, type WakeUpLimits, type WakeUpMemory, wakeUpRefusal } from "./wakeups";

/** Longest time (ms) that a glance at what is merely good to know may take. */
const GLANCE = 10_000;
/** How long (ms) a vehicle's capabilities, or that they are not known, are believed. */
const CAPABLE_FOR = 60 * 60_000;
const UNKNOWN_FOR = 10 * 60_000;
const MOST_REMEMBERED = 1_000;

/** What a vehicle is judged by. */
export interface ReadinessOptions {
	car: ConnectedCar;
	limits: WakeUpLimits;
	wakeUps: WakeUpMemory;
	clock: CommandClock;
}

/** Whether a vehicle is ready for a command: what the API and the memory of wake-ups tell before anything is sent. */
export class Readiness {
	readonly #options: ReadinessOptions;
	readonly #capabilities = new Map<string, { resource: unknown; until: number }>();

	constructor(options: ReadinessOptions) {
		this.#options = options;
	}

	/**
	 * The vehicle's latest status, for commands that depend on it; undefined when the API has none.
	 *
	 * @throws ERR_NOT_SUPPORTED, ERR_WAKEUP_TOO_SOON for a vehicle that can't or must not do it now; what reading the
	 *   status throws
	 */
	async check(allowed: AllowedCommand, vehicle: VehicleRef, claim: Claim, signal: AbortSignal): Promise<unknown> {
		const { prepared } = allowed;
		await this.#checkCapability(allowed, vehicle, claim, signal);
		if (prepared.wakes) await this.#checkWakeUp(vehicle, claim, signal);
		return prepared.needsStatus ? this.#statusOf(vehicle, claim, signal) : undefined;
	}

	/** @throws ERR_NOT_SUPPORTED when the API tells that the vehicle can't do it */
	async #checkCapability(
		{ prepared, command }: AllowedCommand,
		vehicle: VehicleRef,
		claim: Claim,
		signal: AbortSignal,
	): Promise<void> {
		if (prepared.needs.length === 0) return;
		const now = this.#options.clock.now();
		let known = this.#capabilities.get(vehicle.id);
		if (!known || known.until < now) {
			const resource = await this.#glance("capability", vehicle, claim, signal);
			known = { resource, until: now + (resource === undefined ? UNKNOWN_FOR : CAPABLE_FOR) };
			this.#capabilities.set(vehicle.id, known);
			const [oldest] = this.#capabilities.keys();
			if (this.#capabilities.size > MOST_REMEMBERED && oldest !== undefined) this.#capabilities.delete(oldest);
		}
		const lack = lacking(known.resource, prepared.needs);
		if (lack !== undefined)
			throw new StellantisError(
				"ERR_NOT_SUPPORTED",
				`Vehicle ${vehicle.id} can't do ${command}: its capabilities say "${lack}" is false. Nothing was sent.`,
			);
	}

	/** @throws ERR_WAKEUP_TOO_SOON */
	async #checkWakeUp(vehicle: VehicleRef, claim: Claim, signal: AbortSignal): Promise<void> {
		const { wakeUps, limits, car } = this.#options;
		const refusal = wakeUpRefusal(vehicle, await wakeUps.of(vehicle.id), limits, this.#options.clock.now());
		if (refusal) throw refusal;
		const status = await this.#glance("status", vehicle, claim, signal);
		const { auxiliaryBattery } = summarizeStatus(status, car.family.units);
		if (auxiliaryBattery !== null && auxiliaryBattery < ENOUGH_BATTERY) throw batteryTooLow(vehicle, auxiliaryBattery);
	}

	/** Something about a vehicle that is good to know, or undefined when the API does not tell it soon. */
	async #glance(route: "capability" | "status", vehicle: VehicleRef, claim: Claim, signal: AbortSignal) {
		const stop = new AbortController();
		const within = AbortSignal.any([signal, stop.signal]);
		try {
			const late = this.#options.clock.sleep(GLANCE, within).then(() => undefined);
			return await Promise.race([this.#read(route, vehicle, claim, within), late]);
		} catch (error) {
			if (signal.aborted) throw error;
			return undefined;
		} finally {
			stop.abort();
		}
	}

	/** Undefined when the API has no status of the vehicle, and so nothing that could get lost. */
	async #statusOf(vehicle: VehicleRef, claim: Claim, signal: AbortSignal): Promise<unknown> {
		try {
			return await this.#read("status", vehicle, claim, signal);
		} catch (error) {
			if (error instanceof StellantisError && error.code === "ERR_NOT_FOUND") return undefined;
			throw error;
		}
	}

	async #read(name: "capability" | "status", vehicle: VehicleRef, claim: Claim, signal: AbortSignal) {
		const { car } = this.#options;
		const route = car.route(name);
		const url = car.withQuery(car.addressOfVehicle(route, vehicle), car.standingQuery(route));
		return (await car.get(url, claim, signal)).body;
	}
}
