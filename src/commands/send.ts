import type { CommandId } from "../api/commands/names";
import { FAMILY_COMMANDS } from "../api/commands/table";
import type { ConnectedCar } from "../api/connected-car";
import { text } from "../api/summaries/readers";
import { vehicleName } from "../api/vehicle-name";
import type { VehicleRef } from "../api/vehicles";
import { isAbort, StellantisError } from "../error";
import { linkOf } from "../hal/document";
import { at } from "../json";
import { withoutEndSlashes } from "../text";
import type { ApiClient, ApiResponse } from "../transport/client";
import type { Claim } from "../transport/limiter";

/** A command that the API has taken (`RemotePostResponse`). */
export interface AcceptedCommand {
	/** Its id; undefined where the API gave none, and nobody can follow it. */
	id: string | undefined;
	/** Where its status is. */
	url: URL | undefined;
	answer: ApiResponse;
}

/** A command, and all that it takes to send it. */
export interface SendOptions {
	car: ConnectedCar;
	client: Pick<ApiClient, "send">;
	vehicle: VehicleRef;
	channel: string;
	command: CommandId;
	body: unknown;
	claim: Claim;
	/** Nothing leaves before it resolves, and nothing at all where it rejects. */
	written: Promise<void>;
	signal: AbortSignal;
	/** Told when the command may begin to reach the API. */
	onSent?: () => void;
}

/** Answers that say for sure that the command was not taken. */
const REFUSED = new Set([
	"ERR_UNAUTHORIZED",
	"ERR_FORBIDDEN",
	"ERR_NOT_FOUND",
	"ERR_REJECTED",
	"ERR_NOT_SUPPORTED",
	"ERR_RATE_LIMITED",
	"ERR_SIGN_IN_NEEDED",
]);

/**
 * Posts a command, once.
 *
 * @throws ERR_COMMAND_UNKNOWN when it may have arrived and nobody can tell; what the transport throws when it surely
 *   was not taken
 */
export async function sendCommand(options: SendOptions): Promise<AcceptedCommand> {
	const { car, client, vehicle, channel, command, body, claim, written, signal } = options;
	// While the disk is at work.
	const url = car.address(car.route(FAMILY_COMMANDS[car.family.id].send), { id: vehicle.id, cbid: channel });
	await written;
	let sent = false;
	try {
		const onSent = () => {
			sent = true;
			options.onSent?.();
		};
		const answer = await client.send({ method: "POST", url, json: body, claim, signal, onSent });
		return accepted(options, answer);
	} catch (error) {
		if (!sent || surelyRefused(error)) throw error;
		throw new StellantisError(
			"ERR_COMMAND_UNKNOWN",
			`The command ${command} was sent to ${vehicleName(vehicle)}, but ${lost(error)}: it may have arrived, nobody can tell. It is not sent again; look at the vehicle's status before you repeat it.`,
			{
				cause: error,
				...(error instanceof StellantisError ? { statusCode: error.statusCode, apiError: error.apiError } : {}),
			},
		);
	}
}

function surelyRefused(error: unknown): boolean {
	if (!(error instanceof StellantisError)) return false;
	// A redirect was not followed, and nothing was done.
	const redirected = error.code === "ERR_BAD_RESPONSE" && (error.statusCode ?? 0) >= 300;
	return redirected || REFUSED.has(error.code);
}

function lost(error: unknown): string {
	if (isAbort(error)) return "the work was stopped before the API answered";
	if (error instanceof StellantisError && error.code === "ERR_BAD_RESPONSE" && error.apiError !== undefined)
		return "the API answered with an error in place of the command's id";
	if (error instanceof StellantisError && error.code === "ERR_BAD_RESPONSE") return "the API's answer can't be read";
	if (error instanceof StellantisError && error.statusCode !== undefined)
		return `the API failed while it took it (${error.statusCode})`;
	return "the API's answer was lost";
}

function accepted({ car, vehicle, channel }: SendOptions, answer: ApiResponse): AcceptedCommand {
	const told = at(answer.body, "remoteActionId");
	const given = typeof told === "number" ? String(told) : text(told);
	const route = car.route(FAMILY_COMMANDS[car.family.id].follow);
	const linked = car.addressBy(linkOf(answer.body, "remote"), route, answer.url);
	const own = linked && linked.origin === new URL(car.root).origin ? linked : undefined;
	const id = given ?? (own && withoutEndSlashes(own.pathname).split("/").at(-1));
	return { id, url: own ?? (id === undefined ? undefined : followAddress(car, vehicle.id, channel, id)), answer };
}

/** Where the status of a command is, by the family's path; undefined for an id that fits no path. */
export function followAddress(car: ConnectedCar, vehicle: string, channel: string, id: string): URL | undefined {
	try {
		return car.address(car.route(FAMILY_COMMANDS[car.family.id].follow), { id: vehicle, cbid: channel, rid: id });
	} catch {
		return undefined;
	}
}
