import type { ApiEvent } from "../../api/notifications";
import { isVin, type VehicleRef, vehicleRefOf } from "../../api/vehicles";
import { StellantisError } from "../../error";
import { defined } from "../../json";
import type { Claim } from "../../transport/limiter";
import type { AccountConnection } from "../account/connection";

/** How long (ms) the events of an account wait for a look-up. Once one takes longer, none waits until it has ended. */
const PATIENCE = 1_000;
/** Look-ups at a time. */
const AT_A_TIME = 8;
/** Most vehicles that are remembered, and that wait for their look-up: one that tells something often tells more soon. */
const MOST = 10_000;
/** For how long (ms): one that has found the vehicle, and one that has failed. */
const FRESH = 10 * 60_000;
const PAUSE = 60_000;

/** A vehicle as an event names it: the API's own reference, or the little that the event says. */
export type NamedVehicle = VehicleRef | { vin: string };

interface Known {
	vehicle: VehicleRef | undefined;
	at: number;
}

/**
 * Finds the vehicle behind an event's VIN, or behind the command it tells of. Vehicles are looked up beside the events,
 * which go out with what is known; only where look-ups are quick do events wait the moment that one takes.
 */
export class VehicleNames {
	readonly #account: () => AccountConnection;
	readonly #claim: Claim;
	readonly #now: () => number;
	readonly #known = new Map<string, Known>();
	/** Look-ups that have begun or wait for their turn, by VIN. */
	readonly #wanted = new Map<string, Promise<VehicleRef | undefined>>();
	readonly #turns: (() => void)[] = [];
	#running = 0;
	/** Those that take longer than events wait: look-ups of vehicles, and of what commands were sent to. */
	readonly #slow = { vehicles: 0, commands: 0 };
	/** Epoch milliseconds until which nothing is asked, because the API could not answer. */
	#pausedUntil = Number.NEGATIVE_INFINITY;

	constructor(account: () => AccountConnection, claim: Claim, now: () => number = Date.now) {
		this.#account = account;
		this.#claim = claim;
		this.#now = now;
	}

	/** The vehicle of an event, as far as that is known soon. Never fails. */
	async of({ vin, vehicleId, payload, remote }: ApiEvent): Promise<NamedVehicle | undefined> {
		if (vehicleId !== undefined) return { id: vehicleId, ...defined({ vin }) };
		if (vin === undefined)
			return (
				vehicleRefOf(payload.vehicle) ?? (remote && this.#patiently("commands", this.#sentTo(remote.remoteActionId)))
			);
		const known = this.#known.get(vin);
		if (known && this.#now() - known.at < (known.vehicle ? FRESH : PAUSE)) return known.vehicle ?? { vin };
		return (await this.#patiently("vehicles", this.#lookUp(vin))) ?? { vin };
	}

	#lookUp(vin: string): Promise<VehicleRef | undefined> | undefined {
		const wanted = this.#wanted.get(vin);
		if (wanted) return wanted;
		if (!isVin(vin) || this.#wanted.size >= MOST || this.#now() < this.#pausedUntil) return undefined;
		const lookingUp = this.#inTurn(() => this.#find(vin)).finally(() => this.#wanted.delete(vin));
		this.#wanted.set(vin, lookingUp);
		return lookingUp;
	}

	async #inTurn<T>(task: () => Promise<T>): Promise<T> {
		if (this.#running >= AT_A_TIME) await new Promise<void>((resolve) => this.#turns.push(resolve));
		this.#running++;
		try {
			return await task();
		} finally {
			this.#running--;
			this.#turns.shift()?.();
		}
	}

	async #find(vin: string): Promise<VehicleRef | undefined> {
		if (this.#now() < this.#pausedUntil) return undefined;
		let vehicle: VehicleRef | undefined;
		try {
			vehicle = await (await this.#account().connected()).vehicles.find(vin, this.#claim);
		} catch (error) {
			// Asked for each vehicle anew, an API in trouble would be asked thousands of times.
			if (isTrouble(error)) this.#pausedUntil = this.#now() + PAUSE;
		}
		if (this.#known.size >= MOST) this.#known.clear();
		this.#known.set(vin, { vehicle, at: this.#now() });
		return vehicle;
	}

	/** Of a batch, where a family's events name no vehicle (API overview: batches carry no header and query attributes). */
	async #sentTo(remoteActionId: string): Promise<VehicleRef | undefined> {
		try {
			const commands = await (await this.#account().connected()).commandSender();
			// An event can be here before the API's answer that tells the command's id.
			if (!commands.vehicleOf(remoteActionId)) await commands.settled();
			return commands.vehicleOf(remoteActionId);
		} catch {
			return undefined;
		}
	}

	/** What a look-up finds; undefined when that takes too long, and at once while another takes too long. */
	async #patiently(
		kind: "vehicles" | "commands",
		lookingUp: Promise<VehicleRef | undefined> | undefined,
	): Promise<VehicleRef | undefined> {
		if (!lookingUp || this.#slow[kind] > 0) return undefined;
		return new Promise((resolve) => {
			const timer = setTimeout(() => {
				this.#slow[kind]++;
				lookingUp.finally(() => this.#slow[kind]--);
				resolve(undefined);
			}, PATIENCE).unref();
			lookingUp.then((vehicle) => {
				clearTimeout(timer);
				resolve(vehicle);
			});
		});
	}
}

/** False for a vehicle that the account simply doesn't have. */
function isTrouble(error: unknown): boolean {
	return !(error instanceof StellantisError) || !["ERR_NOT_FOUND", "ERR_BAD_INPUT"].includes(error.code);
}
