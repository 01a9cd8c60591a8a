import type { CommandId } from "../../api/commands/names";
import type { Via } from "../../api/commands/via-names";
import { StellantisError } from "../../error";
import type { RawResponse } from "../../transport/http";
import { retryAfter } from "../../transport/retry";
import type { Answer, ToldStatus } from "../delivery";

/** Whoever is asked, or what stands in front of it, allows no more requests for now (429). */
export function tooManyRequests(title: string, { statusCode, headers }: RawResponse): StellantisError {
	const wait = Math.max(1, Math.ceil(retryAfter(headers) ?? 1));
	return new StellantisError(
		"ERR_RATE_LIMITED",
		`${title} allows no more requests for now (${statusCode}); nothing was sent. Try again in ${wait} s.`,
		{ statusCode, retryAfter: wait },
	);
}

/** What became of asking for a command. */
export type Reply =
	/** It was taken; `isSure` is false where nobody can tell, `at` is when by the clock there (epoch milliseconds). */
	| { sent: true; isSure: boolean; at?: number | undefined; answer?: Answer }
	/** Nothing was sent. */
	| { sent: false; why: StellantisError };

/** What is asked for. */
export interface Errand {
	vin: string;
	command: CommandId;
	/** The key of a button, or a path. */
	ask: string;
	/** When it is offered, as part of a sentence. */
	offered?: string | undefined;
}

/** One command, from before it is asked for to its end. */
export interface Visit {
	/**
	 * The vehicle's state as it is known there, like a part of its summary; undefined where it is not known.
	 *
	 * @throws what asking for it throws
	 */
	look(signal: AbortSignal): Promise<unknown>;
	/**
	 * Asks for the command, once.
	 *
	 * @param onSent told when that may begin to arrive
	 * @throws what surely keeps it from being sent
	 */
	send(signal: AbortSignal, onSent: () => void): Promise<Reply>;
	/** Passes on what is told of the command by itself, until the returned function is called. */
	listen(onStatus: (status: ToldStatus | "done") => void): () => void;
	close(): void;
}

/** A car that is known there, and the commands it can be sent. */
export interface FoundCar {
	vin: string;
	commands: CommandId[];
}

/** What is found there. */
export interface Survey {
	version: string | undefined;
	cars: FoundCar[];
}

/** What delivers commands beside the API. */
export interface Way {
	readonly via: Via;
	/** True where it is not asked for what is done already. */
	readonly isSparing: boolean;
	/** True where it tells of the end of a command. */
	readonly tellsEnd: boolean;
	/** @throws ERR_NOT_FOUND for a car that is not known there, ERR_NOT_SUPPORTED; what keeps it from being reached */
	visit(errand: Errand, signal: AbortSignal): Promise<Visit>;
	/** A look at a car's state, without a command. @throws what keeps it from being reached */
	look(vin: string, signal: AbortSignal): Promise<unknown>;
	/** What is there. @throws what keeps it from being reached */
	survey(signal: AbortSignal): Promise<Survey>;
	close(): void;
}
