import { type CommandId, GUARDED } from "../api/commands/names";
import { StellantisError } from "../error";
import { counted } from "../text";
import { abortable } from "../transport/abortable";

/** The rule by which an account sends a command: its list names it, or it has no list and the command is harmless. */
export type Rule = "commands" | "default";

/**
 * Whether an account sends a command.
 *
 * @param allowed the account's list; undefined when it has none
 * @throws ERR_COMMAND_DISABLED
 */
export function allowedBy(command: CommandId, allowed: readonly string[] | undefined): Rule {
	if (allowed === undefined) {
		if (!GUARDED.has(command)) return "default";
		throw disabled(`${command} is guarded`, command);
	}
	if (allowed.includes(command)) return "commands";
	throw disabled(allowed.length === 0 ? "it allows none" : "it is not on its list", command);
}

function disabled(why: string, command: CommandId): StellantisError {
	return new StellantisError(
		"ERR_COMMAND_DISABLED",
		`The account does not send the command ${command}: ${why}. Whoever may change the account can switch it on there.`,
	);
}

const MINUTE = 60_000;

/** Counts the vehicles that were sent a command in the last minute: a list wired into "horn" must not honk a fleet. */
export class VehiclesOfTheMinute {
	readonly #limit: number;
	readonly #now: () => number;
	readonly #last = new Map<string, number>();

	constructor(limit: number, now: () => number) {
		this.#limit = limit;
		this.#now = now;
	}

	/**
	 * Takes a place for a vehicle. The returned function gives a new place back, for a command that was not sent.
	 *
	 * @throws ERR_COMMAND_LIMIT saying when there is one
	 */
	take(vehicle: string): () => void {
		const now = this.#now();
		for (const [id, time] of this.#last) if (time <= now - MINUTE || time > now) this.#last.delete(id);
		const before = this.#last.get(vehicle);
		if (before === undefined && this.#last.size >= this.#limit) {
			const free = Math.max(1, Math.ceil((Math.min(...this.#last.values()) + MINUTE - now) / 1000));
			throw new StellantisError(
				"ERR_COMMAND_LIMIT",
				`No command was sent to vehicle ${vehicle}: the account allows ${counted(this.#limit, "vehicles")} a minute, and no more is left. Try again in ${free} s, or raise the limit in the account.`,
				{ retryAfter: free },
			);
		}
		this.#last.set(vehicle, now);
		return () => {
			if (this.#last.get(vehicle) !== now) return;
			if (before === undefined) this.#last.delete(vehicle);
			else this.#last.set(vehicle, before);
		};
	}
}

/** One command at a time for a vehicle. */
export class Turns {
	readonly #tails = new Map<string, Promise<void>>();

	/**
	 * Waits until the vehicle is free and takes it. The returned function frees it again.
	 *
	 * @throws ERR_COMMAND_BUSY when it is not free and nobody shall wait; the signal's reason
	 */
	async take(vehicle: string, ifBusy: "wait" | "refuse", signal: AbortSignal): Promise<() => void> {
		signal.throwIfAborted();
		const before = this.#tails.get(vehicle);
		if (before && ifBusy === "refuse")
			throw new StellantisError(
				"ERR_COMMAND_BUSY",
				`Vehicle ${vehicle} is still busy with another command of this account. Wait for its end, or let the node wait.`,
			);
		let free: () => void = () => {};
		const own = new Promise<void>((resolve) => {
			free = resolve;
		});
		const tail = (before ?? Promise.resolve()).then(() => own);
		this.#tails.set(vehicle, tail);
		const release = () => {
			free();
			void tail.then(() => {
				if (this.#tails.get(vehicle) === tail) this.#tails.delete(vehicle);
			});
		};
		try {
			if (before) await abortable(before, signal);
		} catch (error) {
			release();
			throw error;
		}
		return release;
	}
}
