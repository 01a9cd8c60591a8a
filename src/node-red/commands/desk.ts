import { randomUUID } from "node:crypto";
import type { EventEmitter } from "node:events";
import { pickChannel } from "../../api/channels";
import { commandBody, commandSpec } from "../../api/commands/body";
import { lacking } from "../../api/commands/capability";
import { type CommandClock, systemClock } from "../../api/commands/clock";
import { follow } from "../../api/commands/follow";
import type { CommandId } from "../../api/commands/names";
import { followAddress, type Sending, sendCommand, type Taken } from "../../api/commands/send";
import { type CommandStatus, causeInWords, commandStatusOf, isFinal, WAKEUPS_USED_UP } from "../../api/commands/status";
import type { Prepared } from "../../api/commands/table";
import type { ConnectedCar } from "../../api/connected-car";
import { summarizeStatus } from "../../api/summaries/status";
import type { VehicleRef } from "../../api/vehicles";
import { isAbort, StellantisError } from "../../error";
import type { ApiClient, ApiResponse } from "../../transport/client";
import type { Claim } from "../../transport/limiter";
import { Ear, type RemoteEvent } from "./ear";
import { abortable, allowedBy, type Rule, Turns, VehiclesOfTheMinute } from "./guards";
import type { Journal, JournalEntry } from "./journal";
import { Leash } from "./leash";
import { type Unfinished, unfinished } from "./unfinished";
import {
	batteryTooLow,
	ENOUGH_BATTERY,
	endOfMonth,
	type WakeUpLimits,
	type WakeUpMemory,
	wakeUpRefusal,
} from "./wakeups";

/** The account's limits for commands. */
export interface CommandLimits extends WakeUpLimits {
	/** Commands it may send; undefined: all but the guarded. */
	commands: readonly string[] | undefined;
	/** Vehicles a minute. */
	commandLimit: number;
}

export interface DeskOptions {
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

/** A command with its arguments checked, and the rule that allows it. */
export interface AllowedCommand {
	command: CommandId;
	prepared: Prepared;
	rule: Rule;
}

/** What a node asks the desk to do. */
export interface CommandOrder extends AllowedCommand {
	/** Id of the node. */
	node: string;
	/** Who wants it, if the flow says so. */
	actor?: unknown;
	vehicle: VehicleRef;
	/** The channel to use; undefined: the account's first one that can. */
	channel?: string | undefined;
	ifBusy: "wait" | "refuse";
	wait: "result" | "accepted";
	/** Seconds. */
	timeout: number;
}

/** Where a command stands, as messages tell it. */
export interface CommandReport extends CommandStatus {
	command: CommandId;
	id?: string;
}

/** A report and the answer it comes from; none where an event told it. */
export interface Told {
	report: CommandReport;
	answer?: Pick<ApiResponse, "statusCode" | "rateLimit"> | undefined;
}

/** How a command ended. */
export interface Outcome extends Told {
	/** ERR_COMMAND_FAILED, ERR_COMMAND_TIMEOUT or ERR_COMMAND_UNKNOWN, where it did not come to a good end. */
	error?: StellantisError;
}

/** Longest time (ms) that a glance at what is merely good to know may take. */
const GLANCE = 10_000;
/** How long (ms) a vehicle's capabilities, or that they are not known, are believed. */
const CAPABLE_FOR = 60 * 60_000;
const UNKNOWN_FOR = 10 * 60_000;
const MOST_REMEMBERED = 1_000;
/** Largest arguments (characters) that the journal takes. */
const MOST_ARGUMENTS = 16_384;

/**
 * Where all commands of an account go through: its guards, one at a time for a vehicle, the journal, the one attempt
 * to send, and the way to the end. A command outlives the node that asked for it, and is followed on after a restart.
 */
export class CommandDesk {
	readonly #options: DeskOptions;
	readonly #clock: CommandClock;
	readonly #turns = new Turns();
	readonly #minute: VehiclesOfTheMinute;
	readonly #posting = new Set<Promise<unknown>>();
	readonly #capabilities = new Map<string, { resource: unknown; until: number }>();
	#recovered: Promise<void> | undefined;

	constructor(options: DeskOptions) {
		this.#options = options;
		this.#clock = options.clock ?? systemClock;
		this.#minute = new VehiclesOfTheMinute(options.limits.commandLimit, () => this.#clock.now());
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
	run(order: CommandOrder, onStatus: (told: Told) => void, signal: AbortSignal): Promise<Outcome> {
		return abortable(this.#run(order, onStatus, signal), signal);
	}

	async #run(order: CommandOrder, onStatus: (told: Told) => void, signal: AbortSignal): Promise<Outcome> {
		const { vehicle, command, ifBusy, wait } = order;
		await this.recover();
		const release = await this.#turns.take(vehicle.id, ifBusy, AbortSignal.any([signal, this.#options.signal]));
		const ear = new Ear(this.#options.events);
		const over = () => {
			ear.close();
			release();
		};
		const tell = (told: Told) => {
			if (!signal.aborted) onStatus(told);
		};
		let following: Following;
		try {
			following = await this.#send(order, ear, signal);
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
		const end = this.#toTheEnd(following, tell).finally(over);
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
			this.#options.warn(`The journal of commands can't be read: ${nameOf(error)}.`),
		);
		return this.#recovered;
	}

	/** Resolves when no command is on its way to the API any more. */
	async settled(): Promise<void> {
		await Promise.allSettled(this.#posting);
	}

	/** Everything up to the API's answer. */
	async #send(order: CommandOrder, ear: Ear, signal: AbortSignal): Promise<Following> {
		const { car, wakeUps } = this.#options;
		const { vehicle, prepared, command } = order;
		const both = AbortSignal.any([signal, this.#options.signal]);
		const claim: Claim = { priority: "command", owner: order.node };
		const giveBack = this.#minute.take(vehicle.id);
		let woken: number | undefined;
		try {
			await this.#checkCapability(order, claim, both);
			if (prepared.wakes) await this.#checkWakeUp(vehicle, claim, both);
			const status = prepared.needsStatus ? await this.#statusOf(vehicle, claim, both) : undefined;
			const body = commandBody(car.family, command, prepared, status);
			const channel =
				order.channel ?? (await pickChannel(car, claim, both, { remoteType: this.#remoteType(command) })).id;
			both.throwIfAborted();
			const key = randomUUID();
			await this.#intend(key, order, channel);
			if (prepared.wakes) {
				woken = this.#clock.now();
				await wakeUps.woken(vehicle.id, woken);
			}
			const sending = { car, client: this.#options.client, vehicle, channel, command, body, claim };
			const { answer, id, url } = await this.#tracked(this.#post(key, sending, signal));
			const report = { command, ...(id === undefined ? {} : { id }), status: "Accepted" };
			return { key, vehicle: vehicle.id, report, answer, url, ear, timeout: order.timeout };
		} catch (error) {
			if (!isUnknown(error)) {
				giveBack();
				if (woken !== undefined) await wakeUps.notWoken(vehicle.id, woken).catch(() => {});
			}
			throw error;
		}
	}

	#remoteType(command: CommandId): string | undefined {
		return commandSpec(this.#options.car.family, command).remoteType;
	}

	/** @throws ERR_NOT_SUPPORTED when the API tells that the vehicle can't do it */
	async #checkCapability({ vehicle, prepared, command }: CommandOrder, claim: Claim, signal: AbortSignal) {
		if (prepared.needs.length === 0) return;
		const now = this.#clock.now();
		let known = this.#capabilities.get(vehicle.id);
		if (!known || known.until < now) {
			const resource = await this.#glance("capability", vehicle, claim, signal);
			known = { resource, until: now + (resource === undefined ? UNKNOWN_FOR : CAPABLE_FOR) };
			this.#capabilities.set(vehicle.id, known);
			const [oldest] = this.#capabilities.keys();
			if (this.#capabilities.size > MOST_REMEMBERED && oldest !== undefined) this.#capabilities.delete(oldest);
		}
		const lack = lacking(known.resource, prepared.needs);
		if (lack !== undefined)
			throw new StellantisError(
				"ERR_NOT_SUPPORTED",
				`Vehicle ${vehicle.id} can't do ${command}: its capabilities say "${lack}" is false. Nothing was sent.`,
			);
	}

	/** @throws ERR_WAKEUP_TOO_SOON */
	async #checkWakeUp(vehicle: VehicleRef, claim: Claim, signal: AbortSignal): Promise<void> {
		const { wakeUps, limits, car } = this.#options;
		const refusal = wakeUpRefusal(vehicle, await wakeUps.of(vehicle.id), limits, this.#clock.now());
		if (refusal) throw refusal;
		const status = await this.#glance("status", vehicle, claim, signal);
		const { auxiliaryBattery } = summarizeStatus(status, car.family.units);
		if (auxiliaryBattery !== null && auxiliaryBattery < ENOUGH_BATTERY) throw batteryTooLow(vehicle, auxiliaryBattery);
	}

	/** Something about a vehicle that is good to know, or undefined when the API does not tell it soon. */
	async #glance(route: "capability" | "status", vehicle: VehicleRef, claim: Claim, signal: AbortSignal) {
		const stop = new AbortController();
		const within = AbortSignal.any([signal, stop.signal]);
		try {
			const late = this.#clock.sleep(GLANCE, within).then(() => undefined);
			return await Promise.race([this.#read(route, vehicle, claim, within), late]);
		} catch (error) {
			if (signal.aborted) throw error;
			return undefined;
		} finally {
			stop.abort();
		}
	}

	/** @returns undefined when the API has no status of the vehicle, and so nothing that could get lost */
	async #statusOf(vehicle: VehicleRef, claim: Claim, signal: AbortSignal): Promise<unknown> {
		try {
			return await this.#read("status", vehicle, claim, signal);
		} catch (error) {
			if (error instanceof StellantisError && error.code === "ERR_NOT_FOUND") return undefined;
			throw error;
		}
	}

	async #read(name: "capability" | "status", vehicle: VehicleRef, claim: Claim, signal: AbortSignal) {
		const { car } = this.#options;
		const route = car.route(name);
		const url = car.withQuery(car.addressOfVehicle(route, vehicle), car.standingQuery(route));
		return (await car.get(url, claim, signal)).body;
	}

	/** @throws ERR_COMMAND_DISABLED when the journal does not take it: what can't be written down is not done */
	async #intend(key: string, order: CommandOrder, channel: string): Promise<void> {
		const { node, actor, vehicle, command, prepared, rule, timeout } = order;
		const entry: JournalEntry = {
			key,
			event: "intent",
			account: this.#options.account,
			node,
			...(actor === undefined ? {} : { actor: this.#recorded(actor) }),
			vehicle: vehicle.id,
			...(vehicle.vin === undefined ? {} : { vin: vehicle.vin }),
			command,
			args: this.#recorded(prepared.args),
			rule,
			channel,
			timeout,
		};
		try {
			await this.#options.journal.append(entry);
		} catch (error) {
			throw new StellantisError(
				"ERR_COMMAND_DISABLED",
				`The command ${command} was not sent to vehicle ${vehicle.id}, because the journal can't be written (${nameOf(error)}). Check the disk and the folder "stellantis" in the user directory.`,
				{ cause: error },
			);
		}
	}

	/** A value of a flow as the journal may hold it: without secrets, and not endless. */
	#recorded(value: unknown): unknown {
		let text: string;
		try {
			text = JSON.stringify(value) ?? "null";
		} catch {
			return String(value);
		}
		const clean = this.#options.redact(text);
		if (clean.length > MOST_ARGUMENTS) return `${clean.slice(0, MOST_ARGUMENTS)}…`;
		try {
			return JSON.parse(clean);
		} catch {
			return clean;
		}
	}

	/** The one attempt, and what the journal says of it. */
	async #post(key: string, sending: Omit<Sending, "signal">, signal: AbortSignal): Promise<Taken> {
		const leash = new Leash(signal, this.#options.signal);
		try {
			const taken = await sendCommand({ ...sending, signal: leash.signal, onSent: () => leash.sent() });
			const { id, url } = taken;
			if (id === undefined) await this.#note({ key, event: "end", outcome: "unknown" });
			else await this.#note({ key, event: "taken", id, ...(url ? { path: sending.car.pathOf(url) } : {}) });
			return taken;
		} catch (error) {
			const outcome = isUnknown(error) ? "unknown" : isAbort(error) ? "not sent" : "refused";
			await this.#note({
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

	/** Follows a command that was taken; ends with an AbortError, and without a word in the journal, when the account closes. */
	async #toTheEnd(following: Following, tell: (told: Told) => void): Promise<Outcome> {
		const { key, vehicle, url, ear, timeout } = following;
		const { signal } = this.#options;
		const { command, id = "" } = following.report;
		let told: Told = { report: following.report, answer: following.answer };
		const end = await follow<Heard>({
			poll: async (until) => {
				if (!url) return undefined;
				const answer = await this.#options.car.get(url, { priority: "command", owner: key }, until);
				const status = commandStatusOf(answer.body);
				return status && { ...status, answer };
			},
			listen: (heard) => ear.listen(id, (event) => heard(statusOf(event))),
			onStatus: ({ status, failureCause, answer }) => {
				const cause = failureCause === undefined ? {} : { failureCause };
				told = { report: { command, id, status, ...cause }, answer };
				if (!isFinal(status)) void this.#note({ key, event: "status", status, ...cause });
				if (status === WAKEUPS_USED_UP || failureCause === WAKEUPS_USED_UP) this.#pauseWakeUps(vehicle);
				tell(told);
			},
			timeout: timeout * 1000,
			clock: this.#clock,
			signal,
			current: following.report.status,
		});
		const { status, failureCause } = told.report;
		await this.#note({
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
			.pause(vehicle, endOfMonth(this.#clock.now()))
			.catch((error: unknown) => this.#options.warn(`The memory of wake-ups can't be written: ${nameOf(error)}.`));
	}

	#failed(vehicle: string, { command, failureCause }: CommandReport): StellantisError {
		const paused =
			failureCause === WAKEUPS_USED_UP
				? ` Wake-ups of it are paused until ${new Date(endOfMonth(this.#clock.now())).toISOString()}.`
				: "";
		return new StellantisError(
			"ERR_COMMAND_FAILED",
			`The command ${command} failed at vehicle ${vehicle}: ${causeInWords(failureCause)}.${paused}`,
		);
	}

	/** A step of a command that is under way; it goes on even where the disk is full. */
	async #note(entry: JournalEntry): Promise<void> {
		try {
			await this.#options.journal.append(entry);
		} catch (error) {
			this.#options.warn(`The journal of commands can't be written: ${nameOf(error)}.`);
		}
	}

	async #recover(): Promise<void> {
		const { journal, account, warn } = this.#options;
		for (const command of unfinished(await journal.recent(), account)) {
			if (command.id !== undefined) {
				void this.#followOn(command, command.id);
				continue;
			}
			await this.#note({ key: command.key, event: "end", outcome: "unknown" });
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
		const ear = new Ear(events);
		const url = from.path
			? car.resolve(new URL(car.root).pathname.replace(/\/$/, "") + from.path)
			: followAddress(car, from.vehicle, from.channel, id);
		const report = { command: from.command, id, status: from.status };
		const following = { key: from.key, vehicle: from.vehicle, report, url, ear, timeout: from.timeout };
		try {
			const { report: last, error } = await this.#toTheEnd(following, () => {});
			const ended = `The command ${from.command} to vehicle ${from.vehicle}, sent before Node-RED stopped, ended with ${last.status}.`;
			log(error ? error.message : ended);
		} catch {
			// The account closes: whoever starts next follows on.
		} finally {
			ear.close();
			release();
		}
	}
}

/** A command on its way to its end. */
interface Following {
	key: string;
	vehicle: string;
	report: CommandReport;
	answer?: ApiResponse;
	url: URL | undefined;
	ear: Ear;
	/** Seconds. */
	timeout: number;
}

type Heard = CommandStatus & Pick<Told, "answer">;

function statusOf({ status, failureCause }: RemoteEvent): Heard {
	return { status, ...(failureCause === undefined ? {} : { failureCause }) };
}

function isUnknown(error: unknown): boolean {
	return error instanceof StellantisError && error.code === "ERR_COMMAND_UNKNOWN";
}

function timeUp(vehicle: string, { command, status }: CommandReport, timeout: number): StellantisError {
	return new StellantisError(
		"ERR_COMMAND_TIMEOUT",
		`The command ${command} to vehicle ${vehicle} came to no end in ${timeout} s; its last status is ${status}. It may still be carried out, for instance when the vehicle has coverage again.`,
	);
}

function withoutId(vehicle: string, command: CommandId): StellantisError {
	return new StellantisError(
		"ERR_COMMAND_UNKNOWN",
		`The API took the command ${command} for vehicle ${vehicle}, but gave no id to follow it by: nobody can tell how it ends.`,
	);
}

/** What the system calls an error, such as ENOSPC; its text may hold paths. */
function nameOf(error: unknown): string {
	const code = error instanceof Error && "code" in error ? error.code : undefined;
	return typeof code === "string" ? code : error instanceof Error ? error.name : "unknown error";
}
