import type { ApiEvent } from "../../api/notifications";
import { type VehicleRef, vehicleRefOf } from "../../api/vehicles";
import type { Claim } from "../../transport/limiter";
import type { AccountConnection } from "../account";

/** How long (ms) an event waits for its vehicle to be looked up, and how long a failed look-up is not tried again. */
const PATIENCE = 5_000;
const PAUSE = 60_000;
/** Vehicles that are remembered, and for how long (ms): a vehicle that tells something often tells more soon. */
const MOST = 10_000;
const FRESH = 10 * 60_000;

/** A vehicle as an event names it: the API's own reference, or the little that the event says. */
export type NamedVehicle = VehicleRef | { vin: string };

/** Finds the vehicle behind an event's VIN. An event never waits long for it, and never fails by it. */
export class VehicleNames {
	readonly #account: () => AccountConnection;
	readonly #claim: Claim;
	readonly #now: () => number;
	readonly #missing = new Map<string, number>();
	readonly #found = new Map<string, { vehicle: VehicleRef; at: number }>();

	constructor(account: () => AccountConnection, claim: Claim, now: () => number = Date.now) {
		this.#account = account;
		this.#claim = claim;
		this.#now = now;
	}

	async of({ vin, vehicleId, payload }: ApiEvent): Promise<NamedVehicle | undefined> {
		if (vehicleId !== undefined) return { id: vehicleId, ...(vin === undefined ? {} : { vin }) };
		if (vin === undefined) return vehicleRefOf(payload.vehicle);
		const now = this.#now();
		const known = this.#found.get(vin);
		if (known && now - known.at < FRESH) return known.vehicle;
		if (now - (this.#missing.get(vin) ?? Number.NEGATIVE_INFINITY) < PAUSE) return { vin };
		const vehicle = await this.#look(vin);
		if (!vehicle) {
			this.#missing.set(vin, this.#now());
			return { vin };
		}
		this.#missing.delete(vin);
		if (this.#found.size >= MOST) this.#found.clear();
		this.#found.set(vin, { vehicle, at: this.#now() });
		return vehicle;
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
