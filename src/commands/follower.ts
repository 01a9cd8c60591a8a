import { type CommandStatus, causeInWords, commandStatusOf, isFinal, WAKEUPS_USED_UP } from "../api/commands/status";
import type { ConnectedCar } from "../api/connected-car";
import { spokenTime } from "../api/time";
import { StellantisError } from "../error";
import { errorName } from "../storage/storage-error";
import type { ApiResponse } from "../transport/client";
import type { CommandClock } from "./clock";
import type { CommandEvents, RemoteEvent } from "./command-events";
import { follow } from "./follow";
import type { JournalWriter } from "./journal-writer";
import type { CommandEnd, CommandReport, Told } from "./order";
import { endOfMonth, type WakeUpMemory } from "./wakeups";

/** A command on its way to its end. */
export interface Following {
	key: string;
	vehicle: string;
	report: CommandReport;
	answer?: ApiResponse;
	url: URL | undefined;
	heard: CommandEvents;
	/** Seconds. */
	timeout: number;
}

type Heard = CommandStatus & Pick<Told, "answer">;

/** Who is asked for the end of commands, and who is told. */
export interface FollowerOptions {
	car: ConnectedCar;
	records: JournalWriter;
	wakeUps: WakeUpMemory;
	clock: CommandClock;
	/** Aborts when the account closes. */
	signal: AbortSignal;
	warn: (sentence: string) => void;
}

/** Follows commands that the API has taken, by its answers and by its events, and writes down how they end. */
export class Follower {
	readonly #options: FollowerOptions;

	constructor(options: FollowerOptions) {
		this.#options = options;
	}

	/** Follows a command that was taken; ends with an AbortError, and without a word in the journal, when the account closes. */
	async toTheEnd(following: Following, tell: (told: Told) => void): Promise<CommandEnd> {
		const { key, vehicle, url, heard, timeout } = following;
		const { car, records, clock, signal } = this.#options;
		const { command, id = "" } = following.report;
		let told: Told = { report: following.report, answer: following.answer };
		const end = await follow<Heard>({
			poll: async (until) => {
				if (!url) return undefined;
				const answer = await car.get(url, { priority: "command", owner: key }, until);
				const status = commandStatusOf(answer.body);
				return status && { ...status, answer };
			},
			listen: (onStatus) => heard.listen(id, (event) => onStatus(statusOf(event))),
			onStatus: ({ status, failureCause, answer }) => {
				const cause = failureCause === undefined ? {} : { failureCause };
				told = { report: { command, id, status, ...cause }, answer };
				if (!isFinal(status)) void records.note({ key, event: "status", status, ...cause });
				if (status === WAKEUPS_USED_UP || failureCause === WAKEUPS_USED_UP) this.#pauseWakeUps(vehicle);
				tell(told);
			},
			timeout: timeout * 1000,
			clock,
			signal,
			current: following.report.status,
		});
		const { status, failureCause } = told.report;
		await records.note({
			key,
			event: "end",
			outcome: end ? status : "timeout",
			...(end ? {} : { status }),
			...(failureCause === undefined ? {} : { failureCause }),
		});
		if (!end) return { ...told, error: timeUp(vehicle, told.report, timeout) };
		return status === "Failed" ? { ...told, error: this.#failed(vehicle, told.report) } : told;
	}

	#pauseWakeUps(vehicle: string): void {
		this.#options.wakeUps
			.pause(vehicle, endOfMonth(this.#options.clock.now()))
			.catch((error: unknown) => this.#options.warn(`The memory of wake-ups can't be written: ${errorName(error)}.`));
	}

	#failed(vehicle: string, { command, failureCause }: CommandReport): StellantisError {
		const paused =
			failureCause === WAKEUPS_USED_UP
				? ` Wake-ups of it are paused until ${spokenTime(endOfMonth(this.#options.clock.now()))}.`
				: "";
		return new StellantisError(
			"ERR_COMMAND_FAILED",
			`The command ${command} failed at vehicle ${vehicle}: ${causeInWords(failureCause)}.${paused}`,
		);
	}
}

function statusOf({ status, failureCause }: RemoteEvent): Heard {
	return { status, ...(failureCause === undefined ? {} : { failureCause }) };
}

function timeUp(vehicle: string, { command, status }: CommandReport, timeout: number): StellantisError {
	return new StellantisError(
		"ERR_COMMAND_TIMEOUT",
		`The command ${command} to vehicle ${vehicle} came to no end in ${timeout} s; its last status is ${status}. It may still be carried out, for instance when the vehicle has coverage again.`,
	);
}
