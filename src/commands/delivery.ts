import type { CommandId } from "../api/commands/names";
import type { CommandStatus } from "../api/commands/status";
import type { VehicleRef } from "../api/vehicles";
import type { ApiResponse } from "../transport/client";
import type { Claim } from "../transport/limiter";
import type { Unfinished } from "./unfinished";

/** What is passed on of the answer that a status comes from. */
export type Answer = Pick<ApiResponse, "statusCode" | "rateLimit">;

/** A status of a command that nobody knows to have arrived. */
export const UNSURE = "Unknown";

/** What whoever delivers a command tells of it. */
export interface ToldStatus extends CommandStatus {
	answer?: Answer | undefined;
	/** What a failure means there, as a sentence. */
	advice?: string | undefined;
}

/** How it is found out what becomes of a command that was sent. */
export interface Outcomes {
	/** Milliseconds before each question; the last one holds on. */
	intervals?: readonly number[];
	/** Asks; undefined when nothing new is known. May throw: a lost question is simply asked again. */
	poll(signal: AbortSignal): Promise<ToldStatus | undefined>;
	/** Passes on what is told without a question, until the returned function is called. */
	listen(onStatus: (status: ToldStatus) => void): () => void;
	/** Lets go of what that takes. */
	close(): void;
}

/** A command that was handed over. */
export interface Handed {
	/** Its id; undefined where there is none to follow it by. */
	id: string | undefined;
	/** Where its status is, for the journal. */
	path?: string | undefined;
	/** `Accepted`, {@link UNSURE}, or its end. */
	status: string;
	answer?: Answer | undefined;
	/** Absent where nothing follows. */
	outcomes?: Outcomes | undefined;
}

/** A command that is ready to be sent. */
export interface Parcel {
	/** Where it goes, for the journal. */
	channel: string;
	/**
	 * Sends it, once.
	 *
	 * @param written nothing of it leaves before this resolves, and nothing at all where it rejects
	 * @param onSent told when it may begin to arrive
	 * @throws ERR_COMMAND_UNKNOWN when it may have arrived and nobody can tell; anything else when it surely has not
	 */
	send(written: Promise<void>, signal: AbortSignal, onSent: () => void): Promise<Handed>;
	/** Lets go of what it takes, where it is not followed. */
	drop(): void;
}

/** A command as it is to be sent. */
export interface Order {
	/** Its key in the journal. */
	key: string;
	/** Id of the node that wants it. */
	node: string;
	vehicle: VehicleRef;
	/** The channel that the flow names. */
	channel?: string | undefined;
}

/** A command with its arguments checked. */
export interface PreparedCommand {
	/** The arguments, coerced; for the journal. */
	args: Record<string, unknown>;
	/** True when the vehicle is woken for nothing else. */
	wakes: boolean;
	/** The vehicle with its VIN, where what must be read for the command anyway tells it. */
	identify(vehicle: VehicleRef, claim: Claim, signal: AbortSignal): Promise<VehicleRef>;
	/**
	 * Finds out what must be known before it is sent.
	 *
	 * @throws what keeps it from being sent
	 */
	ready(order: Order, signal: AbortSignal): Promise<Parcel>;
}

/** How a command of an earlier run is followed on. */
export interface Resumption {
	/** Seconds. */
	timeout: number;
	/** The last that is known of it. */
	status: string;
	/** Undefined where nobody knows it any more. */
	outcomes(): Promise<Outcomes | undefined>;
}

/** Who delivers the commands of an account: the API itself, or what its owner runs at home. */
export interface Delivery {
	/**
	 * Checks a command and its arguments, without any request.
	 *
	 * @throws ERR_NOT_SUPPORTED, ERR_BAD_INPUT
	 */
	prepare(command: CommandId, args: unknown): PreparedCommand;
	/**
	 * A command of an earlier run; undefined where nobody can tell what became of it.
	 *
	 * @param since when it was written down (epoch milliseconds)
	 */
	resume(from: Unfinished, since: number, vehicle: VehicleRef, signal: AbortSignal): Resumption | undefined;
}
