import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isRecord } from "../api/summaries/readers";
import { spokenTime } from "../api/time";
import type { VehicleRef } from "../api/vehicles";
import { StellantisError } from "../error";
import { writeDurably } from "../storage/durable-file";
import { locked } from "../storage/keyed-lock";
import { counted } from "../text";

/** What is remembered of a vehicle's wake-ups: when they were (epoch milliseconds), and until when there are none. */
export interface WakeUps {
	times: readonly number[];
	pausedUntil?: number;
}

/** How often an account may wake a vehicle: minutes between two, most in 24 hours. */
export interface WakeUpLimits {
	wakeupInterval: number;
	wakeupsPerDay: number;
}

const DAY = 24 * 60 * 60_000;
/** The 12 V battery that a wake-up needs, %. */
export const ENOUGH_BATTERY = 60;

/**
 * Why a vehicle must not be woken now, or undefined when it may. Waking too often drains the 12 V battery and the
 * month's quota of the server.
 */
export function wakeUpRefusal(
	vehicle: Pick<VehicleRef, "id">,
	{ times, pausedUntil }: WakeUps,
	{ wakeupInterval, wakeupsPerDay }: WakeUpLimits,
	now: number,
): StellantisError | undefined {
	// A clock that was set back must not forbid wake-ups for long.
	const past = times.filter((time) => time <= now + 60_000);
	const last = Math.max(...past, Number.NEGATIVE_INFINITY);
	const day = past.filter((time) => time > now - DAY).sort((one, other) => one - other);
	if (pausedUntil !== undefined && now < pausedUntil)
		return tooSoon(vehicle, "the month's wake-ups are used up, says the API", pausedUntil, now);
	if (now < last + wakeupInterval * 60_000)
		return tooSoon(
			vehicle,
			`it was woken at ${spokenTime(last)}, and the account keeps ${wakeupInterval} min between two wake-ups`,
			last + wakeupInterval * 60_000,
			now,
		);
	if (day.length >= wakeupsPerDay) {
		const free = day[day.length - wakeupsPerDay];
		return tooSoon(
			vehicle,
			`it was woken ${counted(day.length, "times")} in 24 h, and the account allows ${wakeupsPerDay}`,
			free === undefined ? undefined : free + DAY,
			now,
		);
	}
	return undefined;
}

/** A wake-up is refused because the battery that it drains is low. */
export function batteryTooLow(vehicle: Pick<VehicleRef, "id">, level: number): StellantisError {
	return new StellantisError(
		"ERR_WAKEUP_TOO_SOON",
		`Vehicle ${vehicle.id} was not woken: its 12 V battery was last seen at ${level} %, and under ${ENOUGH_BATTERY} % a wake-up may leave it stranded. Drive or charge it first.`,
	);
}

function tooSoon(vehicle: Pick<VehicleRef, "id">, why: string, until: number | undefined, now: number) {
	const when = until === undefined ? "" : ` It may be woken again at ${spokenTime(until)}.`;
	return new StellantisError("ERR_WAKEUP_TOO_SOON", `Vehicle ${vehicle.id} was not woken: ${why}.${when}`, {
		...(until === undefined ? {} : { retryAfter: Math.ceil((until - now) / 1000) }),
	});
}

/** The first moment of the next month (UTC), when the server counts from zero again. */
export function endOfMonth(now: number): number {
	const date = new Date(now);
	return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

/** Remembers wake-ups over restarts, in `wakeups.json`; one process writes it. */
export class WakeUpMemory {
	readonly #path: string;
	readonly #vehicles: Promise<Map<string, WakeUps>>;

	constructor(directory: string) {
		this.#path = join(directory, "wakeups.json");
		this.#vehicles = load(this.#path);
	}

	async of(vehicle: string): Promise<WakeUps> {
		return (await this.#vehicles).get(vehicle) ?? { times: [] };
	}

	/** A wake-up is about to be sent: on the disk before it resolves. */
	async woken(vehicle: string, time: number): Promise<void> {
		const before = await this.of(vehicle);
		const recent = before.times.filter((each) => each > time - DAY || each === Math.max(...before.times));
		await this.#set(vehicle, { ...before, times: [...recent, time] });
	}

	/** The wake-up of that time was surely not sent. */
	async notWoken(vehicle: string, time: number): Promise<void> {
		const before = await this.of(vehicle);
		await this.#set(vehicle, { ...before, times: before.times.filter((each) => each !== time) });
	}

	async pause(vehicle: string, until: number): Promise<void> {
		const before = await this.of(vehicle);
		if (before.pausedUntil !== until) await this.#set(vehicle, { ...before, pausedUntil: until });
	}

	async #set(vehicle: string, wakeUps: WakeUps): Promise<void> {
		const vehicles = await this.#vehicles;
		vehicles.set(vehicle, wakeUps);
		await locked(this.#path, () =>
			writeDurably(this.#path, JSON.stringify({ version: 1, vehicles: Object.fromEntries(vehicles) })),
		);
	}
}

async function load(path: string): Promise<Map<string, WakeUps>> {
	const vehicles = new Map<string, WakeUps>();
	try {
		const content: unknown = JSON.parse(await readFile(path, "utf8"));
		const entries = isRecord(content) && isRecord(content.vehicles) ? Object.entries(content.vehicles) : [];
		for (const [id, value] of entries) {
			if (!isRecord(value)) continue;
			const times = Array.isArray(value.times) ? value.times.filter((time) => Number.isFinite(time)) : [];
			const paused = Number.isFinite(value.pausedUntil) ? { pausedUntil: Number(value.pausedUntil) } : {};
			vehicles.set(id, { times, ...paused });
		}
	} catch {
		// None yet, or not readable: the memory starts anew.
	}
	return vehicles;
}

const memories = new Map<string, WakeUpMemory>();

/** The memory of a directory; one for all accounts of this process, for a vehicle may belong to several. */
export function wakeUpsIn(directory: string): WakeUpMemory {
	const memory = memories.get(directory) ?? new WakeUpMemory(directory);
	memories.set(directory, memory);
	return memory;
}
