import { join } from "node:path";
import { z } from "zod";
import { damagedIsNone, JsonFile } from "../storage/json-file";

const limitsShape = z.object({ commandLimit: z.number(), wakeupInterval: z.number(), wakeupsPerDay: z.number() });

/** What an account allows: vehicles a minute that may be sent a command, and how often one may be woken. */
export type GuardLimits = z.infer<typeof limitsShape>;

const accountShape = z.object({ asked: z.number(), sent: z.number().exactOptional(), limits: limitsShape });

const vehicleShape = z.object({
	/** Ids that it goes by; its name here is its VIN, else its id. */
	ids: z.array(z.string()),
	/** The accounts that have asked for it, when they did (epoch milliseconds), and when they last sent it a command. */
	accounts: z.record(z.string(), accountShape),
	/** When it was woken. */
	woken: z.array(z.number()),
	/** No wake-ups before. */
	pausedUntil: z.number().exactOptional(),
});

/** What is remembered of a vehicle. */
export type GuardedVehicle = z.infer<typeof vehicleShape>;

const shape = z.object({ version: z.literal(1), vehicles: z.record(z.string(), vehicleShape) });

/** Wake-ups as version 0.1.0 kept them, by the vehicles' ids. */
const oldShape = z.object({
	vehicles: z.record(z.string(), z.object({ times: z.array(z.number()), pausedUntil: z.number().exactOptional() })),
});

/** How long (ms) a vehicle is remembered that nobody asks for: its wake-ups may be paused for a month. */
const KEEP = 31 * 24 * 60 * 60_000;
const MOST = 10_000;

/** What the guards must know after a restart, in `guards.json`. */
export class GuardMemory {
	readonly #file: JsonFile<z.infer<typeof shape>>;
	readonly #old: JsonFile<z.infer<typeof oldShape>>;
	readonly #vehicles = new Map<string, GuardedVehicle>();
	readonly #nameOfId = new Map<string, string>();
	/** True while the file of version 0.1.0 is there, and nothing else. */
	#isOld = false;
	#next: Promise<void> | undefined;
	#last: Promise<void> = Promise.resolve();

	constructor(folder: string) {
		this.#file = new JsonFile(join(folder, "guards.json"), shape);
		this.#old = new JsonFile(join(folder, "wakeups.json"), oldShape);
	}

	/** @throws StorageError when what is there can't be read */
	async load(): Promise<void> {
		const kept = await this.#file.read().catch(damagedIsNone);
		for (const [name, vehicle] of Object.entries(kept?.vehicles ?? {})) {
			this.#vehicles.set(name, vehicle);
			for (const id of vehicle.ids) this.#nameOfId.set(id, name);
		}
		if (kept) return;
		const old = await this.#old.read().catch(damagedIsNone);
		this.#isOld = old !== undefined;
		for (const [id, { times, ...pause }] of Object.entries(old?.vehicles ?? {}))
			this.#vehicles.set(id, { ids: [id], accounts: {}, woken: times, ...pause });
	}

	/** The name of a vehicle of which only an id is known: its VIN if anybody has told it, else that id. */
	nameOf(id: string): string {
		return this.#nameOfId.get(id) ?? id;
	}

	/** What is remembered of a vehicle, to be changed at will until the next {@link save}. */
	of(name: string): GuardedVehicle {
		const known = this.#vehicles.get(name);
		if (known) return known;
		const vehicle: GuardedVehicle = { ids: [], accounts: {}, woken: [] };
		this.#vehicles.set(name, vehicle);
		return vehicle;
	}

	/** All vehicles, by their names. */
	named(): Iterable<[string, GuardedVehicle]> {
		return this.#vehicles;
	}

	all(): Iterable<GuardedVehicle> {
		return this.#vehicles.values();
	}

	/** An id turns out to be that of a VIN: what was remembered of both is one vehicle's. */
	join(id: string, vin: string): void {
		if (this.#nameOfId.get(id) === vin) return;
		this.#nameOfId.set(id, vin);
		const vehicle = this.of(vin);
		vehicle.ids.push(id);
		const other = this.#vehicles.get(id);
		if (!other || id === vin) return;
		this.#vehicles.delete(id);
		vehicle.accounts = { ...other.accounts, ...vehicle.accounts };
		vehicle.woken.push(...other.woken);
		if (other.pausedUntil !== undefined) vehicle.pausedUntil = Math.max(other.pausedUntil, vehicle.pausedUntil ?? 0);
	}

	/**
	 * Writes what was changed; on the disk when it resolves. Changes that come while a write is under way share the next.
	 *
	 * @throws StorageError
	 */
	save(now: number): Promise<void> {
		this.#next ??= this.#last.then(async () => {
			this.#next = undefined;
			this.#forget(now);
			await this.#file.write({ version: 1, vehicles: Object.fromEntries(this.#vehicles) });
			if (this.#isOld) await this.#old.remove();
			this.#isOld = false;
		});
		this.#last = this.#next.catch(() => {});
		return this.#next;
	}

	#forget(now: number): void {
		for (const [name, vehicle] of this.#vehicles) {
			const asked = Object.values(vehicle.accounts).map((account) => account.asked);
			const last = Math.max(...asked, ...vehicle.woken, vehicle.pausedUntil ?? 0);
			if (last > now - KEEP && this.#vehicles.size <= MOST) continue;
			this.#vehicles.delete(name);
			for (const id of vehicle.ids) this.#nameOfId.delete(id);
		}
	}
}
