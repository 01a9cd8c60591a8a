import { lacking } from "../api/commands/capability";
import type { CommandId } from "../api/commands/names";
import type { Prepared } from "../api/commands/table";
import type { ConnectedCar } from "../api/connected-car";
import { text } from "../api/summaries/readers";
import { summarizeStatus } from "../api/summaries/status";
import { vehicleName } from "../api/vehicle-name";
import { isVin, type VehicleRef } from "../api/vehicles";
import { StellantisError } from "../error";
import { at } from "../json";
import type { Claim } from "../transport/limiter";
import type { CommandClock } from "./clock";
import { batteryTooLow, ENOUGH_BATTERY } from "./wake-ups";

/** Longest time (ms) that reading what is merely good to know may take. */
const SOON = 10_000;
/** How long (ms) a vehicle's capabilities, or that they are not known, are believed. */
const CAPABLE_FOR = 60 * 60_000;
const UNKNOWN_FOR = 10 * 60_000;
const MOST_REMEMBERED = 1_000;

/** A command of the API, its arguments checked. */
export interface ApiCommand {
	command: CommandId;
	prepared: Prepared;
}

/** Who tells of a vehicle. */
export interface PreconditionsOptions {
	car: ConnectedCar;
	clock: CommandClock;
}

/** What the API tells of a vehicle before a command is sent to it: whether it can do it, and is fit to be woken. */
export class Preconditions {
	readonly #options: PreconditionsOptions;
	readonly #capabilities = new Map<string, { resource: unknown; until: number }>();

	constructor(options: PreconditionsOptions) {
		this.#options = options;
	}

	/** The vehicle with its VIN, where what must be read for the command anyway tells it. */
	async identify({ prepared }: ApiCommand, vehicle: VehicleRef, claim: Claim, signal: AbortSignal) {
		if (prepared.needs.length === 0) return vehicle;
		const vin = text(at(await this.#capabilitiesOf(vehicle, claim, signal), "vin"));
		return vin !== null && isVin(vin) ? { ...vehicle, vin } : vehicle;
	}

	/**
	 * The vehicle's latest status, for commands that depend on it; undefined when the API has none.
	 *
	 * @throws ERR_NOT_SUPPORTED, ERR_WAKEUP_TOO_SOON for a vehicle that can't or must not do it now; what reading the
	 *   status throws
	 */
	async check(asked: ApiCommand, vehicle: VehicleRef, claim: Claim, signal: AbortSignal): Promise<unknown> {
		const { prepared } = asked;
		await this.#checkCapability(asked, vehicle, claim, signal);
		if (prepared.wakes) await this.#checkBattery(vehicle, claim, signal);
		return prepared.needsStatus ? this.#statusOf(vehicle, claim, signal) : undefined;
	}

	/** @throws ERR_NOT_SUPPORTED when the API tells that the vehicle can't do it */
	async #checkCapability(
		{ prepared, command }: ApiCommand,
		vehicle: VehicleRef,
		claim: Claim,
		signal: AbortSignal,
	): Promise<void> {
		if (prepared.needs.length === 0) return;
		const lack = lacking(await this.#capabilitiesOf(vehicle, claim, signal), prepared.needs);
		if (lack !== undefined)
			throw new StellantisError(
				"ERR_NOT_SUPPORTED",
				`Nothing was sent, because ${vehicleName(vehicle)} can't do ${command}: its capabilities say "${lack}" is false.`,
			);
	}

	async #capabilitiesOf(vehicle: VehicleRef, claim: Claim, signal: AbortSignal): Promise<unknown> {
		const now = this.#options.clock.now();
		const known = this.#capabilities.get(vehicle.id);
		if (known && known.until >= now) return known.resource;
		const resource = await this.#readSoon("capability", vehicle, claim, signal);
		this.#capabilities.set(vehicle.id, {
			resource,
			until: now + (resource === undefined ? UNKNOWN_FOR : CAPABLE_FOR),
		});
		const [oldest] = this.#capabilities.keys();
		if (this.#capabilities.size > MOST_REMEMBERED && oldest !== undefined) this.#capabilities.delete(oldest);
		return resource;
	}

	/** @throws ERR_WAKEUP_TOO_SOON */
	async #checkBattery(vehicle: VehicleRef, claim: Claim, signal: AbortSignal): Promise<void> {
		const status = await this.#readSoon("status", vehicle, claim, signal);
		const { auxiliaryBattery } = summarizeStatus(status, this.#options.car.family.units);
		if (auxiliaryBattery !== null && auxiliaryBattery < ENOUGH_BATTERY)
			throw batteryTooLow(vehicleName(vehicle), auxiliaryBattery);
	}

	/** Something about a vehicle that is good to know, or undefined when the API does not tell it soon. */
	async #readSoon(route: "capability" | "status", vehicle: VehicleRef, claim: Claim, signal: AbortSignal) {
		const stop = new AbortController();
		const within = AbortSignal.any([signal, stop.signal]);
		try {
			const late = this.#options.clock.sleep(SOON, within).then(() => undefined);
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
