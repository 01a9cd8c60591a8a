import { setTimeout as pause } from "node:timers/promises";
import { vehicleName } from "../../api/vehicle-name";
import type { VehicleRef } from "../../api/vehicles";
import type { SharedAccount } from "../../storage/shared/shared-account";
import { NOW, type Sql } from "../../storage/shared/sql";
import { notHeardOf } from "../../storage/shared/store";
import { WhenBack } from "../../storage/shared/when-back";
import { BusyVehicles } from "../busy-vehicles";
import { commandLimitRefusal } from "../command-limit";
import type { GuardLimits } from "../guard-memory";
import type { Admission, GuardedCommand, Guards } from "../guards";
import { wakeUpRefusal } from "../wake-ups";
import { type Before, enterGuards } from "./enter";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** How long (ms) a vehicle is remembered that nobody asks for. */
const KEEP = 31 * DAY;
/** Milliseconds between two looks whether a vehicle is free, of a command that waits. */
const AGAIN = 400;
/** Seconds without a sign of life after which an instance's commands are another's. */
export const GONE = 60;

/** What a check has found: the moment, and the vehicle's last command by this account. */
interface Checked {
	now: number;
	before: number | null;
}

/**
 * The guards of all instances of a store: those that reach a vehicle share its wake-ups, the vehicles of a minute and
 * its one command at a time, and the strictest of their limits counts. One instance decides at a time.
 */
export class SharedGuards implements Guards {
	readonly #account: SharedAccount;
	readonly #before: Before;
	readonly #later: WhenBack;
	readonly #vins = new Map<string, string>();
	/** Commands that are over, of which the store has not heard yet. */
	readonly #over = new Set<string>();
	/** Whose turn it is to ask whether a vehicle is free: commands of this instance follow each other in their order. */
	readonly #turns = new BusyVehicles();
	#isTidy = false;

	/** @param before what this Node-RED has kept in files, which enters the store */
	constructor(account: SharedAccount, before: Before) {
		this.#account = account;
		this.#before = before;
		this.#later = new WhenBack(account.store);
	}

	async ready(): Promise<void> {
		await this.#account.ready();
		if (this.#isTidy) return;
		for (const vehicle of await enterGuards(this.#account, this.#before)) this.learn(vehicle);
		await this.#account.transaction(async (sql) => {
			const old = `${NOW} - ${KEEP}`;
			await sql.query(`delete from ${sql.table("guarded")} where asked < ${old}`);
			await sql.query(`delete from ${sql.table("woken")} where at < ${old}`);
			await sql.query(`delete from ${sql.table("pause")} where until < ${NOW}`);
		});
		this.#isTidy = true;
	}

	learn({ id, vin }: VehicleRef): void {
		if (vin !== undefined) this.#vins.set(id, vin.toUpperCase());
	}

	isVinMissing({ id, vin }: VehicleRef): boolean {
		return vin === undefined && !this.#vins.has(id);
	}

	async takeNow(vehicle: VehicleRef, key: string): Promise<boolean> {
		const name = this.#nameOf(vehicle);
		try {
			return await this.#account.alone(laneOf(name), async (sql) => {
				const busy = sql.table("busy");
				const over = `(until is null and ${notHeardOf("busy.holder", sql.table("instance"), GONE)}) or until < ${NOW}`;
				await sql.query(`delete from ${busy} busy where vin = $1 and (${over} or key = any($2))`, [
					name,
					[...this.#over],
				]);
				const taken = await sql.query(
					`insert into ${busy} (key, vin, holder) select $1, $2, $3 where not exists (select 1 from ${busy} where vin = $2) returning 1`,
					[key, name, this.#account.store.instance],
				);
				return taken.length > 0;
			});
		} catch (error) {
			// The store may have given it all the same, when only its answer was lost.
			this.free(key);
			throw error;
		}
	}

	async take(vehicle: VehicleRef, key: string, signal: AbortSignal): Promise<void> {
		await this.#turns.take(this.#nameOf(vehicle), key, signal);
		try {
			while (!(await this.takeNow(vehicle, key)))
				await pause(AGAIN * (0.75 + Math.random() / 2), undefined, { signal });
		} finally {
			this.#turns.free(key);
		}
	}

	takeUp(vehicle: VehicleRef, key: string): void {
		const values = [key, this.#nameOf(vehicle), this.#account.store.instance];
		this.#later.add(() =>
			this.#account.query(
				(table) =>
					`insert into ${table("busy")} (key, vin, holder) values ($1, $2, $3) on conflict (key) do update set holder = excluded.holder, until = null`,
				values,
			),
		);
	}

	free(key: string): void {
		this.#over.add(key);
		this.#later.add(async () => {
			await this.#account.query((table) => `delete from ${table("busy")} where key = $1`, [key]);
			this.#over.delete(key);
		});
	}

	leave(key: string, milliseconds: number): void {
		this.#later.add(() =>
			this.#account.transaction(async (sql) => {
				await sql.query(`update ${sql.table("busy")} set until = ${NOW} + $2 where key = $1`, [key, milliseconds]);
				// Nobody's now, so whoever comes next follows on.
				await sql.query(`update ${sql.table("command")} set holder = '' where key = $1`, [key]);
			}),
		);
	}

	async check(command: GuardedCommand): Promise<void> {
		await this.#account.transaction((sql) => this.#check(sql, command));
	}

	async admit(command: GuardedCommand): Promise<Admission> {
		const { account, vehicle, wakes } = command;
		const name = this.#nameOf(vehicle);
		// Counting and deciding in one commit, one after the other: else two would see the same last place.
		const { now, before } = await this.#account.alone("guards", async (sql) => {
			const checked = await this.#check(sql, command);
			await sql.query(`update ${sql.table("guarded")} set sent = $3 where vin = $1 and account = $2`, [
				name,
				account,
				checked.now,
			]);
			if (wakes)
				await sql.query(`insert into ${sql.table("woken")} (vin, at) values ($1, $2) on conflict do nothing`, [
					name,
					checked.now,
				]);
			return checked;
		});
		const takeBack = () =>
			this.#account.transaction(async (sql) => {
				await sql.query(`update ${sql.table("guarded")} set sent = $4 where vin = $1 and account = $2 and sent = $3`, [
					name,
					account,
					now,
					before,
				]);
				if (wakes) await sql.query(`delete from ${sql.table("woken")} where vin = $1 and at = $2`, [name, now]);
			});
		return { kept: Promise.resolve(), takeBack };
	}

	async pauseWakeUps(vehicle: VehicleRef, until: number): Promise<void> {
		await this.#account.query(
			(table) =>
				`insert into ${table("pause")} (vin, until) values ($1, $2) on conflict (vin) do update set until = excluded.until`,
			[this.#nameOf(vehicle), until],
		);
	}

	/** @throws ERR_COMMAND_LIMIT, ERR_WAKEUP_TOO_SOON */
	async #check(sql: Sql, { account, vehicle, wakes, limits }: GuardedCommand): Promise<Checked> {
		const name = this.#nameOf(vehicle);
		const guarded = sql.table("guarded");
		// Whoever asks reaches it.
		const [own] = await sql.query<{ now: number; before: number | null }>(
			`insert into ${guarded} as own (vin, account, asked, limits) values ($1, $2, ${NOW}, $3)
			on conflict (vin, account) do update set asked = excluded.asked, limits = excluded.limits
			returning asked as now, sent as before`,
			[name, account, JSON.stringify(onlyLimits(limits))],
		);
		const { now, before } = own ?? { now: Date.now(), before: null };
		const circle = `select distinct other.account from ${guarded} mine join ${guarded} other using (vin) where mine.account = $1`;
		const sent = await sql.query<{ vin: string; last: number }>(
			`select vin, max(sent) as last from ${guarded} where account in (${circle}) and sent > $2 and sent <= $3 group by vin`,
			[account, now - MINUTE, now],
		);
		if (!sent.some(({ vin }) => vin === name)) {
			const limit = Math.min(...(await this.#limits(sql, circle, account, now)).map((each) => each.commandLimit));
			const refusal = commandLimitRefusal(
				vehicleName(vehicle),
				sent.map(({ last }) => last),
				limit,
				now,
			);
			if (refusal) throw refusal;
		}
		if (wakes) await this.#checkWakeUp(sql, vehicle, now);
		return { now, before };
	}

	async #checkWakeUp(sql: Sql, vehicle: VehicleRef, now: number): Promise<void> {
		const name = this.#nameOf(vehicle);
		// By its id it was woken while nobody knew its VIN.
		const names = [name, vehicle.id];
		const woken = await sql.query<{ at: number }>(
			`select at from ${sql.table("woken")} where vin = any($1) order by at desc limit 2000`,
			[names],
		);
		const [pause] = await sql.query<{ until: number | null }>(
			`select max(until) as until from ${sql.table("pause")} where vin = any($1)`,
			[names],
		);
		const who = `select account from ${sql.table("guarded")} where vin = $1`;
		const all = await this.#limits(sql, who, name, now);
		const refusal = wakeUpRefusal(
			vehicleName(vehicle),
			{ times: woken.map(({ at }) => at), pausedUntil: pause?.until ?? undefined },
			{
				wakeupInterval: Math.max(...all.map((each) => each.wakeupInterval)),
				wakeupsPerDay: Math.min(...all.map((each) => each.wakeupsPerDay)),
			},
			now,
		);
		if (refusal) throw refusal;
	}

	/** What the accounts of a query allow, as each said last; one that has not asked for a day does not count. */
	async #limits(sql: Sql, accounts: string, value: string, now: number): Promise<GuardLimits[]> {
		const rows = await sql.query<{ limits: string }>(
			`select distinct on (account) limits from ${sql.table("guarded")} where account in (${accounts}) and asked > $2 order by account, asked desc`,
			[value, now - DAY],
		);
		return rows.map(({ limits }) => JSON.parse(limits));
	}

	#nameOf({ id, vin }: VehicleRef): string {
		return vin?.toUpperCase() ?? this.#vins.get(id) ?? id;
	}
}

const laneOf = (vehicle: string) => `busy ${vehicle}`;

function onlyLimits({ commandLimit, wakeupInterval, wakeupsPerDay }: GuardLimits): GuardLimits {
	return { commandLimit, wakeupInterval, wakeupsPerDay };
}
