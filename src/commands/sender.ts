import { randomUUID } from "node:crypto";
import type { EventEmitter } from "node:events";
import { pickChannel } from "../api/channels";
import { commandBody, commandSpec } from "../api/commands/body";
import type { CommandId } from "../api/commands/names";
import type { ConnectedCar } from "../api/connected-car";
import { vehicleName } from "../api/vehicle-name";
import type { VehicleRef } from "../api/vehicles";
import { isAbort, StellantisError } from "../error";
import { defined } from "../json";
import { storageSentence } from "../storage/storage-error";
import { abortable } from "../transport/abortable";
import type { ApiClient } from "../transport/client";
import type { Claim } from "../transport/limiter";
import { allowedBy } from "./allow-list";
import { type CommandClock, systemClock } from "./clock";
import { CommandEvents } from "./command-events";
import { Follower, type Following } from "./follower";
import type { GuardLimits } from "./guard-memory";
import type { Guards } from "./guards";
import type { CommandJournal, JournalEntry } from "./journal";
import { JournalWriter, notSent } from "./journal-writer";
import { Preconditions } from "./preconditions";
import type { AllowedCommand, CommandProgress, CommandRequest, CommandResult } from "./request";
import { type AcceptedCommand, type SendOptions, sendCommand } from "./send";
import { SendSignal } from "./send-signal";
import { takeUp } from "./take-up";

/** The account's limits for commands. */
export interface CommandLimits extends GuardLimits {
	/** Commands it may send; undefined: all but the guarded. */
	commands: readonly string[] | undefined;
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
	journal: CommandJournal;
	/** Shared by all accounts. */
	guards: Guards;
	/** True for the demo API, which forgets its commands when its last account closes. */
	isSimulated?: boolean;
	/** Aborts when the account closes. */
	signal: AbortSignal;
	/** Takes secrets out of a text. */
	redact: (text: string) => string;
	/** Tells people what nobody is waiting for. */
	log: (sentence: string) => void;
	warn: (sentence: string) => void;
	/** Told of each entry of the journal, see {@link JournalWriter}. */
	onEntry?: (entry: JournalEntry) => void;
	clock?: CommandClock;
}

/**
 * Where all commands of an account go through: its guards, one at a time for a vehicle, the journal, the one attempt
 * to send, and the way to the end. A command outlives the node that asked for it, and is followed on after a restart.
 */
export class CommandSender {
	readonly #options: CommandSenderOptions;
	readonly #clock: CommandClock;
	readonly #posting = new Set<Promise<unknown>>();
	readonly #preconditions: Preconditions;
	readonly #journal: JournalWriter;
	readonly #follower: Follower;
	/** Vehicles of the latest commands by the API's ids of those. */
	readonly #vehicles = new Map<string, VehicleRef>();
	#recovered: Promise<void> | undefined;

	constructor(options: CommandSenderOptions) {
		const { clock = systemClock } = options;
		this.#options = options;
		this.#clock = clock;
		this.#preconditions = new Preconditions({ car: options.car, clock });
		this.#journal = new JournalWriter(options);
		this.#follower = new Follower({ ...options, clock, journal: this.#journal });
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
	run(request: CommandRequest, tell: (progress: CommandProgress) => void, signal: AbortSignal): Promise<CommandResult> {
		return abortable(this.#run(request, tell, signal), signal);
	}

	async #run(
		given: CommandRequest,
		tell: (progress: CommandProgress) => void,
		signal: AbortSignal,
	): Promise<CommandResult> {
		const { guards } = this.#options;
		await this.recover();
		await guards.ready().catch((error: unknown) => {
			throw notSent(given, error);
		});
		const both = AbortSignal.any([signal, this.#options.signal]);
		const request = await this.#identified(given, both);
		const { vehicle, ifBusy, wait } = request;
		const key = randomUUID();
		if (ifBusy === "wait") await guards.take(vehicle, key, both);
		else if (!(await guards.takeNow(vehicle, key))) throw busy(vehicle);
		const events = new CommandEvents(this.#options.events);
		let following: Following;
		try {
			following = await this.#send(key, request, events, signal);
		} catch (error) {
			events.close();
			guards.free(key);
			throw error;
		}
		const accepted = { report: following.report, answer: following.answer };
		const tellOn = (progress: CommandProgress) => {
			if (!signal.aborted) tell(progress);
		};
		tellOn(accepted);
		const end = this.#toTheEnd(following, tellOn);
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
		this.#recovered ??= this.#takeUp()
			.catch((error: unknown) =>
				this.#options.warn(`The commands of an earlier run can't be taken up. ${storageSentence(error)}`),
			)
			.finally(() => void this.#lookAgain());
		return this.#recovered;
	}

	#takeUp(): Promise<void> {
		return takeUp({
			...this.#options,
			clock: this.#clock,
			writer: this.#journal,
			remember: (id, vehicle) => this.#remember(id, vehicle),
			follow: (following) => this.#toTheEnd(following, () => {}),
		});
	}

	/** Takes up what other instances leave behind, until the account closes. */
	async #lookAgain(): Promise<void> {
		const { journal, signal } = this.#options;
		if (journal.lookAgain === undefined) return;
		try {
			for (;;) {
				await this.#clock.sleep(journal.lookAgain, signal);
				// While the store is away nothing can be taken up; it is tried again.
				await this.#takeUp().catch(() => {});
			}
		} catch {
			// The account closes.
		}
	}

	/** The vehicle of one of the latest commands, by the id that the API gave it: events in batches do not name it. */
	vehicleOf(id: string): VehicleRef | undefined {
		return this.#vehicles.get(id);
	}

	/** Resolves when no command is on its way to the API any more. */
	async settled(): Promise<void> {
		await Promise.allSettled(this.#posting);
	}

	/** The request with the vehicle's VIN, where what must be read of the vehicle anyway tells it: guards count by VIN. */
	async #identified(request: CommandRequest, signal: AbortSignal): Promise<CommandRequest> {
		const { guards } = this.#options;
		if (guards.isVinMissing(request.vehicle)) {
			// What is refused anyway costs no request.
			await guards.check(this.#guarded(request));
			const claim: Claim = { priority: "command", owner: request.node };
			const vehicle = await this.#preconditions.identify(request, request.vehicle, claim, signal);
			guards.learn(vehicle);
			return { ...request, vehicle };
		}
		guards.learn(request.vehicle);
		return request;
	}

	#guarded({ vehicle, prepared }: CommandRequest) {
		const { account, limits } = this.#options;
		const { commandLimit, wakeupInterval, wakeupsPerDay } = limits;
		return { account, vehicle, wakes: prepared.wakes, limits: { commandLimit, wakeupInterval, wakeupsPerDay } };
	}

	/** Everything up to the API's answer. */
	async #send(key: string, request: CommandRequest, events: CommandEvents, signal: AbortSignal): Promise<Following> {
		const { car, client, guards } = this.#options;
		const { vehicle, prepared, command, timeout } = request;
		const both = AbortSignal.any([signal, this.#options.signal]);
		const claim: Claim = { priority: "command", owner: request.node };
		const takeBack = await guards.admit(this.#guarded(request)).catch((error: unknown) => {
			throw error instanceof StellantisError ? error : notSent(request, error);
		});
		try {
			const status = await this.#preconditions.check(request, vehicle, claim, both);
			const body = commandBody(car.family, command, prepared, status);
			const channel =
				request.channel ?? (await pickChannel(car, claim, both, { remoteType: this.#remoteType(command) })).id;
			both.throwIfAborted();
			await this.#journal.intend(key, request, channel);
			const sending = { car, client, vehicle, channel, command, body, claim };
			const { answer, id, url } = await this.#tracked(this.#post(key, sending, signal));
			const report = { command, ...defined({ id }), status: "Accepted" };
			return { key, vehicle, report, answer, url, events, timeout };
		} catch (error) {
			// A limit that was counted for nothing is no reason to hide why.
			if (!isUnknown(error)) await takeBack().catch(() => {});
			throw error;
		}
	}

	/** Follows a command to its end; the vehicle is free again then. A closing account leaves that to whoever comes next. */
	async #toTheEnd(following: Following, tell: (progress: CommandProgress) => void): Promise<CommandResult> {
		const { guards, signal } = this.#options;
		const { key, vehicle, report, answer, events, timeout } = following;
		try {
			if (report.id === undefined) return { report, answer, error: withoutId(vehicle, report.command) };
			return await this.#follower.toTheEnd(following, tell);
		} finally {
			events.close();
			if (signal.aborted && !this.#options.isSimulated) guards.leave(key, timeout * 1000);
			else guards.free(key);
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
	async #post(key: string, sending: Omit<SendOptions, "signal">, signal: AbortSignal): Promise<AcceptedCommand> {
		const sendSignal = new SendSignal(signal, this.#options.signal);
		try {
			const accepted = await sendCommand({
				...sending,
				signal: sendSignal.signal,
				onSent: () => sendSignal.sent(),
			});
			const { id, url } = accepted;
			if (id !== undefined) this.#remember(id, sending.vehicle);
			if (id === undefined) await this.#journal.note({ key, event: "end", outcome: "unknown" });
			else await this.#journal.note({ key, event: "taken", id, path: url && sending.car.pathOf(url) });
			return accepted;
		} catch (error) {
			const outcome = isUnknown(error) ? "unknown" : isAbort(error) ? "not sent" : "refused";
			const code = error instanceof StellantisError ? error.code : undefined;
			await this.#journal.note({ key, event: "end", outcome, code });
			throw error;
		} finally {
			sendSignal.drop();
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
}

/** Commands whose vehicle is remembered. */
const MOST_REMEMBERED = 10_000;

function isUnknown(error: unknown): boolean {
	return error instanceof StellantisError && error.code === "ERR_COMMAND_UNKNOWN";
}

function busy(vehicle: VehicleRef): StellantisError {
	return new StellantisError(
		"ERR_COMMAND_BUSY",
		`No command was sent to ${vehicleName(vehicle)}: it is still busy with another one. Wait for its end, or let the node wait.`,
	);
}

function withoutId(vehicle: VehicleRef, command: CommandId): StellantisError {
	return new StellantisError(
		"ERR_COMMAND_UNKNOWN",
		`The API took the command ${command} for ${vehicleName(vehicle)}, but gave no id to follow it by: nobody can tell how it ends.`,
	);
}
