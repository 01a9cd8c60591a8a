import { vehicleName } from "../api/vehicle-name";
import type { VehicleRef } from "../api/vehicles";
import { defined } from "../json";
import { BusyVehicles } from "./busy-vehicles";
import { type CommandClock, systemClock } from "./clock";
import { commandLimitRefusal, isWithinMinute } from "./command-limit";
import { type GuardedVehicle, type GuardLimits, GuardMemory } from "./guard-memory";
import type { Admission, GuardedCommand, Guards } from "./guards";
import { journalIn } from "./journal";
import { type RunningAccounts, runningAccountsIn } from "./running-accounts";
import { openCommands } from "./unfinished";
import { DAY, wakeUpRefusal, withWakeUp } from "./wake-ups";

/**
 * What keeps vehicles from too many commands, for all accounts of this Node-RED together: those that reach a vehicle
 * share its wake-ups, the vehicles of a minute and its one command at a time, and the strictest of their limits counts.
 * Vehicles are told apart by VIN, where it is known, else by id. It lasts over deploys and restarts.
 */
export class VehicleGuards implements Guards {
	readonly #folder: string;
	readonly #clock: CommandClock;
	readonly #memory: GuardMemory;
	readonly #busy = new BusyVehicles();
	readonly #running: RunningAccounts;
	/** Ends the wait for commands that nobody may take up any more. */
	readonly #leftBehind = new Map<string, AbortController>();
	#ready: Promise<void> | undefined;
	/** Our clock at the last check; the clock of an earlier start may have been ahead of it. */
	#lastNow = Number.POSITIVE_INFINITY;

	constructor(folder: string, clock: CommandClock = systemClock) {
		this.#folder = folder;
		this.#clock = clock;
		this.#memory = new GuardMemory(folder);
		this.#running = runningAccountsIn(folder);
	}

	/**
	 * Resolves when it is known what happened before this start.
	 *
	 * @throws StorageError when that can't be read
	 */
	ready(): Promise<void> {
		this.#ready ??= this.#load().catch((error: unknown) => {
			this.#ready = undefined;
			throw error;
		});
		return this.#ready;
	}

	/** Tells that a vehicle of that id has this VIN. */
	learn({ id, vin }: VehicleRef): void {
		if (vin === undefined) return;
		const name = vin.toUpperCase();
		this.#memory.join(id, name);
		this.#busy.join(id, name);
	}

	/** True where nobody has told the VIN of a vehicle yet. */
	isVinMissing({ id, vin }: VehicleRef): boolean {
		return vin === undefined && this.#memory.nameOf(id) === id;
	}

	/** True while a command to the vehicle is under way, of any account. */
	isBusy(vehicle: VehicleRef): boolean {
		return this.#busy.isBusy(this.#nameOf(vehicle));
	}

	/** Takes a vehicle for a command if it is free, until {@link free}; false where it is busy. */
	takeNow(vehicle: VehicleRef, key: string): boolean {
		if (this.isBusy(vehicle)) return false;
		this.#busy.hold(this.#nameOf(vehicle), key);
		return true;
	}

	/** Takes a vehicle for a command, as soon as it is free, until {@link free}; see {@link BusyVehicles.take}. */
	take(vehicle: VehicleRef, key: string, signal: AbortSignal): Promise<void> {
		return this.#busy.take(this.#nameOf(vehicle), key, signal);
	}

	/** A command of an earlier run is followed on: it has its vehicle until {@link free}. */
	takeUp(vehicle: VehicleRef, key: string): void {
		this.#leftBehind.get(key)?.abort();
		this.#busy.hold(this.#nameOf(vehicle), key);
	}

	/** A command is over. */
	free(key: string): void {
		this.#leftBehind.get(key)?.abort();
		this.#busy.free(key);
	}

	/** Nobody follows a command any more, though it may be under way: its vehicle is free so many milliseconds later. */
	leave(key: string, milliseconds: number): void {
		const stop = new AbortController();
		this.#leftBehind.set(key, stop);
		this.#clock
			.sleep(milliseconds, stop.signal)
			.then(
				() => this.#busy.free(key),
				() => {},
			)
			.finally(() => this.#leftBehind.delete(key));
	}

	/**
	 * Throws what {@link admit} would throw now, and counts nothing.
	 *
	 * @throws ERR_COMMAND_LIMIT, ERR_WAKEUP_TOO_SOON
	 */
	check(command: GuardedCommand): void {
		const now = this.#clock.now();
		if (now < this.#lastNow) this.#memory.notAfter(now);
		this.#lastNow = now;
		const { account, vehicle, wakes, limits } = command;
		const guarded = this.#memory.of(this.#nameOf(vehicle));
		// Whoever asks reaches it.
		guarded.accounts[account] = { ...guarded.accounts[account], asked: now, limits };
		const name = vehicleName(vehicle);
		const refusal = this.#commandLimitRefusal(vehicle, account, now);
		if (refusal) throw refusal;
		if (!wakes) return;
		const { woken: times, pausedUntil } = guarded;
		const all = this.#limitsOf([guarded], now);
		const wakeupInterval = Math.max(...all.map((each) => each.wakeupInterval));
		const wakeupsPerDay = Math.min(...all.map((each) => each.wakeupsPerDay));
		const tooSoon = wakeUpRefusal(name, { times, pausedUntil }, { wakeupInterval, wakeupsPerDay }, now);
		if (tooSoon) throw tooSoon;
	}

	/**
	 * Decides in one step whether a command may be sent, and counts it: at once for those that come behind it, and on the
	 * disk when that is `kept`.
	 *
	 * @throws ERR_COMMAND_LIMIT, ERR_WAKEUP_TOO_SOON
	 */
	async admit(command: GuardedCommand): Promise<Admission> {
		this.check(command);
		const now = this.#clock.now();
		const { account, vehicle, wakes, limits } = command;
		const guarded = this.#memory.of(this.#nameOf(vehicle));
		const before = guarded.accounts[account]?.sent;
		guarded.accounts[account] = { asked: now, sent: now, limits };
		if (wakes) guarded.woken = withWakeUp(guarded.woken, now);
		const uncount = () => {
			// It may go by another name meanwhile.
			const guarded = this.#memory.of(this.#nameOf(vehicle));
			guarded.accounts[account] = { asked: now, limits, ...defined({ sent: before }) };
			if (wakes) guarded.woken = guarded.woken.filter((time) => time !== now);
		};
		const kept = this.#memory.save(this.#nameOf(vehicle), now).catch((error: unknown) => {
			uncount();
			throw error;
		});
		// Whoever sends waits for it; what is refused before that need not.
		kept.catch(() => {});
		const takeBack = () => {
			uncount();
			return this.#memory.save(this.#nameOf(vehicle), now);
		};
		return { kept, takeBack };
	}

	/**
	 * The API says that the vehicle was woken too often: no wake-ups until then.
	 *
	 * @param until epoch milliseconds
	 * @throws StorageError
	 */
	async pauseWakeUps(vehicle: VehicleRef, until: number): Promise<void> {
		const name = this.#nameOf(vehicle);
		const guarded = this.#memory.of(name);
		if (guarded.pausedUntil === until) return;
		guarded.pausedUntil = until;
		await this.#memory.save(name, this.#clock.now());
	}

	async #load(): Promise<void> {
		await this.#memory.load();
		const now = this.#clock.now();
		for (const { since, unfinished } of openCommands(await journalIn(this.#folder).recent())) {
			const { key, vehicle: id, vin, timeout } = unfinished;
			const left = Math.min(since, now) + timeout * 1000 - now;
			if (!(left > 0)) continue;
			const ref = vin === undefined ? { id } : { id, vin };
			this.learn(ref);
			this.#busy.hold(this.#nameOf(ref), key);
			this.leave(key, left);
		}
	}

	#nameOf({ id, vin }: VehicleRef): string {
		return vin?.toUpperCase() ?? this.#memory.nameOf(id);
	}

	/** Counts the vehicles that were sent a command, over the account and all that reach a vehicle that it reaches. */
	#commandLimitRefusal(vehicle: VehicleRef, account: string, now: number) {
		const name = this.#nameOf(vehicle);
		const guarded = this.#memory.of(name);
		const lately = [...this.#memory.named()].filter(([, { accounts }]) =>
			Object.values(accounts).some(({ sent }) => sent !== undefined && isWithinMinute(sent, now)),
		);
		const known = lately.filter(([other, { ids, accounts }]) => {
			const isOurs = this.#running.knows(account, [other, ...ids]);
			return isOurs || Object.keys(accounts).some((id) => this.#running.knows(id, [name, ...guarded.ids]));
		});
		const asked = [...this.#memory.all()].filter(({ accounts }) => accounts[account] !== undefined);
		const shared = [...asked, ...known.map(([, each]) => each)];
		const circle = new Set(shared.flatMap(({ accounts }) => Object.keys(accounts)));
		const sent: number[] = [];
		for (const [, each] of lately) {
			const times = Object.entries(each.accounts).flatMap(([id, by]) => (circle.has(id) ? (by.sent ?? []) : []));
			const last = times.filter((time) => isWithinMinute(time, now)).sort((one, other) => other - one)[0];
			if (last === undefined) continue;
			// It is counted already.
			if (each === guarded) return undefined;
			sent.push(last);
		}
		const limit = Math.min(...this.#limitsOf(shared, now).map((each) => each.commandLimit));
		return commandLimitRefusal(vehicleName(vehicle), sent, limit, now);
	}

	/** What the accounts that reach some vehicles allow; one that does not run counts for a day. */
	#limitsOf(vehicles: readonly GuardedVehicle[], now: number): GuardLimits[] {
		const latest = new Map<string, GuardedVehicle["accounts"][string]>();
		for (const { accounts } of vehicles)
			for (const [id, account] of Object.entries(accounts))
				if (account.asked > (latest.get(id)?.asked ?? 0)) latest.set(id, account);
		return [...latest].flatMap(([id, { asked, limits }]) => {
			const counts = asked > now - DAY && !this.#running.isRemoved(id);
			return this.#running.limitsOf(id) ?? (counts ? limits : []);
		});
	}
}

const guards = new Map<string, VehicleGuards>();

/** The guards of a folder; one for all accounts of this process. */
export function guardsIn(folder: string): VehicleGuards {
	const known = guards.get(folder) ?? new VehicleGuards(folder);
	guards.set(folder, known);
	return known;
}
