import type { ApiEvent } from "../../api/notifications";
import { type VehicleRef, vehicleRefOf } from "../../api/vehicles";
import type { Claim } from "../../transport/limiter";
import type { AccountConnection } from "../account";

/** How long (ms) an event waits for its vehicle to be looked up, and how long a failed look-up is not tried again. */
const PATIENCE = 5_000;
const PAUSE = 60_000;

/** A vehicle as an event names it: the API's own reference, or the little that the event says. */
export type NamedVehicle = VehicleRef | { vin: string };

/** Finds the vehicle behind an event's VIN. An event never waits long for it, and never fails by it. */
export class VehicleNames {
	readonly #account: () => AccountConnection;
	readonly #claim: Claim;
	readonly #now: () => number;
	readonly #missing = new Map<string, number>();

	constructor(account: () => AccountConnection, claim: Claim, now: () => number = Date.now) {
		this.#account = account;
		this.#claim = claim;
		this.#now = now;
	}

	async of({ vin, vehicleId, payload }: ApiEvent): Promise<NamedVehicle | undefined> {
		if (vehicleId !== undefined) return { id: vehicleId, ...(vin === undefined ? {} : { vin }) };
		if (vin === undefined) return vehicleRefOf(payload.vehicle);
		if (this.#now() - (this.#missing.get(vin) ?? Number.NEGATIVE_INFINITY) < PAUSE) return { vin };
		const found = await this.#look(vin);
		if (found) this.#missing.delete(vin);
		else this.#missing.set(vin, this.#now());
		return found ?? { vin };
	}

	async #look(vin: string): Promise<VehicleRef | undefined> {
		let timer: NodeJS.Timeout | undefined;
		const enough = new Promise<undefined>((resolve) => {
			timer = setTimeout(resolve, PATIENCE, undefined);
			timer.unref();
		});
		const looking = async () => (await this.#account().connected()).vehicles.find(vin, this.#claim);
		try {
			return await Promise.race([looking().catch(() => undefined), enough]);
		} finally {
			clearTimeout(timer);
		}
	}
}
