import type { EventEmitter } from "node:events";
import type { ConnectedCar } from "../api/connected-car";
import { vehicleName } from "../api/vehicle-name";
import type { VehicleRef } from "../api/vehicles";
import { StellantisError } from "../error";
import { defined } from "../json";
import type { CommandClock } from "./clock";
import { CommandEvents } from "./command-events";
import type { Following } from "./follower";
import type { Guards } from "./guards";
import type { CommandJournal } from "./journal";
import type { JournalWriter } from "./journal-writer";
import type { CommandResult } from "./request";
import { followAddress } from "./send";
import { type Unfinished, unfinished } from "./unfinished";

/** What an account needs to take up commands of an earlier run. */
export interface TakeUpOptions {
	/** Id of the account node. */
	account: string;
	car: ConnectedCar;
	/** Emits "remote" with a {@link RemoteEvent}. */
	events: EventEmitter;
	journal: CommandJournal;
	writer: JournalWriter;
	guards: Guards;
	clock: CommandClock;
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

/** Milliseconds between the questions whether a command of an earlier run is still known. */
const BETWEEN_QUESTIONS = [1_000, 2_000];

/**
 * Takes up what an account had under way when Node-RED stopped: commands with a known id are followed on, the others
 * noted as unknown. Resolves when all of them are known, without waiting for their ends.
 *
 * @throws StorageError, ERR_STORE when the journal can't be read
 */
export async function takeUp(options: TakeUpOptions): Promise<void> {
	const { journal, writer, account, guards, warn } = options;
	await guards.ready();
	for (const command of unfinished(await journal.takeOver(), account)) {
		const { key, id, vin } = command;
		const vehicle = { id: command.vehicle, ...defined({ vin }) };
		if (id !== undefined) {
			guards.takeUp(vehicle, key);
			options.remember(id, vehicle);
			void followOn(options, command, vehicle, id);
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
async function followOn(options: TakeUpOptions, from: Unfinished, vehicle: VehicleRef, id: string): Promise<void> {
	const { car, guards, writer, signal, log } = options;
	const { key, command, channel, path, status, timeout } = from;
	const subject = `The command ${command} to ${vehicleName(vehicle)}, sent before Node-RED stopped`;
	const events = new CommandEvents(options.events);
	try {
		const url = path
			? car.resolve(new URL(car.root).pathname.replace(/\/$/, "") + path)
			: followAddress(car, vehicle.id, channel, id);
		if (url && (await isForgotten(options, url, key))) {
			await writer.note({ key, event: "end", outcome: "unknown", status });
			log(`${subject}, is no longer known to the API: nobody can tell how it ended.`);
			return;
		}
		const report = { command, id, status };
		const { report: last, error } = await options.follow({ key, vehicle, report, url, events, timeout });
		log(error ? error.message : `${subject}, ended with ${last.status}.`);
	} catch {
		// The account closes, and whoever starts next follows on; or the journal names a place that is none.
	} finally {
		events.close();
		if (signal.aborted && !options.isSimulated) guards.leave(key, timeout * 1000);
		else guards.free(key);
	}
}

/**
 * True when the API, asked a few times, does not know a command. The demo API forgets its commands when it starts anew;
 * the next command to that vehicle must not wait for one that nobody will ever hear of.
 */
async function isForgotten({ car, signal, clock }: TakeUpOptions, url: URL, key: string): Promise<boolean> {
	for (let turn = 0; ; turn++) {
		const known = await car.get(url, { priority: "command", owner: key }, signal).then(
			() => true,
			(error: unknown) => !(error instanceof StellantisError && error.code === "ERR_NOT_FOUND"),
		);
		const pause = BETWEEN_QUESTIONS[turn];
		if (known || pause === undefined) return !known;
		await clock.sleep(pause, signal);
	}
}
