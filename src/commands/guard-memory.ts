import { join } from "node:path";
import { z } from "zod";
import { DurableLog } from "../storage/durable-log";
import { damagedIsNone, JsonFile } from "../storage/json-file";
import { DAY } from "./wake-ups";

const limitsShape = z.object({ commandLimit: z.number(), wakeupInterval: z.number(), wakeupsPerDay: z.number() });

/** What an account allows: vehicles a minute that may be sent a command, and how often one may be woken. */
export type GuardLimits = z.infer<typeof limitsShape>;

const accountShape = z.object({ asked: z.number(), sent: z.number().exactOptional(), limits: limitsShape });

type AskedBy = z.infer<typeof accountShape>;

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

/** What became of a vehicle; null where its name is another one now. */
const lineShape = z.object({ name: z.string(), vehicle: vehicleShape.nullable() });

/** Wake-ups as version 0.1.0 kept them, by the vehicles' ids. */
const oldShape = z.object({
	vehicles: z.record(z.string(), z.object({ times: z.array(z.number()), pausedUntil: z.number().exactOptional() })),
});

/** How long (ms) a vehicle is remembered that nobody asks for: its wake-ups may be paused for a month. */
const KEEP = 31 * 24 * 60 * 60_000;
const MOST = 10_000;
/** Lines after which everything is written anew, beside two for each vehicle. */
const MOST_LINES = 1_000;

/**
 * What the guards must know after a restart: in `guards.json`, and what has changed since then in `guards.jsonl`, so that
 * a command costs the disk one short line.
 */
export class GuardMemory {
	/** Of names of vehicles; the line has what is remembered when it is written. */
	readonly #log: DurableLog<string, z.infer<typeof lineShape>>;
	/** Lines of the log. */
	#lines = 0;
	/** Names of what is not in the log as it is. */
	readonly #changed = new Set<string>();
	/** Writes everything anew. */
	#renewing: Promise<void> | undefined;
	readonly #file: JsonFile<z.infer<typeof shape>>;
	readonly #old: JsonFile<z.infer<typeof oldShape>>;
	readonly #vehicles = new Map<string, GuardedVehicle>();
	readonly #nameOfId = new Map<string, string>();
	/** True while the file of version 0.1.0 is there, and nothing else. */
	#isOld = false;

	constructor(folder: string) {
		this.#file = new JsonFile(join(folder, "guards.json"), shape);
		this.#old = new JsonFile(join(folder, "wakeups.json"), oldShape);
		this.#log = new DurableLog({
			folder,
			name: "guards",
			format: {
				encode: (name) => JSON.stringify({ name, vehicle: this.#vehicles.get(name) ?? null }),
				decode: readLine,
			},
			fileBytes: Number.POSITIVE_INFINITY,
		});
	}

	/** @throws StorageError when what is there can't be read */
	async load(): Promise<void> {
		const kept = await this.#file.read().catch(damagedIsNone);
		for (const [name, vehicle] of Object.entries(kept?.vehicles ?? {})) this.#vehicles.set(name, vehicle);
		const lines = await this.#log.latest();
		this.#lines = lines.length;
		for (const { name, vehicle } of lines)
			if (vehicle) this.#vehicles.set(name, vehicle);
			else this.#vehicles.delete(name);
		for (const [name, { ids }] of this.#vehicles) for (const id of ids) this.#nameOfId.set(id, name);
		if (kept || lines.length > 0) return;
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
		this.#changed.add(name);
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

	/**
	 * Our clock was set back: what was remembered of a moment up to a day later was at this one. What lies further ahead a
	 * clock has told that was wrong altogether.
	 */
	notAfter(now: number): void {
		const corrected = (time: number) => (time - now < DAY ? Math.min(time, now) : time);
		for (const vehicle of this.#vehicles.values()) {
			vehicle.woken = vehicle.woken.map(corrected);
			for (const account of Object.values(vehicle.accounts)) {
				account.asked = corrected(account.asked);
				if (account.sent !== undefined) account.sent = corrected(account.sent);
			}
		}
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
		this.#changed.add(id);
		for (const [account, asked] of Object.entries(other.accounts))
			vehicle.accounts[account] = latestOf(asked, vehicle.accounts[account]);
		vehicle.woken.push(...other.woken);
		if (other.pausedUntil !== undefined) vehicle.pausedUntil = Math.max(other.pausedUntil, vehicle.pausedUntil ?? 0);
	}

	/**
	 * Writes what was changed of a vehicle, and whatever else; on the disk when it resolves. Those that come at the same
	 * time share a sync.
	 *
	 * @throws StorageError
	 */
	async save(name: string, now: number): Promise<void> {
		await this.#renewing;
		if (this.#isOld || this.#lines > MOST_LINES + 2 * this.#vehicles.size) return this.#renew(now);
		// Another save, which may fail, has perhaps taken the name along already.
		this.#changed.add(name);
		await this.#saving(async (names) => {
			this.#lines += names.length;
			await this.#log.append(names);
		});
	}

	/** What was changed is as it is on the disk, if that succeeds. */
	async #saving(write: (names: string[]) => Promise<void>): Promise<void> {
		const names = [...this.#changed];
		this.#changed.clear();
		try {
			await write(names);
		} catch (error) {
			for (const name of names) this.#changed.add(name);
			throw error;
		}
	}

	/** Writes everything anew. Lines that a crash leaves behind say once more what each vehicle was last. */
	#renew(now: number): Promise<void> {
		this.#renewing ??= this.#saving(async () => {
			this.#forget(now);
			await this.#file.write({ version: 1, vehicles: Object.fromEntries(this.#vehicles) });
			await this.#log.remove();
			this.#lines = 0;
			if (this.#isOld) await this.#old.remove();
			this.#isOld = false;
		}).finally(() => {
			this.#renewing = undefined;
		});
		return this.#renewing;
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

/** What is remembered of one account by two names of a vehicle. */
function latestOf(one: AskedBy, other: AskedBy = one): AskedBy {
	const { asked, limits } = one.asked > other.asked ? one : other;
	const sent = Math.max(one.sent ?? 0, other.sent ?? 0);
	return { asked, limits, ...(sent > 0 ? { sent } : {}) };
}

function readLine(line: string): z.infer<typeof lineShape> | undefined {
	try {
		return lineShape.safeParse(JSON.parse(line)).data;
	} catch {
		return undefined;
	}
}
