import { vehicleName } from "../api/vehicle-name";
import type { VehicleRef } from "../api/vehicles";
import { defined } from "../json";
import type { Delivery, Resumption } from "./delivery";
import type { Following } from "./follower";
import type { Guards } from "./guards";
import type { CommandJournal } from "./journal";
import type { JournalWriter } from "./journal-writer";
import type { CommandResult } from "./request";
import { openCommands, type Unfinished } from "./unfinished";

/** What an account needs to take up commands of an earlier run. */
export interface TakeUpOptions {
	/** Id of the account node. */
	account: string;
	delivery: Delivery;
	journal: CommandJournal;
	writer: JournalWriter;
	guards: Guards;
	/** True for the demo API, which forgets its commands when its last account closes. */
	isSimulated?: boolean | undefined;
	/** Aborts when the account closes. */
	signal: AbortSignal;
	/** Takes note of the vehicle of a command, by the API's id of that. */
	remember(id: string, vehicle: VehicleRef): void;
	/** Follows a command to its end, and frees its vehicle. */
	follow(following: Following): Promise<CommandResult>;
	log: (sentence: string) => void;
	warn: (sentence: string) => void;
}

/**
 * Takes up what an account had under way when Node-RED stopped: commands with a known id are followed on, the others
 * noted as unknown. Resolves when all of them are known, without waiting for their ends.
 *
 * @throws StorageError, ERR_STORE when the journal can't be read
 */
export async function takeUp(options: TakeUpOptions): Promise<void> {
	const { delivery, journal, writer, account, guards, signal, warn } = options;
	await guards.ready();
	for (const { account: sender, since, unfinished: command } of openCommands(await journal.takeOver())) {
		if (sender !== account) continue;
		const { key, id, vin } = command;
		const vehicle = { id: command.vehicle, ...defined({ vin }) };
		const resumption = delivery.resume(command, since, vehicle, signal);
		if (resumption) {
			guards.takeUp(vehicle, key);
			if (id !== undefined) options.remember(id, vehicle);
			void followOn(options, command, vehicle, resumption);
			continue;
		}
		await writer.note({ key, event: "end", outcome: "unknown" });
		guards.free(key);
		warn(
			`The command ${command.command} was on its way to ${vehicleName(vehicle)} when Node-RED stopped: it may have arrived, nobody can tell. It is not sent again.`,
		);
	}
}

/** Follows a command of an earlier run, for the journal and the log only. */
async function followOn(
	options: TakeUpOptions,
	from: Unfinished,
	vehicle: VehicleRef,
	resumption: Resumption,
): Promise<void> {
	const { guards, writer, signal, log } = options;
	const { key, command, id = key } = from;
	const { timeout, status } = resumption;
	const subject = `The command ${command} to ${vehicleName(vehicle)}, sent before Node-RED stopped`;
	try {
		const outcomes = await resumption.outcomes();
		if (!outcomes) {
			await writer.note({ key, event: "end", outcome: "unknown", status });
			log(`${subject}, is no longer known to the API: nobody can tell how it ended.`);
			return;
		}
		const report = { command, id, status };
		const { report: last, error } = await options.follow({ key, vehicle, report, outcomes, timeout });
		log(error ? error.message : `${subject}, ended with ${last.status}.`);
	} catch {
		// The account closes, and whoever starts next follows on; or the journal names a place that is none.
	} finally {
		if (signal.aborted && !options.isSimulated) guards.leave(key, timeout * 1000);
		else guards.free(key);
	}
}
