import type { VehicleRef } from "../api/vehicles";
import type { GuardLimits } from "./guard-memory";

/** A command that an account wants to send. */
export interface GuardedCommand {
	/** Id of the account node, or the name under which several share it. */
	account: string;
	vehicle: VehicleRef;
	/** True when it wakes the vehicle. */
	wakes: boolean;
	limits: GuardLimits;
}

/** A command that may be sent, and is counted. */
export interface Admission {
	/**
	 * Resolves when it is counted for good; nothing is sent before.
	 *
	 * @throws StorageError, and nothing is counted
	 */
	kept: Promise<void>;
	/** Takes it back, for a command that was surely not sent. @throws StorageError, ERR_STORE */
	takeBack(): Promise<void>;
}

/** What keeps vehicles from too many commands, wherever that is remembered. */
export interface Guards {
	/** Resolves when it is known what happened before this start. @throws StorageError, ERR_STORE */
	ready(): Promise<void>;
	/** Tells that a vehicle of that id has this VIN. */
	learn(vehicle: VehicleRef): void;
	/** True where nobody has told the VIN of a vehicle yet. */
	isVinMissing(vehicle: VehicleRef): boolean;
	/** Takes a vehicle for a command, until {@link free}, if it is free; false where it is busy. @throws ERR_STORE */
	takeNow(vehicle: VehicleRef, key: string): boolean | Promise<boolean>;
	/** Takes a vehicle for a command as soon as it is free, until {@link free}. @throws ERR_STORE; the signal's reason */
	take(vehicle: VehicleRef, key: string, signal: AbortSignal): Promise<void>;
	/** A command of an earlier run is followed on: it has its vehicle until {@link free}. */
	takeUp(vehicle: VehicleRef, key: string): void;
	/** A command is over. */
	free(key: string): void;
	/** Nobody follows a command any more, though it may be under way: its vehicle is free so many milliseconds later. */
	leave(key: string, milliseconds: number): void;
	/** Throws what {@link admit} would throw now, and counts nothing. @throws ERR_COMMAND_LIMIT, ERR_WAKEUP_TOO_SOON, ERR_STORE */
	check(command: GuardedCommand): void | Promise<void>;
	/**
	 * Decides in one step whether a command may be sent, and counts it.
	 *
	 * @throws ERR_COMMAND_LIMIT, ERR_WAKEUP_TOO_SOON; ERR_STORE, and nothing is counted
	 */
	admit(command: GuardedCommand): Promise<Admission>;
	/** The API says that the vehicle was woken too often: no wake-ups until then (epoch milliseconds). @throws StorageError, ERR_STORE */
	pauseWakeUps(vehicle: VehicleRef, until: number): Promise<void>;
}
