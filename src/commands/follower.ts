import { type CommandStatus, causeInWords, commandStatusOf, isFinal, WAKEUPS_USED_UP } from "../api/commands/status";
import type { ConnectedCar } from "../api/connected-car";
import { spokenTime } from "../api/time";
import { vehicleName } from "../api/vehicle-name";
import type { VehicleRef } from "../api/vehicles";
import { StellantisError } from "../error";
import { storageSentence } from "../storage/storage-error";
import { plainText } from "../text";
import type { ApiResponse } from "../transport/client";
import type { CommandClock } from "./clock";
import type { CommandEvents, RemoteEvent } from "./command-events";
import { follow } from "./follow";
import type { Guards } from "./guards";
import type { JournalWriter } from "./journal-writer";
import type { CommandProgress, CommandReport, CommandResult } from "./request";
import { endOfMonth } from "./wake-ups";

/** A command on its way to its end. */
export interface Following {
	/** Its key in the journal. */
	key: string;
	vehicle: VehicleRef;
	report: CommandReport;
	answer?: ApiResponse;
	/** Where its status is. */
	url: URL | undefined;
	events: CommandEvents;
	/** Seconds. */
	timeout: number;
}

type Status = CommandStatus & Pick<CommandProgress, "answer">;

/** Who is asked for the end of commands, and who is told. */
export interface FollowerOptions {
	car: ConnectedCar;
	journal: JournalWriter;
	guards: Guards;
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
	async toTheEnd(following: Following, tell: (progress: CommandProgress) => void): Promise<CommandResult> {
		const { key, vehicle, url, events, timeout } = following;
		const { car, journal, clock, signal } = this.#options;
		const { command, id = "" } = following.report;
		let progress: CommandProgress = { report: following.report, answer: following.answer };
		const end = await follow<Status>({
			poll: async (until) => {
				if (!url) return undefined;
				const answer = await car.get(url, { priority: "command", owner: key }, until);
				const status = commandStatusOf(answer.body);
				return status && { ...status, answer };
			},
			listen: (onStatus) => events.listen(id, (event) => onStatus(statusOf(event))),
			onStatus: ({ answer, ...status }) => {
				progress = { report: { command, id, ...status }, answer };
				if (!isFinal(status.status)) void journal.note({ key, event: "status", ...status });
				if ([status.status, status.failureCause].includes(WAKEUPS_USED_UP)) this.#pauseWakeUps(vehicle);
				tell(progress);
			},
			timeout: timeout * 1000,
			clock,
			signal,
			current: following.report.status,
		});
		const { status, failureCause } = progress.report;
		await journal.note({
			key,
			event: "end",
			...(end ? { outcome: status } : { outcome: "timeout", status }),
			failureCause,
		});
		if (!end) return { ...progress, error: timeUp(vehicle, progress.report, timeout) };
		return status === "Failed" ? { ...progress, error: this.#failed(vehicle, progress.report) } : progress;
	}

	#pauseWakeUps(vehicle: VehicleRef): void {
		const { guards, clock, warn } = this.#options;
		guards
			.pauseWakeUps(vehicle, endOfMonth(clock.now()))
			.catch((error: unknown) => warn(`The memory of wake-ups can't be written. ${storageSentence(error)}`));
	}

	#failed(vehicle: VehicleRef, { command, failureCause }: CommandReport): StellantisError {
		const paused =
			failureCause === WAKEUPS_USED_UP
				? ` Wake-ups of it are paused until ${spokenTime(endOfMonth(this.#options.clock.now()))}.`
				: "";
		const cause = causeInWords(plainText(failureCause));
		return new StellantisError(
			"ERR_COMMAND_FAILED",
			`The command ${command} failed at ${vehicleName(vehicle)}: ${cause}.${paused}`,
		);
	}
}

function statusOf({ status, failureCause }: RemoteEvent): Status {
	return failureCause === undefined ? { status } : { status, failureCause };
}

function timeUp(vehicle: VehicleRef, { command, status }: CommandReport, timeout: number): StellantisError {
	return new StellantisError(
		"ERR_COMMAND_TIMEOUT",
		`The command ${command} to ${vehicleName(vehicle)} came to no end in ${timeout} s; its last status is ${plainText(status)}. It may still be carried out, for instance when the vehicle has coverage again.`,
	);
}
