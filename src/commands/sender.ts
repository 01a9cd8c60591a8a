import { randomUUID } from "node:crypto";
import type { EventEmitter } from "node:events";
import { pickChannel } from "../api/channels";
import { commandBody, commandSpec } from "../api/commands/body";
import type { CommandId } from "../api/commands/names";
import type { ConnectedCar } from "../api/connected-car";
import type { VehicleRef } from "../api/vehicles";
import { isAbort, StellantisError } from "../error";
import { errorName } from "../storage/storage-error";
import { abortable } from "../transport/abortable";
import type { ApiClient } from "../transport/client";
import type { Claim } from "../transport/limiter";
import { type CommandClock, systemClock } from "./clock";
import { CommandEvents } from "./command-events";
import { Follower, type Following } from "./follower";
import { allowedBy, Turns, VehiclesOfTheMinute } from "./guards";
import type { Journal } from "./journal";
import { JournalWriter } from "./journal-writer";
import type { AllowedCommand, CommandEnd, CommandOrder, Told } from "./order";
import { Readiness } from "./readiness";
import { followAddress, type Sending, sendCommand, type Taken } from "./send";
import { SendSignal } from "./send-signal";
import { type Unfinished, unfinished } from "./unfinished";
import type { WakeUpLimits, WakeUpMemory } from "./wakeups";

/** The account's limits for commands. */
export interface CommandLimits extends WakeUpLimits {
	/** Commands it may send; undefined: all but the guarded. */
	commands: readonly string[] | undefined;
	/** Vehicles a minute. */
	commandLimit: number;
}

/** What the commands of one account go through. */
export interface CommandSenderOptions {
	/** Id of the account node. */
	account: string;
	car: ConnectedCar;
	client: Pick<ApiClient, "send">;
	limits: CommandLimits;
	/** Emits "remote" with a {@link RemoteEvent}. */
	events: EventEmitter;
	journal: Journal;
	wakeUps: WakeUpMemory;
	/** Aborts when the account closes. */
	signal: AbortSignal;
	/** Takes secrets out of a text. */
	redact: (text: string) => string;
	/** Tells people what nobody is waiting for. */
	log: (sentence: string) => void;
	warn: (sentence: string) => void;
	clock?: CommandClock;
}

/**
 * Where all commands of an account go through: its guards, one at a time for a vehicle, the journal, the one attempt
 * to send, and the way to the end. A command outlives the node that asked for it, and is followed on after a restart.
 */
export class CommandSender {
	readonly #options: CommandSenderOptions;
	readonly #clock: CommandClock;
	readonly #turns = new Turns();
	readonly #minute: VehiclesOfTheMinute;
	readonly #posting = new Set<Promise<unknown>>();
	readonly #readiness: Readiness;
	readonly #records: JournalWriter;
	readonly #follower: Follower;
	/** Vehicles of the latest commands by the API's ids of those. */
	readonly #vehicles = new Map<string, VehicleRef>();
	#recovered: Promise<void> | undefined;

	constructor(options: CommandSenderOptions) {
		this.#options = options;
		const { clock = systemClock } = options;
		this.#clock = clock;
		this.#readiness = new Readiness({ ...options, clock });
		this.#records = new JournalWriter(options);
		this.#follower = new Follower({ ...options, clock, records: this.#records });
		this.#minute = new VehiclesOfTheMinute(options.limits.commandLimit, () => clock.now());
	}

	/**
	 * Checks, without any request, that the account sends a command, that its family has it, and its arguments.
	 *
	 * @throws ERR_COMMAND_DISABLED, ERR_NOT_SUPPORTED, ERR_BAD_INPUT
	 */
	allow(command: CommandId, args: unknown): AllowedCommand {
		const { limits, car } = this.#options;
		const rule = allowedBy(command, limits.commands);
		const prepared = commandSpec(car.family, command).prepare(args);
		// Programs meet those of the vehicle later; all other mistakes show now.
		if (!prepared.needsStatus) prepared.action();
		return { command, prepared, rule };
	}

	/**
	 * Sends a command and follows it to its end, or until it is accepted where that is enough.
	 *
	 * @param signal stops the work before the command is sent; afterwards only the telling: the journal learns the end
	 * @throws what keeps the command from being sent; an AbortError
	 */
	run(order: CommandOrder, onStatus: (told: Told) => void, signal: AbortSignal): Promise<CommandEnd> {
		return abortable(this.#run(order, onStatus, signal), signal);
	}

	async #run(order: CommandOrder, onStatus: (told: Told) => void, signal: AbortSignal): Promise<CommandEnd> {
		const { vehicle, command, ifBusy, wait } = order;
		await this.recover();
		const release = await this.#turns.take(vehicle.id, ifBusy, AbortSignal.any([signal, this.#options.signal]));
		const heard = new CommandEvents(this.#options.events);
		const over = () => {
			heard.close();
			release();
		};
		const tell = (told: Told) => {
			if (!signal.aborted) onStatus(told);
		};
		let following: Following;
		try {
			following = await this.#send(order, heard, signal);
		} catch (error) {
			over();
			throw error;
		}
		const accepted = { report: following.report, answer: following.answer };
		tell(accepted);
		if (following.report.id === undefined) {
			over();
			return wait === "accepted" ? accepted : { ...accepted, error: withoutId(vehicle.id, command) };
		}
		const end = this.#follower.toTheEnd(following, tell).finally(over);
		if (wait !== "accepted") return end;
		// Still followed for the journal, and so that the next command waits for this one.
		end.catch(() => {});
		return accepted;
	}

	/**
	 * Takes up what was under way when Node-RED stopped: commands with a known id are followed on, the others noted as
	 * unknown. Resolves when all of them are known, without waiting for their ends.
	 */
	recover(): Promise<void> {
		this.#recovered ??= this.#recover().catch((error: unknown) =>
			this.#options.warn(`The journal of commands can't be read: ${errorName(error)}.`),
		);
		return this.#recovered;
	}

	/** The vehicle of one of the latest commands, by the id that the API gave it: events in batches do not name it. */
	vehicleOf(id: string): VehicleRef | undefined {
		return this.#vehicles.get(id);
	}

	/** Resolves when no command is on its way to the API any more. */
	async settled(): Promise<void> {
		await Promise.allSettled(this.#posting);
	}

	/** Everything up to the API's answer. */
	async #send(order: CommandOrder, heard: CommandEvents, signal: AbortSignal): Promise<Following> {
		const { car, wakeUps } = this.#options;
		const { vehicle, prepared, command } = order;
		const both = AbortSignal.any([signal, this.#options.signal]);
		const claim: Claim = { priority: "command", owner: order.node };
		const giveBack = this.#minute.take(vehicle.id);
		let woken: number | undefined;
		try {
			const status = await this.#readiness.check(order, vehicle, claim, both);
			const body = commandBody(car.family, command, prepared, status);
			const channel =
				order.channel ?? (await pickChannel(car, claim, both, { remoteType: this.#remoteType(command) })).id;
			both.throwIfAborted();
			const key = randomUUID();
			await this.#records.intend(key, order, channel);
			if (prepared.wakes) {
				woken = this.#clock.now();
				await wakeUps.woken(vehicle.id, woken);
			}
			const sending = { car, client: this.#options.client, vehicle, channel, command, body, claim };
			const { answer, id, url } = await this.#tracked(this.#post(key, sending, signal));
			const report = { command, ...(id === undefined ? {} : { id }), status: "Accepted" };
			return { key, vehicle: vehicle.id, report, answer, url, heard, timeout: order.timeout };
		} catch (error) {
			if (!isUnknown(error)) {
				giveBack();
				if (woken !== undefined) await wakeUps.notWoken(vehicle.id, woken).catch(() => {});
			}
			throw error;
		}
	}

	#remember(id: string, vehicle: VehicleRef): void {
		const [oldest] = this.#vehicles.keys();
		if (this.#vehicles.size >= MOST_REMEMBERED && oldest !== undefined) this.#vehicles.delete(oldest);
		this.#vehicles.set(id, vehicle);
	}

	#remoteType(command: CommandId): string | undefined {
		return commandSpec(this.#options.car.family, command).remoteType;
	}

	/** The one attempt, and what the journal says of it. */
	async #post(key: string, sending: Omit<Sending, "signal">, signal: AbortSignal): Promise<Taken> {
		const leash = new SendSignal(signal, this.#options.signal);
		try {
			const taken = await sendCommand({ ...sending, signal: leash.signal, onSent: () => leash.sent() });
			const { id, url } = taken;
			if (id !== undefined) this.#remember(id, sending.vehicle);
			if (id === undefined) await this.#records.note({ key, event: "end", outcome: "unknown" });
			else await this.#records.note({ key, event: "taken", id, ...(url ? { path: sending.car.pathOf(url) } : {}) });
			return taken;
		} catch (error) {
			const outcome = isUnknown(error) ? "unknown" : isAbort(error) ? "not sent" : "refused";
			await this.#records.note({
				key,
				event: "end",
				outcome,
				...(error instanceof StellantisError ? { code: error.code } : {}),
			});
			throw error;
		} finally {
			leash.drop();
		}
	}

	async #tracked<T>(work: Promise<T>): Promise<T> {
		this.#posting.add(work);
		try {
			return await work;
		} finally {
			this.#posting.delete(work);
		}
	}

	async #recover(): Promise<void> {
		const { journal, account, warn } = this.#options;
		for (const command of unfinished(await journal.recent(), account)) {
			if (command.id !== undefined) {
				void this.#followOn(command, command.id);
				continue;
			}
			await this.#records.note({ key: command.key, event: "end", outcome: "unknown" });
			warn(
				`The command ${command.command} was on its way to vehicle ${command.vehicle} when Node-RED stopped: it may have arrived, nobody can tell. It is not sent again.`,
			);
		}
	}

	/** Follows a command of an earlier run, for the journal and the log only. */
	async #followOn(from: Unfinished, id: string): Promise<void> {
		const { car, events, signal, log } = this.#options;
		const release = await this.#turns.take(from.vehicle, "wait", signal).catch(() => undefined);
		if (!release) return;
		const heard = new CommandEvents(events);
		this.#remember(id, { id: from.vehicle });
		try {
			const url = from.path
				? car.resolve(new URL(car.root).pathname.replace(/\/$/, "") + from.path)
				: followAddress(car, from.vehicle, from.channel, id);
			if (url && (await this.#isForgotten(url, from.key))) {
				await this.#records.note({ key: from.key, event: "end", outcome: "unknown", status: from.status });
				log(
					`The API no longer knows the command ${from.command} to vehicle ${from.vehicle}, sent before Node-RED stopped: nobody can tell how it ended.`,
				);
				return;
			}
			const report = { command: from.command, id, status: from.status };
			const following = { key: from.key, vehicle: from.vehicle, report, url, heard, timeout: from.timeout };
			const { report: last, error } = await this.#follower.toTheEnd(following, () => {});
			const ended = `The command ${from.command} to vehicle ${from.vehicle}, sent before Node-RED stopped, ended with ${last.status}.`;
			log(error ? error.message : ended);
		} catch {
			// The account closes, and whoever starts next follows on; or the journal names a place that is none.
		} finally {
			heard.close();
			release();
		}
	}

	/**
	 * True when the API, asked a few times, does not know a command. The demo API forgets its commands when it starts anew;
	 * the next command to that vehicle must not wait for one that nobody will ever hear of.
	 */
	async #isForgotten(url: URL, key: string): Promise<boolean> {
		const { car, signal } = this.#options;
		for (let turn = 0; ; turn++) {
			const known = await car.get(url, { priority: "command", owner: key }, signal).then(
				() => true,
				(error: unknown) => !(error instanceof StellantisError && error.code === "ERR_NOT_FOUND"),
			);
			const pause = BETWEEN_QUESTIONS[turn];
			if (known || pause === undefined) return !known;
			await this.#clock.sleep(pause, signal);
		}
	}
}

/** Commands whose vehicle is remembered. */
const MOST_REMEMBERED = 10_000;

/** Milliseconds between the questions whether a command of an earlier run is still known. */
const BETWEEN_QUESTIONS = [1_000, 2_000];

function isUnknown(error: unknown): boolean {
	return error instanceof StellantisError && error.code === "ERR_COMMAND_UNKNOWN";
}

function withoutId(vehicle: string, command: CommandId): StellantisError {
	return new StellantisError(
		"ERR_COMMAND_UNKNOWN",
		`The API took the command ${command} for vehicle ${vehicle}, but gave no id to follow it by: nobody can tell how it ends.`,
	);
}
