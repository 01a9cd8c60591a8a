import type { ApiEvent } from "../../api/notifications";
import { type VehicleRef, vehicleRefOf } from "../../api/vehicles";
import type { Claim } from "../../transport/limiter";
import type { AccountConnection } from "../account/connection";

/** How long (ms) an event waits for its vehicle to be known. */
const PATIENCE = 5_000;
/** Most look-ups that are remembered: a vehicle that tells something often tells more soon. */
const MOST = 10_000;
/** For how long (ms): one that has found the vehicle, and one that has failed. */
const FRESH = 10 * 60_000;
const PAUSE = 60_000;

/** A vehicle as an event names it: the API's own reference, or the little that the event says. */
export type NamedVehicle = VehicleRef | { vin: string };

/** Finds the vehicle behind an event's VIN, or behind the command it tells of. An event never waits long for it, and never fails by it. */
export class VehicleNames {
	readonly #account: () => AccountConnection;
	readonly #claim: Claim;
	readonly #now: () => number;
	readonly #known = new Map<string, { vehicle: VehicleRef | undefined; at: number }>();

	constructor(account: () => AccountConnection, claim: Claim, now: () => number = Date.now) {
		this.#account = account;
		this.#claim = claim;
		this.#now = now;
	}

	async of({ vin, vehicleId, payload, remote }: ApiEvent): Promise<NamedVehicle | undefined> {
		if (vehicleId !== undefined) return { id: vehicleId, ...(vin === undefined ? {} : { vin }) };
		if (vin === undefined) return vehicleRefOf(payload.vehicle) ?? (remote && this.#sentTo(remote.remoteActionId));
		const known = this.#known.get(vin);
		if (known && this.#now() - known.at < (known.vehicle ? FRESH : PAUSE)) return known.vehicle ?? { vin };
		const vehicle = await inTime(async () => (await this.#account().connected()).vehicles.find(vin, this.#claim));
		if (this.#known.size >= MOST) this.#known.clear();
		this.#known.set(vin, { vehicle, at: this.#now() });
		return vehicle ?? { vin };
	}

	/** Of a batch, where a family's events name no vehicle (API overview: batches carry no header and query attributes). */
	#sentTo(remoteActionId: string): Promise<VehicleRef | undefined> {
		return inTime(async () => {
			const commands = await (await this.#account().connected()).commandSender();
			// An event can be here before the API's answer that tells the command's id.
			if (!commands.vehicleOf(remoteActionId)) await commands.settled();
			return commands.vehicleOf(remoteActionId);
		});
	}
}

/** What work finds, or undefined when it fails or takes too long. */
async function inTime<T>(work: () => Promise<T>): Promise<T | undefined> {
	let timer: NodeJS.Timeout | undefined;
	const enough = new Promise<undefined>((resolve) => {
		timer = setTimeout(resolve, PATIENCE, undefined);
		timer.unref();
	});
	try {
		return await Promise.race([work().catch(() => undefined), enough]);
	} finally {
		clearTimeout(timer);
	}
}
