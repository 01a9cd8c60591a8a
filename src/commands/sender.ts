import { randomUUID } from "node:crypto";
import type { CommandId } from "../api/commands/names";
import { vehicleName } from "../api/vehicle-name";
import type { VehicleRef } from "../api/vehicles";
import { isAbort, StellantisError } from "../error";
import { defined } from "../json";
import { storageSentence } from "../storage/storage-error";
import { abortable } from "../transport/abortable";
import type { Claim } from "../transport/limiter";
import { allowedBy } from "./allow-list";
import { type CommandClock, systemClock } from "./clock";
import { type Delivery, type Handed, type Parcel, UNSURE } from "./delivery";
import { Follower, type Following } from "./follower";
import type { GuardLimits } from "./guard-memory";
import type { Guards } from "./guards";
import type { CommandJournal, JournalEntry } from "./journal";
import { JournalWriter, notSent } from "./journal-writer";
import type { AllowedCommand, CommandProgress, CommandReport, CommandRequest, CommandResult } from "./request";
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
	delivery: Delivery;
	limits: CommandLimits;
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
	readonly #journal: JournalWriter;
	readonly #follower: Follower;
	/** Vehicles of the latest commands by the API's ids of those. */
	readonly #vehicles = new Map<string, VehicleRef>();
	#recovered: Promise<void> | undefined;

	constructor(options: CommandSenderOptions) {
		const { clock = systemClock } = options;
		this.#options = options;
		this.#clock = clock;
		this.#journal = new JournalWriter(options);
		this.#follower = new Follower({ ...options, clock, journal: this.#journal });
	}

	/**
	 * Checks, without any request, that the account sends a command, that it can be delivered, and its arguments.
	 *
	 * @throws ERR_COMMAND_DISABLED, ERR_NOT_SUPPORTED, ERR_BAD_INPUT
	 */
	allow(command: CommandId, args: unknown): AllowedCommand {
		const { limits, delivery } = this.#options;
		const rule = allowedBy(command, limits.commands);
		return { command, prepared: delivery.prepare(command, args), rule };
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
		const { vehicle, ifBusy, wait, aside = (free) => free } = request;
		const key = randomUUID();
		if (ifBusy === "wait") await aside(guards.take(vehicle, key, both));
		else if (!(await guards.takeNow(vehicle, key))) throw busy(vehicle);
		let sent: Sent;
		try {
			sent = await this.#send(key, request, signal, both);
		} catch (error) {
			guards.free(key);
			throw error;
		}
		let take: (progress: CommandProgress) => void = () => {};
		const taken = new Promise<CommandProgress>((resolve) => {
			take = resolve;
		});
		let last: CommandProgress = { report: sent.report, answer: sent.answer };
		const pass = (progress: CommandProgress) => {
			if (!signal.aborted) tell(progress);
		};
		const tellOn = (progress: CommandProgress) => {
			last = progress;
			take(progress);
			pass(progress);
		};
		if (sent.report.status !== UNSURE) tellOn({ report: sent.report, answer: sent.answer });
		const end = this.#toTheEnd(sent, tellOn).then(
			(result) => {
				// Not before the vehicle is free: a flow may send its next command by that.
				if (result.isUntold) pass(result);
				return result;
			},
			(error: unknown): CommandResult => {
				if (!this.#options.signal.aborted) throw error;
				return { ...last, error: leftAlone(vehicle, last.report) };
			},
		);
		if (wait !== "accepted") return end;
		// Still followed for the journal, and so that the next command waits for this one.
		end.catch(() => {});
		return Promise.race([taken, end]);
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
			const vehicle = await request.prepared.identify(request.vehicle, claim, signal);
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

	/**
	 * Everything up to the answer of who delivers it.
	 *
	 * @param both aborts where `signal` does, or the account closes
	 */
	async #send(key: string, request: CommandRequest, signal: AbortSignal, both: AbortSignal): Promise<Sent> {
		const { guards } = this.#options;
		const { vehicle, prepared, command, timeout, node, channel } = request;
		const { kept, takeBack } = await guards.admit(this.#guarded(request)).catch((error: unknown) => {
			throw notSent(request, error);
		});
		let parcel: Parcel | undefined;
		try {
			parcel = await prepared.ready({ key, node, vehicle, channel }, both);
			both.throwIfAborted();
			const written = this.#writtenDown(key, request, parcel.channel, kept);
			const { id, status, answer, outcomes } = await this.#tracked(this.#post(key, parcel, vehicle, written, signal));
			if (status === "AlreadyDone") await takeBack().catch(() => {});
			if (!outcomes) parcel.drop();
			return { key, vehicle, report: { command, ...defined({ id }), status }, answer, outcomes, timeout };
		} catch (error) {
			parcel?.drop();
			// A limit that was counted for nothing is no reason to hide why.
			if (!isUnknown(error)) await takeBack().catch(() => {});
			throw error;
		}
	}

	/**
	 * The guards' count and the journal's intent reach the disk at the same time; both are there when it resolves. Without
	 * the count nothing is sent, and the journal says so.
	 *
	 * @throws ERR_COMMAND_DISABLED, ERR_STORE
	 */
	async #writtenDown(key: string, request: CommandRequest, channel: string, kept: Promise<void>): Promise<void> {
		const [counted, intended] = await Promise.allSettled([kept, this.#journal.intend(key, request, channel)]);
		if (intended.status === "rejected") throw intended.reason;
		if (counted.status === "fulfilled") return;
		await this.#journal.note({ key, event: "end", outcome: "not sent" });
		throw notSent(request, counted.reason);
	}

	/** Follows a command to its end; the vehicle is free again then. A closing account leaves that to whoever comes next. */
	async #toTheEnd(sent: Sent, tell: (progress: CommandProgress) => void): Promise<CommandResult> {
		const { guards, signal } = this.#options;
		const { key, vehicle, report, answer, outcomes, timeout } = sent;
		try {
			if (report.id === undefined) return { report, answer, error: withoutId(vehicle, report.command) };
			if (!outcomes) return { report, answer };
			return await this.#follower.toTheEnd({ ...sent, outcomes }, tell);
		} finally {
			outcomes?.close();
			if (signal.aborted && !this.#options.isSimulated) guards.leave(key, timeout * 1000);
			else guards.free(key);
		}
	}

	#remember(id: string, vehicle: VehicleRef): void {
		const [oldest] = this.#vehicles.keys();
		if (this.#vehicles.size >= MOST_REMEMBERED && oldest !== undefined) this.#vehicles.delete(oldest);
		this.#vehicles.set(id, vehicle);
	}

	/** The one attempt, and what the journal says of it. */
	async #post(
		key: string,
		parcel: Parcel,
		vehicle: VehicleRef,
		written: Promise<void>,
		signal: AbortSignal,
	): Promise<Handed> {
		const sendSignal = new SendSignal(signal, this.#options.signal);
		try {
			const handed = await parcel.send(written, sendSignal.signal, () => sendSignal.sent());
			const { id, path, status, outcomes } = handed;
			if (id !== undefined) this.#remember(id, vehicle);
			if (id === undefined) await this.#journal.note({ key, event: "end", outcome: "unknown" });
			else if (!outcomes) await this.#journal.note({ key, event: "end", id, outcome: status });
			else if (status !== UNSURE) await this.#journal.note({ key, event: "taken", id, path });
			return handed;
		} catch (error) {
			// What could not be written down was not sent, and that has been said where it can be.
			await written;
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

/** A command that was handed over; nothing follows where it has no outcomes. */
type Sent = Omit<Following, "outcomes"> & Pick<Handed, "outcomes">;

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

/** The account closes while nobody knows the end yet. */
function leftAlone(vehicle: VehicleRef, { command }: CommandReport): StellantisError {
	return new StellantisError(
		"ERR_COMMAND_UNKNOWN",
		`The command ${command} was sent to ${vehicleName(vehicle)}, but its account was stopped or deployed anew before the end was known. It is not sent again; look at the vehicle's status before you repeat it.`,
	);
}
