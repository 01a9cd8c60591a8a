import type { ConnectedCar } from "../../api/connected-car";
import type { StatusMemory } from "../../api/summaries/memory";
import { text } from "../../api/summaries/readers";
import type { StatusSummary } from "../../api/summaries/status-summary";
import { isVin, type VehicleDirectory, type VehicleRef } from "../../api/vehicles";
import { at } from "../../json";
import type { Claim } from "../../transport/limiter";
import type { CommandClock } from "../clock";

/** Longest time (ms) that a look may take: a command at home must not wait for an API that is out of reach. */
const SOON = 10_000;

/** What an account reads of its vehicles by itself. */
export interface OwnLooksOptions {
	car: ConnectedCar;
	vehicles: Pick<VehicleDirectory, "completed">;
	states: StatusMemory;
	clock: CommandClock;
}

/** What the account reads of a vehicle by itself, as far as it can: it may be one that only sends. */
export class OwnLooks {
	readonly #options: OwnLooksOptions;

	constructor(options: OwnLooksOptions) {
		this.#options = options;
	}

	/** The vehicle with its VIN, where the account can tell it. */
	async identify(given: VehicleRef, claim: Claim, signal: AbortSignal): Promise<VehicleRef> {
		const { car, vehicles } = this.#options;
		const vehicle = vehicles.completed(given);
		if (vehicle.vin !== undefined) return vehicle;
		if (isVin(vehicle.id)) return { ...vehicle, vin: vehicle.id };
		const read = async (until: AbortSignal) =>
			(await car.get(car.address(car.route("vehicle"), { id: vehicle.id }), claim, until)).body;
		const vin = text(at(await this.#soon(read, signal), "vin"));
		return vin !== null && isVin(vin) ? { ...vehicle, vin } : vehicle;
	}

	/** The summary of a vehicle's state; undefined where the account can't read it now. */
	async look(vehicle: VehicleRef, claim: Claim, signal: AbortSignal): Promise<StatusSummary | undefined> {
		const { car, states } = this.#options;
		// By its VIN alone it was never found.
		if (vehicle.id === vehicle.vin) return undefined;
		const route = car.route("status");
		const url = car.withQuery(car.addressOfVehicle(route, vehicle), car.standingQuery(route));
		const body = await this.#soon(async (until) => (await car.get(url, claim, until)).body, signal);
		if (body === undefined) return undefined;
		return states.summarize(vehicle.vin?.toUpperCase() ?? vehicle.id, body, car.family.units);
	}

	/** What is read within a short time; undefined where it is not. @throws the signal's reason */
	async #soon(read: (signal: AbortSignal) => Promise<unknown>, signal: AbortSignal): Promise<unknown> {
		const stop = new AbortController();
		const within = AbortSignal.any([signal, stop.signal]);
		try {
			const late = this.#options.clock.sleep(SOON, within).then(() => undefined);
			return await Promise.race([read(within), late]);
		} catch {
			signal.throwIfAborted();
			return undefined;
		} finally {
			stop.abort();
		}
	}
}
