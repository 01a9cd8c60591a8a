import type { EventEmitter } from "node:events";
import { pickChannel } from "../../api/channels";
import { commandBody, commandSpec } from "../../api/commands/body";
import type { CommandId } from "../../api/commands/names";
import { commandStatusOf, statusOfWords } from "../../api/commands/status";
import { VIAS } from "../../api/commands/via-names";
import type { ConnectedCar } from "../../api/connected-car";
import type { VehicleRef } from "../../api/vehicles";
import { StellantisError } from "../../error";
import type { ApiClient } from "../../transport/client";
import type { Claim } from "../../transport/limiter";
import type { CommandClock } from "../clock";
import { CommandEvents, type RemoteEvent } from "../command-events";
import type { Delivery, Handed, Outcomes, Parcel, PreparedCommand, Resumption, ToldStatus } from "../delivery";
import { Preconditions } from "../preconditions";
import { followAddress, sendCommand } from "../send";
import type { Unfinished } from "../unfinished";

/** What it takes to send commands by the API itself. */
export interface OfficialDeliveryOptions {
	car: ConnectedCar;
	client: Pick<ApiClient, "send">;
	/** Emits "remote" with a {@link RemoteEvent}. */
	events: EventEmitter;
	clock: CommandClock;
}

/** Milliseconds between the questions whether a command of an earlier run is still known. */
const BETWEEN_QUESTIONS = [1_000, 2_000];

/** How long (ms) a channel that was picked serves without another look at the list. */
const PICKED_FOR = 60_000;

/** Commands as the API takes them: posted to a channel, followed by polls and by events. */
export class OfficialDelivery implements Delivery {
	readonly #options: OfficialDeliveryOptions;
	readonly #preconditions: Preconditions;
	/** Channels that were picked, by remote type. */
	readonly #picked = new Map<string | undefined, { id: string; until: number }>();

	constructor(options: OfficialDeliveryOptions) {
		this.#options = options;
		this.#preconditions = new Preconditions(options);
	}

	prepare(command: CommandId, args: unknown): PreparedCommand {
		const { car, client } = this.#options;
		const spec = commandSpec(car.family, command);
		const prepared = spec.prepare(args);
		// Programs meet those of the vehicle later; all other mistakes show now.
		if (!prepared.needsStatus) prepared.action();
		const asked = { command, prepared };
		return {
			args: prepared.args,
			wakes: prepared.wakes,
			identify: (vehicle, claim, signal) => this.#preconditions.identify(asked, vehicle, claim, signal),
			ready: async ({ key, node, vehicle, channel: named }, signal): Promise<Parcel> => {
				const claim: Claim = { priority: "command", owner: node };
				const status = await this.#preconditions.check(asked, vehicle, claim, signal);
				const body = commandBody(car.family, command, prepared, status);
				const { remoteType } = spec;
				const channel = named ?? (await this.#channelFor(remoteType, claim, signal));
				const events = new CommandEvents(this.#options.events);
				return {
					channel,
					drop: () => events.close(),
					send: async (written, until, onSent): Promise<Handed> => {
						const sending = { car, client, vehicle, channel, command, body, claim, written, signal: until, onSent };
						const { answer, id, url } = await sendCommand(sending).catch((error: unknown) => {
							// Perhaps for want of the channel: the next one looks again.
							this.#picked.delete(remoteType);
							throw error;
						});
						const path = url && car.pathOf(url);
						return { id, path, status: "Accepted", answer, outcomes: this.#outcomes(key, id, url, events) };
					},
				};
			},
		};
	}

	/** The account's first running channel for a remote type; commands that follow each other ask once. */
	async #channelFor(remoteType: string | undefined, claim: Claim, signal: AbortSignal): Promise<string> {
		const { car, clock } = this.#options;
		const known = this.#picked.get(remoteType);
		if (known && clock.now() < known.until) return known.id;
		const { id } = await pickChannel(car, claim, signal, { remoteType });
		this.#picked.set(remoteType, { id, until: clock.now() + PICKED_FOR });
		return id;
	}

	resume(from: Unfinished, _since: number, vehicle: VehicleRef, signal: AbortSignal): Resumption | undefined {
		const { car, events: emitter } = this.#options;
		const { key, id, channel, path, status, timeout } = from;
		// Sent by what the owner runs at home: the API has never heard of it.
		if (id === undefined || VIAS.some((via) => via === channel)) return undefined;
		const outcomes = async () => {
			const events = new CommandEvents(emitter);
			try {
				const url = path
					? car.resolve(new URL(car.root).pathname.replace(/\/$/, "") + path)
					: followAddress(car, vehicle.id, channel, id);
				const isForgotten = url !== undefined && (await this.#isForgotten(url, key, signal));
				if (!isForgotten) return this.#outcomes(key, id, url, events);
			} catch (error) {
				events.close();
				throw error;
			}
			events.close();
			return undefined;
		};
		return { timeout, status, outcomes };
	}

	#outcomes(key: string, id = "", url: URL | undefined, events: CommandEvents): Outcomes {
		const { car } = this.#options;
		return {
			poll: async (signal) => {
				if (!url) return undefined;
				const answer = await car.get(url, { priority: "command", owner: key }, signal);
				const status = commandStatusOf(answer.body);
				return status && { ...status, answer };
			},
			listen: (onStatus) => events.listen(id, (event) => onStatus(statusOf(event))),
			close: () => events.close(),
		};
	}

	/**
	 * True when the API, asked a few times, does not know a command. The demo API forgets its commands when it starts
	 * anew; the next command to that vehicle must not wait for one that nobody will ever hear of.
	 */
	async #isForgotten(url: URL, key: string, signal: AbortSignal): Promise<boolean> {
		const { car, clock } = this.#options;
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
}

function statusOf({ status, failureCause, type }: RemoteEvent): ToldStatus {
	return statusOfWords(status, failureCause, type === "Done") ?? { status };
}
