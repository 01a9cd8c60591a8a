import { causeInWords, isEnd, WAKEUPS_USED_UP } from "../api/commands/status";
import { spokenTime } from "../api/time";
import { vehicleName } from "../api/vehicle-name";
import type { VehicleRef } from "../api/vehicles";
import { StellantisError } from "../error";
import { storageSentence } from "../storage/storage-error";
import { plainText } from "../text";
import type { CommandClock } from "./clock";
import { type Answer, type Outcomes, type ToldStatus, UNSURE } from "./delivery";
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
	answer?: Answer | undefined;
	outcomes: Outcomes;
	/** Seconds. */
	timeout: number;
}

/** Who is asked for the end of commands, and who is told. */
export interface FollowerOptions {
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

	/**
	 * Follows a command that was taken; ends with an AbortError, and without a word in the journal, when the account closes.
	 *
	 * @param tell told what comes before the end
	 */
	async toTheEnd(following: Following, tell: (progress: CommandProgress) => void): Promise<CommandResult> {
		const { key, vehicle, outcomes, timeout } = following;
		const { journal, clock, signal } = this.#options;
		const { command, id = "" } = following.report;
		let progress: CommandProgress = { report: following.report, answer: following.answer };
		let advice: string | undefined;
		const end = await follow<ToldStatus>({
			poll: (until) => outcomes.poll(until),
			listen: (onStatus) => outcomes.listen(onStatus),
			intervals: outcomes.intervals,
			onStatus: (told) => {
				const { answer, advice: sentence, isEnd: _, ...status } = told;
				advice = sentence;
				progress = { report: { command, id, ...status }, answer };
				if ([status.status, status.failureCause].includes(WAKEUPS_USED_UP)) this.#pauseWakeUps(vehicle);
				if (isEnd(told)) return;
				void journal.note({ key, event: "status", ...status });
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
			...outcomeOf(end, status),
			failureCause,
		});
		if (!end) {
			const error = status === UNSURE ? neverShown : timeUp;
			return { ...progress, error: error(vehicle, progress.report, timeout) };
		}
		const ended = { ...progress, isUntold: true };
		if (end.isEnd) return { ...ended, error: oddEnd(vehicle, progress.report) };
		return status === "Failed" ? { ...ended, error: this.#failed(vehicle, progress.report, advice) } : ended;
	}

	#pauseWakeUps(vehicle: VehicleRef): void {
		const { guards, clock, warn } = this.#options;
		guards
			.pauseWakeUps(vehicle, endOfMonth(clock.now()))
			.catch((error: unknown) => warn(`The memory of wake-ups can't be written. ${storageSentence(error)}`));
	}

	#failed(vehicle: VehicleRef, { command, failureCause }: CommandReport, advice?: string): StellantisError {
		const paused =
			failureCause === WAKEUPS_USED_UP
				? ` Wake-ups of it are paused until ${spokenTime(endOfMonth(this.#options.clock.now()))}.`
				: "";
		const cause = causeInWords(plainText(failureCause));
		return new StellantisError(
			"ERR_COMMAND_FAILED",
			`The command ${command} failed at ${vehicleName(vehicle)}: ${cause}.${paused}${advice === undefined ? "" : ` ${advice}`}`,
		);
	}
}

/** How a command has ended, for the journal. */
function outcomeOf(end: ToldStatus | undefined, status: string): { outcome: string; status?: string } {
	if (end?.isEnd) return { outcome: "unknown", status };
	if (end) return { outcome: status };
	return status === UNSURE ? { outcome: "unknown" } : { outcome: "timeout", status };
}

function timeUp(vehicle: VehicleRef, { command, status }: CommandReport, timeout: number): StellantisError {
	return new StellantisError(
		"ERR_COMMAND_TIMEOUT",
		`The command ${command} to ${vehicleName(vehicle)} came to no end in ${timeout} s; its last status is ${plainText(status)}. It may still be carried out, for instance when the vehicle has coverage again.`,
	);
}

function oddEnd(vehicle: VehicleRef, { command, status }: CommandReport): StellantisError {
	return new StellantisError(
		"ERR_COMMAND_UNKNOWN",
		`The command ${command} to ${vehicleName(vehicle)} has ended with the status ${plainText(status)}, which is not known here: nobody can tell whether it was carried out. Look at the vehicle's status.`,
	);
}

function neverShown(vehicle: VehicleRef, { command }: CommandReport, timeout: number): StellantisError {
	return new StellantisError(
		"ERR_COMMAND_UNKNOWN",
		`The command ${command} may have reached ${vehicleName(vehicle)}, nobody can tell: in ${timeout} s nothing has shown it. It is not sent again; look at the vehicle's status before you repeat it.`,
	);
}
